"""`configs/journeys/tests/*.yaml` → cases. The file's name is the journey's; unknown keys and names are errors."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from kaskad.config.test_files.cases import Case, CaseCustomer, CaseEvent, ExpectedMessage, JourneyTests
from kaskad.config.test_files.given import Given, read_given, read_plain_mapping
from kaskad.config.test_files.times import DEFAULT_START, TIME_HINT, in_zone, read_time
from kaskad.config.yaml.node import InvalidNode, Node, read_all
from kaskad.config.yaml.parser import read_yaml_file
from kaskad.config.yaml.problem_text import unknown_name
from kaskad.config.yaml.record import Record
from kaskad.config.yaml.scalars import enum_member, one_of, read_boolean, read_text
from kaskad.domain.channel import Channel, ReceiptKind
from kaskad.domain.errors import InvalidFiles, Problem
from kaskad.domain.journeys.journey import Journey
from kaskad.domain.journeys.program import message_names
from kaskad.domain.journeys.project import Project
from kaskad.domain.outcome import Reason

TESTS_FOLDER = Path("configs/journeys/tests")
END_STATES = ("left", "done", "refused", "inside", "waiting", "nowhere")


def read_journey_tests(root: Path, project: Project, names: Collection[str] = ()) -> list[JourneyTests]:
    """The tests of these journeys, or of all. Raises InvalidFiles with every problem of every file."""
    problems: list[Problem] = []
    files = []
    for path in sorted((root / TESTS_FOLDER).glob("*.yaml")):
        if names and path.stem not in names:
            continue
        shown = path.relative_to(root).as_posix()
        if path.stem not in project.journeys:
            text = unknown_name("journey", path.stem, project.journeys)
            problems.append(Problem(shown, 1, 1, f"the file's name is the journey's: {text}"))
        elif (node := read_yaml_file(path, shown, problems)) is not None:
            files += _read_or_skip(node, project, path.stem)
    if problems:
        raise InvalidFiles(sorted(set(problems)))
    return files


def _read_or_skip(node: Node, project: Project, journey: str) -> list[JourneyTests]:
    try:
        return [_read_file(node, project, journey)]
    except InvalidNode:
        return []  # the problems say why


def _read_file(node: Node, project: Project, journey: str) -> JourneyTests:
    record = Record(node)
    default = Given(DEFAULT_START, CaseCustomer(project.shop.time_zone, project.shop.locale), {})
    given = record.get("given", lambda value: read_given(value, default), default)
    beside = record.get("beside", lambda value: value.each(one_of("journey", project.journeys)), ())
    reader = _CaseReader(project, project.journeys[journey], given or default)
    cases = record.need("tests", lambda value: value.each(reader.case), "a list of cases")
    record.done()
    return JourneyTests(journey, beside, cases)


class _CaseReader:
    """Reads the cases of one journey."""

    def __init__(self, project: Project, journey: Journey, given: Given) -> None:
        self._project, self._journey, self._given = project, journey, given
        self._messages = message_names(journey)

    def case(self, node: Node) -> Case:
        """One case, with all its times computed."""
        record = Record(node)
        title = record.need("case", read_text, "what the case shows, in a few words")
        given = record.get("given", lambda value: read_given(value, self._given), self._given)
        ends = record.get("ends", one_of("end", END_STATES), None)
        because = record.get("because", read_text, None)
        if given is None:
            raise InvalidNode
        zone = ZoneInfo(given.customer.time_zone)
        start = in_zone(given.start, zone)
        when = record.need(
            "when", lambda value: self._when(value, start), "what happens: a list of events and receipts"
        )
        first = when[0].at if when else start
        expect = record.get("expect", lambda value: self._expect(value, first), ())
        record.done()
        known, place = given.customer, node.place
        return Case(self._journey.name, title, place, start, known, given.products, when, expect, ends, because)

    def _when(self, node: Node, start: datetime) -> tuple[CaseEvent, ...]:
        """The events of `when`; each time is absolute, or relative to the line before."""
        last = start

        def read_line(line: Node) -> CaseEvent:
            nonlocal last
            happening = self._happening(line, last)
            if happening.at < start:
                raise line.error(
                    f"this happens before the case starts, at {start:%Y-%m-%d %H:%M}: begin 'start' earlier"
                )
            last = happening.at
            return happening

        return read_all(node.list(), read_line)

    def _happening(self, node: Node, last: datetime) -> CaseEvent:
        record = Record(node)
        at = record.get("at", lambda value: read_time(value, last), last)
        event = record.get("event", self._event, "")
        receipt = record.get("receipt", one_of("message", self._messages), "")
        properties = record.get("with", read_plain_mapping, {})
        source = record.get("from", one_of("source", self._project.sources), "site")
        was = record.get("was", enum_member("receipt", ReceiptKind), None)
        channel = record.get("by", enum_member("channel", Channel), None)
        by_machine = record.get("by_machine", read_boolean, False)
        if record.has("event") == record.has("receipt"):
            record.error(node, "each line is one 'event', or one 'receipt' of a message")
        elif record.has("event"):
            _refuse_keys(record, "receipt", "was", "by", "by_machine")
        else:
            _refuse_keys(record, "event", "with", "from")
            if not record.has("was"):
                record.missing("was", "what the provider told: delivered, opened, clicked, failed or unsubscribed")
        record.done()
        return CaseEvent(at, event, source, properties, receipt, was, channel, by_machine)

    def _event(self, node: Node) -> str:
        return one_of("event", [*self._project.events, "identify"])(node)

    def _expect(self, node: Node, first: datetime) -> tuple[ExpectedMessage, ...]:
        return node.each(lambda line: self._expected(line, first))

    def _expected(self, node: Node, first: datetime) -> ExpectedMessage:
        record = Record(node)
        message = record.get("message", one_of("message", self._messages), "")
        never = record.get("never", one_of("message", self._messages), "")
        channel = record.get("by", enum_member("channel", Channel), None)
        at = record.get("at", lambda value: read_time(value, first), None)
        fails = record.get("fails", read_boolean, False)
        because = record.get("because", enum_member("reason", Reason), None)
        if record.has("message") and record.has("never"):
            record.error(node, "each line is one 'message' that goes, or 'never' with one that does not")
        elif record.has("never"):
            _refuse_keys(record, "message", "by", "at", "fails")
        elif not record.has("message"):
            record.missing("message", "the message that goes; or 'never', with the one that does not")
        else:
            _refuse_keys(record, "never", "because")
            if not record.has("at"):
                record.missing("at", TIME_HINT)
        record.done()
        return ExpectedMessage(node.place, message or never, channel, at, fails, because)


def _refuse_keys(record: Record, kind: str, *keys: str) -> None:
    """Adds problems for keys that have a meaning only in lines of that kind: here they would be ignored."""
    for key in filter(record.has, keys):
        record.error(record.at(key), f"'{key}' belongs to a line with '{kind}'")
