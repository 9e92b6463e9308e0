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
            cards={one.channel.value: _card(one, shown) for one in shown.shown},
            remarks=[_note(one) for one in shown.notes],
            choices=choices,
            script=SCRIPT,
            policy=f"{POLICY}; script-src 'sha256-{digest}'",
        )
    )


def _card(one: ChannelPreview, shown: Preview) -> dict[str, Any]:
    name, title = parseaddr(one.sender)[0] or one.sender, channel_label(one.channel)
    more: dict[str, Any] = {
        "title": title[0].upper() + title[1:],
        "file": one.file,
        "sender": one.sender,
        "name": name,
        "why": one.why,
        "remarks": one.remarks,
    }
    if one.channel is Channel.SMS and one.fields:
        found, price = count_segments(one.fields["text"]), shown.project.costs().get(Channel.SMS)
        more["count"] = found
        more["cost"] = f"{price * found.segments:.2f} {shown.project.shop.currency}" if price else ""
    if one.channel is Channel.EMAIL and one.fields:
        more["kilobytes"] = f"{len(one.fields['html'].encode()) / 1024:.0f}"
    return {**more, "fields": one.fields, "notes": [_note(note) for note in one.notes]}


def _note(one: Finding) -> dict[str, str]:
    problem = one.problem
    place = f"{problem.path}:{problem.line}:{problem.column}"
    return {
        "severity": one.check.severity,
        "place": place,
        "text": problem.text,
        "name": one.check.name,
        "fix": one.check.fix,
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
