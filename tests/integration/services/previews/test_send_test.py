"""Test sends and previews of real customers: through the real providers, and nothing of it counts."""

from __future__ import annotations

import pytest

from kaskad.content import CompiledMessage, compile_message
from kaskad.domain.channel import Channel
from kaskad.domain.errors import NotFound, Rejected
from kaskad.sandbox.providers import Outcome as Received
from kaskad.services.operations import emergency_stops
from kaskad.services.previews import find_reader
from kaskad.services.previews.send_test import SendTestOutcome, SendTestResult, send_test
from tests.support.paths import ROOT
from tests.support.shipped import CACHE
from tests.support.stack import Stack

pytestmark = pytest.mark.anyio
ME = "me@shop.example"


def message(name: str = "cart_reminder") -> CompiledMessage:
    return compile_message(ROOT / "templates" / name, cache=CACHE)


COUNTS = "SELECT (SELECT count(*) FROM message) AS m, (SELECT count(*) FROM decision) AS d"


async def sent(
    stack: Stack, to: str, *channels: Channel, name: str = "cart_reminder", who: str = "kolya"
) -> list[SendTestResult]:
    reader = await find_reader(stack.runtime, stack.project, name, customer=who, locale=None, now=stack.now)
    return await send_test(
        stack.runtime,
        ROOT,
        stack.project,
        message=message(name),
        reader=reader,
        to=to,
        now=stack.now,
        channels=channels,
    )


async def test_it_is_what_the_customer_would_get_marked_and_counts_nowhere(stack: Stack) -> None:
    await stack.person("kolya", "email", "push")
    await stack.cart("kolya", product="pepperoni", price=1500)
    before = await stack.rows(COUNTS)
    (tried,) = await sent(stack, ME)
    assert (tried.channel, tried.outcome, tried.address, tried.provider) == ("email", "sent", ME, "sandbox_email")
    (record,) = stack.sandbox.received
    assert (record.to, record.outcome) == (ME, Received.ACCEPTED)
    assert record.fields["subject"].startswith("[test] ")
    assert "Pepperoni" in record.fields["text"]
    assert await stack.rows(COUNTS) == before


async def test_a_phone_and_a_customer_s_own_contacts(stack: Stack) -> None:
    await stack.person("kolya", "email")
    await stack.person("anna", "email", "push")
    await stack.cart("kolya")
    assert [(message.channel, message.address) for message in await sent(stack, "+7 (999) 000-00-00")] == [
        ("viber", "+79990000000"),
        ("sms", "+79990000000"),
    ]
    assert {message.channel for message in await sent(stack, "anna")} == {"push", "email"}
    texts = [record.fields.get("title") or record.fields.get("text", "") for record in stack.sandbox.received]
    marked = [record.fields.get("subject", text) for record, text in zip(stack.sandbox.received, texts, strict=True)]
    assert len(marked) == 4 and all(text.startswith("[test] ") for text in marked), marked
    assert len({record.key for record in stack.sandbox.received}) >= 2


async def test_what_cannot_go_is_told_for_each_channel(stack: Stack) -> None:
    await stack.person("kolya", "email")
    (empty,) = await sent(stack, ME)
    assert (empty.outcome, empty.detail) == (
        SendTestOutcome.NOT_SENT,
        "products needs 1 of cart.items, there are 0",
    )
    (no_address,) = await sent(stack, ME, Channel.SMS, who="usual")
    assert (no_address.outcome, no_address.detail) == (
        SendTestOutcome.NOT_SENT,
        "there is no address for this channel",
    )
    with pytest.raises(Rejected, match="says nothing by call: it has email, push"):
        await sent(stack, ME, Channel.CALL, who="usual")
    with pytest.raises(Rejected, match="no address for any of cart_reason's channels: call"):
        await sent(stack, ME, name="cart_reason", who="usual")
    with pytest.raises(NotFound, match="'nemo' is no e-mail address, no phone"):
        await sent(stack, "nemo", who="usual")
    assert stack.sandbox.received == []


async def test_an_emergency_stop_stops_tests_too(stack: Stack) -> None:
    await emergency_stops.stop(stack.runtime, "channel", "email", by="crm")
    (tried,) = await sent(stack, ME, who="usual")
    assert (tried.outcome, stack.sandbox.received) == (SendTestOutcome.NOT_SENT, [])
    assert "emergency stop" in tried.detail


async def test_its_unsubscribe_link_is_nobody_s(stack: Stack) -> None:
    await sent(stack, ME, who="usual")
    token = stack.sandbox.received[0].headers["List-Unsubscribe"].strip("<>").rpartition("/")[2]
    id_ = stack.runtime.links.message_of(token)
    assert await stack.rows("SELECT id FROM message WHERE id = %(id)s", id=id_) == []
    assert str(id_) == stack.sandbox.received[0].key


async def test_a_real_reader_is_the_customer_as_they_are_now(stack: Stack) -> None:
    await stack.person("kolya", "email")
    await stack.cart("kolya", product="pepperoni", price=1500)
    await stack.track("kolya", "Product Viewed", product_id="kettle", name="Kettle", price=900)
    reader = await find_reader(
        stack.runtime, stack.project, "cart_reminder", customer="kolya", locale=None, now=stack.now
    )
    assert [item["product_id"] for item in reader.known["items"]] == ["pepperoni"]
    assert reader.known["product"]["title"] == "Kettle"
    english = await find_reader(
        stack.runtime, stack.project, "cart_reminder", customer="kolya", locale="en", now=stack.now
    )
    assert (english.locale, english.known["locale"]) == ("en", "en")
    with pytest.raises(NotFound):
        await find_reader(stack.runtime, stack.project, "cart_reminder", customer="nemo", locale=None, now=stack.now)
