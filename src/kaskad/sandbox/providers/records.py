"""The sandbox's records: they show what was really sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TextIO

from pydantic import AwareDatetime, BaseModel, ConfigDict

from kaskad.domain.channel import Channel

RECORD_FILE = "received.jsonl"


class Outcome(StrEnum):
    """The outcome of one call. Only `accepted` and `lost` reach the customer."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    DEFERRED = "deferred"  # asked to try again, not processed
    LOST = "lost"  # processed, but not answered
    DUPLICATE = "duplicate"  # a key that had been processed or refused before


class Record(BaseModel):
    """One call. `machine_at` is this machine's clock, `engine_at` the engine's.

    `key` is empty if an address was refused before the message came (SMTP).
    """

    model_config = ConfigDict(frozen=True)

    key: str
    channel: Channel
    to: str
    sender: str = ""
    fields: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}  # e-mail: List-Unsubscribe and its kin
    html_length: int = 0  # characters; the HTML itself, and more than 2,000 of a field, only when asked for
    machine_at: AwareDatetime
    engine_at: AwareDatetime
    outcome: Outcome


class Journal:
    """Records in the order in which they were made. With a folder they are also written to a file before the answer."""

    def __init__(self, folder: Path | None) -> None:
        self.records: list[Record] = [] if folder is None else read_records(folder / RECORD_FILE)
        self._file: TextIO | None = None
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            _drop_cut_line(folder / RECORD_FILE)
            self._file = (folder / RECORD_FILE).open("a", encoding="utf-8", buffering=1)

    def append(self, record: Record) -> None:
        self.records.append(record)
        if self._file is not None:
            self._file.write(record.model_dump_json() + "\n")

    def summary(self) -> dict[str, dict[str, int]]:
        """Calls by channel and outcome."""
        counts = Counter((record.channel, record.outcome) for record in self.records)
        by_channel: dict[str, dict[str, int]] = {}
        for (channel, outcome), count in sorted(counts.items()):
            by_channel.setdefault(channel, {})[outcome] = count
        return by_channel

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def read_records(path: Path) -> list[Record]:
    """All records of a `received.jsonl`; none if there is no file. A line that a crash has cut off is skipped."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").split("\n")
    return [Record.model_validate_json(line) for line in lines[:-1] if line]


def _drop_cut_line(path: Path) -> None:
    """Removes a cut line at the end: otherwise the next record would be appended to it, and neither could be read."""
    if path.exists():
        with path.open("rb+") as file:
            file.truncate(file.read().rfind(b"\n") + 1)
