"""The history of one customer: what `explain` returns."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from kaskad.domain.outcome import Mode
from kaskad.services.wording import channel_label, format_full_time


@dataclass(frozen=True, slots=True)
class HistoryEvent:
    """One event, from any channel. `place` is the source, and the store if one is named."""

    at: datetime
    event: str
    place: str
    text: str


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One decision (`kind` is the domain's `DecisionKind`) or one message (`kind` is message), in words.

    `grounds` are the facts that it saw; `otherwise` is what would have let the message be sent.
    """

    at: datetime
    kind: str
    text: str
    step: str | None = None
    reason: str | None = None
    grounds: tuple[str, ...] = ()
    otherwise: str | None = None


@dataclass(frozen=True, slots=True)
class EnrollmentTimeline:
    """One enrollment: its current state, and everything that was decided and sent, in order."""

    journey: str
    version: int
    mode: Mode
    status: str
    entered_at: datetime
    summary: str
    lines: tuple[HistoryLine, ...] = ()


@dataclass(frozen=True, slots=True)
class ChannelReachability:
    """Whether a channel reaches the customer with marketing now; `reason` is None when it does."""

    channel: str
    reason: str | None
    text: str


@dataclass(frozen=True, slots=True)
class NonEntry:
    """A journey that the customer never was in, and why."""

    journey: str
    why: str


@dataclass(frozen=True, slots=True)
class CustomerHistory:
    """Everything about one customer. Times are aware; `text()` shows them on the customer's own clock.

    `earlier` counts events, `earlier_passages` enrollments, that are older than those shown here.
    """

    customer: str
    zone: ZoneInfo
    now: datetime
    events: tuple[HistoryEvent, ...] = ()
    earlier: int = 0
    passages: tuple[EnrollmentTimeline, ...] = ()
    earlier_passages: int = 0
    absences: tuple[NonEntry, ...] = ()
    reach: tuple[ChannelReachability, ...] = ()
    holding: tuple[str, ...] = field(default=())  # what holds every message back now

    def text(self) -> list[str]:
        """Returns the history line by line."""
        lines = [f"Customer {self.customer}, {format_full_time(self.now, self.zone)} ({self.zone.key})"]
        lines += ["", "What happened", *self._events()]
        for passage in self.passages:
            head = f"{passage.journey}, version {passage.version}{', test' if passage.mode is Mode.TEST else ''}"
            lines += ["", head, f"  {passage.summary}"]
            lines += [text for line in passage.lines for text in self._line(line)]
        if self.earlier_passages:
            lines += [
                "",
                f"{self.earlier_passages} earlier entries are not shown: name a journey to see only its entries.",
            ]
        if self.absences:
            lines += ["", "Not in", *(f"  {absence.journey}: {absence.why}" for absence in self.absences)]
        lines += [
            "",
            "Channels now",
            *(f"  {channel_label(channel.channel)}: {channel.text}" for channel in self.reach),
        ]
        return [*lines, *(f"  {text}" for text in self.holding)]

    def _line(self, line: HistoryLine) -> list[str]:
        lines = [f"  {format_full_time(line.at, self.zone)}  {line.text}"]
        lines += [f"      · {ground}" for ground in line.grounds]
        return [*lines, *([f"      → {line.otherwise}"] if line.otherwise else [])]

    def _events(self) -> list[str]:
        shown = [f"  {format_full_time(event.at, self.zone)}  {event.text}" for event in self.events]
        before = [f"  … {self.earlier} events before these"] if self.earlier else []
        return [*before, *shown] or ["  nothing is known"]

    def document(self) -> dict[str, Any]:
        """Returns the history as JSON, but for its times."""
        return asdict(self) | {"zone": self.zone.key}
