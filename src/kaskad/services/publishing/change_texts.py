"""The changes of an edit, in words that a marketer understands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from kaskad.config.yaml.problem_text import format_percent
from kaskad.domain.journeys.cascade import Cascade
from kaskad.domain.journeys.condition import MessageState
from kaskad.domain.journeys.diff import ChangeKind, JourneyDiff, StepChange
from kaskad.domain.journeys.journey import Journey
from kaskad.domain.journeys.step import Step
from kaskad.services.describing import conditions
from kaskad.services.describing.entrances import describe_entrance_fully
from kaskad.services.describing.never_about import describe_narrowed
from kaskad.services.describing.steps import ORDER_TEXTS, describe_step
from kaskad.services.wording import channel_label, format_duration, join_words


def describe_changes(edit: JourneyDiff, old: Journey, new: Journey) -> tuple[str, ...]:
    """Returns a sentence for each change, settings first. If readers would see no difference, a sentence says so."""
    said = [*(_setting(name, old, new) for name in edit.settings if name != "moved"), *map(_step, edit.steps)]
    said += [f"the message '{name}' reads otherwise" for name in edit.templates]
    return tuple(said) or ("nothing that people would notice",)


def describe_named_step(step: Step) -> str:
    """Returns the step in a few words, with its own name if it has one."""
    name = f" ('{step.name}')" if step.name else ""
    return f"{describe_step(step)}{name}"


def _step(change: StepChange) -> str:
    where = f"after: {describe_named_step(change.after)}" if change.after else "as the first step"
    match change:
        case StepChange(ChangeKind.ADDED, _, step) if step:
            return f"added, {where}: {describe_named_step(step)}"
        case StepChange(ChangeKind.REMOVED, step, _) if step:
            return f"removed: {describe_named_step(step)}"
        case StepChange(ChangeKind.MOVED, _, step) if step:
            return f"moved, now {where}: {describe_named_step(step)}"
        case StepChange(_, was, step) if was and step:
            return f"changed: {_describe_change(was, step)}"
    raise AssertionError(change)


def _describe_change(was: Step, now: Step) -> str:
    if describe_named_step(was) != describe_named_step(now):
        return f"{describe_named_step(was)} becomes {describe_named_step(now)}"
    return f"{describe_named_step(now)}: what decides there"


def _describe_cascade(cascade: Cascade) -> str:
    return ", then ".join(_rungs(cascade)) + ORDER_TEXTS[cascade.order]


def _rungs(cascade: Cascade) -> Iterator[str]:
    for channel_step in cascade.channels:
        waits = channel_step is not cascade.channels[-1] and channel_step.success is not MessageState.SENT
        within = f" ({channel_step.success} within {format_duration(channel_step.fallback_after)})" if waits else ""
        yield f"{channel_label(channel_step.channel)}{within}"


def _setting(name: str, old: Journey, new: Journey) -> str:
    label, text = SETTINGS.get(name, (name, lambda journey: str(getattr(journey, name))))
    return f"{label}: {text(new) or 'none'} (before: {text(old) or 'none'})"


def _hours(journey: Journey) -> str:
    window = journey.send_window
    return f"{window.from_:%H:%M} to {window.to:%H:%M}, outside: {window.outside}" if window else "at any time"


def _goal(journey: Journey) -> str:
    goal = journey.goal
    return f"{conditions.describe_event(goal)} within {format_duration(goal.within)}" if goal else ""


def _edits(journey: Journey) -> str:
    return "move to each new version" if journey.edits == "follow" else "finish with their version"


def _fresh(journey: Journey) -> str:
    return join_words([f"'{source}' within {format_duration(limit)}" for source, limit in journey.fresh_data.items()])


SETTINGS: Mapping[str, tuple[str, Callable[[Journey], str]]] = {
    "title": ("the title", lambda journey: f"'{journey.title}'"),
    "owner": ("the owner", lambda journey: journey.owner),
    "purpose": ("the purpose", lambda journey: journey.purpose),
    "topic": ("the topic", lambda journey: journey.topic or ""),
    "sender": ("the sender", lambda journey: journey.sender),
    "priority": ("the priority", lambda journey: str(journey.priority)),
    "cascade": ("messages go by", lambda journey: _describe_cascade(journey.cascade)),
    "enter": ("who enters", describe_entrance_fully),
    "leave": (
        "who leaves",
        lambda journey: join_words([f"who has {conditions.describe_event(m)}" for m in journey.leave], "or"),
    ),
    "only_while": ("nothing is sent unless", lambda journey: conditions.describe_all(journey.only_while)),
    "goal": ("the goal", _goal),
    "holdout": ("held out", lambda journey: format_percent(journey.holdout)),
    "send_window": ("sent", _hours),
    "fresh_data": ("held unless heard of", _fresh),
    "edits": ("those inside", _edits),
    "never_about": (
        "silent after a purchase for less than the policy says",
        lambda journey: describe_narrowed(journey.never_about) if journey.never_about else "",
    ),
}
