"""What one reader gets in each channel, and the findings of the checks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kaskad.content import CompiledMessage, Renderer, find_nearest_variant
from kaskad.content.checks import CheckedMessage, Finding
from kaskad.domain.channel import Channel
from kaskad.domain.journeys.project import Project
from kaskad.services.delivery.rendering import Unrenderable
from kaskad.services.previews.content_checks import EXAMPLE_ID, CheckContext, check_message, list_languages
from kaskad.services.previews.inline_images import InlineImages
from kaskad.services.previews.readers import Reader, list_journeys_with
from kaskad.services.previews.sample_rendering import display_sender, render_sample
from kaskad.services.projects.loading import LoadedProject

ORDER = (Channel.EMAIL, Channel.PUSH, Channel.WEBPUSH, Channel.VIBER, Channel.SMS, Channel.CALL)


@dataclass(frozen=True, slots=True)
class ChannelPreview:
    """One channel: its text, or `why` there would be none. `file` is the template it came from.

    `remarks`: what was rendered differently for this reader than the template asks, and how.
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
    """A message as one reader gets it. `notes` are not about the file of a single channel."""

    message: CompiledMessage
    project: Project
    reader: Reader
    journeys: tuple[str, ...]
    shown: tuple[ChannelPreview, ...]
    notes: tuple[Finding, ...]


def build_preview(bench: CheckContext, draft: LoadedProject, message: CompiledMessage, *, reader: Reader) -> Preview:
    """Returns the message as the reader gets it in each of its channels."""
    project = draft.project
    examined = bench.render(message, list_languages(draft.compiled, project.shop))
    found = check_message(examined, bench.root)
    pictures = InlineImages(bench.root / "templates", message, bench.links.of(EXAMPLE_ID)["images"])
    shown = [
        _channel_preview(bench, examined, channel, reader=reader, pictures=pictures, found=found)
        for channel in ORDER
        if channel in message.variants
    ]
    placed = {note for channel_preview in shown for note in channel_preview.notes}
    files = {channel_preview.file for channel_preview in shown}
    rest = tuple(finding for finding in found if finding not in placed and not _other_language(finding, message, files))
    return Preview(message, project, reader, tuple(list_journeys_with(project, message.name)), tuple(shown), rest)


def _channel_preview(
    bench: CheckContext,
    examined: CheckedMessage,
    channel: Channel,
    *,
    reader: Reader,
    pictures: InlineImages,
    found: Sequence[Finding],
) -> ChannelPreview:
    message, links = examined.message, bench.links.of(EXAMPLE_ID)
    file = examined.file(channel, find_nearest_variant(message, channel, reader.locale))
    path = file.relative_to(bench.root).as_posix()
    notes = tuple(finding for finding in found if finding.problem.path == path)
    named = display_sender(bench.project, message, channel)
    fields = render_sample(
        Renderer(),
        message,
        channel,
        locale=reader.locale,
        known=reader.known,
        project=bench.project,
        links=links,
        now=bench.now,
    )
    if isinstance(fields, Unrenderable):
        return ChannelPreview(channel, path, named, why=fields.detail, notes=notes)
    remarks = tuple(remark.text for remark in fields.remarks)
    return ChannelPreview(
        channel, path, named, {name: pictures.put_into(text) for name, text in fields.items()}, "", notes, remarks
    )


def _other_language(finding: Finding, message: CompiledMessage, files: set[str]) -> bool:
    """Returns whether it is about a file of the message that this reader does not read."""
    name = Path(finding.problem.path).name.partition(".")[0]
    return name in list(Channel) and finding.problem.path not in files
