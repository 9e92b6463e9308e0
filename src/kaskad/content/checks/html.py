"""Reads rendered HTML as a mail program shows it: elements with their colours, text with its size."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from html.parser import HTMLParser

from kaskad.content.mjml.elements import VOID

RULE = re.compile(r"([^{}@]+)\{([^{}]*)\}")
AT_RULE = re.compile(r"@[^{};]*(?:;|\{(?:[^{}]*\{[^{}]*\})*[^{}]*\})")
HIDDEN = re.compile(r"display:none|visibility:hidden|max-height:0|opacity:0(?![.\d])")


@dataclass(frozen=True)
class Element:
    """An element as it is shown. `inside` are the tags around it; `text` comes directly in it."""

    tag: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    inside: tuple[str, ...] = ()
    color: str = "#000000"
    background: str | None = "#ffffff"  # None: a picture, whose colours are not known
    size: float = 16.0  # pixels
    bold: bool = False
    hidden: bool = False
    classes: frozenset[str] = frozenset()
    around: frozenset[str] = frozenset()  # classes of what is around it
    text: str = ""
    pictured: bool = False  # it contains an image


def read_elements(html: str, *tags: str) -> list[Element]:
    """The elements with these tags, in order; without tags, all elements."""
    return [element for element in _read(html) if not tags or element.tag in tags]


@lru_cache(maxsize=64)  # several checks read the same e-mail
def _read(html: str) -> tuple[Element, ...]:
    reader = _Reader(_rules(html))
    reader.feed(html)
    reader.close()
    return tuple(reader.found)


def parse_declarations(style: str) -> dict[str, str]:
    """The declarations of a style attribute or of a rule."""
    pairs = (part.partition(":") for part in style.split(";") if ":" in part)
    return {name.strip().lower(): value.replace("!important", "").strip().lower() for name, _, value in pairs}


Rule = tuple[tuple[str, ...], dict[str, str]]


def _rules(html: str) -> list[Rule]:
    """The rules of all `<style>` elements whose selectors are tags and classes, the less specific ones first."""
    css = "".join(re.findall(r"<style[^>]*>(.*?)</style>", html, re.DOTALL | re.IGNORECASE))
    plain = AT_RULE.sub("", re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL))
    rules = [
        (tuple(selector.split()), parse_declarations(body))
        for selectors, body in RULE.findall(plain)
        for selector in selectors.split(",")
        if re.fullmatch(r"[\w\s.-]+", selector.strip())
    ]
    return sorted(rules, key=lambda rule: sum(part.count(".") * 100 + 1 for part in rule[0]))


class _Reader(HTMLParser):
    def __init__(self, rules: list[Rule]) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Element] = []
        self._rules = rules
        self._open: list[int] = []  # indices into `found`

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        parent = self.found[self._open[-1]] if self._open else Element("")
        self.found.append(self._shown(parent, tag, attributes))
        if tag == "img":
            for index in self._open:
                self.found[index] = replace(self.found[index], pictured=True)
        if tag not in VOID:
            self._open.append(len(self.found) - 1)

    def handle_endtag(self, tag: str) -> None:
        if tag in (self.found[index].tag for index in self._open):
            while self.found[self._open.pop()].tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self._open and data.strip():
            index = self._open[-1]
            self.found[index] = replace(self.found[index], text=f"{self.found[index].text} {data.strip()}".strip())

    def _shown(self, parent: Element, tag: str, attributes: dict[str, str]) -> Element:
        classes = frozenset(attributes.get("class", "").split())
        new = replace(
            parent,
            tag=tag,
            attributes=attributes,
            inside=(*parent.inside, parent.tag),
            classes=classes,
            around=parent.around | parent.classes,
            bold=parent.bold or tag in ("b", "strong", "th", "h1", "h2", "h3"),
            hidden=parent.hidden or tag in ("style", "title", "script", "head"),
            text="",
            pictured=False,
        )
        style: dict[str, str] = {"color": "#0000ee"} if tag == "a" else {}
        for selector, body in self._rules:
            if _selects(selector, new):
                style |= body
        if attributes.get("bgcolor"):
            style.setdefault("background-color", attributes["bgcolor"].lower())
        if attributes.get("background"):
            style.setdefault("background-image", "url()")
        return _styled(new, style | parse_declarations(attributes.get("style", "")))


def _selects(selector: tuple[str, ...], element: Element) -> bool:
    *outer, own = selector
    if not _is(own, element.tag, element.classes):
        return False
    return all(_is(part, None, element.around) or part in element.inside for part in outer)


def _is(part: str, tag: str | None, classes: frozenset[str]) -> bool:
    name, *wanted = part.split(".")
    return (not name or name == tag) and classes.issuperset(wanted) and bool(name or wanted)


def _styled(element: Element, style: Mapping[str, str]) -> Element:
    background = style.get("background-color") or next(iter(_colors(style.get("background", ""))), None)
    pictured = "url(" in style.get("background", "") + style.get("background-image", "")
    if background in (None, "transparent", "none", "inherit"):
        background = None if pictured else element.background
    size = re.fullmatch(r"([\d.]+)(px|pt)", style.get("font-size", ""))
    weight = style.get("font-weight", "")
    color = style.get("color", "inherit")
    return replace(
        element,
        color=element.color if color in ("inherit", "currentcolor") else color,
        background=background,
        size=float(size[1]) * (4 / 3 if size[2] == "pt" else 1) if size else element.size,
        bold=weight in ("bold", "bolder") or (weight.isdigit() and int(weight) >= 700) if weight else element.bold,
        hidden=element.hidden or bool(HIDDEN.search(";".join(f"{name}:{value}" for name, value in style.items()))),
    )


def _colors(value: str) -> Iterator[str]:
    for word in re.findall(r"#[0-9a-f]{3,8}|rgba?\([^)]*\)|[a-z]+", re.sub(r"url\([^)]*\)", "", value)):
        if word.startswith(("#", "rgb")) or word in ("white", "black", "transparent"):
            yield word
