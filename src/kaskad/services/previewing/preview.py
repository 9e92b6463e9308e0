"""What one reader gets in each channel, and what the checks say of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kaskad.content import CompiledMessage, Renderer, nearest_variant
from kaskad.content.checks import Examined, Finding
from kaskad.domain.channel import Channel
from kaskad.domain.journeys.project import Project
from kaskad.services.authoring.examining import NOBODY, Bench, languages, looked_at
from kaskad.services.authoring.samples import sampled, shown_sender
from kaskad.services.authoring.workshop import Draft
from kaskad.services.previewing.customer import Reader, journeys_with
from kaskad.services.previewing.pictures import Pictures
from kaskad.services.sending.rendering import Unrenderable

ORDER = (Channel.EMAIL, Channel.PUSH, Channel.WEBPUSH, Channel.VIBER, Channel.SMS, Channel.CALL)


@dataclass(frozen=True, slots=True)
class Shown:
    """One channel: what is read in it, or `why` nothing would be. `file` is the template that said it.

    `remarks`: what this reader is not told as the template asks.
    """

    channel: Channel
    file: str
    sender: str
    fields: dict[str, str] = field(default_factory=dict)
    why: str = ""
    notes: tuple[Finding, ...] = ()
    remarks: tuple[str, ...] = ()


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
        _shown(bench, examined, channel, reader, pictures, found) for channel in ORDER if channel in message.variants
    ]
    placed = {note for one in shown for note in one.notes}
    files = {one.file for one in shown}
    rest = tuple(one for one in found if one not in placed and not _other_language(one, message, files))
    return Preview(message, project, reader, tuple(journeys_with(project, message.name)), tuple(shown), rest)


def _shown(
    bench: Bench, examined: Examined, channel: Channel, reader: Reader, pictures: Pictures, found: Sequence[Finding]
) -> Shown:
    message, links = examined.message, bench.links.of(NOBODY)
    file = examined.file(channel, nearest_variant(message, channel, reader.locale))
    path = file.relative_to(bench.root).as_posix()
    notes = tuple(one for one in found if one.problem.path == path)
    named = shown_sender(bench.project, message, channel)
    fields = sampled(Renderer(), message, channel, reader.locale, reader.known, bench.project, links, bench.now)
    if isinstance(fields, Unrenderable):
        return Shown(channel, path, named, why=fields.detail, notes=notes)
    remarks = tuple(remark.text for remark in fields.remarks)
    return Shown(
        channel, path, named, {name: pictures.put_into(text) for name, text in fields.items()}, "", notes, remarks
    )


def _other_language(one: Finding, message: CompiledMessage, files: set[str]) -> bool:
    """Whether it is about a file of the message that this reader does not read."""
    name = Path(one.problem.path).name.partition(".")[0]
    return name in list(Channel) and one.problem.path not in files
