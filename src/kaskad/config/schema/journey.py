"""The JSON Schema of a journey."""

from __future__ import annotations

from kaskad.config.journey_files.campaign import MOMENT
from kaskad.config.journey_files.never_about import NOTHING
from kaskad.config.schema import conditions, steps
from kaskad.config.schema.cascade import cascade_reference_schema
from kaskad.config.schema.conditions import event_schema
from kaskad.config.schema.entry_triggers import entry_trigger_schema
from kaskad.config.schema.names import ProjectNames
from kaskad.config.schema.parts import (
    Schema,
    any_of,
    array_schema,
    duration_schema,
    enum_schema,
    hours_schema,
    integer_schema,
    map_schema,
    name_schema,
    object_schema,
    pattern_schema,
    percent_schema,
    rate_schema,
    reference,
    text_schema,
)
from kaskad.config.yaml.mailboxes import LIKE_A_MAILBOX
from kaskad.domain.journeys.condition import ValueType
from kaskad.domain.journeys.journey import Purpose


def journey_definitions(names: ProjectNames) -> dict[str, Schema]:
    """Definitions that are used in several places of a journey."""
    return {
        **conditions.condition_definitions(names),
        **steps.step_definitions(names),
        "cascade": cascade_reference_schema(names),
        "sender": _sender(names),
        "leaving": any_of(text_schema("Why, for those who read it later"), {"type": "null"}),
    }


def journey_schema(names: ProjectNames) -> Schema:
    """A file of `configs/journeys/`."""
    needed = {
        **_heading_keys(),
        "enter": entry_trigger_schema(names),
        "steps": reference("steps", "What happens to those who entered"),
    }
    said = "A journey: who enters, who leaves, and what happens in between"
    moved = map_schema(text_schema(), "Where those go who stand at a step that is gone: a step, or `end`", {})
    edits = enum_schema(["pin", "follow"], "Those inside finish as they began (pin), or take each edit (follow)")
    return object_schema(
        said,
        needed,
        **_shared_keys(names),
        **_body_keys(names),
        edits=edits,
        moved=moved,
        never_about=_narrowed_never_about(),
    )


def campaign_schema(names: ProjectNames) -> Schema:
    """A file of `configs/campaigns/`: a mailing to a segment, once."""
    to = name_schema(names.of("segments"), "A segment of segments.yaml")
    mailing = object_schema(
        "To whom, and when",
        {"segment": to, "at": pattern_schema(MOMENT, "When it goes", "2027-03-05 12:00")},
        clock=enum_schema(["customer", "shop"], "Whose clock shows it"),
        speed=rate_schema("At most so many"),
    )
    needed = {**_heading_keys(), "campaign": mailing, "steps": reference("steps", "What they get")}
    senders = name_schema(names.lists, "A list of senders.yaml, of which each customer has one")
    return object_schema(
        "A mailing to a segment, once", needed, **_shared_keys(names), **_body_keys(names), senders=senders
    )


def _heading_keys() -> dict[str, Schema]:
    owner = pattern_schema(LIKE_A_MAILBOX, "The e-mail address of whoever looks after it", "crm@shop.example")
    return {"title": text_schema("What people call this journey"), "owner": owner}


def _shared_keys(names: ProjectNames) -> dict[str, Schema]:
    return {
        "purpose": enum_schema(Purpose, "Decides which consents, caps and hours hold; marketing, unless given"),
        "topic": name_schema(names.of("topics"), "A topic of topics.yaml; marketing needs one"),
        "sender": reference("sender"),
        "priority": integer_schema(0, 1000, "Who goes first when a cap lets one message through; 50, unless given"),
        "cascade": reference("cascade"),
        "holdout": percent_schema("Kept out, to measure what the journey earns"),
        "send_window": _send_window(),
        "fresh_data": _fresh_data(names),
    }


def _body_keys(names: ProjectNames) -> dict[str, Schema]:
    goal = event_schema("when", within=duration_schema("After entering"))
    return {
        "leave": array_schema(event_schema("when"), "Whoever does this leaves at once"),
        "only_while": reference("conditions", "Looked at just before each send: when it does not hold, nothing goes"),
        "goal": {**goal, "required": ["when", "within"], "description": "What the journey is for"},
    }


def _sender(names: ProjectNames) -> Schema:
    """One of senders.yaml, or a text property of the event."""
    said = "One of senders.yaml, or a field of the event"
    if not names.complete:
        return text_schema(said)
    fields = [path for path, kind in names.paths.items() if path.startswith("event.") and kind is ValueType.TEXT]
    return name_schema([*names.of("senders"), *fields], said)


def _send_window() -> Schema:
    outside = enum_schema(["wait", "skip"], "What happens to a message outside; wait, unless given")
    return hours_schema("The customer's own hours in which this journey may send", outside=outside)


def _narrowed_never_about() -> Schema:
    """Shorter times than in policy.yaml."""

    def window(said: str) -> Schema:
        return any_of(duration_schema(said), enum_schema([NOTHING]), said=said)

    parts = object_schema(
        "For a shorter time than policy.yaml says",
        same=window("Nothing about the very product for so long"),
        similar=window("Nothing about its like for so long"),
        again=window("Nothing about the very product for so long, if people buy it again"),
    )
    return any_of(parts, enum_schema([NOTHING]), said="What was bought, for a shorter time than in policy.yaml")


def _fresh_data(names: ProjectNames) -> Schema:
    keys: Schema | None = {"enum": list(names.of("sources"))} if names.of("sources") else None
    return map_schema(duration_schema(), "Hold while one of these sources has been silent for longer", keys)
