"""The steps of a journey as schemas."""

from __future__ import annotations

from kaskad.config.quantities import DURATION
from kaskad.config.schema.asking import event_keys
from kaskad.config.schema.names import Names
from kaskad.config.schema.parts import (
    DURATION_SAID,
    NAMED,
    Schema,
    duration,
    either,
    listed,
    matching,
    named,
    percent,
    record,
    ref,
    table,
    text,
    word,
)

LABEL: Schema = {
    "description": "What this step is called: those inside are found again by it",
    "type": "string",
    **NAMED,
}
IF: Schema = ref("conditions", "Only for those for whom all of this holds")
UNTIL = ("10:00", 'saturday "11:00"', "72h after enter", "7d before customer.points.next_expiry.at")


def definitions(names: Names) -> dict[str, Schema]:
    """`steps`, `step`, and a branch."""
    return {
        "steps": listed(ref("step")),
        "step": either(*_kinds(names)),
        "branch": record("The first branch that holds is taken", {"if": ref("conditions"), "then": ref("steps")}),
    }


def _kinds(names: Names) -> list[Schema]:
    return [
        _send(names),
        record("Wait", {"wait": _wait()}, name=LABEL),
        _wait_for(names),
        record(
            "One way of several; they join again after it",
            {"choose": listed(ref("branch"), least=1)},
            name=LABEL,
            else_=ref("steps"),
        ),
        record("An experiment; the ways join again after it", {"split": _split()}),
        _call(names),
        record("The customer's profile says so from here on", {"set": _set(names)}, name=LABEL),
        record("Another system is told", {"webhook": named(names.of("webhooks"), "One of webhooks.yaml")}, name=LABEL),
        record("The customer may enter another journey too", {"start": named(names.journeys)}, name=LABEL),
        record("The journey ends here for this customer", {"leave": ref("leaving")}, name=LABEL),
        word(["leave"], "The journey ends here for this customer"),
    ]


def _send(names: Names) -> Schema:
    return record(
        "One message through a cascade",
        {"send": named(names.messages, "A message: a folder of templates/")},
        name=LABEL,
        if_=IF,
        cascade=ref("cascade"),
        relevant_for=duration("From when it fell due; what is later is dropped"),
        sender=ref("sender"),
        together=duration("Several entries of one customer make one message"),
    )


def _wait() -> Schema:
    until = record("Until then", {"until": text("An hour of the day, or so long after or before something", UNTIL)})
    return either(matching(DURATION, DURATION_SAID, "24h", "1 day"), until)


def _wait_for(names: Names) -> Schema:
    up_to = duration("For so long at the most")
    awaited = named(names.messages, "A message of this journey")
    message = record("A message", {"message": awaited, "was": ref("state"), "up_to": up_to})
    event = event_keys("when", up_to=up_to) | {"required": ["when", "up_to"]}
    happens = either(event, message, said="What is waited for")
    return record(
        "Until it happens, or for so long at the most",
        {"wait_for": happens},
        name=LABEL,
        then=ref("steps", "When it has happened"),
        else_=ref("steps", "When the time is over without it"),
    )


def _split() -> Schema:
    path = record("One way", {"share": percent("How many go this way"), "steps": ref("steps")})
    return record(
        "Shares make 100%; a customer always goes the same way",
        {"name": LABEL, "paths": table(path, "The ways by name") | {"minProperties": 2}},
        judge=word(["goal"], "By what the ways are compared"),
    )


def _call(names: Names) -> Schema:
    script = named(names.scripts, "A message whose call.yaml is read out")
    return record(
        "A person calls the customer",
        {"call": text("The team"), "script": script, "within": duration("How soon")},
        name=LABEL,
        if_=IF,
    )


def _set(names: Names) -> Schema:
    """An attribute to a value, or to what another path says."""
    attributes = [f"customer.{name}" for name in names.of("attributes")]
    keys: Schema = {"enum": attributes} if attributes else {}
    return table({}, "Attributes of attributes.yaml with their new values", keys) | {"minProperties": 1}
