"""Masks values of attributes: an address stays as it was written, and is checked if it comes from data."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

from kaskad.content.mjml.character_references import decode_references, encode_references
from kaskad.content.mjml.masked_source import JINJA, MaskedPart, quote_attribute
from kaskad.content.rendering.urls import find_written_schemes, has_fixed_target

_ADDRESS = re.compile(r"(?:.*[-:])?(?:href|action|cite|src|srcset|url|background|poster)|(?:left|right)-icon")
_EXPRESSION = re.compile(rf"(?={JINJA.pattern}\Z)\{{\{{(?![-+])((?:(?!\}}\}}).)+)(?<![-+])\}}\}}", re.DOTALL)
_FOLLOWED = ("href", "action", "cite", "base-url")
_IN_CSS = re.compile(
    rf"""(?P<before>url\(\s*['"]?)(?P<address>(?:{JINJA.pattern}|[^'")])*?)(?=['"]?\s*\))""", re.DOTALL | re.IGNORECASE
)
_BREAKING = str.maketrans({"'": "%27", "(": "%28", ")": "%29"})


def is_address(name: str) -> bool:
    """Whether the value of the attribute is an address."""
    return bool(_ADDRESS.fullmatch(name))


def mask_address(name: str, value: str, offset: int) -> MaskedPart:
    """The masked address. `offset` is where the value begins; a filter checks what comes from data."""
    jinja = JINJA.search(value)
    followed = name.endswith(_FOLLOWED)
    literal: Callable[[str], str] = decode_references if followed or "background" not in name else _for_css
    html, plain = _parts(value, lambda text: encode_references(literal(text))), _parts(value, literal)
    if jinja is None:
        return MaskedPart("", offset, html, plain, quote_attribute(plain) if followed else "")
    shown, at = jinja[0], offset + jinja.start()
    if has_fixed_target(value) or name.endswith("srcset"):
        return MaskedPart(shown, at, html, plain)
    schemes = [f"'{scheme}'" for scheme in find_written_schemes(value)]
    if not followed:
        guard = f"as_picture({', '.join(schemes)})"
        return MaskedPart(shown, at, _guarded(html, guard), _guarded(plain, guard), picture=True)
    guard, sharing = (f"as_link({', '.join([*schemes, *more])})" for more in ((), ("shared=true",)))
    return MaskedPart(shown, at, _guarded(html, guard), _guarded(plain, guard), _guarded(html, sharing))


def mask_style(value: str, offset: int) -> MaskedPart:
    """The declarations that contain statements, masked as one part."""
    jinja = JINJA.search(value)
    assert jinja is not None
    kept = _parts(_checked_css(_parts(value, unescape)), encode_references)
    return MaskedPart(jinja[0], offset + jinja.start(), kept, kept)


def mask_reference(reference: str, offset: int) -> MaskedPart:
    """The masked reference, or a masked `&` if the reference is ""."""
    if not reference:
        return MaskedPart("", offset, "&amp;", "&")
    plain = unescape(reference)
    return MaskedPart("", offset, reference if reference.endswith(";") else encode_references(plain), plain)


def mixes_text_and_jinja(name: str, value: str) -> bool:
    """Whether mjml or a CSS parser would break these declarations: they contain statements, or links from data."""
    return name == "style" and ("{%" in value or ("url(" in value.lower() and JINJA.search(value) is not None))


def _checked_css(value: str) -> str:
    def check(found: re.Match[str]) -> str:
        address = found["address"]
        if not JINJA.search(address) or has_fixed_target(address):
            return found[0]
        schemes = ", ".join(f"'{scheme}'" for scheme in find_written_schemes(address))
        return found["before"] + _guarded(address, f"as_picture({schemes})")

    return _IN_CSS.sub(check, value)


def _for_css(text: str) -> str:
    """The address for mjml's `url('…')`: characters that would end it are percent-encoded."""
    return decode_references(text).translate(_BREAKING)


def _guarded(value: str, guard: str) -> str:
    if alone := _EXPRESSION.fullmatch(value):  # a block is written into its own buffer, which is expensive
        return f"{{{{ ({alone[1]}) | {guard} }}}}"
    return f"{{% filter {guard} %}}{value}{{% endfilter %}}"


def _parts(value: str, literal: Callable[[str], str]) -> str:
    """The value with everything except its Jinja changed by `literal`."""
    position, parts = 0, []
    for jinja in JINJA.finditer(value):
        parts += [literal(value[position : jinja.start()]), jinja[0]]
        position = jinja.end()
    return "".join([*parts, literal(value[position:])])
