"""A template reaches nothing but its data, and cannot run long or grow large."""

from __future__ import annotations

import time
from typing import Any

import pytest

from kaskad.content import CompiledMessage, MessageSpec, Renderer
from kaskad.domain.channel import Channel
from kaskad.domain.errors import TemplateError


def sms(template: str, **data: Any) -> str:
    hello = CompiledMessage.of("hello", MessageSpec(), {Channel.SMS: {"": {"text": template}}})
    return Renderer().render(hello, Channel.SMS, "en", data)["text"]


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
    text = sms("{% for a in range(100) %}{{ loop.index }}/{{ loop.length }}{{ ' ' if not loop.last }}{% endfor %}")
    assert text.split() == [f"{n}/100" for n in range(1, 101)]
