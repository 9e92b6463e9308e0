"""Checks of push, web push and Viber: what screens cut off, and what the providers reject."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kaskad.content.checks.check import Check, CheckedMessage, Severity
from kaskad.domain.channel import Channel
from kaskad.domain.errors import Problem

# Characters of an ordinary text that are shown: iOS on the lock screen (one line of title, four of body), Android with
# the notification opened. Widths differ with letters and phones, so a little less is better.
VISIBLE_LENGTH: Mapping[Channel, Mapping[str, Mapping[str, int]]] = {
    Channel.PUSH: {"title": {"iOS": 50, "Android": 65}, "body": {"iOS": 178, "Android": 240}},
    Channel.WEBPUSH: {"title": {"Chrome": 50}, "body": {"Chrome": 120}},
}
MAX_PAYLOAD = 4096  # bytes: APNs, FCM and RFC 8030 all stop there


def _check_cut(examined: CheckedMessage) -> Iterator[Problem]:
    for said in examined.by(*VISIBLE_LENGTH):
        for field, limits in VISIBLE_LENGTH[said.channel].items():
            text = said.fields[field]
            if cutting := {system: limit for system, limit in limits.items() if len(text) > limit}:
                shown = ", ".join(f"{system} shows {limit}" for system, limit in cutting.items())
                rest = f"{text[: min(cutting.values())].rstrip()}…"
                words = f"{len(text)} characters, {shown}: '{rest}', for the example customer '{said.example}'"
                yield examined.at(said, field, text=f"the {field} is cut off: {words}")


def _check_payload(examined: CheckedMessage) -> Iterator[Problem]:
    for said in examined.by(Channel.PUSH, Channel.WEBPUSH):
        size = sum(len(name) + len(text.encode()) + 8 for name, text in said.fields.items())
        if size > MAX_PAYLOAD:
            yield examined.at(said, "body", text=f"about {size:,} bytes: a push carries {MAX_PAYLOAD:,}")
    for said in examined.said:
        for remark in said.remarks:
            if remark.cut:
                words = f"{remark.text}, for the example customer '{said.example}'"
                yield examined.at(said, remark.field, text=words)


CUT = Check(
    "push_cut_off",
    Severity.WARNING,
    "What does not fit on the screen ends in three dots, and the point of the message with it.",
    "Put what matters first, and shorten the rest; a long name or title can be cut with `| truncate(40)`.",
    _check_cut,
)
TOO_LARGE = Check(
    "too_large",
    Severity.ERROR,
    "A push of more than 4,096 bytes is refused, and the customer gets nothing in that channel. A field that is longer"
    " than its channel takes is cut off: a push's title after 400 bytes and its body after 3,000, a Viber text after"
    " 1,000 characters and its button after 30, a subject after 250.",
    "Shorten the text; cut what customers or products bring with `| truncate(…)`.",
    _check_payload,
)
