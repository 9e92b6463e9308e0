"""Addresses from data: only those of the shop's own hosts are used, unless the template itself contains more of them.

Anybody can write the data of an event or a product, and neither `javascript:` nor somebody else's page must reach a
customer under the shop's name. Such a link is replaced by the shop's address; a picture is left out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from functools import lru_cache
from html import unescape
from typing import Any
from urllib.parse import quote

from jinja2 import UndefinedError, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from kaskad.content.rendering.context import Remark, get_render_context
from kaskad.content.rendering.own_hosts import OwnHosts

MAX_URL_LENGTH = 2_048  # characters: no program opens longer addresses
TO_SHOP, LEFT_OUT = "the link leads to the shop", "the picture is left out"
FROM_TEXT = "the link is left out of the text"
NO_WEB = "is no address of the web"
FOREIGN = "is not https, or does not lead to a host of the shop (hosts in shop.yaml)"
_WEB = re.compile(r"https?://[^\s/\\?#:@]", re.IGNORECASE)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*(?=:)", re.IGNORECASE)
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|[/\\]{2}", re.IGNORECASE)
_WRITTEN = re.compile(r"""(?:^|[\s"'}])([A-Za-z][A-Za-z0-9+.-]*):""")
_FIXED = re.compile(r"\s*(?:[A-Za-z][A-Za-z0-9+.-]*:|#|/?[\w.-]+[/?#]|[^{]*$)")
_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_FIRST = re.compile(r"(?:\s*\{%.*?%\})*", re.DOTALL)  # statements do not show where an address leads
_LATER = re.compile(r"%\}\s*([A-Za-z][A-Za-z0-9+.-]*):")
_MAIL_SCHEMES = frozenset({"http", "https", "mailto", "tel"})  # no mail program opens others
_NEVER = frozenset({"javascript", "vbscript", "data", "blob", "file"})
_BREAKING = re.compile(r"""["'()\\\s]""")  # characters that would end a `url(…)`
_LINKS, _PICTURES = ("url", "uri", "link", "href"), ("image", "picture", "photo", "icon", "img", "src", "thumbnail")
_LINKS_ROOT = "links"
_CONTACTS = frozenset({"webpush", "push_token"})  # addresses of devices: no message shows them


def is_web_url(address: str) -> bool:
    """Whether it is an http or https address with a host, also for programs that ignore unusual characters."""
    return len(address) <= MAX_URL_LENGTH and bool(_WEB.match(address) or _WEB.match(_read(address)))


def find_written_schemes(source: str) -> tuple[str, ...]:
    """The schemes that the template itself contains, in lower case; never one that runs code or reads a disk."""
    return tuple(sorted({scheme.lower() for scheme in _WRITTEN.findall(source)} - _NEVER))


def refused_scheme(source: str, *, mail: bool = False) -> str:
    """The scheme in a template that is not allowed or leads nowhere; "" if there is none.

    In a `mail` it is any but http, https, mailto and tel; elsewhere an app may have a scheme of its own.
    """
    literal = unescape(_COMMENT.sub("", source))
    first = _SCHEME.match(_read(_FIRST.sub("", literal, count=1)))
    schemes = [*([first[0]] if first else []), *_LATER.findall(literal)]
    return next((scheme for scheme in schemes if _is_refused(scheme.lower(), mail)), "")


def _is_refused(scheme: str, mail: bool) -> bool:
    return scheme in _NEVER or (mail and scheme not in _MAIL_SCHEMES)


def has_fixed_target(source: str) -> bool:
    """Whether the template itself contains the target of the address, before any value from data."""
    return bool(_FIXED.match(source))


def is_allowed_url(address: str, source: str) -> bool:
    """Whether a message may contain the address that was rendered from this source."""
    return is_web_url(address) or has_fixed_target(source) or _is_written(address, find_written_schemes(source))


def _is_written(address: str, schemes: Collection[str]) -> bool:
    scheme = _SCHEME.match(_read(address))
    return bool(scheme and scheme[0].lower() in schemes and len(address) <= MAX_URL_LENGTH)


def describe_refused_url(address: str, instead: str, why: str = NO_WEB) -> str:
    """The text of the remark about an address that is not used."""
    shown = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in address[:60])
    return f"'{shown}' {why}: {instead}"


@pass_context
def as_link(context: Context, value: Any, *schemes: str, shared: bool = False) -> str:
    """The address if it is allowed, else the shop's; percent-encoded if it is in another address's query (`shared`)."""
    address = _written_out(context, value)
    if is_web_url(address) and not shared:
        return address  # true of nearly all addresses: references in them do not change the target
    text = _plain(address)
    if text.strip() and not is_web_url(text) and not _is_written(text, schemes):
        get_render_context(context).remarks.append(Remark(describe_refused_url(text, TO_SHOP), "html"))
        text = (context.get("shop") or {}).get("url") or ""
        if not text:
            raise UndefinedError("a link leads nowhere, and the shop has no address")
    return _as_it_came(quote(text, safe="") if shared else text, address)


@pass_context
def as_picture(context: Context, value: Any, *schemes: str) -> str:
    """The address of a picture, safe in HTML and in CSS, or "" if it must not be shown."""
    address = _written_out(context, value)
    if is_web_url(address) and "&#" not in address and not _BREAKING.search(address):
        return address
    text = _plain(address).strip()
    if text and not is_web_url(text) and not _is_written(text, schemes):
        get_render_context(context).remarks.append(Remark(describe_refused_url(text, LEFT_OUT), "html"))
        text = ""
    return _as_it_came(_BREAKING.sub(lambda found: quote(found[0], safe=""), text), address)


def sanitize_urls(
    data: Mapping[str, Any], shop_url: str, own: OwnHosts | None = None
) -> tuple[dict[str, Any], list[Remark]]:
    """The data without addresses that are not http or https, or lead elsewhere than to `own`; and remarks about them.

    Addresses are found by their names (`url`, `confirm_url`, `image`). The shop's address replaces them; a picture
    becomes empty. With `own`, links are found in every text, and left out of it. The message's own `links` are this
    installation's: only what is no address of the web is taken out of them.
    """
    cleaner, checker = _UrlSanitizer(shop_url, own), _UrlSanitizer(shop_url, None)
    cleaned = cleaner.mapping({name: value for name, value in data.items() if name != _LINKS_ROOT})
    if _LINKS_ROOT in data:
        cleaned = cleaned | {_LINKS_ROOT: checker.mapping(data[_LINKS_ROOT])}
    return cleaned, [*cleaner.remarks, *checker.remarks]


class _UrlSanitizer:
    """Walks through data. Data without problems are not copied, because this runs for each message."""

    def __init__(self, shop_url: str, own: OwnHosts | None) -> None:
        self.remarks: dict[Remark, None] = {}
        self._shop_url, self._own = shop_url, own
        self._seen: dict[int, dict[str, Any]] = {}  # the same products are in the event, the order and the entries

    def mapping(self, data: dict[str, Any]) -> dict[str, Any]:
        """The mapping itself, or a copy with other addresses in it."""
        if (known := self._seen.get(id(data))) is not None:
            return known
        new: dict[str, Any] = {}
        for name, value in data.items():
            kind = type(value)
            if kind is str:
                new[name] = self._text(value, name)
            elif kind is dict:
                new[name] = self.mapping(value)
            elif kind is list:
                new[name] = self._list(value, name)
        changed = any(part is not data[name] for name, part in new.items())
        self._seen[id(data)] = kept = {**data, **new} if changed else data
        return kept

    def _list(self, values: list[Any], name: str) -> list[Any]:
        cleaned = [self._part(value, name) for value in values]
        return cleaned if any(part is not value for part, value in zip(cleaned, values, strict=True)) else values

    def _part(self, value: Any, name: str) -> Any:
        if type(value) is dict:
            return self.mapping(value)
        if type(value) is list:
            return self._list(value, name)
        return self._text(value, name) if type(value) is str else value

    def _text(self, value: str, name: str) -> str | None:
        """The value itself, or what stands in its place."""
        if replacement := _holds(name):
            return self._address(value, replacement)
        if self._own is None or name in _CONTACTS:
            return value
        foreign = self._own.find_foreign(value)
        # browsers read an address as if there were no tabs and breaks in it
        hidden = not value.isprintable() and is_web_url(value) and not self._own.allow(value)
        if hidden or foreign == [value.strip()]:
            return self._address(value, TO_SHOP)
        for link in foreign:
            self.remarks[Remark(describe_refused_url(link, FROM_TEXT, FOREIGN))] = None
            value = value.replace(link, "")
        return value

    def _address(self, value: str, replacement: str) -> str | None:
        web = _WEB.match(value) or is_web_url(value)
        if not web and not _ELSEWHERE.match(_read(value)):
            return value
        if web and (self._own is None or self._own.allow(value)):
            return value
        self.remarks[Remark(describe_refused_url(value, replacement, FOREIGN if web else NO_WEB))] = None
        return self._shop_url if replacement == TO_SHOP else None


@lru_cache(maxsize=4096)
def _holds(name: str) -> str:
    """How an address with such a name is replaced; "" if the name is not that of an address."""
    plain = name.lower().removesuffix("s")
    if plain.endswith(_PICTURES):
        return LEFT_OUT
    return TO_SHOP if plain.endswith(_LINKS) else ""


def _read(address: str) -> str:
    """The address as the most lenient program reads it: without control characters, blanks and invisible characters."""
    if address.isascii() and address.isprintable() and " " not in address:
        return address
    return "".join(character for character in address if unicodedata.category(character)[0] not in "CZ")


def _written_out(context: Context, value: Any) -> str:
    """The value as text. Raises UndefinedError if there is none, or if it cannot be text."""
    if isinstance(value, str):
        return value
    printable = context.environment.finalize
    return str(printable(value) if printable else value)


def _plain(address: str) -> str:
    return address.unescape() if isinstance(address, Markup) else str(address)


def _as_it_came(text: str, address: str) -> str:
    return Markup.escape(text) if isinstance(address, Markup) else text
