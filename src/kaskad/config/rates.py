"""A file of rates: how the providers of a simulation would answer, by channel."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from kaskad.config.node import Node, Unreadable
from kaskad.config.quantities import PERCENT, duration
from kaskad.config.record import Record
from kaskad.config.wording import unknown
from kaskad.config.yaml_text import read_file
from kaskad.domain.channel import Channel
from kaskad.domain.errors import InvalidFiles, Problem


@dataclass(frozen=True, slots=True)
class Rates:
    """Of all messages of a channel, 0 to 1: those that fail, arrive, are opened and clicked, and within which time.

    Each share is of all messages, so that `clicked` is at most `opened`, and that at most `delivered`.
    """

    failed: float = 0.0
    delivered: float = 1.0
    opened: float = 0.0
    clicked: float = 0.0
    within: timedelta = timedelta(hours=12)


def read_rates(path: Path) -> dict[Channel, Rates]:
    """The rates of a file: `push: {failed: 3%, opened: 7%, clicked: 5%, within: 12h}`. Raises InvalidFiles."""
    problems: list[Problem] = []
    node = read_file(path, str(path), problems)
    rates: dict[str, Rates] = {}
    with suppress(Unreadable):  # why is in the problems
        rates = node.fields(_channel) if node else {}
    if problems:
        raise InvalidFiles(problems)
    return {Channel(name): found for name, found in rates.items()}


def _channel(name: str, node: Node) -> Rates:
    if name not in list(Channel):
        raise node.wrong_key(unknown("channel", name, Channel))
    record = Record(node)
    failed = record.get("failed", _share, 0.0)
    opened = record.get("opened", _share, 0.0)
    clicked = record.get("clicked", _share, 0.0)
    delivered = record.get("delivered", _share, None)
    within = record.get("within", lambda one: duration(one).longest, timedelta(hours=12))
    record.done()
    delivered = 1 - failed if delivered is None else delivered
    if not clicked <= opened <= delivered <= 1 - failed + 1e-9:
        raise node.wrong("what is clicked was opened, what is opened was delivered, and what failed was not")
    return Rates(failed, delivered, opened, clicked, within)


def _share(node: Node) -> float:
    found = PERCENT.match(str(node.value))
    if not found or float(found[1]) > 100:
        raise node.wrong(f"{node.said} is not a part in percent: write one like 7%")
    return float(found[1]) / 100
