"""A journey as a schema."""

from __future__ import annotations

from kaskad.config.campaigns import MOMENT
from kaskad.config.journeys import ADDRESS
from kaskad.config.schema import asking, steps
from kaskad.config.schema.asking import event_keys
from kaskad.config.schema.cascade import chosen
from kaskad.config.schema.enter import entrance
from kaskad.config.schema.names import Names
from kaskad.config.schema.parts import (
    Schema,
    duration,
    either,
    hours,
    listed,
    matching,
    named,
    percent,
    rate,
    record,
    ref,
    table,
    text,
    whole,
    word,
)
from kaskad.domain.condition import ValueType
from kaskad.domain.journey import Purpose


def definitions(names: Names) -> dict[str, Schema]:
    """What stands in several places of a journey."""
    return {
        **asking.definitions(names),
        **steps.definitions(names),
        "cascade": chosen(names),
        "sender": _sender(names),
        "leaving": either(text("Why, for those who read it later"), {"type": "null"}),
    }


def journey(names: Names) -> Schema:
    """A file of `configs/journeys/`."""
    needed = {**_heading(), "enter": entrance(names), "steps": ref("steps", "What happens to those who entered")}
    said = "A journey: who enters, who leaves, and what happens in between"
    moved = table(text(), "Where those go who stand at a step that is gone: a step, or `end`", {})
    edits = word(["pin", "follow"], "Those inside finish as they began (pin), or take each edit (follow)")
    return record(said, needed, **_shared(names), **_passage(names), edits=edits, moved=moved)


def campaign(names: Names) -> Schema:
    """A file of `configs/campaigns/`: a mailing to a segment, once."""
    to = named(names.of("segments"), "A segment of segments.yaml")
    mailing = record(
        "To whom, and when",
        {"segment": to, "at": matching(MOMENT, "When it goes", "2027-03-05 12:00")},
        clock=word(["customer", "shop"], "Whose clock shows it"),
        speed=rate("At most so many"),
    )
    needed = {**_heading(), "campaign": mailing, "steps": ref("steps", "What they get")}
    senders = named(names.lists, "A list of senders.yaml, of which each customer has one")
    return record("A mailing to a segment, once", needed, **_shared(names), **_passage(names), senders=senders)


def _heading() -> dict[str, Schema]:
    owner = matching(ADDRESS, "The e-mail address of whoever looks after it", "crm@shop.example")
    return {"title": text("What people call this journey"), "owner": owner}


def _shared(names: Names) -> dict[str, Schema]:
    return {
        "purpose": word(Purpose, "Decides which consents, caps and hours hold; marketing, unless given"),
        "topic": named(names.of("topics"), "A topic of topics.yaml; marketing needs one"),
        "sender": ref("sender"),
        "priority": whole(0, 1000, "Who goes first when a cap lets one message through; 50, unless given"),
        "cascade": ref("cascade"),
        "holdout": percent("Kept out, to measure what the journey earns"),
        "send_window": _send_window(),
        "fresh_data": _fresh_data(names),
    }


def _passage(names: Names) -> dict[str, Schema]:
    goal = event_keys("when", within=duration("After entering"))
    return {
        "leave": listed(event_keys("when"), "Whoever does this leaves at once"),
        "only_while": ref("conditions", "Looked at just before each send: when it does not hold, nothing goes"),
        "goal": {**goal, "required": ["when", "within"], "description": "What the journey is for"},
    }


def _sender(names: Names) -> Schema:
    """One of senders.yaml, or a text of the event."""
    said = "One of senders.yaml, or a field of the event"
    if not names.complete:
        return text(said)
    fields = [path for path, kind in names.paths.items() if path.startswith("event.") and kind is ValueType.TEXT]
    return named([*names.of("senders"), *fields], said)


def _send_window() -> Schema:
    outside = word(["wait", "skip"], "What happens to a message outside; wait, unless given")
    return hours("The customer's own hours in which this journey may send", outside=outside)


def _fresh_data(names: Names) -> Schema:
    keys: Schema | None = {"enum": list(names.of("sources"))} if names.of("sources") else None
    return table(duration(), "Hold while one of these sources has been silent for longer", keys)
