"""Reads a file of response rates: how simulated providers respond, by channel."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from kaskad.config.yaml.node import InvalidNode, Node
from kaskad.config.yaml.parser import read_yaml_file
from kaskad.config.yaml.problem_text import unknown_name
from kaskad.config.yaml.quantities import PERCENT, read_duration
from kaskad.config.yaml.record import Record
from kaskad.domain.channel import Channel
from kaskad.domain.errors import InvalidFiles, Problem


@dataclass(frozen=True, slots=True)
class ResponseRates:
    """Shares of all messages of a channel, 0 to 1: failed, delivered, opened and clicked, and the time for it.

    Each share is of all messages, so that `clicked` is at most `opened`, and that at most `delivered`.
    """

    failed: float = 0.0
    delivered: float = 1.0
    opened: float = 0.0
    clicked: float = 0.0
    within: timedelta = timedelta(hours=12)


def read_response_rates(path: Path) -> dict[Channel, ResponseRates]:
    """The rates of a file: `push: {failed: 3%, opened: 7%, clicked: 5%, within: 12h}`. Raises InvalidFiles."""
    problems: list[Problem] = []
    node = read_yaml_file(path, str(path), problems)
    rates: dict[str, ResponseRates] = {}
    with suppress(InvalidNode):  # the problems say why
        rates = node.fields(_read_channel) if node else {}
    if problems:
        raise InvalidFiles(problems)
    return {Channel(name): found for name, found in rates.items()}


def _read_channel(name: str, node: Node) -> ResponseRates:
    if name not in list(Channel):
        raise node.key_error(unknown_name("channel", name, Channel))
    record = Record(node)
    failed = record.get("failed", _read_share, 0.0)
    opened = record.get("opened", _read_share, 0.0)
    clicked = record.get("clicked", _read_share, 0.0)
    delivered = record.get("delivered", _read_share, None)
    within = record.get("within", lambda value: read_duration(value).longest, timedelta(hours=12))
    record.done()
    delivered = 1 - failed if delivered is None else delivered
    if not clicked <= opened <= delivered <= 1 - failed + 1e-9:
        raise node.error("what is clicked was opened, what is opened was delivered, and what failed was not")
    return ResponseRates(failed, delivered, opened, clicked, within)


def _read_share(node: Node) -> float:
    found = PERCENT.match(str(node.value))
    if not found or float(found[1]) > 100:
        raise node.error(f"{node.said} is not a part in percent: write one like 7%")
    return float(found[1]) / 100
