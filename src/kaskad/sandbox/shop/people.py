"""The shop's customers: their names, contacts and consents."""

from __future__ import annotations

import base64
import json
import random
from dataclasses import dataclass, replace
from typing import Literal

from kaskad.sandbox.shop.seeded_random import seeded_random

KOLYA_ID = "kolya"
SHOP_ZONE = "Europe/Moscow"
RUSSIAN_NAMES = [
    "Анна", "Мария", "Елена", "Ольга", "Наталья", "Ирина", "Светлана", "Татьяна", "Екатерина", "Юлия", "Дарья",
    "Полина", "Вера", "Алиса", "Ксения", "Софья", "Александр", "Сергей", "Дмитрий", "Андрей", "Алексей", "Иван",
    "Михаил", "Максим", "Артём", "Егор", "Павел", "Роман", "Никита", "Тимур", "Фёдор", "Глеб",
]  # fmt: skip
ENGLISH_NAMES = [
    "James", "Emma", "Oliver", "Sophia", "Liam", "Mia", "Noah", "Grace", "Jack", "Lucy", "Henry", "Alice", "Leo",
    "Ruth", "Adam", "Clara", "Paul", "Jane",
]  # fmt: skip
ZONES = {
    "Europe/Moscow": 55,
    "Asia/Yekaterinburg": 12,
    "Asia/Novosibirsk": 9,
    "Europe/Samara": 8,
    "Europe/Kaliningrad": 6,
    "Asia/Krasnoyarsk": 4,
    "Asia/Vladivostok": 5,
    "Asia/Kamchatka": 1,
}


@dataclass(frozen=True, slots=True)
class Person:
    """A customer. Contacts that are not known are None; `consents` and `withdrawn` name marketing channels."""

    user_id: str
    first_name: str | None
    locale: Literal["ru-RU", "en-US"]
    time_zone: str
    card: str
    push_token: str | None = None
    device: Literal["android", "ios"] = "android"
    email: str | None = None
    phone: str | None = None
    webpush: str | None = None  # a PushSubscription as JSON
    consents: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()  # some of `consents`, withdrawn later

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels for which this person has a contact."""
        phone = ("viber", "sms") if self.phone else ()
        given = {"push": self.push_token, "email": self.email, "webpush": self.webpush}
        return (*(channel for channel, contact in given.items() if contact), *phone)


def generate_customers(count: int, seed: int) -> list[Person]:
    """`count` customers, the first of them Kolya; always the same for a seed."""
    return [_kolya(seed), *(_person(number, seed) for number in range(1, count))][:count]


def _kolya(seed: int) -> Person:
    return Person(
        user_id=KOLYA_ID,
        first_name="Коля",
        locale="ru-RU",
        time_zone=SHOP_ZONE,
        card=f"2{0:012}",
        push_token=_token(seeded_random("kolya", seed)),
        email="kolya@mail.example",
        phone="+79000000000",
        consents=("push", "email", "viber", "sms"),
    )


def _person(number: int, seed: int) -> Person:
    rng = seeded_random("person", seed, number)
    russian = rng.random() < 0.75
    person = Person(
        user_id=f"c-{number:06}",
        first_name=None if rng.random() < 0.06 else rng.choice(RUSSIAN_NAMES if russian else ENGLISH_NAMES),
        locale="ru-RU" if russian else "en-US",
        time_zone=rng.choices(list(ZONES), weights=list(ZONES.values()))[0],
        card=f"2{number:012}",
        device="android" if rng.random() < 0.7 else "ios",
        push_token=_token(rng) if rng.random() < 0.45 else None,
        email=f"c{number}@mail.example" if rng.random() < 0.75 else None,
        webpush=_subscription(rng) if rng.random() < 0.25 else None,
        phone=f"+7901{number:07}" if rng.random() < 0.60 else None,
    )
    return _with_consents(person, rng)


def _with_consents(person: Person, rng: random.Random) -> Person:
    consents = tuple(channel for channel in person.channels if rng.random() < 0.85)
    withdrawn = tuple(channel for channel in consents if rng.random() < 0.03)
    return replace(person, consents=consents, withdrawn=withdrawn)


def _token(rng: random.Random) -> str:
    return f"{rng.randbytes(11).hex()}:APA91b{_base64(rng.randbytes(60))}"


def _subscription(rng: random.Random) -> str:
    keys = {"p256dh": _base64(b"\x04" + rng.randbytes(64)), "auth": _base64(rng.randbytes(16))}
    return json.dumps({"endpoint": f"https://push.browser.example/{_base64(rng.randbytes(24))}", "keys": keys})


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
