"""Every message that ships says something sensible, by every channel, in both languages, to everybody."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from kaskad.content import CompiledMessage, PromoCode, Renderer, compile_message, resolve_data
from kaskad.domain.channel import Channel
from tests.support.paths import ROOT

TEMPLATES = ROOT / "templates"
MESSAGES = sorted(path.name for path in TEMPLATES.iterdir() if not path.name.startswith("_"))
TOUCHES = {Channel.EMAIL, Channel.PUSH, Channel.WEBPUSH, Channel.VIBER, Channel.SMS}
CHANNELS = {"confirm_email": {Channel.EMAIL}, "confirm_email_reminder": {Channel.EMAIL}, "cart_reason": {Channel.CALL}}
ITEM = {
    "product_id": "p1",
    "title": "Kettle <1,7 l> & lid",
    "price": Decimal("1990"),
    "quantity": 2,
    "url": "https://shop.example/p/1?color=red",
    "image": "https://shop.example/i/1.jpg",
}


def data(**changes: Any) -> dict[str, Any]:
    return {
        "customer": {"first_name": "Анна", "time_zone": "Europe/Moscow"},
        "cart": {"id": "c1", "total": Decimal("3980"), "currency": "RUB", "items": [ITEM], "url": "https://shop.example/c"},
        "product": {**ITEM, "id": "p1", "category": "kettles"},
        "order": {"id": "o/1", "total": Decimal("3980"), "place": "Nevsky 1", "items": [ITEM]},
        "event": {"confirm_url": "https://shop.example/confirm?t=1&u=2"},
        "links": {
            "unsubscribe": "https://shop.example/u/t0ken",
            "preferences": "https://shop.example/p/t0ken",
            "confirm": "https://shop.example/c/t0ken",
        },
        "shop": {"name": "Lavka", "url": "https://shop.example", "currency": "RUB", "phone": "+7 800 100-00-00"},
        "utm": "utm_source=kaskad",
        "code": PromoCode.of("CART-7F3K", datetime(2027, 3, 9, tzinfo=UTC), ("site", "store")),
        **changes,
    }  # fmt: skip


@pytest.fixture(scope="module")
def messages() -> Mapping[str, CompiledMessage]:
    return {name: compile_message(TEMPLATES / name) for name in MESSAGES}


def everything(message: CompiledMessage, locale: str, **changes: Any) -> dict[Channel, dict[str, str]]:
    resolved = resolve_data(message.spec, data(**changes))
    assert isinstance(resolved, dict)
    return {channel: Renderer().render(message, channel, locale, data=resolved) for channel in message.variants}


@pytest.mark.parametrize("locale", ["ru-RU", "en"])
@pytest.mark.parametrize("name", MESSAGES)
def test_speaks_by_all_its_channels(messages: Mapping[str, CompiledMessage], name: str, locale: str) -> None:
    said = everything(messages[name], locale)
    assert set(said) == CHANNELS.get(name, TOUCHES)
    for channel, fields in said.items():
        text = " ".join(text for field, text in fields.items() if field not in ("html", "url", "icon", "image"))
        words = re.sub(r"https?:\S+|Анна|Kettle <1,7 l> & lid|Lavka|Nevsky 1", "", text)
        assert bool(re.search("[а-яё]", words.lower())) == (locale == "ru-RU"), (channel, words)
        assert not re.search(r"\{\{|\{%|None|&amp;|&lt;", text), (channel, text)


@pytest.mark.parametrize("name", MESSAGES)
def test_is_graceful_to_those_whose_name_or_picture_is_unknown(
    messages: Mapping[str, CompiledMessage], name: str
) -> None:
    bare = {**ITEM, "image": None}
    said = everything(
        messages[name],
        "ru",
        customer={"first_name": None},
        cart={**data()["cart"], "items": [bare]},
        product={**bare, "id": "p1"},
        order={**data()["order"], "place": None},
        shop={**data()["shop"], "phone": ""},
    )
    for fields in said.values():
        assert all(re.match(r"[«\w<+h]", text) for text in fields.values()), fields
        assert "<img" not in fields.get("html", "")


@pytest.mark.parametrize("locale", ["ru", "en"])
@pytest.mark.parametrize("name", [name for name in MESSAGES if name != "cart_reason"])
def test_mail_can_be_left_and_acted_on(messages: Mapping[str, CompiledMessage], name: str, locale: str) -> None:
    mail = everything(messages[name], locale)[Channel.EMAIL]
    target = {
        "confirm": "https://shop.example/c/t0ken",
        "how_wa": "https://shop.example/rate?order=o/1&rating=5",
    }
    link = target.get(name[:7], target.get(name[:6], "utm_source=kaskad"))
    assert link in mail["text"]
    assert link.replace("&", "&amp;") in mail["html"]
    unsubscribe = "https://shop.example/u/t0ken"
    assert all((unsubscribe in mail[field]) == (not name.startswith("confirm")) for field in ("html", "text"))
    assert all("https://shop.example/p/t0ken" in mail[field] for field in ("html", "text"))
    assert len(mail["html"].encode()) < 60_000  # Gmail cuts at 102 KB


@pytest.mark.parametrize("name", ["cart_reminder", "cart_help", "cart_discount", "cart_last_reminder"])
def test_cart_mail_shows_four_things_at_the_most(messages: Mapping[str, CompiledMessage], name: str) -> None:
    items = [{**ITEM, "title": f"thing {n}", "price": Decimal(n)} for n in range(1, 8)]
    mail = everything(messages[name], "ru", cart={**data()["cart"], "items": items})[Channel.EMAIL]
    for field in ("html", "text"):
        assert sorted(set(re.findall(r"thing \d", mail[field]))) == [f"thing {n}" for n in range(1, 5)]
