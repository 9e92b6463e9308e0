"""Checks templates before they are used: syntax, filters and fields, with the nearest known name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from difflib import get_close_matches

from jinja2 import TemplateSyntaxError, meta, nodes

from kaskad.content.jinja_balance import find_unbalanced
from kaskad.content.rendering.jinja_environment import TemplateEnvironment
from kaskad.domain.errors import Problem

Report = Callable[[int, str, str], Problem]  # line of the template from 1, what to look for in it, the text
Finding = tuple[int, str, str]


def _fields(names: str) -> frozenset[str]:
    return frozenset(names.split())


FIELDS: Mapping[str, Collection[str] | None] = {
    "customer": _fields(
        "id first_name last_name locale time_zone birthday city last_order orders revenue points email phone"
    ),
    "cart": _fields("id total currency items url updated_at"),
    "product": _fields("id title price old_price currency url image category brand in_stock stock refill_days"),
    "order": _fields("id total currency discount place items coupon delivered_at status url"),
    "links": _fields("unsubscribe confirm preferences images"),
    "shop": _fields("name url currency locale time_zone phone"),
    "event": None,
    "entries": _fields("count events products"),
    "utm": None,
}
"""The roots of the data and their fields; None where any field may come (an event's own properties)."""

FORBIDDEN: Mapping[type[nodes.Node], str] = {
    nodes.Macro: "macro",
    nodes.CallBlock: "call",
    nodes.Import: "import",
    nodes.FromImport: "from",
    nodes.Include: "include",
    nodes.Extends: "extends",
    nodes.Block: "block",
    nodes.AssignBlock: "set … endset",
    nodes.FilterBlock: "filter",
    nodes.ScopedEvalContextModifier: "autoescape",
}


def check_template(
    text: str, environment: TemplateEnvironment, known: Mapping[str, Collection[str] | None], *, report: Report
) -> list[Problem]:
    """All problems of the Jinja in a text."""
    try:
        template = environment.parse(text)
    except TemplateSyntaxError as error:
        return [report(*(find_unbalanced(text) or (error.lineno, "", f"Jinja: {error.message}")))]
    findings = [
        *_find_forbidden(template),
        *_find_unknown_filters(template, environment),
        *_find_unknown_names(template, known),
    ]
    return [report(*finding) for finding in findings]


def suggest_nearest(word: str, words: Collection[str]) -> str:
    """`, did you mean 'x'?`, or "" if no word is similar."""
    found = get_close_matches(word, words, n=1)
    return f", did you mean '{found[0]}'?" if found else ""


def _find_forbidden(template: nodes.Template) -> Iterator[Finding]:
    for node in template.find_all(tuple(FORBIDDEN)):
        tag = FORBIDDEN[type(node)]
        advice = "; shared parts come by mj-include" if tag in ("include", "extends", "import") else ""
        yield node.lineno, "{%", f"{{% {tag} %}} may not stand in a message{advice}"
    for literal in template.find_all((nodes.List, nodes.Tuple, nodes.Dict)):
        if any(name.ctx == "load" for name in literal.find_all(nodes.Name)):  # repeated [a, a] doubles each time
            yield literal.lineno, "{", "a list written here may hold plain values only"
    for loop in template.find_all(nodes.For):
        if loop.recursive:
            yield loop.lineno, "{%", "recursive loops may not stand in a message"


def _find_unknown_filters(template: nodes.Template, environment: TemplateEnvironment) -> Iterator[Finding]:
    for used in template.find_all(nodes.Filter):
        if used.name not in environment.filters:
            yield (
                used.lineno,
                used.name,
                f"unknown filter {used.name!r}{suggest_nearest(used.name, environment.filters)}",
            )
            used.name = "e"  # a known one, so that Jinja continues with the names
    for test in template.find_all(nodes.Test):
        if test.name not in environment.tests:
            yield test.lineno, test.name, f"unknown test {test.name!r}{suggest_nearest(test.name, environment.tests)}"
            test.name = "defined"


def _find_unknown_names(template: nodes.Template, known: Mapping[str, Collection[str] | None]) -> Iterator[Finding]:
    free = meta.find_undeclared_variables(template)
    for name in template.find_all(nodes.Name):
        if name.name in free - known.keys():
            yield name.lineno, name.name, f"unknown name {name.name!r}{suggest_nearest(name.name, known)}"
    for field in template.find_all(nodes.Getattr):
        root = field.node
        if isinstance(root, nodes.Name) and root.name in free:
            fields, path = known.get(root.name), f"{root.name}.{field.attr}"
            if fields is not None and field.attr not in fields:
                near = suggest_nearest(path, [f"{root.name}.{right}" for right in fields])
                yield field.lineno, path, f"unknown field {path!r}{near}"
