"""The tests of a journey as a schema."""

from __future__ import annotations

from kaskad.config.case_times import MOMENT
from kaskad.config.journey_tests import ENDS
from kaskad.config.schema.names import Names
from kaskad.config.schema.parts import BOOLEAN, Schema, either, listed, matching, named, record, table, text, word
from kaskad.config.schema.shop import ZONE_SAID
from kaskad.domain.channel import Channel, ReceiptKind
from kaskad.domain.outcome import Reason

ANYTHING: Schema = {"type": "object"}
TIMES = ("2027-03-02 12:00", "14:30", "+40m")


def tests(names: Names) -> Schema:
    """A file of `configs/journeys/tests/`."""
    others = listed(named(names.journeys), "Other journeys that run beside it")
    cases = listed(_case(names), "What is tested", least=1)
    return record("The tests of the journey of that name", {"tests": cases}, given=_given(), beside=others)


def _given() -> Schema:
    channels = listed(word(Channel))
    customer = record(
        "Whom it happens to",
        time_zone=ZONE_SAID,
        locale=text("Like ru or en"),
        reachable=channels,
        consents=channels,
        refuses=channels,
        attributes=ANYTHING,
    )
    start = matching(MOMENT, "When it begins, on the customer's clock", TIMES[0])
    return record("What holds before", start=start, customer=customer, products=table(ANYTHING, "Products by id", {}))


def _case(names: Names) -> Schema:
    return record(
        "One case",
        {
            "case": text("What it shows, in a few words"),
            "when": listed(_happening(names), "What happens, in this order"),
        },
        given=_given(),
        expect=listed(_expected(names), "What goes out then, and what does not"),
        ends=word(ENDS, "What becomes of the customer in the journey"),
        because=text("Why it ends so"),
    )


def _happening(names: Names) -> Schema:
    event = either(named(names.of("events")), word(["identify"]), said="What the customer does")
    return record(
        "An event of the customer's, or a provider's receipt",
        at=text("When", TIMES),
        event=event,
        with_={**ANYTHING, "description": "What the event says"},
        from_=named(names.of("sources"), "Where it comes from; site, unless given"),
        receipt=named(names.messages, "The message that the provider tells of"),
        was=word(ReceiptKind, "What the provider tells"),
        by=word(Channel),
        by_machine={**BOOLEAN, "description": "By a proxy or a scanner"},
    )


def _expected(names: Names) -> Schema:
    return record(
        "A message that goes, or one that does not",
        message=named(names.messages, "It goes"),
        never=named(names.messages, "It does not"),
        by=word(Channel),
        at=text("When", TIMES),
        fails={**BOOLEAN, "description": "The provider refuses it"},
        because=word(Reason, "Why it does not go"),
    )
