"""Reads the YAML of a message: message.yaml, and one file of fields for each channel except e-mail."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.scalarstring import FoldedScalarString, LiteralScalarString

from kaskad.content.data_spec import DataSpec
from kaskad.content.foreign_tags import blank_foreign_tags, find_foreign_tags
from kaskad.content.images import Images, mask_images
from kaskad.content.message import OPTIONAL, REQUIRED, SEGMENTS_KEY, Fields, MessageSpec
from kaskad.content.mjml.source import read_text
from kaskad.content.rendering.field_limits import LINKS, PICTURES
from kaskad.content.rendering.jinja_environment import TemplateEnvironment
from kaskad.content.rendering.urls import refused_scheme
from kaskad.content.template_check import Report, check_template, suggest_nearest
from kaskad.domain.channel import Channel
from kaskad.domain.errors import InvalidFiles, Problem

ADDRESSES = LINKS | PICTURES
MAX_SEGMENTS = 10  # of an SMS: phones do not join more
KnownFields = Mapping[str, Collection[str] | None]  # the roots of the data with their fields, None: any


def read_spec(path: Path) -> MessageSpec:
    """The settings of message.yaml; all defaults if there is no such file. Raises InvalidFiles."""
    if not path.is_file():
        return MessageSpec()
    content = _read(path)
    try:
        spec = MessageSpec.model_validate(content)
    except ValidationError as error:
        raise InvalidFiles([_spec_problem(path, content, detail) for detail in error.errors()]) from error
    fixed = "is a template, and UTM parameters are the same for everybody: write it out"
    templates = [name for name, value in spec.utm.items() if "{{" in value or "{%" in value or find_foreign_tags(value)]
    if templates:
        raise InvalidFiles(
            [_Entry(path, content["utm"], name).problem(f"{spec.utm[name]} {fixed}") for name in templates]
        )
    return spec


def locate_spec_problem(path: Path, way: Sequence[str], text: str) -> Problem:
    """The problem at the value under these keys of a message.yaml."""
    content = _read(path)
    return _Entry(path, _parent(content, list(way)), way[-1]).problem(text)


def read_fields(
    path: Path, channel: Channel, environment: TemplateEnvironment, *, known: KnownFields, images: Images
) -> Fields:
    """The channel's fields as Jinja sources. Raises InvalidFiles with all problems of this file."""
    content = _read(path)
    allowed = (*REQUIRED[channel], *OPTIONAL[channel], *((SEGMENTS_KEY,) if channel is Channel.SMS else ()))
    problems = [
        Problem(path.as_posix(), 1, 1, f"{name!r} is missing") for name in REQUIRED[channel] if name not in content
    ]
    for name, value in content.items():
        entry = _Entry(path, content, name)
        if channel is Channel.SMS and name == SEGMENTS_KEY:
            problems += (
                [] if _is_count(value) else [entry.problem(f"{name!r} is how many segments: from 1 to {MAX_SEGMENTS}")]
            )
        elif name not in allowed:
            problems.append(entry.problem(f"unknown key {name!r}{suggest_nearest(str(name), allowed)}"))
        elif not isinstance(value, str) or not value.strip():
            problems.append(entry.problem_at_value(_no_text(name, value, channel)))
        else:
            report = entry.problem_in_value
            problems += _problems_of(value, report, environment, known=known, images=images)
            if name in ADDRESSES and (scheme := refused_scheme(value)):
                problems.append(report(1, scheme, f"nobody may be led to '{scheme}:': write https:// or http://"))
    if problems:
        raise InvalidFiles(problems)
    return {name: str(value) for name, value in content.items()}


def _problems_of(
    value: str, report: Report, environment: TemplateEnvironment, *, known: KnownFields, images: Images
) -> list[Problem]:
    """The problems of a field's template."""

    def at(offset: int, text: str) -> Problem:
        """The problem at an offset of the value, located by the text there."""
        needle = re.split(r"""["'\s}]""", value[offset:], maxsplit=1)[0]
        return report(value.count("\n", 0, offset) + 1, needle, text)

    foreign = find_foreign_tags(value)
    ours = mask_images(blank_foreign_tags(value, foreign))
    return [
        *(at(tag.offset, str(tag)) for tag in foreign),
        *check_template(ours, environment, known, report=report),
        *images.problems(value, at),
    ]


def _no_text(name: str, value: object, channel: Channel) -> str:
    """The text of the problem for a field that is empty or not text."""
    if value is None or isinstance(value, str):
        return f"{name!r} is empty: {'write what it says' if name in REQUIRED[channel] else 'leave it out, or fill it'}"
    if isinstance(value, list | dict):
        return f"{name!r} must be a text, not several values"
    return f"{name!r} must be a text: write it in quotes"


def _is_count(value: object) -> bool:
    return type(value) is int and 1 <= value <= MAX_SEGMENTS


def _read(path: Path) -> CommentedMap:
    try:
        content = YAML(typ="rt", pure=True).load(read_text(path))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise InvalidFiles([Problem(path.as_posix(), line, column, f"YAML: {error.problem}")]) from error
    if not isinstance(content, CommentedMap):
        raise InvalidFiles([Problem(path.as_posix(), 1, 1, "must hold `key: value` lines")])
    return content


@dataclass(frozen=True, slots=True)
class _Entry:
    """One key of a mapping in a file, with its value."""

    path: Path
    content: CommentedMap
    key: Any

    def problem(self, text: str) -> Problem:
        """The problem at the key."""
        line, column = self.content.lc.key(self.key)
        return Problem(self.path.as_posix(), line + 1, column + 1, text)

    def problem_at_value(self, text: str) -> Problem:
        """The problem at the value; at the key if there is no value."""
        if self.content[self.key] is None:
            return self.problem(text)
        line, column = self.content.lc.value(self.key)
        return Problem(self.path.as_posix(), line + 1, column + 1, text)

    def problem_in_value(self, line: int, needle: str, text: str) -> Problem:
        """The problem at this line of the value, at the text there."""
        first, column = self.content.lc.value(self.key)
        if isinstance(self.content[self.key], LiteralScalarString | FoldedScalarString):
            first, column = first + 1, 0  # a block begins on the line after its `|` or `>`
        lines = read_text(self.path).split("\n")
        at = min(first + line, len(lines))
        within = lines[at - 1].find(needle, column if line == 1 else 0)
        return Problem(self.path.as_posix(), at, max(within, column if line == 1 else 0) + 1, text)


def _spec_problem(path: Path, content: CommentedMap, detail: Any) -> Problem:
    *way, last = detail["loc"]
    holder: Any = content
    for step in way:
        holder = holder[step]
    if detail["type"] == "extra_forbidden":
        model = DataSpec if way[:1] == ["data"] else MessageSpec
        names = [field.alias or name for name, field in model.model_fields.items()]
        return _Entry(path, holder, last).problem(f"unknown key {last!r}{suggest_nearest(str(last), names)}")
    if detail["type"] == "missing":
        return _Entry(path, _parent(content, way), way[-1]).problem(f"{last!r} is missing")
    text = f"{last!r}: {detail['msg'][:1].lower()}{detail['msg'][1:]}"
    if isinstance(holder, CommentedSeq):
        line, column = holder.lc.item(last)
        return Problem(path.as_posix(), line + 1, column + 1, text)
    return _Entry(path, holder, last).problem(text)


def _parent(content: CommentedMap, way: list[Any]) -> Any:
    holder: Any = content
    for step in way[:-1]:
        holder = holder[step]
    return holder
