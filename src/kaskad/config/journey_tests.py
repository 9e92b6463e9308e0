"""`configs/journeys/tests/*.yaml` → cases. The file's name is the journey's; unknown keys and names are errors."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from kaskad.config.case_given import Given, given_of, plain_mapping
from kaskad.config.case_times import START, TIME, local, time_of
from kaskad.config.node import Node, Unreadable, read_all
from kaskad.config.record import Record
from kaskad.config.rehearsals import Case, Customer, Expected, Happening, JourneyTests
from kaskad.config.scalars import boolean, member, text, word
from kaskad.config.wording import unknown
from kaskad.config.yaml_text import read_file
from kaskad.domain.channel import Channel, ReceiptKind
from kaskad.domain.errors import InvalidFiles, Problem
from kaskad.domain.journey import Journey
from kaskad.domain.outcome import Reason
from kaskad.domain.program import messages_of
from kaskad.domain.shop import Project

FOLDER = Path("configs/journeys/tests")
ENDS = ("left", "done", "refused", "inside", "waiting", "nowhere")


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
        elif (node := read_file(path, shown, problems)) is not None:
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
    default = Given(START, Customer(project.shop.time_zone, project.shop.locale), {})
    given = record.get("given", lambda one: given_of(one, default), default)
    beside = record.get("beside", lambda one: one.each(word("journey", project.journeys)), ())
    reader = _Reader(project, project.journeys[journey], given or default)
    cases = record.need("tests", lambda one: one.each(reader.case), "a list of cases")
    record.done()
    return JourneyTests(journey, beside, cases)


class _Reader:
    """Reads the cases of one journey."""

    def __init__(self, project: Project, journey: Journey, given: Given) -> None:
        self._project, self._journey, self._given = project, journey, given
        self._messages = messages_of(journey)

    def case(self, node: Node) -> Case:
        """One case, with all its times worked out."""
        record = Record(node)
        title = record.need("case", text, "what the case shows, in a few words")
        given = record.get("given", lambda one: given_of(one, self._given), self._given)
        ends = record.get("ends", word("end", ENDS), None)
        because = record.get("because", text, None)
        if given is None:
            raise Unreadable
        zone = ZoneInfo(given.customer.time_zone)
        start = local(given.start, zone)
        when = record.need("when", lambda one: self._when(one, start), "what happens: a list of events and receipts")
        first = when[0].at if when else start
        expect = record.get("expect", lambda one: self._expect(one, first), ())
        record.done()
        known, place = given.customer, node.place
        return Case(self._journey.name, title, place, start, known, given.products, when, expect, ends, because)

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
        at = record.get("at", lambda one: time_of(one, last), last)
        event = record.get("event", self._event, "")
        receipt = record.get("receipt", word("message", self._messages), "")
        properties = record.get("with", plain_mapping, {})
        source = record.get("from", word("source", self._project.sources), "site")
        was = record.get("was", member("receipt", ReceiptKind), None)
        channel = record.get("by", member("channel", Channel), None)
        by_machine = record.get("by_machine", boolean, False)
        if record.has("event") == record.has("receipt"):
            record.wrong(node, "each line is one 'event', or one 'receipt' of a message")
        elif record.has("event"):
            _only(record, "receipt", "was", "by", "by_machine")
        else:
            _only(record, "event", "with", "from")
            if not record.has("was"):
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
        at = record.get("at", lambda one: time_of(one, first), None)
        fails = record.get("fails", boolean, False)
        because = record.get("because", member("reason", Reason), None)
        if record.has("message") and record.has("never"):
            record.wrong(node, "each line is one 'message' that goes, or 'never' with one that does not")
        elif record.has("never"):
            _only(record, "message", "by", "at", "fails")
        elif not record.has("message"):
            record.missing("message", "the message that goes; or 'never', with the one that does not")
        else:
            _only(record, "never", "because")
            if not record.has("at"):
                record.missing("at", TIME)
        record.done()
        return Expected(node.place, message or never, channel, at, fails, because)


def _only(record: Record, kind: str, *keys: str) -> None:
    """Notes the keys that mean something in a line of that kind alone: here nobody would ask for them."""
    for key in filter(record.has, keys):
        record.wrong(record.at(key), f"'{key}' belongs to a line with '{kind}'")
