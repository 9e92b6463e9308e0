"""The JSON Schemas of a journey's steps."""

from __future__ import annotations

from kaskad.config.schema.conditions import event_schema
from kaskad.config.schema.names import ProjectNames
from kaskad.config.schema.parts import (
    DURATION_SAID,
    NAME_PATTERN,
    Schema,
    any_of,
    array_schema,
    duration_schema,
    enum_schema,
    map_schema,
    name_schema,
    object_schema,
    pattern_schema,
    percent_schema,
    reference,
    text_schema,
)
from kaskad.config.yaml.quantities import DURATION

LABEL: Schema = {
    "description": "What this step is called: those inside are found again by it",
    "type": "string",
    **NAME_PATTERN,
}
IF: Schema = reference("conditions", "Only for those for whom all of this holds")
UNTIL = ("10:00", 'saturday "11:00"', "72h after enter", "7d before customer.points.next_expiry.at")


def step_definitions(names: ProjectNames) -> dict[str, Schema]:
    """`steps`, `step`, and a branch."""
    return {
        "steps": array_schema(reference("step")),
        "step": any_of(*_kinds(names)),
        "branch": object_schema(
            "The first branch that holds is taken", {"if": reference("conditions"), "then": reference("steps")}
        ),
    }


def _kinds(names: ProjectNames) -> list[Schema]:
    return [
        _send(names),
        object_schema("Wait", {"wait": _wait()}, name=LABEL),
        _wait_for(names),
        object_schema(
            "One way of several; they join again after it",
            {"choose": array_schema(reference("branch"), least=1)},
            name=LABEL,
            else_=reference("steps"),
        ),
        object_schema("An experiment; the ways join again after it", {"split": _split()}),
        _call(names),
        object_schema("The customer's profile says so from here on", {"set": _set(names)}, name=LABEL),
        object_schema(
            "Another system is told", {"webhook": name_schema(names.of("webhooks"), "One of webhooks.yaml")}, name=LABEL
        ),
        object_schema("The customer may enter another journey too", {"start": name_schema(names.journeys)}, name=LABEL),
        object_schema("The journey ends here for this customer", {"leave": reference("leaving")}, name=LABEL),
        enum_schema(["leave"], "The journey ends here for this customer"),
    ]


def _send(names: ProjectNames) -> Schema:
    return object_schema(
        "One message through a cascade",
        {"send": name_schema(names.messages, "A message: a folder of templates/")},
        name=LABEL,
        if_=IF,
        cascade=reference("cascade"),
        relevant_for=duration_schema("From when it fell due; what is later is dropped"),
        sender=reference("sender"),
        together=duration_schema("Several entries of one customer make one message"),
    )


def _wait() -> Schema:
    until = object_schema(
        "Until then", {"until": text_schema("An hour of the day, or so long after or before something", UNTIL)}
    )
    return any_of(pattern_schema(DURATION, DURATION_SAID, "24h", "1 day"), until)


def _wait_for(names: ProjectNames) -> Schema:
    up_to = duration_schema("For so long at the most")
    awaited = name_schema(names.messages, "A message of this journey")
    message = object_schema("A message", {"message": awaited, "was": reference("state"), "up_to": up_to})
    event = event_schema("when", up_to=up_to) | {"required": ["when", "up_to"]}
    happens = any_of(event, message, said="What is waited for")
    return object_schema(
        "Until it happens, or for so long at the most",
        {"wait_for": happens},
        name=LABEL,
        then=reference("steps", "When it has happened"),
        else_=reference("steps", "When the time is over without it"),
    )


def _split() -> Schema:
    path = object_schema("One way", {"share": percent_schema("How many go this way"), "steps": reference("steps")})
    return object_schema(
        "Shares make 100%; a customer always goes the same way",
        {"name": LABEL, "paths": map_schema(path, "The ways by name") | {"minProperties": 2}},
        judge=enum_schema(["goal"], "By what the ways are compared"),
    )


def _call(names: ProjectNames) -> Schema:
    script = name_schema(names.scripts, "A message whose call.yaml is read out")
    return object_schema(
        "A person calls the customer",
        {"call": text_schema("The team"), "script": script, "within": duration_schema("How soon")},
        name=LABEL,
        if_=IF,
    )


def _set(names: ProjectNames) -> Schema:
    """Attributes with a value, or with the path that gives it."""
    attributes = [f"customer.{name}" for name in names.of("attributes")]
    keys: Schema = {"enum": attributes} if attributes else {}
    return map_schema({}, "Attributes of attributes.yaml with their new values", keys) | {"minProperties": 1}
