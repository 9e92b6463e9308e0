"""Whether a channel may be used for somebody: contacts, consent, topics. Row by row, and by purpose."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaskad.domain.channel import Channel
from kaskad.domain.decisions.facts import Consent
from kaskad.domain.decisions.send_policy import most_actionable_reason, unreachable_reason
from kaskad.domain.journeys.journey import Purpose
from kaskad.domain.journeys.project import Topic
from kaskad.domain.outcome import Reason
from tests.support.engine.builders import EVERY_CHANNEL, NOW, PROPERTY, consent, person

SUBSCRIBED = Topic(name="carts")
UNSUBSCRIBED = Topic(name="carts", starts="unsubscribed")
MARKETING = Purpose.MARKETING
NO_CONSENT, OPTED_OUT = Reason.NO_CONSENT, Reason.TOPIC_OPTED_OUT


def refused(
    *consents: Consent, topic: Topic | None = SUBSCRIBED, purpose: Purpose = Purpose.MARKETING
) -> Reason | None:
    """Why an e-mail may not go, given these words; None when it may."""
    return unreachable_reason(
        person(consents=consents), Channel.EMAIL, purpose, topic=topic, templates=set(EVERY_CHANNEL)
    )


yes, no = consent(), consent(granted=False)


def pause(*said: str | None, ago: float = 9) -> Consent:
    """A pause that is not over; of everything, or of a topic and a channel."""
    return replace(consent(*said, granted=False, ago=ago), is_pause=True)


ROWS: dict[str, tuple[list[Consent], Topic | None, Reason | None]] = {
    "nothing said": ([], SUBSCRIBED, NO_CONSENT),
    "consented, all channels": ([yes], SUBSCRIBED, None),
    "consented, this channel": ([consent(channel="email")], SUBSCRIBED, None),
    "consented, another channel": ([consent(channel="sms")], SUBSCRIBED, NO_CONSENT),
    "withdrawn": ([no], SUBSCRIBED, NO_CONSENT),
    "withdrawn since": ([consent(ago=9), consent(granted=False, ago=8)], SUBSCRIBED, NO_CONSENT),
    "given again since": ([consent(granted=False, ago=9), consent(ago=8)], SUBSCRIBED, None),
    "this channel withdrawn since": ([consent(ago=9), consent(None, "email", False, 8)], SUBSCRIBED, NO_CONSENT),
    "another channel withdrawn since": ([consent(ago=9), consent(None, "sms", False, 8)], SUBSCRIBED, None),
    "all channels withdrawn since": ([consent(None, "email", ago=9), consent(None, None, False, 8)], None, NO_CONSENT),
    "at one instant the withdrawal holds": ([yes, no], SUBSCRIBED, NO_CONSENT),
    "no topic asks no topic": ([yes, consent("carts", granted=False, ago=1)], None, None),
    "this topic left": ([yes, consent("carts", granted=False, ago=1)], SUBSCRIBED, OPTED_OUT),
    "this topic left in this channel": ([yes, consent("carts", "email", False, 1)], SUBSCRIBED, OPTED_OUT),
    "this topic left in another channel": ([yes, consent("carts", "sms", False, 1)], SUBSCRIBED, None),
    "another topic left": ([yes, consent("news", granted=False, ago=1)], SUBSCRIBED, None),
    "this topic left and joined again": (
        [yes, consent("carts", granted=False, ago=2), consent("carts", ago=1)],
        SUBSCRIBED,
        None,
    ),
    "a topic that one has to join": ([yes], UNSUBSCRIBED, OPTED_OUT),
    "joined": ([yes, consent("carts", ago=1)], UNSUBSCRIBED, None),
    "a topic is no general consent": ([consent("carts")], SUBSCRIBED, NO_CONSENT),
    "leaving everything leaves the topic": ([consent("carts", ago=1), no], SUBSCRIBED, NO_CONSENT),
    "paused": ([yes, pause()], SUBSCRIBED, NO_CONSENT),
    "given again in a pause": ([yes, pause(), consent(ago=1)], SUBSCRIBED, NO_CONSENT),
    "this channel given again in a pause": ([pause(), consent(None, "email", ago=1)], SUBSCRIBED, NO_CONSENT),
    "a topic joined in a pause": ([yes, pause(), consent("carts", ago=1)], SUBSCRIBED, NO_CONSENT),
    "given again in a pause of this channel": ([pause(None, "email"), consent(ago=1)], SUBSCRIBED, NO_CONSENT),
    "another channel paused": ([yes, pause(None, "sms")], SUBSCRIBED, None),
    "a paused topic joined again": ([yes, pause("carts"), consent("carts", ago=1)], SUBSCRIBED, OPTED_OUT),
    "another topic paused": ([yes, pause("news")], SUBSCRIBED, None),
}


@pytest.mark.parametrize(("words", "topic", "expected"), ROWS.values(), ids=ROWS)
def test_what_the_customer_said(words: list[Consent], topic: Topic | None, expected: Reason | None) -> None:
    for order in permutations(words):
        assert refused(*order, topic=topic) is expected


@pytest.mark.parametrize("purpose", [Purpose.REQUESTED, Purpose.TRANSACTIONAL])
@pytest.mark.parametrize(("words", "topic", "_"), ROWS.values(), ids=ROWS)
def test_only_marketing_asks_for_it(words: list[Consent], topic: Topic | None, _: object, purpose: Purpose) -> None:
    assert refused(*words, topic=topic, purpose=purpose) is None


@pytest.mark.parametrize("purpose", list(Purpose))
@pytest.mark.parametrize(
    ("contacts", "templates", "expected"),
    [
        ({Channel.EMAIL: "active"}, {Channel.EMAIL}, None),
        ({Channel.EMAIL: "dead"}, {Channel.EMAIL}, Reason.ADDRESS_DEAD),
        ({Channel.EMAIL: "stopped"}, {Channel.EMAIL}, Reason.ADDRESS_DEAD),
        ({Channel.EMAIL: "suppressed"}, {Channel.EMAIL}, Reason.SUPPRESSED),
        ({Channel.SMS: "active"}, {Channel.EMAIL}, Reason.NO_CONTACT),
        ({}, {Channel.EMAIL}, Reason.NO_CONTACT),
        ({Channel.EMAIL: "active"}, {Channel.SMS}, Reason.NO_TEMPLATE),
        ({Channel.EMAIL: "dead"}, set(), Reason.NO_TEMPLATE),
    ],
)
def test_contact_and_template_hold_for_every_purpose(
    contacts: dict[Channel, str], templates: set[Channel], expected: Reason | None, purpose: Purpose
) -> None:
    assert (
        unreachable_reason(person(contacts=contacts), Channel.EMAIL, purpose, topic=None, templates=templates)
        is expected
    )


words = st.builds(
    Consent,
    st.sampled_from([None, Channel.EMAIL, Channel.SMS]),
    st.sampled_from([None, "carts", "news"]),
    st.booleans(),
    st.integers(0, 5).map(lambda hours: NOW - timedelta(hours=hours)),
)


@PROPERTY
@given(st.lists(words, max_size=6), st.randoms(use_true_random=False))
def test_in_whatever_order_it_was_said(said: list[Consent], random) -> None:  # type: ignore[no-untyped-def]
    shuffled = random.sample(said, len(said))
    assert refused(*said) is refused(*shuffled)
    assert refused(*said, Consent(None, None, False, NOW + timedelta(hours=1))) is NO_CONSENT
    everything = [Consent(None, topic, True, NOW + timedelta(hours=1)) for topic in (None, "carts")]
    assert refused(*said, *everything) is None


def test_what_is_said_to_one_sender_is_nothing_to_another() -> None:
    def asked(sender: str | None, *said: Consent) -> Reason | None:
        someone = person(consents=said)
        return unreachable_reason(
            someone, Channel.EMAIL, MARKETING, topic=None, templates={Channel.EMAIL}, sender=sender
        )

    one = replace(yes, sender="one")
    assert [asked(sender, one) for sender in ("one", "two", None)] == [None, NO_CONSENT, NO_CONSENT]
    refusing = replace(consent(granted=False, ago=1), sender="one")
    assert [asked(sender, yes, refusing) for sender in ("one", "two", None)] == [NO_CONSENT, None, None]
    paused = [replace(pause(), sender="one"), consent(ago=1), replace(consent(ago=1), sender="one")]
    assert [asked(sender, *paused) for sender in ("one", "two", None)] == [NO_CONSENT, None, None]
    assert asked("one", pause(), replace(consent(ago=1), sender="one")) is NO_CONSENT, "a pause from everybody"


@pytest.mark.parametrize("purpose", list(Purpose))
@pytest.mark.parametrize("said", [(yes,), (no,), ()])
def test_where_it_is_asked_for_a_grant_counts_once_the_address_is_confirmed(
    said: tuple[Consent, ...], purpose: Purpose
) -> None:
    def asked(*double_opt_in: Channel, confirmed: tuple[Channel, ...] = ()) -> Reason | None:
        someone = replace(person(consents=said), confirmed=frozenset(confirmed))
        return unreachable_reason(
            someone, Channel.EMAIL, purpose, topic=None, templates={Channel.EMAIL}, double_opt_in=double_opt_in
        )

    before = asked()
    assert asked(Channel.EMAIL, confirmed=(Channel.EMAIL,)) is asked(Channel.SMS) is before
    pending = Reason.UNCONFIRMED if before is None and purpose is MARKETING else before
    assert asked(Channel.EMAIL) is asked(Channel.EMAIL, confirmed=(Channel.SMS,)) is pending


def test_one_reason_for_a_cascade_that_reaches_nobody() -> None:
    reasons = [Reason.NO_TEMPLATE, Reason.NO_CONTACT, Reason.SUPPRESSED, Reason.ADDRESS_DEAD, NO_CONSENT, OPTED_OUT]
    for count in range(1, len(reasons) + 1):
        some = dict(zip(Channel, reversed(reasons[:count]), strict=False))
        assert most_actionable_reason(some) is reasons[count - 1]
