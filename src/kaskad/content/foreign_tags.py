"""Finds tags of other products (`*|FNAME|*`, `%%name%%`, `{{#if}}`), which customers would see as text.

Text in quotes of a Jinja expression is intended, and is not checked: `{{ "[[so]]" }}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from jinja2 import Environment, TemplateSyntaxError

from kaskad.content.foreign_tag_forms import foreign_forms, is_flow
from kaskad.content.mjml.masked_source import JINJA, QUOTED

_QUOTED = re.compile(QUOTED)
_UNREAD = re.compile(r"<!--(?!\[if|<!\[).*?-->", re.DOTALL)  # comments that are not sent
_BRACES = re.compile(rf"(?P<triple>\{{\{{\{{\s*[\w.]+\s*\}}\}}\}})|{JINJA.pattern}", re.DOTALL)
_VERBATIM = re.compile(r"\{%[-+]?\s*raw\s*[-+]?%\}.*?\{%[-+]?\s*endraw\s*[-+]?%\}", re.DOTALL)
_ENCODED = re.compile(r"(?:%[89A-Fa-f][0-9A-Fa-f]){2,}")  # encoded letters of an address: `%D0%9A`
_NAME = r"[A-Za-z_]\w*(?:\.\w+)*"
_BARE = re.compile(
    # `100%% wool, 50%% silk` and `[[1, 2]]` are text and JSON
    r"""\*\|[^|\n\0]{1,80}\|\*|(?:(?<!\d)(?<!\d\s)%%|%%(?!\s))[^%\n\0]{1,80}%%"""
    r"""|\[\[(?!\s*(?:[-+]?[\d.]|["']|true\b|false\b|null\b))[^\[\]\n\0]{1,80}\]\]|[$#]\{[^{}\n\0]{1,80}\}"""
    rf"""|\{{\$[^{{}}\n\0]{{1,80}}\}}|(?<![{{$#%])\{{{_NAME}\}}(?!\}})|%\{{{_NAME}\}}|<%.{{1,80}}?%>|@@{_NAME}@@|\#\#{_NAME}\#\#"""
    # `%D0%BF` in an address is no tag: a tag may begin with two hex digits only after a blank
    rf"""|(?:(?<![^\s>"'(«])|(?<![\w%])(?!%[0-9A-Fa-f]{{2}}))%{_NAME}%"""
)
_PLAIN = Environment(autoescape=True)  # only for parsing: this module decides what is allowed
_MUSTACHE = re.compile(r"\{\{[~-]?\s*(?:[#/&>^!@]|else\b)")
_WITH_COLON = re.compile(r"\|\s*(?P<filter>[A-Za-z_]\w*)\s*:\s*(?P<value>[^|}]*?)\s*(?=\||-?\}\})")
_STATEMENT = re.compile(r"\{%-?\s*(?P<tag>\w+)")
_FLOW = "conditions and loops are written {% if … %} … {% endif %}, {% for … in … %} … {% endfor %}"
_OTHERWISE: Mapping[str, str] = {
    "assign": "{% set … = … %}",
    "capture": "{% set … = … %}",
    "endcapture": "{% set … = … %}",
    "unless": "{% if not … %}",
    "endunless": "{% endif %}",
    "elsif": "{% elif … %}",
    "elseif": "{% elif … %}",
    "case": "{% if … == … %}",
    "when": "{% elif … == … %}",
    "endcase": "{% endif %}",
    "comment": "{# … #}",
    "endcomment": "{# … #}",
}
_MEANT = (
    (r"unsub|optout|abmeld|desabo", "links.unsubscribe"),
    (r"lname|last|surname|nachname", "customer.last_name"),
    (r"mail", "customer.email"),
    (r"phone|mobile|\btel", "customer.phone"),
    (r"city", "customer.city"),
    (r"birth", "customer.birthday"),
    (r"company|shop|brand|sender", "shop.name"),
)


@dataclass(frozen=True, slots=True)
class ForeignTag:
    """A tag of another product, its place, and what to write instead."""

    offset: int
    tag: str
    advice: str

    def __str__(self) -> str:
        return f"{self.tag} is a tag of another product, and means nothing here: {self.advice}"


def find_foreign_tags(text: str) -> list[ForeignTag]:
    """The tags of other products in a template, in order."""
    rest = _ENCODED.sub(_nothing, _VERBATIM.sub(_nothing, _UNREAD.sub(_nothing, text)))
    found: list[ForeignTag] = []
    for braces in _BRACES.finditer(rest):
        if advice := _write(braces[0]) if braces["triple"] else _not_ours(braces[0]):
            found.append(ForeignTag(braces.start(), braces[0], advice))
    rest = _BRACES.sub(_nothing, rest)
    forms = [ForeignTag(match.start(), match[0], _write(match[0])) for match in foreign_forms(rest)]
    rest = blank_foreign_tags(rest, forms)
    found += [*forms, *(ForeignTag(match.start(), match[0], _write(match[0])) for match in _BARE.finditer(rest))]
    return sorted(found, key=lambda tag: tag.offset)


def blank_foreign_tags(text: str, tags: list[ForeignTag]) -> str:
    """The text with blanks in place of the tags, so that its other problems can be reported too."""
    for tag in tags:
        end = tag.offset + len(tag.tag)
        text = text[: tag.offset] + "".join("\n" if character == "\n" else " " for character in tag.tag) + text[end:]
    return text


def _nothing(found: re.Match[str]) -> str:
    return "\0" * len(found[0])


def _not_ours(jinja: str) -> str:
    """What to write instead of a tag in Jinja's braces that Jinja does not know; "" if Jinja knows it."""
    if _MUSTACHE.match(jinja):
        return _FLOW
    if statement := _STATEMENT.match(jinja):
        instead = _OTHERWISE.get(statement["tag"], "")
        return f"write {instead}" if instead else ""
    return "".join(_in_brackets(jinja))


def _in_brackets(jinja: str) -> Iterator[str]:
    """How to write a filter's value that is behind a colon."""
    bare = _QUOTED.sub(lambda quoted: "q" * len(quoted[0]), jinja)
    if jinja.startswith("{{") and (found := _WITH_COLON.search(bare)):
        try:
            _PLAIN.parse(jinja)  # `{{ items[from | int:] }}` is valid Jinja
        except TemplateSyntaxError:
            value = jinja[found.start("value") : found.end("value")]
            yield f"a filter takes its value in brackets, so write | {found['filter']}({value})"


def _write(tag: str) -> str:
    """What to write instead of a tag, as far as its name shows it."""
    if is_flow(tag):
        return _FLOW
    name = re.sub(r"[^\w]", "", tag).lower()
    meant = next((ours for words, ours in _MEANT if re.search(words, name)), "customer.first_name")
    like = "" if meant != "customer.first_name" or "name" in name else "what is known of the customer like "
    quote = "'" if '"' in tag else '"'
    return f"write {like}{{{{ {meant} }}}}, or {{{{ {quote}{tag}{quote} }}}} where the reader is to see just that"
