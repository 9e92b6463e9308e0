"""`mj-style inline="inline"`: writes rules into the elements that they select, for programs without style sheets.

Rules that cannot be inlined (media queries, `:hover`) stay in a style sheet, so that none is lost.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_INLINE = re.compile(
    r"""<mj-style\b[^>]*?\binline\s*=\s*(?:"inline"|'inline'|inline(?=[\s>]))[^>]*>(?P<css>.*?)</mj-style\s*>""",
    re.DOTALL | re.IGNORECASE,
)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_FOR_STATES = re.compile(r":(?:hover|focus|active|visited|link|target|checked|before|after|:)|^\s*@", re.IGNORECASE)

_IMPLIED = frozenset({"tbody", "html", "head", "body"})  # the HTML parser adds them by itself


@dataclass(frozen=True, slots=True)
class ExtractedRules:
    """MJML without its inline styles, and their rules."""

    mjml: str
    css: str


def extract_inline_rules(mjml: str) -> ExtractedRules:
    """The MJML without the rules to inline; rules that cannot be inlined are in a separate style."""
    rules: list[str] = []

    def take(found: re.Match[str]) -> str:
        css = _rules(_COMMENT.sub("", found["css"]))
        kept = [rule for rule in css if _FOR_STATES.search(rule.partition("{")[0])]
        rules.extend(rule for rule in css if rule not in kept)
        return f"<mj-style>{''.join(kept)}</mj-style>" if kept else ""

    return ExtractedRules(_INLINE.sub(take, mjml), "".join(rules))


def inline_rules(html: str, css: str) -> str:
    """The HTML with the rules in its elements' `style`. Raises whatever the inliner raises."""
    import css_inline  # only when a message is compiled

    inliner = css_inline.CSSInliner(
        extra_css=css, inline_style_tags=False, keep_link_tags=True, keep_style_tags=True, load_remote_stylesheets=False
    )
    return inliner.inline(html)


def locate_marks(html: str, mark: str) -> list[tuple[str, str]]:
    """The marks of the HTML, in order, each with the tag before it; without those in declarations, which are copied."""
    plain = re.sub(r"""<style\b.*?</style>|\bstyle="[^"]*\"""", "", html, flags=re.DOTALL | re.IGNORECASE)
    found, tag = [], ""
    for token in re.finditer(rf"</?[a-z][\w:-]*|{mark}", plain, re.IGNORECASE):
        if not token[0].startswith("<"):
            found.append((token[0], tag))
        elif token[0].lstrip("</").lower() not in _IMPLIED:
            tag = token[0].lower()
    return found


def _rules(css: str) -> list[str]:
    """The top-level rules of the style sheet as they are written, and the text after the last one."""
    rules, depth, start = [], 0, 0
    for position, character in enumerate(css):
        depth = max(depth + {"{": 1, "}": -1}.get(character, 0), 0)
        if depth == 0 and (character == "}" or (character == ";" and css[start:position].lstrip().startswith("@"))):
            rules.append(css[start : position + 1])
            start = position + 1
    return [*rules, css[start:]]
