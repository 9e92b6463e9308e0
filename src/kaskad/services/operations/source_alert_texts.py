"""The e-mails that the owner of a source gets: a subject, and paragraphs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from kaskad.domain.rejection import CODE_MEANINGS, WARNING_CODES, RejectionCode
from kaskad.services.operations.source_health import DIGEST, IMPORT, JUMP, REJECTED, SILENT
from kaskad.storage.source_alerts import FEED_FAILED

AlertText = tuple[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class AlertedSource:
    """What an alert tells of. `reason`: the source's name, with the code or the day after a colon."""

    kind: str
    reason: str
    text: str
    title: str  # of the source
    count: int

    @property
    def name(self) -> str:
        return self.reason.partition(":")[0]

    @property
    def about(self) -> str:
        return self.reason.partition(":")[2]


def describe_alert(alert: AlertedSource) -> AlertText:
    """The subject and the paragraphs."""
    return _DESCRIBED[alert.kind](alert)


def _silent(alert: AlertedSource) -> AlertText:
    return f"{alert.title}: nothing is heard of it", (
        f"The source '{alert.name}' ({alert.title}) has been silent for longer than it may be in its opening hours.",
        alert.text,
        "Messages that depend on it are held where their journey says so (`fresh_data`). `kaskad sources` shows how it "
        "stands. Until it is heard of again you are not told anew.",
    )


def _stopped_import(alert: AlertedSource) -> AlertText:
    kind = alert.about.partition(" ")[0]
    return f"{alert.title}: an import of {kind} has stopped", (
        f"The import of {kind} from '{alert.name}' ({alert.title}) has stopped before its end.",
        alert.text,
        "Until it goes on or is ended, nobody enters a journey by a segment, a date or a schedule. "
        f"`kaskad import {kind} FILE… --map MAP --source {alert.name} --resume` goes on where it stopped; "
        f"`kaskad import {kind} --source {alert.name} --abandon` ends it as it is.",
    )


def _rejected(alert: AlertedSource) -> AlertText:
    first = "was stored with a warning" if _is_warning(alert.about) else "was rejected"
    return f"{alert.title}: an event {first}: {alert.about}", (
        f"An event of the source '{alert.name}' {first} as `{alert.about}`: {_meaning(alert.about)}.",
        alert.text,
        f"It is the first of this kind for a week. {_how_to_see(alert.name, alert.about)}",
        "Of the next ones you are told once a day.",
    )


def _jump(alert: AlertedSource) -> AlertText:
    return f"{alert.title}: far more events than usual are rejected: {alert.about}", (
        f"Far more events of the source '{alert.name}' than usual are rejected as `{alert.about}`, or stored with that "
        f"warning: {_meaning(alert.about)}.",
        alert.text,
        _how_to_see(alert.name, alert.about),
    )


def _digest(alert: AlertedSource) -> AlertText:
    events = "1 event" if alert.count == 1 else f"{alert.count:,} events"
    lines = [f"{line}: {_meaning(line.partition(':')[0])}" for line in alert.text.splitlines()]
    return f"{alert.title}: {events} rejected, or stored with a warning, on {alert.about}", (
        f"Of the source '{alert.name}', on {alert.about}:",
        *lines,
        _how_to_see(alert.name),
    )


def _feed_failed(alert: AlertedSource) -> AlertText:
    return f"{alert.title}: the feed could not be taken in", (
        f"The feed '{alert.name}' ({alert.title}) could not be taken in: {alert.about.replace('_', ' ')}.",
        alert.text,
        "Nothing of it counts: prices and stock stay as they were. It is read again on its schedule; `kaskad feeds` "
        "shows how it stands. Until it is taken in again you are not told anew.",
    )


def _how_to_see(name: str, code: str = "") -> str:
    shows = f"`kaskad rejected --source {name}` shows the events; "
    if _is_warning(code):
        return f"{shows}they are stored as they were understood, and a mend counts for those that come after it."
    return f"{shows}after a mend, `kaskad rejected --source {name} --retry` takes in what was not stored."


def _is_warning(code: str) -> bool:
    return code in WARNING_CODES


def _meaning(code: str) -> str:
    return CODE_MEANINGS[RejectionCode(code)] if code in CODE_MEANINGS else "of a kind that this version does not know"


_DESCRIBED: Mapping[str, Callable[[AlertedSource], AlertText]] = {
    SILENT: _silent,
    IMPORT: _stopped_import,
    REJECTED: _rejected,
    JUMP: _jump,
    DIGEST: _digest,
    FEED_FAILED: _feed_failed,
}
