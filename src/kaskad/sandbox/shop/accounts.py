"""The customers' accounts: the customers that the shop imports at first, sign-ups, and consents."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from kaskad.sandbox.shop.calendar import Calendar
from kaskad.sandbox.shop.catalogue import SHOP_URL
from kaskad.sandbox.shop.event import (
    CONSENT_GIVEN,
    CONSENT_WITHDRAWN,
    EMAIL_CONFIRMED,
    SIGNED_UP,
    EventRecorder,
    ShopEvent,
    Source,
)
from kaskad.sandbox.shop.people import KOLYA_ID, Person
from kaskad.sandbox.shop.seeded_random import seeded_number, seeded_random

CONSENT_TEXT = "I agree to receive advertising from the shop through this channel. I can stop it at any time."
CONSENT = {
    "purpose": "marketing",
    "text_version": "2026-01",
    "text_hash": hashlib.blake2b(CONSENT_TEXT.encode(), digest_size=16).hexdigest(),
}
IMPORT_INTERVAL = timedelta(milliseconds=10)  # of the imported customers
NEWCOMERS = 0.042  # of those with an e-mail address


def is_newcomer(person: Person, seed: int) -> bool:
    """Whether this person is new and signs up during the days that are played."""
    chosen = seeded_number("newcomer", seed, person.user_id) < NEWCOMERS * 2**64
    return chosen and person.email is not None and person.user_id != KOLYA_ID


def import_accounts(people: Sequence[Person], start: datetime, seed: int) -> list[ShopEvent]:
    """The profiles and consents of all known customers, in the first minute, before anything else happens."""
    diary = EventRecorder("base", seed)
    for position, person in enumerate(people):
        _introduce(diary, person, start + position * IMPORT_INTERVAL, source=source_of(person))
    return diary.events


def withdrawals(person: Person, calendar: Calendar, seed: int) -> list[ShopEvent]:
    """The consents that this person withdraws at some time during the days."""
    diary, rng = EventRecorder("withdrawals", seed, person.user_id), seeded_random("withdrawals", seed, person.user_id)
    for channel in person.withdrawn:
        at = calendar.moment(rng, person.time_zone, 0.1)
        diary.track(
            at, source_of(person), person.user_id, name=CONSENT_WITHDRAWN, properties=CONSENT | {"channel": channel}
        )
    return diary.events


def sign_up(person: Person, calendar: Calendar, seed: int) -> list[ShopEvent]:
    """A newcomer's registration on the site: half confirm their address within 6 h, more within a day, some never."""
    diary, rng = EventRecorder("sign-up", seed, person.user_id), seeded_random("sign-up", seed, person.user_id)
    at = calendar.moment(rng, person.time_zone, last=0.8)
    _introduce(diary, person, at, source="site")
    url = f"{SHOP_URL}/confirm/{rng.randbytes(12).hex()}"
    signed_up = at + timedelta(seconds=1)
    diary.track(
        signed_up, "site", person.user_id, name=SIGNED_UP, properties={"email": person.email, "confirm_url": url}
    )
    if delay := _confirms_after(rng):
        diary.track(signed_up + delay, "site", person.user_id, name=EMAIL_CONFIRMED, properties={"email": person.email})
    return diary.events


def source_of(person: Person) -> Source:
    """The source that this person uses online: the app for those with a push token, else the site."""
    return "app" if person.push_token else "site"


def _confirms_after(rng: random.Random) -> timedelta | None:
    draw = rng.random()
    if draw < 0.5:
        return timedelta(seconds=rng.randint(120, 6 * 3600 - 120))
    return timedelta(seconds=rng.randint(6 * 3600, 24 * 3600)) if draw < 0.75 else None


def _introduce(diary: EventRecorder, person: Person, at: datetime, *, source: Source) -> None:
    device = {"device": {"token": person.push_token, "type": person.device}} if person.push_token else {}
    diary.identify(at, source, person.user_id, traits=_traits(person), context=device)
    for position, channel in enumerate(person.consents, start=1):
        given = at + timedelta(milliseconds=position)
        diary.track(given, source, person.user_id, name=CONSENT_GIVEN, properties=CONSENT | {"channel": channel})


def _traits(person: Person) -> dict[str, Any]:
    traits = {
        "firstName": person.first_name,
        "email": person.email,
        "phone": person.phone,
        "webpush": person.webpush,
        "locale": person.locale,
        "timezone": person.time_zone,
        "card": person.card,
    }
    return {name: value for name, value in traits.items() if value is not None}
