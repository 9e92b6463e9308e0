"""YAML text → a tree of nodes, each with its place. A small, safe part of YAML 1.2 that a 1.1 reader sees the same.

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

from kaskad.config.node import Node, Place, Unreadable
from kaskad.config.plain_scalar import plain_value
from kaskad.config.tree import Tree
from kaskad.domain.errors import Problem

MAX_BYTES = 1024 * 1024
# What an editor would not show, or would count as a line where the parser does not, or would show in another order.
ODD = re.compile(
    "[^\n\x20-\x7e\xa0-\u200a\u200c-\u2027\u202f-\u205f\u2070-\ud7ff\ue000-\ufefe\uff00-\ufff8\ufffc\ufffd\U00010000-\U0010ffff]"
)

NO_TEXT = re.compile("[\0\ud800-\udfff]")  # what an escape in quotes can write, and no database can store


def read_file(path: Path, name: str, problems: list[Problem]) -> Node | None:
    """The root of the document in the file, which is called `name` in problems; None as `read_yaml`."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        problems.append(Problem(name, 1, 1, f"the file cannot be read: {error.strerror}"))
        return None
    return read_yaml(data, name, problems)


def read_yaml(data: bytes, path: str, problems: list[Problem]) -> Node | None:
    """The document's root; None when it cannot be used, with the reasons added to `problems`."""
    before = len(problems)
    try:
        root = _parsed(_decoded(data, path, problems), path, problems)
    except Unreadable:
        return None
    return root if len(problems) == before else None


def _decoded(data: bytes, path: str, problems: list[Problem]) -> str:
    if len(data) > MAX_BYTES:
        raise _wrong(Place(path), f"the file is larger than {MAX_BYTES // 1024} KiB", problems)
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise _wrong(Place(path, line), "this line is not UTF-8 text: save the file as UTF-8", problems) from None
    if odd := ODD.search(text):
        place = Place(path, text.count("\n", 0, odd.start()) + 1, odd.start() - text.rfind("\n", 0, odd.start()))
        what = "a tab: use spaces" if odd[0] == "\t" else f"the invisible character U+{ord(odd[0]):04X}: remove it"
        raise _wrong(place, what, problems)
    return text


def _parsed(text: str, path: str, problems: list[Problem]) -> Node:
    tree = Tree(path, problems)
    documents = 0
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            place = Place(path, event.start_mark.line + 1, event.start_mark.column + 1)
            if isinstance(event, DocumentStartEvent):
                documents += 1
                _check_document(event, documents, place, problems)
            _add(tree, event, place, problems)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(path, mark.line + 1, mark.column + 1) if mark else Place(path)
        raise _wrong(place, f"not valid YAML: {_one_line(error)}", problems) from None
    except (YAMLError, ValueError) as error:
        raise _wrong(Place(path), f"not valid YAML: {error}", problems) from None
    return tree.root or Node(None, Place(path), Place(path), problems)


def _check_document(event: DocumentStartEvent, documents: int, place: Place, problems: list[Problem]) -> None:
    if documents > 1:
        raise _wrong(place, "a second document begins here: one file is one document", problems)
    if event.version or event.tags:
        raise _wrong(place, "directives (% at the beginning) are not used here: remove them", problems)


def _add(tree: Tree, event: Event, place: Place, problems: list[Problem]) -> None:
    if isinstance(event, AliasEvent):
        raise _wrong(place, f"'*{event.anchor}' is an alias: write the value itself", problems)
    if isinstance(event, NodeEvent) and event.anchor:
        raise _wrong(place, f"'&{event.anchor}' is an anchor: anchors are not used here", problems)
    if isinstance(event, ScalarEvent | SequenceStartEvent | MappingStartEvent) and event.tag:
        raise _wrong(place, f"'{event.tag}' is a tag: tags are not used here, write the value alone", problems)
    if isinstance(event, ScalarEvent):
        if NO_TEXT.search(event.value):
            raise _wrong(place, "this text holds a character that no text can hold", problems)
        value, trouble = plain_value(event.value) if event.style is None else (event.value, None)
        if trouble:
            _wrong(place, trouble, problems)
        tree.scalar(value, event.value, place)
    elif isinstance(event, SequenceStartEvent | MappingStartEvent):
        tree.open(isinstance(event, MappingStartEvent), place)
    else:
        tree.close(event)


def _one_line(error: MarkedYAMLError) -> str:
    return " ".join(str(part) for part in (error.context, error.problem) if part)


def _wrong(place: Place, text: str, problems: list[Problem]) -> Unreadable:
    problems.append(Problem(place.path, place.line, place.column, text))
    return Unreadable()
