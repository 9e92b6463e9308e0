"""Evidence: the facts that a decision rested on, in words. Found by making the decision again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from kaskad.domain.decisions.engine import decide
from kaskad.domain.decisions.facts import Facts
from kaskad.domain.decisions.snapshot import DecisionInputs
from kaskad.domain.journeys.condition import Compare, Condition, Conditions, DidEvent, Op
from kaskad.domain.journeys.program import ENTRY_IF, ENTRY_WHERE, ONLY_WHILE
from kaskad.domain.journeys.project import Project
from kaskad.domain.journeys.version import Version
from kaskad.services.describing import conditions
from kaskad.services.wording import channel_label, format_time, join_words, place_phrase
from kaskad.storage.conditions.trace import flatten_conditions

K = TypeVar("K")
V = TypeVar("V")
ANSWER_WORDS = {True: "yes", False: "no", None: "not known"}
CONDITION_PLACES = {
    ENTRY_WHERE: "`where` of the entrance",
    ENTRY_IF: "`if` of the entrance",
    ONLY_WHILE: "`only_while`",
}


class RecordingDict(dict[K, V]):
    """A mapping that records in `asked` which of its keys were read."""

    def __init__(self, values: Mapping[K, V]) -> None:
        super().__init__(values)
        self.asked: dict[K, None] = {}

    def get(self, key: K, default: Any = None) -> Any:
        """Returns the value and records that it was read."""
        self.asked[key] = None
        return super().get(key, default)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A decision as it was: its inputs, the version and files it used, and the values that conditions compared."""

    inputs: DecisionInputs
    version: Version
    project: Project
    at: datetime
    behind: Mapping[str, Any]

    @property
    def zone(self) -> ZoneInfo:
        """The customer's clock."""
        return self.inputs.facts.person.zone


def describe_evidence(evidence: Evidence) -> Iterator[str]:
    """Yields each question of the decision with its answer."""
    facts = evidence.inputs.facts
    if facts.exit:
        return
    truths, contacts, heard = (
        RecordingDict(facts.truths),
        RecordingDict(facts.person.contacts),
        RecordingDict(facts.last_heard),
    )
    watched = replace(facts, truths=truths, last_heard=heard, person=replace(facts.person, contacts=contacts))
    decide(evidence.version, evidence.inputs.enrollment, watched, now=evidence.at, project=evidence.project)
    for name in truths.asked:
        if name in evidence.version.program.conditions:
            yield _condition(evidence, name)
    if contacts.asked:
        yield from _reach(facts, evidence)
    for source in heard.asked:
        last = facts.last_heard.get(source)
        at = f"last heard from {format_time(last, evidence.zone, evidence.at)}" if last else "never heard from"
        yield f"'{source}' was {at}"


def describe_failed_conditions(evidence: Evidence, name: str) -> list[str]:
    """Returns the parts of these conditions that were false, each with the value it compared."""
    asked, seen = evidence.version.program.conditions.get(name, ()), evidence.behind.get(name)
    if not seen:
        return [conditions.describe_all(asked)]
    found = [
        f"{conditions.describe_condition(part)} ({_value(part, value, evidence)})"
        for part, (truth, value) in zip(flatten_conditions(asked), seen, strict=False)
        if truth is not True
    ]
    return found or [conditions.describe_all(asked)]


def _condition(evidence: Evidence, name: str) -> str:
    asked = evidence.version.program.conditions[name]
    where = CONDITION_PLACES.get(name) or _step(name.rpartition(".")[0])
    answer = ANSWER_WORDS[evidence.inputs.facts.truths.get(name)]
    return f"{where}: {conditions.describe_all(asked)}? {answer}{_describe_condition(evidence, name, asked)}"


def _step(id_: str) -> str:
    """Returns "choose", or "'cart_discount'": the step's name for people."""
    kind, _, named = id_.partition(":")
    return f"'{named}'" if kind in ("send", "call") else kind.replace("_", " ")


def _describe_condition(evidence: Evidence, name: str, asked: Conditions) -> str:
    seen = evidence.behind.get(name)
    if not seen:
        return ""
    values = [_value(part, value, evidence) for part, (_, value) in zip(flatten_conditions(asked), seen, strict=False)]
    return f" ({'; '.join(value for value in values if value)})"


def _value(part: Condition, value: Any, evidence: Evidence) -> str:
    """Returns "it was 900", "last at 12:40 in the store (Lenina 5)"."""
    match part:
        case Compare(op=Op.KNOWN):
            return ""
        case Compare():
            values = value if isinstance(value, list) and len(value) == 2 else [value]
            return f"{part.path} was {' against '.join(map(_plain, values))}"
        case DidEvent():
            if value is None:
                return "it has not happened"
            at, where, count = value
            often = f", {count} times in all" if count > 1 else ""
            last = format_time(datetime.fromisoformat(at), evidence.zone, evidence.at)
            return f"last {last} {place_phrase(where)}{often}"
    return ""


def _plain(value: Any) -> str:
    return ANSWER_WORDS[value] if value is None or isinstance(value, bool) else str(value)


def _reach(facts: Facts, evidence: Evidence) -> Iterator[str]:
    person = facts.person
    states = [
        f"{channel_label(name)}{'' if state == 'active' else f' ({state})'}" for name, state in person.contacts.items()
    ]
    yield f"addresses for {join_words(states)}" if states else "no address at all"
    if person.touches and evidence.project.policy.caps:
        days = Counter(touch.on for touch in person.touches)
        counts = [f"{count} on {day:%a} {day.day} {day:%b}" for day, count in sorted(days.items())]
        yield f"messages that count in caps: {join_words(counts)}"
