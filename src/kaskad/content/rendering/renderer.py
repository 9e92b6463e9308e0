"""Renders a compiled message with one customer's data to the fields that a channel sends."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from jinja2 import Template, meta

from kaskad.content.message import REQUIRED, SEGMENTS_KEY, CompiledMessage, RenderedFields
from kaskad.content.rendering.context import CONTEXT_KEY, Remark, RenderContext
from kaskad.content.rendering.field_limits import FieldFinisher
from kaskad.content.rendering.jinja_environment import TemplateEnvironment
from kaskad.content.rendering.own_hosts import own_hosts
from kaskad.content.rendering.urls import sanitize_urls
from kaskad.domain.channel import Channel
from kaskad.domain.errors import TemplateError

MAX_CHARACTERS = 256 * 1024
PIECES_PER_CHECK = 64  # parts of a text between two checks of its length; the sandbox limits each part

Key = tuple[str, Channel, str]


@dataclass(frozen=True, slots=True)
class CompiledPrograms:
    """The Jinja programs of one variant, by field, and the roots of the data that they use."""

    fields: dict[str, Template]
    roots: frozenset[str]


class Renderer:
    """Renders messages; caches the Jinja programs of the `capacity` variants that were used last."""

    def __init__(self, capacity: int = 512) -> None:
        self._capacity = capacity
        self._programs: OrderedDict[Key, CompiledPrograms] = OrderedDict()
        self._plain = TemplateEnvironment(escape_html=False)
        self._html = TemplateEnvironment(escape_html=True)

    def render(
        self, message: CompiledMessage, channel: Channel, locale: str, *, data: Mapping[str, Any]
    ) -> RenderedFields:
        """The channel's fields in the nearest available language: `ru-RU` → `ru` → base.

        Optional fields that are empty are left out. Raises TemplateError with the file, the field and what is missing;
        then the message must not be sent.
        """
        variant = find_nearest_variant(message, channel, locale)
        file = f"{message.name}/{_name_file(channel, variant)}"
        written = _choose_language(message.name, variant or message.spec.language, locale)
        programs = self._program(message, channel, variant)
        shop = data.get("shop") or {}
        shop_url = shop.get("url") or ""
        own = own_hosts(shop_url, tuple(shop["hosts"])) if "hosts" in shop else None
        used = {name: data[name] for name in programs.roots if name in data and name != "shop"}
        cleaned, remarks = sanitize_urls(used, shop_url, own)
        context = {**data, **cleaned}
        finish = FieldFinisher(channel, message.variants[channel][variant], shop_url, remarks)
        fields = {
            name: _render_field(program, _build_context(context, written, remarks), finish, place=(file, name))
            for name, program in programs.fields.items()
        }
        for name in REQUIRED[channel]:
            if not fields.get(name):
                raise TemplateError(f"{file}, {name}: comes out empty")
        return RenderedFields.of({name: text for name, text in fields.items() if text}, remarks)

    def _program(self, message: CompiledMessage, channel: Channel, variant: str) -> CompiledPrograms:
        key = (message.hash, channel, variant)
        if key in self._programs:
            self._programs.move_to_end(key)
            return self._programs[key]
        file = f"{message.name}/{_name_file(channel, variant)}"
        sources = {name: text for name, text in message.variants[channel][variant].items() if name != SEGMENTS_KEY}
        compiled = {name: self._compiled(name, text, f"{file}, {name}") for name, text in sources.items()}
        roots = frozenset().union(*(self._roots(text) for text in sources.values()))
        programs = CompiledPrograms(compiled, roots)
        self._programs[key] = programs
        if len(self._programs) > self._capacity:
            self._programs.popitem(last=False)
        return programs

    def _compiled(self, name: str, source: str, where: str) -> Template:
        environment = self._html if name == "html" else self._plain
        try:
            return environment.from_string(environment.program(source))
        except Exception as error:  # a template nested too deep raises Python's error, not Jinja's
            raise TemplateError(f"{where}: {error or type(error).__name__}") from error

    def _roots(self, source: str) -> frozenset[str]:
        return frozenset(meta.find_undeclared_variables(self._plain.parse(source)))


def find_nearest_variant(message: CompiledMessage, channel: Channel, locale: str) -> str:
    """The locale of the file that is used, "" for the base: `ru-RU` → `ru` → base. Raises TemplateError."""
    variants = message.variants.get(channel)
    if not variants:
        raise TemplateError(f"{message.name} says nothing by {channel}: it has no {_name_file(channel, '')}")
    wanted = locale.replace("_", "-").lower()
    while wanted not in variants:
        if not wanted:
            raise TemplateError(f"{message.name} has no {_name_file(channel, '')} to fall back on for {locale!r}")
        wanted = wanted.rpartition("-")[0]
    return wanted


def _name_file(channel: Channel, variant: str) -> str:
    kind = "mjml" if channel is Channel.EMAIL else "yaml"
    return f"{channel}.{variant}.{kind}" if variant else f"{channel}.{kind}"


@lru_cache(maxsize=1024)
def _choose_language(name: str, language: str, asked: str) -> str:
    """Babel's locale name for amounts and plurals: the requested one if the text is in that language, else its own."""
    same = asked.replace("_", "-").lower().partition("-")[0] == language.partition("-")[0]
    for candidate in (asked if same else language, language):
        try:
            return str(Locale.parse(candidate.replace("-", "_")))
        except (ValueError, UnknownLocaleError):
            continue
    raise TemplateError(f"{name}: unknown language {language!r}")


def _build_context(data: Mapping[str, Any], language: str, remarks: list[Remark]) -> dict[str, Any]:
    customer, shop = data.get("customer") or {}, data.get("shop") or {}
    try:
        zone = ZoneInfo(customer.get("time_zone") or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zone = ZoneInfo("UTC")
    known = RenderContext(language, zone, shop.get("currency"), data.get("utm") or "", remarks=remarks)
    return {**data, CONTEXT_KEY: known}


def _render_field(program: Template, context: dict[str, Any], finish: FieldFinisher, *, place: tuple[str, str]) -> str:
    file, name = place
    text = _render(program, context, f"{file}, {name}")
    try:
        return finish.field(name, text)
    except (TemplateError, ValueError) as error:  # half of a surrogate pair cannot be sent
        raise TemplateError(f"{file}, {name}: {error}") from error


def _render(program: Template, context: dict[str, Any], where: str) -> str:
    pieces: list[str] = []
    length = 0
    try:
        writing = iter(program.root_render_func(program.new_context(context)))
        while some := list(islice(writing, PIECES_PER_CHECK)):
            length += sum(map(len, some))
            if length > MAX_CHARACTERS:
                raise TemplateError(f"{where}: longer than {MAX_CHARACTERS // 1024} KB")
            pieces += some
    except TemplateError:
        raise
    except Exception as error:  # any error of the program is an error of the template
        raise TemplateError(f"{where}: {error or type(error).__name__}") from error
    return "".join(pieces)
