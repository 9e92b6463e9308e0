"""A customer gets the right words, or nothing: rendering, its languages, its filters and its bounds."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from kaskad.content import CompiledMessage, MessageSpec, Renderer
from kaskad.domain.channel import Channel
from kaskad.domain.errors import TemplateError
from kaskad.domain.values.priced import Priced

SHOP = {"name": "Shop", "currency": "RUB"}


def message(language: str = "en", **texts: str) -> CompiledMessage:
    """An SMS: `base` in the given language, `ru` and others by locale."""
    variants = {"" if name == "base" else name: {"text": text} for name, text in texts.items()}
    return CompiledMessage.of("hello", MessageSpec(language=language), {Channel.SMS: variants})


def sms(template: str, locale: str = "en", **data: Any) -> str:
    texts = {"base": "base", locale: template}
    return Renderer().render(message(**texts), Channel.SMS, locale, data={"shop": SHOP, **data})["text"]


@pytest.mark.parametrize(
    ("asked", "text"),
    [("ru-RU", "ru"), ("ru_RU", "ru"), ("RU", "ru"), ("pt-BR", "br"), ("pt", "base"), ("de", "base"), ("", "base")],
)
def test_the_nearest_language(asked: str, text: str) -> None:
    hello = message(base="base", ru="ru", **{"pt-br": "br"})
    assert Renderer().render(hello, Channel.SMS, asked, data={}) == {"text": text}


def test_sums_follow_the_language_of_the_text_not_of_a_customer_who_falls_back() -> None:
    hello = message(base="{{ 1.5 | money('EUR') }} {{ 2 | plural('day', 'days') }}")
    assert Renderer().render(hello, Channel.SMS, "ru", data={})["text"] == "€1.50 days"
    hello = message(language="ru", base="{{ 1.5 | money('EUR') }}")
    assert Renderer().render(hello, Channel.SMS, "de", data={})["text"] == "1,50 €"


@pytest.mark.parametrize(
    ("count", "russian", "english"),
    [
        (0, "товаров", "items"), (1, "товар", "item"), (2, "товара", "items"), (5, "товаров", "items"),
        (11, "товаров", "items"), (21, "товар", "items"), (22, "товара", "items"), (101, "товар", "items"),
        (111, "товаров", "items"), (Decimal("1.5"), "товара", "items"), ("3", "товара", "items"),
    ],
)  # fmt: skip
def test_plurals(count: Any, russian: str, english: str) -> None:
    assert sms('{{ event.n | plural("товар", "товара", "товаров") }}', "ru", event={"n": count}) == russian
    assert sms('{{ event.n | plural("item", "items") }}', "en", event={"n": count}) == english


@pytest.mark.parametrize(
    ("amount", "locale", "template", "text"),
    [
        (Decimal("1990"), "ru", "money", "1 990 ₽"),
        (Decimal("1990.50"), "ru", "money", "1 990,50 ₽"),
        ("1990.5", "en", "money", "RUB 1,990.50"),
        (19.9, "en", "money('USD')", "$19.90"),
        (Priced("12.50", "EUR"), "en", "money", "€12.50"),
        (Priced(1500, "JPY") * 2, "en", "money", "¥3,000"),
        (Priced(5, "EUR"), "ru", "money('KZT')", "5 KZT"),
        (-5, "en", "money('USD')", "-$5"),
        (1234567, "de", "money('EUR')", "1.234.567 €"),
        (1000, "ja", "money('JPY')", "¥1,000"),
    ],
)
def test_money(amount: Any, locale: str, template: str, text: str) -> None:
    written = sms("{{ event.sum | " + template + " }}", locale, event={"sum": amount})
    assert written.replace("￥", "¥") == text


@pytest.mark.parametrize(
    ("template", "locale", "text"),
    [
        ("{{ event.at | date }}", "ru", "1 марта 2026 г."),
        ("{{ event.at | date('d MMMM') }}", "en", "1 March"),
        ("{{ event.at | time }}", "ru", "02:30"),
        ("{{ event.at | datetime('short') }}", "ru", "01.03.2026, 02:30"),
        ("{{ event.text | date('d MMMM') }} {{ event.text | time }}", "ru", "1 марта 02:30"),
        ("{{ event.day | date('short') }}", "ru", "28.02.2026"),
        ("{{ event.born | date }}", "en", "March 4, 1990"),
        ("{{ event.yearless | date }}", "ru", "4 марта"),
        ("{{ event.yearless | date('short') }}", "en", "March 4"),
        ("{{ event.yearless | date('d.MM') }}", "en", "4.03"),
    ],
)
def test_dates_are_the_customer_s_own(template: str, locale: str, text: str) -> None:
    at = datetime(2026, 2, 28, 23, 30, tzinfo=UTC)
    event = {"at": at, "text": "2026-02-28T23:30:00Z", "day": at.date(), "born": "1990-03-04", "yearless": "--03-04"}
    written = sms(template, locale, event=event, customer={"time_zone": "Europe/Moscow"})
    assert written == text


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("https://x/a", "https://x/a?utm_source=k"),
        ("https://x/a?b=1#top", "https://x/a?b=1&utm_source=k#top"),
        ("https://x/a#top?", "https://x/a?utm_source=k#top?"),
    ],
)
def test_utm_parameters_go_where_they_belong(url: str, text: str) -> None:
    assert sms("{{ event.url | with_utm }}", event={"url": url}, utm="utm_source=k") == text
    assert sms("{{ event.url | with_utm }}", event={"url": url}) == url


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{{ cart.total }}", "hello/sms.yaml, text: 'cart' is undefined"),
        ("{{ event.born | date('d MMMM y') }}", "hello/sms.yaml, text: '--03-04' has no year"),
        ("{{ event.gone }}", "hello/sms.yaml, text: there is no field 'gone'"),
        ("{% if event.gone %}x{% endif %}", "hello/sms.yaml, text: there is no field 'gone'"),
        ("{{ customer.first_name }}", "hello/sms.yaml, text: a value is empty"),
        ("Hi, {{ customer.first_name ~ '!' }}", "hello/sms.yaml, text: a value is empty"),
        ("{{ event.list }}", "hello/sms.yaml, text: a list cannot be written out"),
        ("{{ customer.first_name | money }}", "hello/sms.yaml, text: None is not a number"),
        ("{{ 1 | plural('a', 'b', 'c', 'd') }}", "hello/sms.yaml, text: plural takes 2 forms in en"),
        ("{{ 1 // event.zero }}", "hello/sms.yaml, text: "),
        ("{% if event.zero %}x{% endif %}", "hello/sms.yaml, text: comes out empty"),
        ("{% if %}", "hello/sms.yaml, text: Expected an expression"),
    ],
)
def test_what_cannot_be_said_is_not_sent(template: str, said: str) -> None:
    hello = message(base=template)
    data = {"event": {"list": [1], "zero": 0, "born": "--03-04"}, "customer": {"first_name": None}}
    with pytest.raises(TemplateError) as caught:
        Renderer().render(hello, Channel.SMS, "en", data=data)
    assert str(caught.value).startswith(said)


def test_no_such_channel() -> None:
    with pytest.raises(TemplateError, match=r"hello says nothing by push: it has no push\.yaml"):
        Renderer().render(message(base="a"), Channel.PUSH, "en", data={})


def test_fields_come_before_python_s_own_attributes() -> None:
    cart = {"items": [{"title": "kettle"}], "keys": "k"}
    assert sms("{{ cart['items'] | length }} {{ cart.items[0].title }} {{ cart.keys }}", cart=cart) == "1 kettle k"


def test_html_escapes_and_the_rest_does_not() -> None:
    source = "{{ event.name }} {{ '<b>' ~ event.name }} {{ [1, 2] | join('<') }}"
    fields = {"subject": source, "text": source, "html": source}
    mail = CompiledMessage.of("m", MessageSpec(), {Channel.EMAIL: {"": fields}})
    out = Renderer().render(mail, Channel.EMAIL, "en", data={"event": {"name": "<i>\r\nBcc: x"}})
    assert out["html"] == "&lt;i&gt;\r\nBcc: x &lt;b&gt;&lt;i&gt;\r\nBcc: x 1&lt;2"
    assert out["subject"] == "<i> Bcc: x <b><i> Bcc: x 1<2"  # one line, whatever a customer's name holds
    assert out["text"] == "<i>\nBcc: x <b><i>\nBcc: x 1<2"


def test_sums_do_not_break_but_an_sms_stays_cheap() -> None:
    variants = {
        channel: {"": {"text": "{{ 1990 | money('EUR') }} a\u00a0b"}} for channel in (Channel.VIBER, Channel.SMS)
    }
    hello = CompiledMessage.of("m", MessageSpec(language="ru"), variants)
    assert Renderer().render(hello, Channel.VIBER, "ru", data={})["text"] == "1\u00a0990\u00a0€ a\u00a0b"
    assert Renderer().render(hello, Channel.SMS, "ru", data={})["text"] == "1 990 € a b"


def test_optional_fields_that_come_out_empty_are_left_out() -> None:
    fields = {"text": "a", "image": "{{ event.image | default('', true) }}"}
    viber = CompiledMessage.of("m", MessageSpec(), {Channel.VIBER: {"": fields}})
    assert Renderer().render(viber, Channel.VIBER, "en", data={"event": {"image": None}}) == {"text": "a"}


def test_programs_of_more_messages_than_fit_are_made_again() -> None:
    renderer = Renderer(capacity=2)
    messages = [message(base=f"text {n}") for n in range(5)]
    for _ in range(2):
        assert [renderer.render(each, Channel.SMS, "en", data={})["text"] for each in messages] == [
            f"text {n}" for n in range(5)
        ]
