"""Reads quantities with a unit: durations, percents, money, rates, times of the day."""

from __future__ import annotations

import re
from datetime import time
from decimal import Decimal

from kaskad.config.yaml.node import Node
from kaskad.config.yaml.record import Record
from kaskad.config.yaml.scalars import read_text
from kaskad.domain.duration import Duration
from kaskad.domain.journeys.journey import Window

SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
MAX_DURATION = 10 * 366 * 86_400
DURATION = re.compile(r"(\d{1,9})(?:([smhdw])| (days?))\Z", re.ASCII)
PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,4})?)%\Z", re.ASCII)
MONEY = re.compile(r"(\d{1,12}(?:\.\d{1,4})?) ([A-Z]{3})\Z", re.ASCII)
RATE = re.compile(r"(\d{1,7}(?:\.\d{1,3})?)/([smh])\Z", re.ASCII)
SAME_HOUR = "both hours are the same: nothing lies between them"
CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\Z", re.ASCII)


def read_duration(node: Node) -> Duration:
    """`30m 24h 7d 2w` are elapsed time (a `d` is 24 hours); `1 day`, `2 days` are calendar days."""
    return parse_duration(node, _as_written(node))


def parse_duration(node: Node, said: str) -> Duration:
    """The duration in a part of the node's text."""
    found = DURATION.match(said)
    if not found:
        raise node.error(f"'{said}' is not a duration: write one like 30m, 24h, 7d, or 1 day for a calendar day")
    amount, unit, days = int(found[1]), found[2], found[3]
    seconds = amount * SECONDS[unit or "d"]
    if not 0 < seconds <= MAX_DURATION:
        raise node.error(f"'{said}' is not a duration between one second and ten years")
    return Duration(days=amount) if days else Duration(seconds=seconds)


def read_percent(node: Node) -> Decimal:
    """`5%` as 0.05: a share of the whole, less than 1."""
    found = PERCENT.match(_as_written(node))
    if not found or Decimal(found[1]) >= 100:
        raise node.error(f"{node.said} is not a part in percent below 100: write one like 5%")
    return Decimal(found[1]) / 100


def read_money(node: Node) -> tuple[Decimal, str]:
    """`2.00 RUB` as amount and currency."""
    found = MONEY.match(_as_written(node))
    if not found:
        raise node.error(f"{node.said} is not an amount of money: write one like 2.00 RUB")
    return Decimal(found[1]), found[2]


def read_rate(node: Node) -> float:
    """`50/s`, `600/m` or `3600/h`, as a number per second."""
    found = RATE.match(_as_written(node))
    if not found or float(found[1]) == 0:
        raise node.error(f"{node.said} is not a rate: write one like 50/s, 600/m or 3600/h")
    return float(found[1]) / SECONDS[found[2]]


def read_clock(node: Node) -> time:
    """`"09:00"`: a time of the day."""
    return parse_clock(node, _as_written(node))


def read_window(node: Node) -> Window:
    """`{from: "21:00", to: "09:00"}`, or `"09:00–22:00"` in one text."""
    if isinstance(node.value, dict):
        record = Record(node)
        start, end = read_window_keys(record)
        record.done()
        return Window(from_=start, to=end)
    parts = re.split(r"\s*[–-]\s*", read_text(node))
    if len(parts) != 2:
        raise node.error(f'{node.said} is not a span of hours: write "09:00–21:00"')
    start, end = parse_clock(node, parts[0]), parse_clock(node, parts[1])
    if start == end:
        raise node.error(SAME_HOUR)
    return Window(from_=start, to=end)


def read_window_keys(record: Record) -> tuple[time, time]:
    """The keys `from` and `to` of a mapping that may have more."""
    start = record.need("from", read_clock, 'an hour like "09:00"')
    end = record.need("to", read_clock, 'an hour like "21:00"')
    if start is not None and start == end:
        record.error(record.at("to"), SAME_HOUR)
    return start, end


def parse_clock(node: Node, said: str) -> time:
    """The time of the day in a part of the node's text."""
    found = CLOCK.match(said)
    if not found:
        raise node.error(f"'{said}' is not an hour of the day: write one like \"09:00\", in quotes")
    return time(int(found[1]), int(found[2]))


def _as_written(node: Node) -> str:
    """The text as written, also of numbers: the readers above then report which unit is missing."""
    if isinstance(node.value, bool | dict | tuple) or node.value is None:
        return read_text(node)
    return str(node.value)
