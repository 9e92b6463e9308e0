"""A template reaches nothing but its data, and cannot run long or grow large."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from kaskad.content import CompiledMessage, MessageSpec, RenderedFields, Renderer, compile_message
from kaskad.domain.channel import Channel
from kaskad.domain.errors import InvalidFiles, TemplateError


def sms(template: str, at_most: int = 4, **data: Any) -> str:
    fields = {"text": template, "at_most": str(at_most)}
    hello = CompiledMessage.of("hello", MessageSpec(), {Channel.SMS: {"": fields}})
    return Renderer().render(hello, Channel.SMS, "en", data=data)["text"]


class Customer:
    """Not a mapping: an object whose Python a template must not reach."""

    first_name = "Ann"

    def forget(self) -> str:
        return "forgotten"


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ event.who.__class__ }}",
        "{{ event.who.__init__.__globals__ }}",
        "{{ event.who['__class__'] }}",
        "{{ event.who.__module__ }}",
        "{{ event.who.forget() }}",
        "{{ event.call() }}",
        "{{ event.who.forget }}",
        "{{ '{0.__class__}'.format(event.who) }}",
        "{{ 'a'.center(1000000000) }}",
        "{{ event.list.append(1) }}",
        "{{ range.__self__ }}",
        "{{ namespace() }}",
        "{{ lipsum() }}",
        "{{ cycler('a') }}",
        "{{ 'x' | attr('__class__') }}",
        "{{ self.__init__ }}",
    ],
)
def test_nothing_escapes_the_sandbox(template: str) -> None:
    with pytest.raises(TemplateError, match=r"unsafe|undefined|not safely callable|has no attribute|No filter"):
        sms(template, event={"list": [1], "who": Customer(), "call": Customer})


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("{% for a in range(1000) %}{% for b in range(1000) %}{% endfor %}{% endfor %}", "loops run more than 10,000"),
        ("{% for a in range(9000) %}{% endfor %}", "range of more than 1,000"),
        ("{% for a in range(900) %}{{ event.long }}{% endfor %}", "longer than 256 KB"),
        ("{{ 'a' * 1000000000 }}", "plain numbers only"),
        ("{{ '%1000000000d' % 1 }}", "plain numbers only"),
        ("{{ 10 ** 10 ** 10 }}", "plain numbers only"),
        ("{% set a = 900000000000000 %}" + "{% set a = a * a %}" * 40 + "{{ a }}", "plain numbers only"),
        ("{% set a = event.long %}" + "{% set a = a ~ a %}" * 40 + "{{ a }}", "more than 65,536 characters"),
        ("{% set a = event.long %}" + "{% set a = a + a %}" * 40 + "{{ a }}", "plain numbers only"),
        ("{{ range(1000) | join(event.long) }}", "more than 65,536 characters"),
        ("{{ 1 | round(1000000000, 'ceil') }}", "arguments"),
    ],
)
def test_nothing_runs_long_or_grows_large(template: str, why: str) -> None:
    started = time.process_time()
    with pytest.raises(TemplateError, match=why):
        sms(template, event={"long": "x" * 1_000})
    assert time.process_time() - started < 1


def test_bounds_leave_room_for_honest_loops() -> None:
    text = sms("{% for a in range(100) %}{{ loop.index }}/{{ loop.length }}{{ ' ' if not loop.last }}{% endfor %}", 5)
    assert text.split() == [f"{n}/100" for n in range(1, 101)]


def said(channel: Channel, fields: dict[str, str], **event: Any) -> RenderedFields:
    hello = CompiledMessage.of("hello", MessageSpec(), {channel: {"": fields}})
    return Renderer().render(hello, channel, "en", data={"event": event, "shop": {"url": "https://shop.example"}})


HUGE = "Ann" * 10_000


@pytest.mark.parametrize("name", [HUGE, "я" * 30_000, "🛒" * 300, "€" * 400], ids=["Ann", "я", "🛒", "€"])
def test_an_sms_of_more_than_four_segments_is_no_message(name: str) -> None:
    with pytest.raises(TemplateError, match=r"hello/sms\.yaml, text: [\d,]+ segments, and at_most: 4"):
        sms("{{ event.name }}, your cart waits", event={"name": name})


@pytest.mark.parametrize(("at_most", "longest"), [(1, 160), (2, 306), (4, 612), (10, 1530)])
def test_a_file_says_how_many_segments_its_sms_may_have(at_most: int, longest: int) -> None:
    assert sms("{{ event.name }}", at_most, event={"name": "a" * longest}) == "a" * longest
    with pytest.raises(TemplateError, match=f"{at_most + 1} segments, and at_most: {at_most}"):
        sms("{{ event.name }}", at_most, event={"name": "a" * (longest + 1)})


def test_at_most_is_sent_to_nobody_and_may_be_left_out(tmp_path: Path) -> None:
    (tmp_path / "sms.yaml").write_text("text: a\nat_most: 6\n")
    compiled = compile_message(tmp_path)
    assert Renderer().render(compiled, Channel.SMS, "en", data={}) == {"text": "a"}
    (tmp_path / "sms.yaml").write_text("text: a\n")
    assert Renderer().render(compile_message(tmp_path), Channel.SMS, "en", data={}) == {"text": "a"}


@pytest.mark.parametrize("value", ["0", "11", "-1", "2.5", '"4"', "true", "four", "[4]", ""])
def test_at_most_is_a_number_from_one_to_ten(tmp_path: Path, value: str) -> None:
    (tmp_path / "sms.yaml").write_text(f"text: a\nat_most: {value}\n")
    with pytest.raises(InvalidFiles, match=r"sms\.yaml:2:1: 'at_most' is how many segments: from 1 to 10"):
        compile_message(tmp_path)


def test_at_most_belongs_to_an_sms(tmp_path: Path) -> None:
    (tmp_path / "viber.yaml").write_text("text: a\nat_most: 4\n")
    with pytest.raises(InvalidFiles, match=r"viber\.yaml:2:1: unknown key 'at_most'"):
        compile_message(tmp_path)


@pytest.mark.parametrize("letter", ["A", "я", "🛒"])
def test_a_field_is_cut_at_its_own_bound(letter: str) -> None:
    name = letter * 30_000
    mail = said(
        Channel.EMAIL, {"subject": "{{ event.n }}", "preheader": "{{ event.n }}", "html": "h", "text": "t"}, n=name
    )
    assert (len(mail["subject"]), len(mail["preheader"])) == (250, 500)
    viber = said(Channel.VIBER, {"text": "{{ event.n }}", "button": "{{ event.n }}"}, n=name)
    assert (len(viber["text"]), len(viber["button"])) == (1_000, 30)
    for channel in (Channel.PUSH, Channel.WEBPUSH):
        push = said(channel, {"title": "{{ event.n }}", "body": "{{ event.n }}", "url": "https://x.example"}, n=name)
        assert 390 < len(push["title"].encode()) <= 400
        assert 2_990 < len(push["body"].encode()) <= 3_000
        assert push["title"].endswith(f"{letter}…")
        assert [(remark.field, remark.cut) for remark in push.remarks] == [("title", True), ("body", True)]


def test_what_fits_is_not_cut() -> None:
    fields = {"text": "a" * 1_000, "button": "b" * 30}
    assert said(Channel.VIBER, fields) == fields
    assert said(Channel.VIBER, fields).remarks == ()
