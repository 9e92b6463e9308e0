"""The verdict on a case: expected against actual, line by line, with times and reasons in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher

from kaskad.config.test_files.cases import Case, ExpectedMessage
from kaskad.domain.outcome import Reason
from kaskad.services.reason_texts import REASON_TEXTS
from kaskad.services.simulation.results import SimulatedDecision, SimulatedEnrollment, SimulatedMessage

TIME_FORMAT = "%a %Y-%m-%d %H:%M"
NEGATIVE_KINDS = ("held", "dropped", "refused", "left", "skipped")
END_WORDS = {"active": "inside", "candidate": "waiting"}


@dataclass(frozen=True, slots=True)
class VerdictLine:
    """One line of a difference: `=` came as expected, `-` was expected, `+` came, `?` explains."""

    mark: str
    text: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of one case. It passed if every line came as expected."""

    case: Case
    lines: tuple[VerdictLine, ...]

    @property
    def passed(self) -> bool:
        """Returns whether everything came as expected."""
        return all(line.mark == "=" for line in self.lines)


@dataclass(frozen=True, slots=True)
class CaseResult:
    """The results of one customer in the journey."""

    messages: Sequence[SimulatedMessage]
    decisions: Sequence[SimulatedDecision]
    passages: Sequence[SimulatedEnrollment]


def judge_case(case: Case, story: CaseResult) -> Verdict:
    """Compares sent messages in order with channel and time, those not to be sent with their reason, and the end."""
    lines = [*_messages(case, story), *_forbidden(case, story), *_ends(case, story)]
    return Verdict(case, tuple(lines))


def _messages(case: Case, story: CaseResult) -> Iterator[VerdictLine]:
    wanted = [expected for expected in case.expect if expected.at is not None]
    came = [message for message in story.messages if message.went]
    said = [_expected(expected) for expected in wanted]
    got = [_actual(message, case) for message in came]
    for kind, first, last, start, end in SequenceMatcher(None, said, got, autojunk=False).get_opcodes():
        if kind == "equal":
            yield from (VerdictLine("=", text) for text in said[first:last])
            continue
        for expected, text in zip(wanted[first:last], said[first:last], strict=True):
            yield VerdictLine("-", text, _place(expected))
            if not any(each.message == expected.message for each in came[start:end]):
                yield from (VerdictLine("?", why) for why in _reasons(expected.message, story, case)[-2:])
        yield from (VerdictLine("+", text) for text in got[start:end])


def _forbidden(case: Case, story: CaseResult) -> Iterator[VerdictLine]:
    for expected in case.expect:
        if expected.at is not None:
            continue
        said = f"never {expected.message}" + (f", because {expected.because.value}" if expected.because else "")
        gone = [each for each in story.messages if each.went and each.message == expected.message]
        reasons = {each.reason for each in _about(expected.message, story)} | {each.reason for each in story.passages}
        if not gone and (expected.because is None or expected.because.value in reasons):
            yield VerdictLine("=", said)
            continue
        yield VerdictLine("-", said, _place(expected))
        yield from (VerdictLine("+", _actual(each, case)) for each in gone)
        yield from (VerdictLine("?", why) for why in _reasons(expected.message, story, case)[-2:])


def _ends(case: Case, story: CaseResult) -> Iterator[VerdictLine]:
    if case.ends is None:
        return
    last = story.passages[-1] if story.passages else None
    came = END_WORDS.get(last.status, last.status) if last else "nowhere"
    why = {last.left_by, last.reason} if last else set()
    said = f"ends {case.ends}" + (f", because {case.because}" if case.because else "")
    if came == case.ends and (case.because is None or case.because in why):
        yield VerdictLine("=", said)
        return
    yield VerdictLine("-", said, f"{case.place.path}:{case.place.line}")
    by = (last.left_by or last.reason) if last else None
    yield VerdictLine("+", f"ends {came}" + (f", because {by}" if by else ""))


def _expected(expected: ExpectedMessage) -> str:
    assert expected.at is not None
    by = f" by {expected.channel.value}" if expected.channel else ""
    return f"{expected.at:{TIME_FORMAT}}  {expected.message}{by}{_fails(expected.fails)}"


def _actual(message: SimulatedMessage, case: Case) -> str:
    """Returns the message in the case's terms: a channel that it does not name is not compared."""
    named = any(each.channel for each in case.expect if each.message == message.message) or not any(
        each.message == message.message and each.at for each in case.expect
    )
    at, failed = _local(message.at, case), message.status == "failed"
    return f"{at:{TIME_FORMAT}}  {message.message}{f' by {message.channel}' if named else ''}{_fails(failed)}"


def _fails(fails: bool) -> str:
    return ", which fails" if fails else ""


def _local(at: datetime, case: Case) -> datetime:
    return at.astimezone(case.start.tzinfo)


def _about(message: str, story: CaseResult) -> list[SimulatedDecision]:
    """Returns what was decided against that message, or about the customer as a whole."""
    found = []
    for decision in story.decisions:
        if decision.kind in NEGATIVE_KINDS and (
            decision.step is None or decision.kind == "left" or decision.step.partition(":")[2] == message
        ):
            found.append(decision)
    return found


def _reasons(message: str, story: CaseResult, case: Case) -> list[str]:
    """Returns the reasons in words, oldest first."""
    if not story.decisions and not story.passages:
        return ["nobody came to the door: no event of `when` lets this customer in"]
    return [
        f"{_local(decision.at, case):{TIME_FORMAT}}  {decision.kind}: "
        f"{REASON_TEXTS[Reason(decision.reason)]} ({decision.reason})"
        for decision in _about(message, story)
        if decision.reason
    ]


def _place(expected: ExpectedMessage) -> str:
    return f"{expected.place.path}:{expected.place.line}"
