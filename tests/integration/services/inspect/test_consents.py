"""What `kaskad consents` shows: what stands, what stood, and a ledger that proves it."""

from __future__ import annotations

import csv
import hashlib
import io
from datetime import timedelta

import pytest

from kaskad.domain.errors import NotFound
from kaskad.services.inspect.consents import ConsentState, load_consents
from tests.support.stack import NOON, Stack

pytestmark = pytest.mark.anyio
EMAIL = {"purpose": "marketing", "channel": "email"}


async def standing(stack: Stack, **said: object) -> dict[tuple[str | None, ...], ConsentState]:
    """What each last word comes to, by channel, topic and sender."""
    found = await load_consents(stack.runtime, "anna", **said)  # type: ignore[arg-type]
    return {(word.entry.channel, word.entry.topic, word.entry.sender): word.standing for word in found.standing}


async def test_it_says_what_stands_and_what_stood_then(stack: Stack) -> None:
    await stack.person("anna", "email", consent=False)
    await stack.track("anna", "consent_given", **EMAIL, text_version="form/3")
    await stack.track("anna", "consent_given", **EMAIL, topic="promotions", expires_at="2027-03-05T00:00:00Z")
    await stack.at(timedelta(days=1))
    await stack.track("anna", "consent_withdrawn", topic="carts")
    await stack.at(timedelta(days=4))
    await stack.track("anna", "consent_withdrawn")
    general, carts, everything = ("email", None, None), (None, "carts", None), (None, None, None)
    assert await standing(stack) == {
        general: ConsentState.OVERRULED,
        ("email", "promotions", None): ConsentState.EXPIRED,
        carts: ConsentState.WITHDRAWN,
        everything: ConsentState.WITHDRAWN,
    }
    assert await standing(stack, at=NOON + timedelta(days=2)) == {
        general: ConsentState.GRANTED,
        ("email", "promotions", None): ConsentState.GRANTED,
        carts: ConsentState.WITHDRAWN,
    }
    assert await standing(stack, at=NOON - timedelta(days=1)) == {}
    found = await load_consents(stack.runtime, "anna")
    assert dict(found.reached)["e-mail"].startswith("does not reach them")
    with pytest.raises(NotFound, match="no customer is known as 'nobody'"):
        await load_consents(stack.runtime, "nobody")


async def test_the_ledger_is_a_proof(stack: Stack) -> None:
    await stack.person("anna", "email", consent=False)
    await stack.track("anna", "consent_given", **EMAIL, text_version="=HYPERLINK(1)", text_hash="abc")
    await stack.at(timedelta(days=1))
    await stack.track("anna", "consent_withdrawn", **EMAIL, message_id="m2")
    found = await load_consents(stack.runtime, "anna")
    first, second = csv.DictReader(io.StringIO(found.csv()))
    assert (first["said"], first["text_version"], first["text_hash"]) == ("granted", "'=HYPERLINK(1)", "abc")
    assert (second["said"], second["message_id"], second["source"]) == ("withdrawn", "m2", "site")
    assert second["at"] == (NOON + timedelta(days=1)).isoformat()
    assert found.sha256 == hashlib.sha256(found.csv().encode()).hexdigest()
    assert (await load_consents(stack.runtime, "anna")).sha256 == found.sha256, "the same words, the same proof"
    then = await load_consents(stack.runtime, "anna", at=NOON)
    assert then.csv().splitlines() == found.csv().splitlines()[:2]


async def test_a_pause_overrules_nothing(stack: Stack) -> None:
    await stack.person("anna", "email", consent=False)
    await stack.track("anna", "consent_given", **EMAIL)
    await stack.at(timedelta(days=1))
    until = (stack.now + timedelta(days=7)).isoformat()
    await stack.track("anna", "consent_withdrawn", source="preferences", purpose="marketing", paused_until=until)
    general, everything = ("email", None, None), (None, None, None)
    assert await standing(stack) == {general: ConsentState.GRANTED, everything: ConsentState.PAUSED}
    reached = dict((await load_consents(stack.runtime, "anna")).reached)["e-mail"]
    assert reached.startswith("does not reach them"), "until its end"
    await stack.at(timedelta(days=8))
    assert await standing(stack) == {general: ConsentState.GRANTED}


async def test_it_says_of_each_word_what_a_send_check_says(stack: Stack) -> None:
    """A later grant to everybody covers what was withdrawn before; what has expired brings back nothing."""
    one = next(iter(stack.project.senders))
    await stack.person("anna", "email", consent=False)
    await stack.track("anna", "consent_given", **EMAIL, sender=one)
    await stack.at(timedelta(days=1))
    await stack.track("anna", "consent_withdrawn", **EMAIL)
    to_one, general, everything = ("email", None, one), ("email", None, None), (None, None, None)
    assert (await standing(stack))[to_one] is ConsentState.OVERRULED
    await stack.at(timedelta(days=1))
    end = (stack.now + timedelta(days=1)).isoformat()
    await stack.track("anna", "consent_given", purpose="marketing", expires_at=end)
    assert await standing(stack) == {
        to_one: ConsentState.GRANTED,
        general: ConsentState.WITHDRAWN,
        everything: ConsentState.GRANTED,
    }
    await stack.at(timedelta(days=1))
    assert await standing(stack) == {
        to_one: ConsentState.OVERRULED,
        general: ConsentState.WITHDRAWN,
        everything: ConsentState.EXPIRED,
    }
