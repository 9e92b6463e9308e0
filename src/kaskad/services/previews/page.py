"""The page of a preview: one HTML file; only images in real customers' data are loaded from elsewhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import parseaddr
from functools import lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from kaskad.content.checks import Finding, count_segments
from kaskad.domain.channel import Channel
from kaskad.services.previews.preview import ChannelPreview, Preview
from kaskad.services.wording import channel_label

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data: https: http:"
SCRIPT = (
    "for (const frame of document.querySelectorAll('iframe')) {"
    "const fit = () => { frame.style.height = frame.contentDocument.documentElement.scrollHeight + 'px' };"
    "frame.addEventListener('load', fit); if (frame.contentDocument.readyState === 'complete') fit() }"
)


@dataclass(frozen=True, slots=True)
class PageLink:
    """A link at the head of the page: to another reader, or another language."""

    label: str
    address: str
    current: bool


def render_page(shown: Preview, choices: Sequence[PageLink] = ()) -> str:
    """Returns the HTML of the page. Texts are escaped; e-mails are in frames in which no script runs."""
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            name=shown.message.name,
            reader=shown.reader,
            shop=shown.project.shop,
            journeys=[shown.project.journeys[name].title for name in shown.journeys],
            cards={channel_preview.channel.value: _card(channel_preview, shown) for channel_preview in shown.shown},
            remarks=[_note(finding) for finding in shown.notes],
            choices=choices,
            script=SCRIPT,
            policy=f"{POLICY}; script-src 'sha256-{digest}'",
        )
    )


def _card(channel_preview: ChannelPreview, shown: Preview) -> dict[str, Any]:
    name, title = parseaddr(channel_preview.sender)[0] or channel_preview.sender, channel_label(channel_preview.channel)
    more: dict[str, Any] = {
        "title": title[0].upper() + title[1:],
        "file": channel_preview.file,
        "sender": channel_preview.sender,
        "name": name,
        "why": channel_preview.why,
        "remarks": channel_preview.remarks,
    }
    if channel_preview.channel is Channel.SMS and channel_preview.fields:
        found, price = count_segments(channel_preview.fields["text"]), shown.project.costs().get(Channel.SMS)
        more["count"] = found
        more["cost"] = f"{price * found.segments:.2f} {shown.project.shop.currency}" if price else ""
    if channel_preview.channel is Channel.EMAIL and channel_preview.fields:
        more["kilobytes"] = f"{len(channel_preview.fields['html'].encode()) / 1024:.0f}"
    return {**more, "fields": channel_preview.fields, "notes": [_note(note) for note in channel_preview.notes]}


def _note(finding: Finding) -> dict[str, str]:
    problem = finding.problem
    place = f"{problem.path}:{problem.line}:{problem.column}"
    return {
        "severity": finding.check.severity,
        "place": place,
        "text": problem.text,
        "name": finding.check.name,
        "fix": finding.check.fix,
    }


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("kaskad.services.previews", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
