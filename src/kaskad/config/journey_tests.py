"""`configs/journeys/tests/*.yaml` → cases. The file's name is the journey's; unknown keys and names are errors."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kaskad.config.node import Node, Unreadable, read_all
from kaskad.config.quantities import CLOCK, duration_of
from kaskad.config.record import Record
from kaskad.config.rehearsals import Case, Customer, Expected, Happening, JourneyTests
from kaskad.config.scalars import boolean, member, text, word
from kaskad.config.wording import unknown
from kaskad.config.yaml_text import read_yaml
from kaskad.domain.channel import Channel, ReceiptKind
from kaskad.domain.errors import InvalidFiles, Problem
from kaskad.domain.journey import Journey
from kaskad.domain.outcome import Reason
from kaskad.domain.program import messages_of
from kaskad.domain.shop import Project

FOLDER = Path("configs/journeys/tests")
START = "2027-03-02 12:00"  # a Tuesday, where a file names no other
MOMENT = re.compile(r"(20\d{2}-\d{2}-\d{2}) (\d{2}:\d{2})\Z", re.ASCII)
ENDS = ("left", "done", "refused", "inside", "waiting", "nowhere")
TIME = 'a time like "2027-03-02 12:00", "14:30" of the same day, or +40m'


def read_tests(root: Path, project: Project, names: Collection[str] = ()) -> list[JourneyTests]:
    """The tests of these journeys, or of all. Raises InvalidFiles with every problem of every file."""
    problems: list[Problem] = []
    files = []
    for path in sorted((root / FOLDER).glob("*.yaml")):
        if names and path.stem not in names:
            continue
        shown = path.relative_to(root).as_posix()
        if path.stem not in project.journeys:
            told = unknown("journey", path.stem, project.journeys)
            problems.append(Problem(shown, 1, 1, f"the file's name is the journey's: {told}"))
        elif (node := read_yaml(path.read_bytes(), shown, problems)) is not None:
            files += _or_nothing(node, project, path.stem)
    if problems:
        raise InvalidFiles(sorted(set(problems)))
    return files


def _or_nothing(node: Node, project: Project, journey: str) -> list[JourneyTests]:
    try:
        return [_file(node, project, journey)]
    except Unreadable:
        return []  # why not is noted


def _file(node: Node, project: Project, journey: str) -> JourneyTests:
    record = Record(node)
    default = _Given(START, Customer(project.shop.time_zone, project.shop.locale), {})
    given = record.get("given", lambda one: _given(one, default), default)
    beside = record.get("beside", lambda one: one.each(word("journey", project.journeys)), ())
    reader = _Reader(project, project.journeys[journey], given or default)
    cases = record.need("tests", lambda one: one.each(reader.case), "a list of cases")
    record.done()
    return JourneyTests(journey, beside, cases)


class _Given:
    """What holds before anything happens."""

    def __init__(self, start: str, customer: Customer, products: Mapping[str, Mapping[str, Any]]) -> None:
        self.start, self.customer, self.products = start, customer, products


def _given(node: Node, above: _Given) -> _Given:
    """What a file gives for all its cases, or a case over that."""
    record = Record(node)
    start = record.get("start", _start, above.start)
    customer = record.get("customer", lambda one: _customer(one, above.customer), above.customer)
    products = record.table("products", lambda _, one: plain_mapping(one))
    record.done()
    return _Given(start, customer, {**above.products, **products})


def _start(node: Node) -> str:
    said = text(node)
    if _moment(said) is None:
        raise node.wrong(f"'{said}' is no time to start at: write one like \"{START}\"")
    return said


def _customer(node: Node, above: Customer) -> Customer:
    record = Record(node)
    channels = lambda one: one.each(member("channel", Channel))  # noqa: E731 - used four times, here alone
    customer = replace(
        above,
        time_zone=record.get("time_zone", _zone, above.time_zone),
        locale=record.get("locale", text, above.locale),
        reachable=record.get("reachable", channels, above.reachable),
        consents=record.get("consents", channels, above.consents),
        refuses=record.get("refuses", channels, above.refuses),
        attributes={**above.attributes, **(record.get("attributes", plain_mapping, {}) or {})},
    )
    record.done()
    return customer


def _zone(node: Node) -> str:
    said = text(node)
    try:
        ZoneInfo(said)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise node.wrong(f"'{said}' is no time zone: write one like Europe/Moscow") from None
    return said


class _Reader:
    """Reads the cases of one journey."""

    def __init__(self, project: Project, journey: Journey, given: _Given) -> None:
        self._project, self._journey, self._given = project, journey, given
        self._messages = messages_of(journey)

    def case(self, node: Node) -> Case:
        """One case, with all its times worked out."""
        record = Record(node)
        title = record.need("case", text, "what the case shows, in a few words")
        given = record.get("given", lambda one: _given(one, self._given), self._given)
        ends = record.get("ends", word("end", ENDS), None)
        because = record.get("because", text, None)
        if given is None:
            raise Unreadable
        zone = ZoneInfo(given.customer.time_zone)
        start = _local(given.start, zone)
        when = record.need("when", lambda one: self._when(one, start), "what happens: a list of events and receipts")
        first = when[0].at if when else start
        expect = record.get("expect", lambda one: self._expect(one, first), ())
        record.done()
        return Case(
            self._journey.name,
            title,
            node.place,
            start,
            given.customer,
            given.products,
            when,
            expect,
            ends,
            because,
        )

    def _when(self, node: Node, start: datetime) -> tuple[Happening, ...]:
        """Each time is given, or counts from the line before."""
        last = start

        def one(line: Node) -> Happening:
            nonlocal last
            happening = self._happening(line, last)
            if happening.at < start:
                raise line.wrong(
                    f"this happens before the case starts, at {start:%Y-%m-%d %H:%M}: begin 'start' earlier"
                )
            last = happening.at
            return happening

        return read_all(node.list(), one)

    def _happening(self, node: Node, last: datetime) -> Happening:
        record = Record(node)
        at = record.get("at", lambda one: _time(one, last), last)
        event = record.get("event", self._event, "")
        receipt = record.get("receipt", word("message", self._messages), "")
        properties = record.get("with", plain_mapping, {})
        source = record.get("from", word("source", self._project.sources), "site")
        was = record.get("was", member("receipt", ReceiptKind), None)
        channel = record.get("by", member("channel", Channel), None)
        by_machine = record.get("by_machine", boolean, False)
        if bool(event) == bool(receipt) and not (record.has("event") and not event):
            record.wrong(node, "each line is one 'event', or one 'receipt' of a message")
        elif receipt and was is None:
            record.missing("was", "what the provider told: delivered, opened, clicked, failed or unsubscribed")
        record.done()
        return Happening(at, event, source, properties, receipt, was, channel, by_machine)

    def _event(self, node: Node) -> str:
        return word("event", [*self._project.events, "identify"])(node)

    def _expect(self, node: Node, first: datetime) -> tuple[Expected, ...]:
        return node.each(lambda line: self._expected(line, first))

    def _expected(self, node: Node, first: datetime) -> Expected:
        record = Record(node)
        message = record.get("message", word("message", self._messages), "")
        never = record.get("never", word("message", self._messages), "")
        channel = record.get("by", member("channel", Channel), None)
        at = record.get("at", lambda one: _time(one, first), None)
        fails = record.get("fails", boolean, False)
        because = record.get("because", member("reason", Reason), None)
        if not message and not never:
            record.missing("message", "the message that goes; or 'never', with the one that does not")
        elif message and at is None:
            record.missing("at", TIME)
        record.done()
        return Expected(node.place, message or never, channel, at if message else None, fails, because)


def plain_mapping(node: Node) -> dict[str, Any]:
    """Anything as JSON would have it."""
    return {key: _plain(value) for key, value in node.mapping().items()}


def _plain(node: Node) -> Any:
    if isinstance(node.value, dict):
        return plain_mapping(node)
    if isinstance(node.value, tuple):
        return [_plain(one) for one in node.value]
    return node.value


def _local(said: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(said).replace(tzinfo=zone)


def _moment(said: str) -> datetime | None:
    """The time of that form, of this century; None where there is no such."""
    try:
        return datetime.fromisoformat(said) if MOMENT.match(said) else None
    except ValueError:
        return None


def _time(node: Node, last: datetime) -> datetime:
    """The time that is written, in the zone of the one before it."""
    said = text(node)
    if said.startswith("+"):
        zone = last.tzinfo
        assert isinstance(zone, ZoneInfo)
        length = duration_of(node, said[1:].strip())
        try:
            return length.after(last.astimezone(UTC), zone).astimezone(zone)
        except OverflowError:
            raise node.wrong(f"'{said}' is after the end of all calendars: write {TIME}") from None
    if CLOCK.match(said):
        return datetime.combine(last.date(), datetime.strptime(said, "%H:%M").time(), last.tzinfo)  # noqa: DTZ007
    if moment := _moment(said):
        return moment.replace(tzinfo=last.tzinfo)
    raise node.wrong(f"'{said}' is no time: write {TIME}")
