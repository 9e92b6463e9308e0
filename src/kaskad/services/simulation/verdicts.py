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
    wanted = [one for one in case.expect if one.at is not None]
    came = [one for one in story.messages if one.went]
    said = [_expected(one) for one in wanted]
    got = [_actual(one, case) for one in came]
    for kind, first, last, start, end in SequenceMatcher(None, said, got, autojunk=False).get_opcodes():
        if kind == "equal":
            yield from (VerdictLine("=", text) for text in said[first:last])
            continue
        for one, text in zip(wanted[first:last], said[first:last], strict=True):
            yield VerdictLine("-", text, _place(one))
            if not any(each.message == one.message for each in came[start:end]):
                yield from (VerdictLine("?", why) for why in _reasons(one.message, story, case)[-2:])
        yield from (VerdictLine("+", text) for text in got[start:end])


def _forbidden(case: Case, story: CaseResult) -> Iterator[VerdictLine]:
    for one in case.expect:
        if one.at is not None:
            continue
        said = f"never {one.message}" + (f", because {one.because.value}" if one.because else "")
        gone = [each for each in story.messages if each.went and each.message == one.message]
        reasons = {each.reason for each in _about(one.message, story)} | {each.reason for each in story.passages}
        if not gone and (one.because is None or one.because.value in reasons):
            yield VerdictLine("=", said)
            continue
        yield VerdictLine("-", said, _place(one))
        yield from (VerdictLine("+", _actual(each, case)) for each in gone)
        yield from (VerdictLine("?", why) for why in _reasons(one.message, story, case)[-2:])


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


def _expected(one: ExpectedMessage) -> str:
    assert one.at is not None
    return (
        f"{one.at:{TIME_FORMAT}}  {one.message}{f' by {one.channel.value}' if one.channel else ''}{_fails(one.fails)}"
    )


def _actual(one: SimulatedMessage, case: Case) -> str:
    """Returns the message in the case's terms: a channel that it does not name is not compared."""
    named = any(each.channel for each in case.expect if each.message == one.message) or not any(
        each.message == one.message and each.at for each in case.expect
    )
    at = _local(one.at, case)
    return f"{at:{TIME_FORMAT}}  {one.message}{f' by {one.channel}' if named else ''}{_fails(one.status == 'failed')}"


def _fails(fails: bool) -> str:
    return ", which fails" if fails else ""


def _local(at: datetime, case: Case) -> datetime:
    return at.astimezone(case.start.tzinfo)


def _about(message: str, story: CaseResult) -> list[SimulatedDecision]:
    """Returns what was decided against that message, or about the customer as a whole."""
    found = []
    for one in story.decisions:
        if one.kind in NEGATIVE_KINDS and (
            one.step is None or one.kind == "left" or one.step.partition(":")[2] == message
        ):
            found.append(one)
    return found


def _reasons(message: str, story: CaseResult, case: Case) -> list[str]:
    """Returns the reasons in words, oldest first."""
    if not story.decisions and not story.passages:
        return ["nobody came to the door: no event of `when` lets this customer in"]
    return [
        f"{_local(one.at, case):{TIME_FORMAT}}  {one.kind}: {REASON_TEXTS[Reason(one.reason)]} ({one.reason})"
        for one in _about(message, story)
        if one.reason
    ]


def _place(one: ExpectedMessage) -> str:
    return f"{one.place.path}:{one.place.line}"
