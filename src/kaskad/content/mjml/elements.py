"""The elements of MJML: their allowed parents and attributes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


def split_tags(names: str) -> frozenset[str]:
    """The tags of a line of names."""
    return frozenset(names.split())


VOID = split_tags("area base br col embed hr img input link meta source track wbr")
"""HTML elements that need no closing tag."""

CONTAINERS = split_tags(
    "mjml mj-head mj-body mj-wrapper mj-section mj-group mj-column mj-hero mj-social mj-navbar mj-accordion"
    " mj-accordion-element mj-carousel mj-attributes mj-html-attributes"
)
"""Elements that hold elements only: mjml drops text that stands in them directly."""

_CONTENT = frozenset({"mj-column", "mj-hero"})
_PARENTS: Mapping[str, frozenset[str]] = {
    "mjml": frozenset({""}),
    "mj-head": frozenset({"mjml"}),
    "mj-body": frozenset({"mjml"}),
    "mj-wrapper": frozenset({"mj-body"}),
    "mj-section": frozenset({"mj-body", "mj-wrapper"}),
    "mj-hero": frozenset({"mj-body", "mj-wrapper"}),
    "mj-group": frozenset({"mj-section"}),
    "mj-column": frozenset({"mj-section", "mj-group"}),
    "mj-accordion-element": frozenset({"mj-accordion"}),
    "mj-accordion-title": frozenset({"mj-accordion-element"}),
    "mj-accordion-text": frozenset({"mj-accordion-element"}),
    "mj-carousel-image": frozenset({"mj-carousel"}),
    "mj-navbar-link": frozenset({"mj-navbar"}),
    "mj-social-element": frozenset({"mj-social"}),
    "mj-class": frozenset({"mj-attributes"}),
    "mj-all": frozenset({"mj-attributes"}),
    "mj-selector": frozenset({"mj-html-attributes"}),
    "mj-html-attribute": frozenset({"mj-selector"}),
    **dict.fromkeys(
        split_tags(
            "mj-text mj-image mj-button mj-divider mj-spacer mj-table mj-social mj-navbar mj-accordion mj-carousel"
        ),
        _CONTENT,
    ),
    **dict.fromkeys(
        split_tags("mj-attributes mj-breakpoint mj-font mj-html-attributes mj-preview mj-style mj-title"),
        frozenset({"mj-head"}),
    ),
}
_MORE_ATTRIBUTES: Mapping[str, frozenset[str] | None] = {
    "mjml": frozenset({"lang", "dir", "owa"}),
    "mj-class": None,
    "mj-all": None,
    "mj-selector": frozenset({"path"}),
    "mj-html-attribute": frozenset({"name"}),
    "mj-style": frozenset({"inline"}),
    "mj-font": frozenset({"name", "href"}),
}


@dataclass(frozen=True, slots=True)
class Grammar:
    """Which elements and attributes are allowed where. An element whose attributes are None takes any."""

    attributes: Mapping[str, frozenset[str] | None]
    parents: Mapping[str, frozenset[str]]
    containers: frozenset[str]


def load_grammar() -> Grammar:
    """The grammar of the installed mjml."""
    from mjml.core.registry import register_core_components  # takes half a second: only when a message is compiled

    attributes: dict[str, frozenset[str] | None] = {
        tag: frozenset({*element.allowed_attrs(), *element.default_attrs(), "css-class", "mj-class"})
        for tag, element in register_core_components().items()
    }
    return Grammar({**attributes, **_MORE_ATTRIBUTES}, _PARENTS, CONTAINERS)
