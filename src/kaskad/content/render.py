"""Rendering: a compiled message and one customer's data → the fields that a channel sends."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from functools import lru_cache
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from jinja2 import Template
from jinja2 import TemplateError as JinjaError

from kaskad.content.message import REQUIRED, CompiledMessage
from kaskad.content.rendering import RENDERING, Rendering
from kaskad.content.sandbox import TemplateEnvironment
from kaskad.content.text import one_line, tidy
from kaskad.domain.channel import Channel
from kaskad.domain.errors import TemplateError

MAX_CHARACTERS = 256 * 1024
PIECES = 64  # of a text, between two looks at its length; the sandbox bounds each of them
PARAGRAPHS = frozenset({"text", "script", "ask"})  # every other field but html is one line
PLAIN_SPACES = {0xA0: " ", 0x202F: " "}  # one no-break space would make an SMS Unicode, and twice as dear
TEMPLATE_FAULTS = (JinjaError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError)

Key = tuple[str, Channel, str]


class Renderer:
    """Renders messages; keeps the Jinja programs of the `capacity` variants that were used last."""

    def __init__(self, capacity: int = 512) -> None:
        self._capacity = capacity
        self._programs: OrderedDict[Key, dict[str, Template]] = OrderedDict()
        self._plain = TemplateEnvironment(escape_html=False)
        self._html = TemplateEnvironment(escape_html=True)

    def render(
        self, message: CompiledMessage, channel: Channel, locale: str, data: Mapping[str, Any]
    ) -> dict[str, str]:
        """The channel's fields in the nearest language there is: `ru-RU` → `ru` → base.

        Optional ones that come out empty are left out. Raises TemplateError, which says the file, the field and what
        is missing; then nothing may be sent.
        """
        variant = nearest_variant(message, channel, locale)
        file = f"{message.name}/{_file(channel, variant)}"
        written = _language(message.name, variant or message.spec.language, locale)
        fields = {
            name: _finish(channel, name, _render(program, _context(data, written), f"{file}, {name}"))
            for name, program in self._program(message, channel, variant).items()
        }
        for name in REQUIRED[channel]:
            if not fields.get(name):
                raise TemplateError(f"{file}, {name}: comes out empty")
        return {name: text for name, text in fields.items() if text}

    def _program(self, message: CompiledMessage, channel: Channel, variant: str) -> dict[str, Template]:
        key = (message.hash, channel, variant)
        if key in self._programs:
            self._programs.move_to_end(key)
            return self._programs[key]
        programs = {
            name: self._compiled(name, source, f"{message.name}/{_file(channel, variant)}")
            for name, source in message.variants[channel][variant].items()
        }
        self._programs[key] = programs
        if len(self._programs) > self._capacity:
            self._programs.popitem(last=False)
        return programs

    def _compiled(self, name: str, source: str, file: str) -> Template:
        environment = self._html if name == "html" else self._plain
        try:
            return environment.from_string(environment.program(source))
        except JinjaError as error:
            raise TemplateError(f"{file}, {name}: {error}") from error


def nearest_variant(message: CompiledMessage, channel: Channel, locale: str) -> str:
    """The locale of the file that is read there, "" for the base: `ru-RU` → `ru` → base. Raises TemplateError."""
    variants = message.variants.get(channel)
    if not variants:
        raise TemplateError(f"{message.name} says nothing by {channel}: it has no {_file(channel, '')}")
    wanted = locale.replace("_", "-").lower()
    while wanted not in variants:
        if not wanted:
            raise TemplateError(f"{message.name} has no {_file(channel, '')} to fall back on for {locale!r}")
        wanted = wanted.rpartition("-")[0]
    return wanted


def _file(channel: Channel, variant: str) -> str:
    kind = "mjml" if channel is Channel.EMAIL else "yaml"
    return f"{channel}.{variant}.{kind}" if variant else f"{channel}.{kind}"


@lru_cache(maxsize=1024)
def _language(name: str, language: str, asked: str) -> str:
    """What sums and plurals follow, by Babel's name: as asked, where the text is in that language; else its own."""
    same = asked.replace("_", "-").lower().partition("-")[0] == language.partition("-")[0]
    for candidate in (asked if same else language, language):
        try:
            return str(Locale.parse(candidate.replace("-", "_")))
        except (ValueError, UnknownLocaleError):
            continue
    raise TemplateError(f"{name}: unknown language {language!r}")


def _context(data: Mapping[str, Any], language: str) -> dict[str, Any]:
    customer, shop = data.get("customer") or {}, data.get("shop") or {}
    try:
        zone = ZoneInfo(customer.get("time_zone") or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zone = ZoneInfo("UTC")
    return {**data, RENDERING: Rendering(language, zone, shop.get("currency"), data.get("utm") or "")}


def _render(program: Template, context: dict[str, Any], where: str) -> str:
    pieces: list[str] = []
    length = 0
    try:
        writing = iter(program.root_render_func(program.new_context(context)))
        while some := list(islice(writing, PIECES)):
            length += sum(map(len, some))
            if length > MAX_CHARACTERS:
                raise TemplateError(f"{where}: longer than {MAX_CHARACTERS // 1024} KB")
            pieces += some
    except TEMPLATE_FAULTS as error:
        raise TemplateError(f"{where}: {error}") from error
    return "".join(pieces)


def _finish(channel: Channel, name: str, text: str) -> str:
    if name == "html":
        return text
    finished = tidy(text) if name in PARAGRAPHS else one_line(text).strip()
    return finished.translate(PLAIN_SPACES) if channel is Channel.SMS else finished
