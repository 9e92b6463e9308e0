"""YAML text → a tree of nodes with positions. A small, safe subset of YAML 1.2 that 1.1 readers read in the same way.

No aliases or anchors, no tags or directives, one document, no key twice; size, depth and nodes are bounded.
Built from the parser's events without recursion, so that no text can exhaust memory or the stack.
"""

from __future__ import annotations

import re
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceStartEvent,
)

from kaskad.config.yaml.node import InvalidNode, Node, SourcePosition
from kaskad.config.yaml.plain_scalar import parse_plain_scalar
from kaskad.config.yaml.tree import TreeBuilder
from kaskad.domain.errors import Problem

MAX_BYTES = 1024 * 1024
# Characters that an editor hides, counts as line breaks unlike the parser, or shows in another order.
INVISIBLE_CHARACTER = re.compile(
    "[^\n\x20-\x7e\xa0-\u200a\u200c-\u2027\u202f-\u205f\u2070-\ud7ff\ue000-\ufefe\uff00-\ufff8\ufffc\ufffd\U00010000-\U0010ffff]"
)

UNSTORABLE_CHARACTER = re.compile("[\0\ud800-\udfff]")  # escapes can write them, but no database can store them


def read_yaml_file(path: Path, name: str, problems: list[Problem]) -> Node | None:
    """The root of the file's document; problems call the file `name`. None as for `parse_yaml`."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        problems.append(Problem(name, 1, 1, f"the file cannot be read: {error.strerror}"))
        return None
    return parse_yaml(data, name, problems)


def parse_yaml(data: bytes, path: str, problems: list[Problem]) -> Node | None:
    """The document's root; None if it is not usable: the reasons are added to `problems`."""
    before = len(problems)
    try:
        root = _parse(_decode(data, path, problems), path, problems)
    except InvalidNode:
        return None
    return root if len(problems) == before else None


def _decode(data: bytes, path: str, problems: list[Problem]) -> str:
    if len(data) > MAX_BYTES:
        raise _add_problem(SourcePosition(path), f"the file is larger than {MAX_BYTES // 1024} KiB", problems)
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise _add_problem(
            SourcePosition(path, line), "this line is not UTF-8 text: save the file as UTF-8", problems
        ) from None
    if odd := INVISIBLE_CHARACTER.search(text):
        place = SourcePosition(
            path, text.count("\n", 0, odd.start()) + 1, odd.start() - text.rfind("\n", 0, odd.start())
        )
        what = "a tab: use spaces" if odd[0] == "\t" else f"the invisible character U+{ord(odd[0]):04X}: remove it"
        raise _add_problem(place, what, problems)
    return text


def _parse(text: str, path: str, problems: list[Problem]) -> Node:
    tree = TreeBuilder(path, problems)
    documents = 0
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            place = SourcePosition(path, event.start_mark.line + 1, event.start_mark.column + 1)
            if isinstance(event, DocumentStartEvent):
                documents += 1
                _check_document(event, documents, place, problems=problems)
            _add_event(tree, event, place, problems=problems)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = SourcePosition(path, mark.line + 1, mark.column + 1) if mark else SourcePosition(path)
        raise _add_problem(place, f"not valid YAML: {_one_line(error)}", problems) from None
    except (YAMLError, ValueError) as error:
        raise _add_problem(SourcePosition(path), f"not valid YAML: {error}", problems) from None
    return tree.root or Node(None, SourcePosition(path), SourcePosition(path), problems)


def _check_document(
    event: DocumentStartEvent, documents: int, place: SourcePosition, *, problems: list[Problem]
) -> None:
    if documents > 1:
        raise _add_problem(place, "a second document begins here: one file is one document", problems)
    if event.version or event.tags:
        raise _add_problem(place, "directives (% at the beginning) are not used here: remove them", problems)


def _add_event(tree: TreeBuilder, event: Event, place: SourcePosition, *, problems: list[Problem]) -> None:
    if isinstance(event, AliasEvent):
        raise _add_problem(place, f"'*{event.anchor}' is an alias: write the value itself", problems)
    if isinstance(event, NodeEvent) and event.anchor:
        raise _add_problem(place, f"'&{event.anchor}' is an anchor: anchors are not used here", problems)
    if isinstance(event, ScalarEvent | SequenceStartEvent | MappingStartEvent) and event.tag:
        raise _add_problem(place, f"'{event.tag}' is a tag: tags are not used here, write the value alone", problems)
    if isinstance(event, ScalarEvent):
        if UNSTORABLE_CHARACTER.search(event.value):
            raise _add_problem(place, "this text holds a character that no text can hold", problems)
        value, trouble = parse_plain_scalar(event.value) if event.style is None else (event.value, None)
        if trouble:
            _add_problem(place, trouble, problems)
        tree.scalar(value, event.value, place)
    elif isinstance(event, SequenceStartEvent | MappingStartEvent):
        tree.open(isinstance(event, MappingStartEvent), place)
    else:
        tree.close(event)


def _one_line(error: MarkedYAMLError) -> str:
    return " ".join(str(part) for part in (error.context, error.problem) if part)


def _add_problem(place: SourcePosition, text: str, problems: list[Problem]) -> InvalidNode:
    problems.append(Problem(place.path, place.line, place.column, text))
    return InvalidNode()
