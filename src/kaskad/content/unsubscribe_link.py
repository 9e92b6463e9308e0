"""Checks that an e-mail always shows the unsubscribe link, whatever is known about the customer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from pathlib import Path

from jinja2 import nodes

from kaskad.content.checks.locations import locate_problem
from kaskad.content.message import CompiledMessage
from kaskad.content.rendering.jinja_environment import TemplateEnvironment
from kaskad.content.visible_links import LINK, Page
from kaskad.domain.channel import Channel
from kaskad.domain.errors import Problem

MISSING = "has no unsubscribe link, which advertising needs"
ADVICE = (
    'write <a href="{{ links.unsubscribe }}">, outside of {% if %} and {% for %}, or include the footer that has it'
)


def find_missing_link(folder: Path, message: CompiledMessage) -> Iterator[Problem]:
    """A problem for each e-mail file of the message that does not always show the link."""
    for variant, fields in message.variants.get(Channel.EMAIL, {}).items():
        template = TemplateEnvironment(escape_html=False).parse(fields["html"])
        if not _Walk().always(template.body):
            yield locate_problem(_file(folder, variant), "html", "", text=f"{MISSING}: {ADVICE}")


def _file(folder: Path, variant: str) -> Path:
    """The e-mail's file for that locale, with its real name: `email.pt_BR.mjml`."""
    wanted = f"email.{variant}.mjml" if variant else "email.mjml"
    found = (path for path in folder.glob("email*.mjml") if path.name.replace("_", "-").lower() == wanted)
    return next(found, folder / wanted)


class _Walk:
    """Walks through a template in order; it knows the page so far and which names contain the link."""

    def __init__(self) -> None:
        self._page = Page()
        self._names: set[str] = set()
        self._ours = True  # whether `links` still has Kaskad's value

    def always(self, body: Sequence[nodes.Node]) -> bool:
        """Whether every path through these nodes shows the link."""
        self._all(body)
        return self._page.shown

    def _all(self, body: Sequence[nodes.Node]) -> None:
        for node in body:
            self._one(node)

    def _one(self, node: nodes.Node) -> None:
        match node:
            case nodes.Output():
                for part in node.nodes:
                    self._page.feed(self._written(part))
                return
            case nodes.FilterBlock():
                self._all(node.body)
                return
            case nodes.With():
                self._with(node)
                return
            case nodes.If():
                ways = [self._way(way) for way in (node.body, *(each.body for each in node.elif_), node.else_)]
                self._page = min(ways, key=lambda page: page.nearness)
        link = isinstance(node, nodes.Assign) and isinstance(node.target, nodes.Name) and self._is_link(node.node)
        for assigned in node.find_all(nodes.Name):
            if assigned.ctx == "store":  # inside an `if`, a name may be set or not
                self._set(assigned.name, link=link)

    def _with(self, node: nodes.With) -> None:
        """Walks through a scope: names set inside are valid only inside."""
        names, ours = set(self._names), self._ours
        values = [self._is_link(value) for value in node.values]
        for target, link in zip(node.targets, values, strict=True):
            for each in (target, *target.find_all(nodes.Name)):
                if isinstance(each, nodes.Name):
                    self._set(each.name, link=link and each is target)
        self._all(node.body)
        self._names, self._ours = names, ours

    def _way(self, body: Sequence[nodes.Node]) -> Page:
        """The page after one of several paths: each starts from the same page, and names set inside end with it."""
        before, names, ours = copy(self._page), set(self._names), self._ours
        self._all(body)
        page, self._page, self._names, self._ours = self._page, before, names, ours
        return page

    def _set(self, name: str, *, link: bool) -> None:
        self._ours &= name != "links"
        (self._names.add if link else self._names.discard)(name)

    def _written(self, part: nodes.Node) -> str:
        if isinstance(part, nodes.TemplateData):
            return part.data
        return LINK if self._is_link(part) else "x"

    def _is_link(self, value: nodes.Node | None) -> bool:
        """Whether the value is always the link: unchanged, through filters, or with text after it."""
        match value:
            case nodes.Filter(node=inner) if inner is not None:
                return self._is_link(inner)
            case nodes.Getattr(node=nodes.Name(name="links"), attr="unsubscribe"):
                return self._ours
            case nodes.Getitem(node=nodes.Name(name="links"), arg=nodes.Const(value="unsubscribe")):
                return self._ours
            case nodes.Concat(nodes=[first, *_]):
                return self._is_link(first)
            case nodes.Or(left=first) | nodes.Add(left=first):
                return self._is_link(first)
            case nodes.CondExpr(expr1=first, expr2=second):
                return self._is_link(first) and self._is_link(second)
        return isinstance(value, nodes.Name) and value.name in self._names
