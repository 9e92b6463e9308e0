"""What an edit of a journey changes: two versions compared, step by step and setting by setting. Pure.

Steps are told apart by their ids, never by their place. A step without a name has the hash of its content for an id:
edited, it is another step; where one of the same kind stands in its place, the two are told as one that was replaced.
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

END_STEP = "end"  # where `moved:` leads to the end of the journey
NOT_SETTINGS = frozenset({"name", "steps"})
STEP_CLASSES = get_args(get_args(Step)[0])  # the classes that the union names


class ChangeKind(StrEnum):
    """What became of a step."""

    ADDED = "added"
    REMOVED = "removed"
    REPLACED = "replaced"  # by one of its kind, in its place
    CHANGED = "changed"  # the same step, of another content
    MOVED = "moved"  # as it was, elsewhere


@dataclass(frozen=True, slots=True)
class StepChange:
    """One step that is not as it was. `after` is the new version's step before it; None where it comes first."""

    change: ChangeKind
    old: Step | None
    new: Step | None
    after: Step | None = None


@dataclass(frozen=True, slots=True)
class JourneyDiff:
    """Everything that differs. `settings` are names of the journey's keys; `templates` of messages it goes on sending.

    `replaced`: id of a step that is gone → id of the one of its kind in its place.
    """

    steps: tuple[StepChange, ...] = ()
    settings: tuple[str, ...] = ()
    templates: tuple[str, ...] = ()
    replaced: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.steps or self.settings or self.templates)


@dataclass(frozen=True, slots=True)
class _StepPosition:
    """A step where it stands: below which step, on which of its ways."""

    step: Step
    below: str
    before: Step | None


def diff_versions(old: Version, new: Version) -> JourneyDiff:
    """What differs between two versions of one journey."""
    was, now = dict(_step_positions(old.journey.steps)), dict(_step_positions(new.journey.steps))
    replaced, moved = _match_steps(list(was), list(now), was, now)
    changes = [*_removed_steps(was, now, replaced), *_other_changes(was, now, replaced, moved)]
    return JourneyDiff(
        tuple(changes), _changed_settings(old.journey, new.journey), _changed_templates(old, new), replaced
    )


def has_same_entry_trigger(old: Journey, new: Journey) -> bool:
    """Whether both let people in by the same thing happening: else what is kept of an entry means something else."""
    return _entry_trigger_keys(old) == _entry_trigger_keys(new)


def _entry_trigger_keys(journey: Journey) -> dict[str, Any]:
    said = journey.enter.model_dump(mode="json", by_alias=True)
    return {key: said.get(key) for key in ("kind", "when", "product", "segment", "date", "once_per", "for_each")}


def _step_positions(
    steps: Sequence[Step], below: str = "", before: Step | None = None
) -> Iterator[tuple[str, _StepPosition]]:
    """Every step in reading order; of a step's own ways, each is a place of its own."""
    for step in steps:
        identity = step_id(step)
        yield identity, _StepPosition(step, below, before)
        for number, arm in enumerate(child_steps(step)):
            yield from _step_positions(arm, f"{step.kind}/{number} below {below}", step)
        before = step


def _own_content(step: Step) -> Any:
    """What the step says itself, without the steps within."""

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
    old: Sequence[str], new: Sequence[str], was: Mapping[str, _StepPosition], now: Mapping[str, _StepPosition]
) -> tuple[dict[str, str], set[str]]:
    """Which steps stand in for which, and which stand elsewhere than they did."""
    replaced: dict[str, str] = {}
    in_order: set[str] = set()
    for _, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        gone = [step for step in old[old_from:old_to] if step not in now]
        come = [step for step in new[new_from:new_to] if step not in was]
        for step in gone:
            kind = was[step].step.kind
            stand_in = next((one for one in come if now[one].step.kind == kind), None)
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
    was: Mapping[str, _StepPosition], now: Mapping[str, _StepPosition], replaced: Mapping[str, str], moved: set[str]
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
