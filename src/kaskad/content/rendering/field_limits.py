"""Finishes rendered fields: cleans them, cuts them to the channel's limit, removes addresses that are not allowed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kaskad.content.blanks import join_lines, tidy_blanks
from kaskad.content.message import SEGMENTS_KEY, Fields
from kaskad.content.rendering.context import Remark
from kaskad.content.rendering.urls import LEFT_OUT, TO_SHOP, describe_refused_url, is_allowed_url
from kaskad.content.sms_segments import count_segments
from kaskad.domain.channel import Channel
from kaskad.domain.errors import TemplateError

DEFAULT_SEGMENTS = 4  # of an SMS, if its file has no limit
MULTILINE_FIELDS = frozenset({"text", "script", "ask"})  # every other field but html is one line
PLAIN_SPACES = {0xA0: " ", 0x202F: " "}  # one no-break space would make an SMS Unicode, and twice as expensive
LINKS, PICTURES = frozenset({"url"}), frozenset({"image", "icon"})
# In characters, for push in bytes. Longer text is cut, because no provider accepts it or no screen shows it.
MAX_LENGTH: Mapping[Channel, Mapping[str, int]] = {
    Channel.EMAIL: {"subject": 250, "preheader": 500},
    Channel.PUSH: {"title": 400, "body": 3_000},
    Channel.WEBPUSH: {"title": 400, "body": 3_000},
    Channel.VIBER: {"text": 1_000, "button": 30},
    Channel.SMS: {},
    Channel.CALL: {"script": 20_000, "ask": 2_000},
}

IN_BYTES = frozenset({Channel.PUSH, Channel.WEBPUSH})


@dataclass(frozen=True, slots=True)
class FieldFinisher:
    """Finishes the fields of one variant; it has the channel, the sources, the shop's address and the remarks."""

    channel: Channel
    sources: Fields
    shop_url: str
    remarks: list[Remark]

    def field(self, name: str, text: str) -> str:
        """The field as it is sent. Raises TemplateError if the message must not be sent."""
        if name == "html":
            return text
        finished = tidy_blanks(text) if name in MULTILINE_FIELDS else join_lines(text).strip()
        if self.channel is Channel.SMS:
            return self._within_segments(finished.translate(PLAIN_SPACES))
        if name in LINKS or name in PICTURES:
            return self._address(name, finished)
        return self._cut(name, finished)

    def _within_segments(self, text: str) -> str:
        most = int(self.sources.get(SEGMENTS_KEY, DEFAULT_SEGMENTS))
        if (found := count_segments(text).segments) > most:
            raise TemplateError(f"{found} segments, and at_most: {most}")
        return text

    def _address(self, name: str, address: str) -> str:
        """The address if it may be used. A link must not be cut, so one that is too long is not used either."""
        source = self.sources[name]
        if not address or is_allowed_url(address, source):
            return address
        if name in PICTURES:
            self.remarks.append(Remark(describe_refused_url(address, LEFT_OUT), name))
            return ""
        self.remarks.append(Remark(describe_refused_url(address, TO_SHOP), name))
        return self.shop_url

    def _cut(self, name: str, text: str) -> str:
        most = MAX_LENGTH[self.channel].get(name)
        in_bytes = self.channel in IN_BYTES
        length = len(text.encode()) if in_bytes else len(text)
        if most is None or length <= most:
            return text
        what = "bytes" if in_bytes else "characters"
        self.remarks.append(Remark(f"the {name} has {length:,} {what}, {most:,} are sent", name, cut=True))
        kept = text.encode()[: most - 3].decode(errors="ignore") if in_bytes else text[: most - 1]
        return f"{kept.rstrip()}…"
