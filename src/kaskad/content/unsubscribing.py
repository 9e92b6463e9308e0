"""Whether an e-mail shows everybody the link by which they unsubscribe: whatever is known of them, or not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from jinja2 import nodes

from kaskad.content.checks.places import place_in
from kaskad.content.message import CompiledMessage
from kaskad.content.sandbox import TemplateEnvironment
from kaskad.domain.channel import Channel
from kaskad.domain.errors import Problem

MISSING = "has no unsubscribe link, which advertising needs"
ADVICE = (
    'write <a href="{{ links.unsubscribe }}">, outside of {% if %} and {% for %}, or include the footer that has it'
)
_OPENS_LINK = re.compile(r"<a\b[^>]*\shref\s*=\s*[\"']?\s*$", re.IGNORECASE)


def without_unsubscribe(folder: Path, message: CompiledMessage) -> Iterator[Problem]:
    """A problem for each of the message's e-mail files that shows some reader no such link."""
    for variant, fields in message.variants.get(Channel.EMAIL, {}).items():
        template = TemplateEnvironment(escape_html=False).parse(fields["html"])
        if not _Walk().always(template.body):
            yield place_in(_file(folder, variant), "html", "", f"{MISSING}: {ADVICE}")


def _file(folder: Path, variant: str) -> Path:
    """The e-mail's file in that locale, as it is spelled: `email.pt_BR.mjml`."""
    wanted = f"email.{variant}.mjml" if variant else "email.mjml"
    found = (path for path in folder.glob("email*.mjml") if path.name.replace("_", "-").lower() == wanted)
    return next(found, folder / wanted)


class _Walk:
    """Goes through a template as it is written out, and knows what text came last and which names are the link."""

    def __init__(self) -> None:
        self._before = ""
        self._in_comment = False  # what only Outlook reads
        self._names: set[str] = set()

    def always(self, body: Sequence[nodes.Node]) -> bool:
        """Whether every way through these nodes writes the link into an `<a href>`."""
        return any(self._one(node) for node in body)

    def _one(self, node: nodes.Node) -> bool:
        found = False
        match node:
            case nodes.Output():
                return any(self._written(part) for part in node.nodes)
            case nodes.FilterBlock():
                return self.always(node.body)
            case nodes.If():
                found = all(self._way(way) for way in (node.body, *(each.body for each in node.elif_), node.else_))
        for assigned in node.find_all(nodes.Name):
            if assigned.ctx == "store":  # inside an `if` it may be set or not
                self._names.discard(assigned.name)
        if isinstance(node, nodes.Assign) and isinstance(node.target, nodes.Name) and self._is_link(node.node):
            self._names.add(node.target.name)
        self._before = ""
        return found

    def _way(self, body: Sequence[nodes.Node]) -> bool:
        """One of several ways: the text before it is the same for each, and what it sets holds in it alone."""
        before, names = self._before, set(self._names)
        found = self.always(body)
        self._before, self._names = before, names
        return found

    def _written(self, part: nodes.Node) -> bool:
        if isinstance(part, nodes.TemplateData):
            self._before = (self._before + part.data)[-1_000:]
            if (begins := part.data.rfind("<!--")) != (ends := part.data.rfind("-->")):  # both -1: neither is there
                self._in_comment = begins > ends
            return False
        opened = bool(_OPENS_LINK.search(self._before)) and not self._in_comment
        self._before = ""
        return opened and self._is_link(part)

    def _is_link(self, value: nodes.Node) -> bool:
        """Whether the value is the link, as it stands or through filters; a choice between two values is not."""
        match value:
            case nodes.Filter(node=inner) if inner is not None:
                return self._is_link(inner)
            case nodes.Getattr(node=nodes.Name(name="links"), attr="unsubscribe"):
                return True
            case nodes.Getitem(node=nodes.Name(name="links"), arg=nodes.Const(value="unsubscribe")):
                return True
        return isinstance(value, nodes.Name) and value.name in self._names
