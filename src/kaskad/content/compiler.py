"""Compiles the folder of a message; reports every problem of every file at once, and caches the result."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path

from babel import Locale, UnknownLocaleError

from kaskad.content.data_spec import CODE_FIELDS
from kaskad.content.images import Images
from kaskad.content.message import CompiledMessage, Fields, MessageSpec, Variants
from kaskad.content.mjml.compiler_errors import convert_compiler_errors
from kaskad.content.mjml.email_compiler import compile_email
from kaskad.content.rendering.jinja_environment import TemplateEnvironment
from kaskad.content.template_check import FIELDS, suggest_nearest
from kaskad.content.yaml_files import read_fields, read_spec
from kaskad.domain.channel import Channel
from kaskad.domain.errors import InvalidFiles, Problem

COMPILER = "3"  # increase it when the same sources compile to something else
FILE_NAME = re.compile(r"(?P<channel>[^._][^.]*)(?:\.(?P<locale>[^.]+))?\.(?P<kind>mjml|yaml|yml)")


@dataclass(frozen=True, slots=True)
class VariantFile:
    """One file of a message: its content in one channel and one locale ("" for the base)."""

    path: Path
    channel: Channel
    locale: str


def compile_message(
    folder: Path,
    *,
    known_fields: Mapping[str, Collection[str] | None] = FIELDS,
    cache: Path | None = None,
) -> CompiledMessage:
    """The compiled message of a folder.

    `known_fields` are the roots of the data with their fields (None: any). With a `cache` folder an unchanged message
    is read from there: mjml does not run. Raises InvalidFiles with every problem of every file.
    """
    with convert_compiler_errors(partial(_unexpected_problem, folder)):
        entry = cache / f"{_hash_sources(folder, known_fields)}.json" if cache else None
        if entry and entry.is_file() and (kept := _load_cached(entry)):
            return kept
        message = _compile(folder, known_fields)
    if entry:
        _write(entry, message.model_dump_json(by_alias=True))
    return message


def _load_cached(entry: Path) -> CompiledMessage | None:
    """The message as it was compiled before; None if the cached file is damaged."""
    try:
        return CompiledMessage.model_validate_json(entry.read_bytes())
    except ValueError:
        return None


def _unexpected_problem(path: Path, error: BaseException) -> Problem:
    """The problem for an unexpected error, so its line is not known."""
    return Problem(path.as_posix(), 1, 1, f"cannot be compiled: {error!r}")


def _compile(folder: Path, known_fields: Mapping[str, Collection[str] | None]) -> CompiledMessage:
    problems: list[Problem] = []
    spec = MessageSpec()
    try:
        with convert_compiler_errors(partial(_unexpected_problem, folder / "message.yaml")):
            spec = read_spec(folder / "message.yaml")
    except InvalidFiles as error:
        problems += error.problems
    known = {**known_fields, **{name: CODE_FIELDS if asked.promo else None for name, asked in spec.data.items()}}
    environment, images = TemplateEnvironment(escape_html=False), Images(folder)
    variants: Variants = {}
    files, wrong = _list_files(folder)
    problems += wrong
    for file in files:
        try:
            with convert_compiler_errors(partial(_unexpected_problem, file.path)):
                fields = _compile_file(file, environment, known, images=images)
            variants.setdefault(file.channel, {})[file.locale] = fields
        except InvalidFiles as error:
            problems += error.problems
    if problems:
        raise InvalidFiles(problems)
    return _attach_images(folder.name, spec, variants, images=images)


def _attach_images(name: str, spec: MessageSpec, variants: Variants, *, images: Images) -> CompiledMessage:
    sources = [text for locales in variants.values() for fields in locales.values() for text in fields.values()]
    placed = {
        channel: {
            locale: {name: images.put_into(text) for name, text in fields.items()} for locale, fields in locales.items()
        }
        for channel, locales in variants.items()
    }
    return CompiledMessage.of(name, spec, placed, images=images.used_by(sources))


def _compile_file(
    file: VariantFile,
    environment: TemplateEnvironment,
    known: Mapping[str, Collection[str] | None],
    *,
    images: Images,
) -> Fields:
    if file.channel is Channel.EMAIL:
        return compile_email(file.path, environment, known, images=images)
    return read_fields(file.path, file.channel, environment, known=known, images=images)


def _list_files(folder: Path) -> tuple[list[VariantFile], list[Problem]]:
    """The files of all variants, and the problems of their names."""
    files: list[VariantFile] = []
    problems: list[Problem] = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        name = FILE_NAME.fullmatch(path.name)
        if path.name == "message.yaml" or not name:
            continue
        if text := _describe_wrong_name(name):
            problems.append(Problem(path.as_posix(), 1, 1, text))
        else:
            files.append(VariantFile(path, Channel(name["channel"]), normalize_locale(name["locale"] or "")))
    if not files and not problems:
        problems.append(Problem(folder.as_posix(), 1, 1, "a message needs at least one channel's file"))
    return files, problems + list(_find_missing_base(files))


def normalize_locale(locale: str) -> str:
    """The key of a locale: `ru-RU`, `ru_RU` → `ru-ru`."""
    return locale.replace("_", "-").lower()


def _describe_wrong_name(name: re.Match[str]) -> str:
    if name["channel"] not in list(Channel):
        return f"unknown channel {name['channel']!r}{suggest_nearest(name['channel'], list(Channel))}"
    kind = "mjml" if name["channel"] == Channel.EMAIL else "yaml"
    if name["kind"] != kind:
        return f"the file of {name['channel']} ends in .{kind}"
    try:
        Locale.parse(name["locale"] or "en", sep="-" if "-" in (name["locale"] or "") else "_")
    except (ValueError, UnknownLocaleError):
        return f"unknown locale {name['locale']!r}: write it like ru or pt-BR"
    return ""


def _find_missing_base(files: list[VariantFile]) -> Iterator[Problem]:
    with_base = {file.channel for file in files if not file.locale}
    for file in files:
        if file.channel not in with_base:
            base = f"{file.channel}{file.path.suffix}"
            yield Problem(file.path.as_posix(), 1, 1, f"{base} is missing: other languages fall back on it")


def _hash_sources(folder: Path, known_fields: Mapping[str, Collection[str] | None]) -> str:
    """A hash that changes with any file that the message may use, with the known fields, and with the compilers."""
    digest = blake2b(digest_size=16)

    def add(part: bytes) -> None:
        digest.update(len(part).to_bytes(8, "big") + part)

    for part in (COMPILER, version("mjml"), version("css-inline"), version("jinja2"), folder.name):
        add(part.encode())
    for root in sorted(known_fields):
        fields = known_fields[root]
        add(f"{root}: {'any' if fields is None else ' '.join(sorted(fields))}".encode())
    shared = [path for path in folder.parent.glob("_*") if path.is_dir()]
    for path in sorted(file for place in (folder, *shared) for file in place.rglob("*") if file.is_file()):
        add(path.relative_to(folder.parent).as_posix().encode())
        add(path.read_bytes())
    return digest.hexdigest()


def _write(entry: Path, content: str) -> None:
    """Writes the whole file or nothing, because other processes read it."""
    entry.parent.mkdir(parents=True, exist_ok=True)
    draft = entry.with_suffix(f".{os.getpid()}")
    draft.write_text(content, "utf-8")
    draft.replace(entry)
