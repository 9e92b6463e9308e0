"""The difference between two versions of a journey, by step and by setting. Pure.

Steps are matched by their ids, never by their position. The id of a step without a name is the hash of its content:
after an edit it is another step. If a step of the same kind is in its position, the two count as one replaced step.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any, get_args

from pydantic import BaseModel

from kaskad.domain.journeys.journey import Journey
from kaskad.domain.journeys.program import step_id
from kaskad.domain.journeys.step import Step, child_steps
from kaskad.domain.journeys.version import Version

END_STEP = "end"  # the target in `moved:` that means the end of the journey
NOT_SETTINGS = frozenset({"name", "steps"})
STEP_CLASSES = get_args(get_args(Step)[0])  # the classes in the union


class ChangeKind(StrEnum):
    """How a step changed."""

    ADDED = "added"
    REMOVED = "removed"
    REPLACED = "replaced"  # by a step of the same kind, in the same position
    CHANGED = "changed"  # the same step with other content
    MOVED = "moved"  # the same content in another position


@dataclass(frozen=True, slots=True)
class StepChange:
    """One step that changed. `after` is the step before it in the new version; None if it comes first."""

    change: ChangeKind
    old: Step | None
    new: Step | None
    after: Step | None = None


@dataclass(frozen=True, slots=True)
class JourneyDiff:
    """All differences. `settings` are names of the journey's keys; `templates` are of messages in both versions.

    `replaced`: id of a removed step → id of the step of the same kind in its position.
    """

    steps: tuple[StepChange, ...] = ()
    settings: tuple[str, ...] = ()
    templates: tuple[str, ...] = ()
    replaced: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.steps or self.settings or self.templates)


@dataclass(frozen=True, slots=True)
class _StepPosition:
    """The position of a step: the step that contains it, and the branch."""

    step: Step
    below: str
    before: Step | None


def diff_versions(old: Version, new: Version) -> JourneyDiff:
    """The differences between two versions of one journey."""
    was, now = dict(_step_positions(old.journey.steps)), dict(_step_positions(new.journey.steps))
    replaced, moved = _match_steps(list(was), list(now), was, now=now)
    changes = [*_removed_steps(was, now, replaced), *_other_changes(was, now, replaced, moved=moved)]
    return JourneyDiff(
        tuple(changes), _changed_settings(old.journey, new.journey), _changed_templates(old, new), replaced
    )


def has_same_entry_trigger(old: Journey, new: Journey) -> bool:
    """Whether both versions have the same entry trigger: otherwise the data of an entry has another meaning."""
    return _entry_trigger_keys(old) == _entry_trigger_keys(new)


def _entry_trigger_keys(journey: Journey) -> dict[str, Any]:
    said = journey.enter.model_dump(mode="json", by_alias=True)
    return {key: said.get(key) for key in ("kind", "when", "product", "segment", "date", "once_per", "for_each")}


def _step_positions(
    steps: Sequence[Step], below: str = "", before: Step | None = None
) -> Iterator[tuple[str, _StepPosition]]:
    """Yields every step in reading order; each branch of a step is a position of its own."""
    for step in steps:
        identity = step_id(step)
        yield identity, _StepPosition(step, below, before)
        for number, arm in enumerate(child_steps(step)):
            yield from _step_positions(arm, f"{step.kind}/{number} below {below}", step)
        before = step


def _own_content(step: Step) -> Any:
    """The content of the step itself, without the steps inside it."""

    def bare(said: Any) -> Any:
        if isinstance(said, tuple):
            return tuple(bare(each) for each in said if not isinstance(each, STEP_CLASSES))
        if isinstance(said, dict):
            return {key: bare(each) for key, each in said.items()}
        if isinstance(said, BaseModel):
            return {name: bare(getattr(said, name)) for name in type(said).model_fields}
        return said

    return {name: bare(getattr(step, name)) for name in type(step).model_fields}


def _match_steps(
    old: Sequence[str], new: Sequence[str], was: Mapping[str, _StepPosition], *, now: Mapping[str, _StepPosition]
) -> tuple[dict[str, str], set[str]]:
    """Which removed steps were replaced by which, and which steps moved."""
    replaced: dict[str, str] = {}
    in_order: set[str] = set()
    for _, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        gone = [step for step in old[old_from:old_to] if step not in now]
        come = [step for step in new[new_from:new_to] if step not in was]
        for step in gone:
            kind = was[step].step.kind
            stand_in = next((new_step for new_step in come if now[new_step].step.kind == kind), None)
            if stand_in:
                come.remove(stand_in)
                replaced[step] = stand_in
        in_order |= set(old[old_from:old_to]) & set(new[new_from:new_to])
    both = [step for step in old if step in now]
    return replaced, {step for step in both if step not in in_order or was[step].below != now[step].below}


def _removed_steps(
    was: Mapping[str, _StepPosition], now: Mapping[str, _StepPosition], replaced: Mapping[str, str]
) -> Iterator[StepChange]:
    for step, place in was.items():
        if step not in now and step not in replaced:
            yield StepChange(ChangeKind.REMOVED, place.step, None)


def _other_changes(
    was: Mapping[str, _StepPosition], now: Mapping[str, _StepPosition], replaced: Mapping[str, str], *, moved: set[str]
) -> Iterator[StepChange]:
    stands_for = {new: old for old, new in replaced.items()}
    for step, place in now.items():
        old = was.get(stands_for.get(step, step))
        if old is None:
            yield StepChange(ChangeKind.ADDED, None, place.step, place.before)
            continue
        if _own_content(old.step) != _own_content(place.step):
            change = ChangeKind.CHANGED if step in was else ChangeKind.REPLACED
            yield StepChange(change, old.step, place.step, place.before)
        if step in moved:
            yield StepChange(ChangeKind.MOVED, old.step, place.step, place.before)


def _changed_settings(old: Journey, new: Journey) -> tuple[str, ...]:
    names = [name for name in type(new).model_fields if name not in NOT_SETTINGS]
    return tuple(name for name in names if getattr(old, name) != getattr(new, name))


def _changed_templates(old: Version, new: Version) -> tuple[str, ...]:
    both = old.templates.keys() & new.templates.keys()
    return tuple(sorted(name for name in both if old.templates[name] != new.templates[name]))
