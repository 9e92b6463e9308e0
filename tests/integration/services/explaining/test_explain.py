"""Explaining one customer: what was decided, on which facts, and why not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kaskad.domain.errors import NotFound
from kaskad.domain.outcome import Reason
from kaskad.services.decisions import manual_enrollment
from kaskad.services.explaining.customer_history import CustomerHistory
from kaskad.services.explaining.explain import explain
from kaskad.services.reason_texts import REASON_TEXTS
from tests.support.stack import NOON, Stack

pytestmark = pytest.mark.anyio


def test_every_reason_has_its_sentence() -> None:
    assert set(REASON_TEXTS) == set(Reason)
    assert len(set(REASON_TEXTS.values())) == len(Reason), "two reasons that read the same explain nothing"


async def story(stack: Stack, customer: str, journey: str | None = None) -> CustomerHistory:
    return await explain(stack.runtime, customer, journey)


async def test_who_bought_in_the_store_is_told_so(stack: Stack) -> None:
    await stack.person("kolya", "push", "email", card="77")
    await stack.cart("kolya")
    await stack.at(timedelta(minutes=35))
    await stack.track(
        "kolya", "Order Completed", source="store", order_id="o1", total=900, place="store", store="Lenina 5"
    )
    await stack.at(timedelta(minutes=25))
    await stack.run("abandoned_cart")
    explained = await story(stack, "77", "abandoned-cart")
    (passage,) = explained.passages
    assert passage.status == "left"
    assert passage.summary == "Nothing was sent: bought in the store (Lenina 5) at 12:35, 35 minutes after."
    assert [event.text for event in explained.events[-2:]] == [
        "put something into the cart on the site: Pepperoni",
        "bought in the store (Lenina 5): 900 RUB",
    ]


async def test_what_was_sent_is_told_with_its_receipts(stack: Stack) -> None:
    await stack.person("anna", "email", timezone="Asia/Yekaterinburg")
    await stack.cart("anna")
    await stack.at(timedelta(hours=1))
    await stack.tills()
    await stack.run("abandoned_cart")
    explained = await story(stack, "anna", "abandoned_cart")
    (passage,) = explained.passages
    assert passage.summary == (
        "Sent 'cart_reminder' by e-mail so far. Now at 'cart_reminder'; next check: Wed 3 Mar 15:00."
    )
    assert [(line.kind, line.text) for line in passage.lines] == [
        ("entered", "entered, as of 14:00"),
        ("queued", "'cart_reminder': queued for e-mail"),
        ("message", "e-mail 'cart_reminder' sent through sandbox_email"),
    ]
    assert explained.zone.key == "Asia/Yekaterinburg"


async def test_why_no_channel_reaches_somebody(stack: Stack) -> None:
    await stack.person("boris", "email", consent=False)
    await stack.cart("boris")
    await stack.at(timedelta(hours=1))
    await stack.tills()
    await stack.run("abandoned_cart")
    explained = await story(stack, "boris")
    (passage,) = explained.passages
    (dropped,) = [line for line in passage.lines if line.kind == "dropped"]
    assert dropped.reason == "no_consent"
    assert dropped.text == (
        "'cart_reminder': dropped, because the customer has not consented to marketing here "
        "(e-mail: the customer has not consented to marketing here; "
        "push, SMS, Viber and web push: there is no address in this channel)"
    )
    assert passage.summary == (
        "Nothing was sent so far, because the customer has not consented to marketing here. "
        "Now at 'wait until 3 days after entering'; next check: Fri 5 Mar 12:00."
    )
    channels = {reach.channel: reach.reason for reach in explained.reach}
    assert channels["email"] == "no_consent"
    assert channels["push"] == "no_contact"


async def test_who_is_in_no_journey_hears_why(stack: Stack) -> None:
    await stack.person("vera", "email")
    await stack.cart("vera", price=300)
    explained = await story(stack, "vera")
    why = {absence.journey: absence.why for absence in explained.absences}
    assert why["thank_you"] == "the customer has never bought (no event 'order_completed' in any channel)."
    assert why["back_in_stock"].startswith("no product that the customer asked for")
    assert {reach.channel for reach in explained.reach if reach.reason is None} == {"email"}


async def test_opted_out_topics_and_quiet_hours_are_told(stack: Stack) -> None:
    await stack.person("gleb", "push")
    await stack.track("gleb", "consent_withdrawn", purpose="marketing", topic="carts")
    await stack.at(timedelta(hours=10))
    explained = await story(stack, "gleb")
    (push,) = [reach for reach in explained.reach if reach.channel == "push"]
    missing = "; their consent to promotions is missing: they have said neither yes nor no"
    assert push.text == f"reaches them, but not about carts{missing}"
    assert explained.holding == ("quiet hours until Wed 3 Mar 09:00",)


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ([], "reaches them; their consent to promotions is missing: they have said neither yes nor no"),
        ([("given", "promotions")], "reaches them"),
        ([("given", "promotions"), ("withdrawn", "promotions")], "reaches them, but not about promotions"),
        ([("withdrawn", "promotions")], "reaches them, but not about promotions"),
        ([("given", "promotions"), ("withdrawn", "carts")], "reaches them, but not about carts"),
    ],
)
async def test_what_nobody_was_asked_reads_as_no_refusal(said: list[tuple[str, str]], text: str, stack: Stack) -> None:
    await stack.person("gleb", "push")
    for minutes, (word, topic) in enumerate(said, 1):
        await stack.at(NOON + timedelta(minutes=minutes))
        await stack.track("gleb", f"consent_{word}", purpose="marketing", topic=topic)
    explained = await story(stack, "gleb")
    (push,) = [reach for reach in explained.reach if reach.channel == "push"]
    assert push.text == text


async def test_an_entry_that_was_refused_says_why(stack: Stack) -> None:
    await stack.person("dina", "email")
    await stack.cart("dina", price=300)
    await stack.at(timedelta(hours=1))
    await stack.run("abandoned_cart")
    explained = await story(stack, "dina", "abandoned_cart")
    (passage,) = explained.passages
    assert passage.summary == "Not admitted: what happened does not meet `where` of the entrance."


async def test_the_whole_text_names_nobody_else(stack: Stack) -> None:
    for user in ("egor", "faina"):
        await stack.person(user, "email", "push")
        await stack.cart(user)
    await manual_enrollment.enroll(stack.runtime, "thank_you", "egor")
    await stack.at(timedelta(hours=1))
    await stack.tills()
    await stack.run("abandoned_cart")
    explained = await story(stack, "egor")
    text = "\n".join(explained.text()) + str(explained.document())
    assert "faina" not in text.lower()
    assert "abandoned_cart, version 1" in text


async def test_unknown_names_are_refused_with_a_hint(stack: Stack) -> None:
    with pytest.raises(NotFound, match="no customer is known as 'nobody-here'; give an id"):
        await story(stack, "nobody-here")
    with pytest.raises(NotFound, match="there is no journey 'no_such'"):
        await story(stack, "nobody-here", "no-such")


async def test_a_consent_for_a_channel_that_nobody_knows_hinders_nothing(stack: Stack) -> None:
    await stack.person("anna", "email")
    await stack.track("anna", "Consent Given", purpose="marketing", channel="fax")
    reached = {reach.channel: reach.reason for reach in (await story(stack, "anna")).reach}
    assert reached["email"] is None
