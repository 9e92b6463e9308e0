"""The JSON Schema of a journey's tests."""

from __future__ import annotations

from kaskad.config.schema.names import ProjectNames
from kaskad.config.schema.parts import (
    BOOLEAN,
    Schema,
    any_of,
    array_schema,
    enum_schema,
    map_schema,
    name_schema,
    object_schema,
    pattern_schema,
    text_schema,
)
from kaskad.config.schema.project_files import TIME_ZONE
from kaskad.config.test_files.reader import END_STATES
from kaskad.config.test_files.times import MOMENT
from kaskad.domain.channel import Channel, ReceiptKind
from kaskad.domain.outcome import Reason

ANYTHING: Schema = {"type": "object"}
TIMES = ("2027-03-02 12:00", "14:30", "+40m")


def journey_tests_schema(names: ProjectNames) -> Schema:
    """A file of `configs/journeys/tests/`."""
    others = array_schema(name_schema(names.journeys), "Other journeys that run beside it")
    cases = array_schema(_case(names), "What is tested", least=1)
    return object_schema("The tests of the journey of that name", {"tests": cases}, given=_given(), beside=others)


def _given() -> Schema:
    channels = array_schema(enum_schema(Channel))
    customer = object_schema(
        "Whom it happens to",
        time_zone=TIME_ZONE,
        locale=text_schema("Like ru or en"),
        reachable=channels,
        consents=channels,
        refuses=channels,
        attributes=ANYTHING,
    )
    start = pattern_schema(MOMENT, "When it begins, on the customer's clock", TIMES[0])
    return object_schema(
        "What holds before", start=start, customer=customer, products=map_schema(ANYTHING, "Products by id", {})
    )


def _case(names: ProjectNames) -> Schema:
    return object_schema(
        "One case",
        {
            "case": text_schema("What it shows, in a few words"),
            "when": array_schema(_happening(names), "What happens, in this order"),
        },
        given=_given(),
        expect=array_schema(_expected(names), "What goes out then, and what does not"),
        ends=enum_schema(END_STATES, "What becomes of the customer in the journey"),
        because=text_schema("Why it ends so"),
    )


def _happening(names: ProjectNames) -> Schema:
    event = any_of(name_schema(names.of("events")), enum_schema(["identify"]), said="What the customer does")
    return object_schema(
        "An event of the customer's, or a provider's receipt",
        at=text_schema("When", TIMES),
        event=event,
        with_={**ANYTHING, "description": "What the event says"},
        from_=name_schema(names.of("sources"), "Where it comes from; site, unless given"),
        receipt=name_schema(names.messages, "The message that the provider tells of"),
        was=enum_schema(ReceiptKind, "What the provider tells"),
        by=enum_schema(Channel),
        by_machine={**BOOLEAN, "description": "By a proxy or a scanner"},
    )


def _expected(names: ProjectNames) -> Schema:
    return object_schema(
        "A message that goes, or one that does not",
        message=name_schema(names.messages, "It goes"),
        never=name_schema(names.messages, "It does not"),
        by=enum_schema(Channel),
        at=text_schema("When", TIMES),
        fails={**BOOLEAN, "description": "The provider refuses it"},
        because=enum_schema(Reason, "Why it does not go"),
    )
