"""Times and dates as sources write them. What names no instant, or no day, is not read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pendulum

from kaskad.domain.values.dialect import Dialect

EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
MAX_LENGTH = 60  # characters of a time that is read
# A number is seconds since 1970, milliseconds or microseconds, by its size. A smaller one is perhaps a date without
# hyphens, or no time at all: it is not read.
UNITS = ((10**8, timedelta(seconds=1)), (10**11, timedelta(milliseconds=1)), (10**14, timedelta(microseconds=1)))
NUMBER = re.compile(r"-?\d{9,17}(\.\d{1,9})?", re.ASCII)
# `202611291000` is the 29th of November to whoever writes so, and no day of 1976
COMPACT = re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])([01]\d|2[0-3])[0-5]\d", re.ASCII)
ISO_DAY = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)", re.ASCII)
YEARLESS = re.compile(r"--(\d\d)-?(\d\d)", re.ASCII)
PLAIN_TOKENS = {"YYYY": "%Y", "MM": "%m", "DD": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}
PLAIN_TOKEN = re.compile("|".join(PLAIN_TOKENS))
PLAIN_FORMAT = re.compile(r"(%[A-Za-z]|[-.,:/ ])+")
ZONE_NAME = re.compile(r"\s*(z|utc|gmt)\Z", re.IGNORECASE)
LEAP_YEAR = 2000
EARLIEST_YEAR = 1800  # of a date


def read_instant(said: Any, dialect: Dialect | None = None) -> datetime | None:
    """The instant in UTC that a source wrote, between 1970 and 2200; None if it is none.

    ISO 8601, without an offset in UTC, or seconds, milliseconds or microseconds since 1970; the source's own formats
    come first, in its own zone.
    """
    text = _text(said)
    own = _read_formats(text, dialect.formats.time, dialect.zone) if dialect and text else None
    read = own or _since_1970(text or said) or _read_iso(text)
    if read is None:
        return None
    at = read if read.tzinfo else read.replace(tzinfo=UTC)
    return at.astimezone(UTC) if EARLIEST <= at <= LATEST else None


def read_date(said: Any, dialect: Dialect, zone: str | None = None) -> str | None:
    """The day as `1990-03-04`, or as `--03-04` without a year; None if it is none.

    An instant is the day that it is in `zone`, the customer's own, or else in the shop's. A time without an offset is
    somebody's local time: its day is the one that it names.
    """
    text = _text(said)
    if yearless := YEARLESS.fullmatch(text):
        day = _day(LEAP_YEAR, *yearless.groups())
        return f"{day:--%m-%d}" if day else None
    if written := ISO_DAY.fullmatch(text):
        return _iso(_day(*written.groups()))
    if local := _read_formats(text, (*dialect.formats.date, *dialect.formats.time), "UTC"):
        return _iso(local.date())
    read = _since_1970(text or said) or _read_iso(text)
    if read is None:
        return None
    return day_of(read, zone, dialect.shop_zone) if read.tzinfo else _iso(read.date())


def read_instant_of_date(said: Any) -> datetime | None:
    """The instant that a date was told as: its day depends on the zone. None if it was told in another way."""
    text = _text(said)
    read = None if ISO_DAY.fullmatch(text) else _since_1970(text or said) or _read_iso(text)
    return read if read and read.tzinfo else None


def day_of(at: datetime, *zones: str | None) -> str | None:
    """The day of the instant in the first of the zones that exists; None for days of other ages."""
    try:
        return _iso(at.astimezone(_zone(*zones)).date())
    except OverflowError:  # the first or the last day that there is
        return None


def format_instant(at: datetime) -> str:
    """The canonical text of an instant: ISO 8601 in UTC."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def is_format(text: str, *, of_day: bool) -> bool:
    """Whether the text is a format that names every instant of a day, or every day, and can be read again."""
    sample = pendulum.datetime(1987, 11, 23, 0 if of_day else 21, 0 if of_day else 47, tz="UTC")
    try:
        return _read_formats(sample.format(text), (text,), "UTC") == sample
    except (ValueError, TypeError, KeyError, AttributeError):  # what it raises for letters that are no token
        return False


def _read_formats(text: str, formats: Iterable[str], zone: str) -> datetime | None:
    """The time in the first format that writes it exactly so; pendulum alone would also read `1.2.2026` as `DD`."""
    for each in formats:
        try:
            if plain := _plain_format(each):
                local = datetime.strptime(text, plain).replace(tzinfo=_zone(zone))
                if local.strftime(plain) == text:
                    return local
                continue
            read = pendulum.from_format(text, each, tz=zone)
        except (ValueError, OverflowError):
            continue
        if read.format(each) == text:
            return datetime.fromisoformat(read.isoformat())  # one kind of time only: pendulum's has rules of its own
    return None


@lru_cache(maxsize=1_000)
def _plain_format(text: str) -> str | None:
    """The format as `strptime` has it, which reads ten times as fast; None for one with names, offsets and the like."""
    plain = PLAIN_TOKEN.sub(lambda token: PLAIN_TOKENS[token[0]], text)
    return plain if PLAIN_FORMAT.fullmatch(plain) and len({*PLAIN_TOKEN.findall(text)}) == plain.count("%") else None


def _text(said: Any) -> str:
    return said.strip() if isinstance(said, str) and len(said) <= MAX_LENGTH else ""


def _read_iso(text: str) -> datetime | None:
    """The time that the text names, without a zone if it names none."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(ZONE_NAME.sub("+00:00", text))
    except ValueError:
        return None


def _since_1970(said: Any) -> datetime | None:
    if isinstance(said, bool) or not isinstance(said, int | float | str):
        return None
    if isinstance(said, str) and not NUMBER.fullmatch(said):
        return None
    try:
        number = float(said)
        if COMPACT.fullmatch(str(said)):
            return None
        unit = next((unit for least, unit in reversed(UNITS) if abs(number) >= least), None)
        return EARLIEST + number * unit if unit else None
    except (OverflowError, ValueError):
        return None


def _zone(*names: str | None) -> ZoneInfo:
    """The first zone that exists."""
    for name in filter(None, names):
        try:
            return ZoneInfo(name)
        except (OSError, ValueError, ZoneInfoNotFoundError):
            continue
    return ZoneInfo("UTC")


def _day(year: int | str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day and EARLIEST_YEAR <= day.year < LATEST.year else None
