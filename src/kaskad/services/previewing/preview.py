"""What one reader gets in each channel, and what the checks say of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kaskad.content import CompiledMessage, MissingData, Renderer, resolve_data
from kaskad.content.checks import Finding
from kaskad.domain.channel import Channel
from kaskad.domain.errors import TemplateError
from kaskad.domain.shop import Project
from kaskad.services.examining import NOBODY, Bench, languages, looked_at
from kaskad.services.offers import sample
from kaskad.services.previewing.customer import Reader, journeys_with
from kaskad.services.previewing.pictures import Pictures
from kaskad.services.rendering import data_of
from kaskad.services.workshop import Draft

ORDER = (Channel.EMAIL, Channel.PUSH, Channel.WEBPUSH, Channel.VIBER, Channel.SMS, Channel.CALL)


@dataclass(frozen=True, slots=True)
class Shown:
    """One channel: what is read in it, or `why` nothing would be. `file` is the template that said it."""

    channel: Channel
    file: str
    sender: str
    fields: dict[str, str] = field(default_factory=dict)
    why: str = ""
    notes: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """A message as one reader gets it. `notes` are about no one channel's file."""

    message: CompiledMessage
    project: Project
    reader: Reader
    journeys: tuple[str, ...]
    shown: tuple[Shown, ...]
    notes: tuple[Finding, ...]


def preview(bench: Bench, draft: Draft, message: CompiledMessage, reader: Reader) -> Preview:
    """The message as the reader gets it in every channel that it speaks by."""
    project = draft.project
    examined = bench.examined(message, languages(draft.compiled, project.shop))
    found = looked_at(examined, bench.root)
    pictures = Pictures(bench.root / "templates", message, bench.links.of(NOBODY)["images"])
    shown = [
        _shown(bench, message, channel, reader, pictures, found) for channel in ORDER if channel in message.variants
    ]
    placed = {note for one in shown for note in one.notes}
    files = {one.file for one in shown}
    rest = tuple(one for one in found if one not in placed and not _other_language(one, message, files))
    return Preview(message, project, reader, tuple(journeys_with(project, message.name)), tuple(shown), rest)


def _shown(
    bench: Bench,
    message: CompiledMessage,
    channel: Channel,
    reader: Reader,
    pictures: Pictures,
    found: Sequence[Finding],
) -> Shown:
    project, file = bench.project, _file(message, channel, reader.locale)
    sender = project.senders.get(message.spec.sender or "") or next(iter(project.senders.values()), None)
    named = (sender.addresses.get(channel) if sender else None) or project.shop.name
    path = f"templates/{message.name}/{file}"
    notes = tuple(one for one in found if one.problem.path == path)
    known = data_of(reader.known, project.shop, bench.links.of(NOBODY), message)
    data = resolve_data(message.spec, known | sample(message.spec, project, reader.known, bench.now))
    if isinstance(data, MissingData):
        why = f"nothing goes: {data.name} needs {data.at_least} of {data.source}, there are {data.found}"
        return Shown(channel, path, named, why=why, notes=notes)
    try:
        fields = Renderer().render(message, channel, reader.locale, data)
    except TemplateError as error:
        return Shown(channel, path, named, why=str(error), notes=notes)
    return Shown(channel, path, named, {name: pictures.put_into(text) for name, text in fields.items()}, "", notes)


def _file(message: CompiledMessage, channel: Channel, locale: str) -> str:
    """The file that is read in this locale: `ru-RU` → `ru` → base."""
    variant = locale.replace("_", "-").lower()
    while variant and variant not in message.variants[channel]:
        variant = variant.rpartition("-")[0]
    kind = "mjml" if channel is Channel.EMAIL else "yaml"
    return f"{channel}.{variant}.{kind}" if variant else f"{channel}.{kind}"


def _other_language(one: Finding, message: CompiledMessage, files: set[str]) -> bool:
    """Whether it is about a file of the message that this reader does not read."""
    name = Path(one.problem.path).name.partition(".")[0]
    return name in list(Channel) and one.problem.path not in files
