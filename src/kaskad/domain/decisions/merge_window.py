"""One message for several entries: `send: …, together: 3d`.

The first entry that is due at the step opens a window of that length. At its end this entry sends one message for all
entries of the customer that are at the step by then and may be written to; the others continue when the send is over.
An entry that comes later opens a new window. All entries compute the same window from the same rows, so the order of
decisions and exits does not matter: each entry gets at most one message.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from kaskad.domain.decisions import send_step
from kaskad.domain.decisions.effects import FALLBACK_WAKE_UP, Advance, DecisionEntry, DecisionKind, Wait
from kaskad.domain.decisions.facts import Enrollment, MergedMessage, MergeGroup, SiblingEnrollment
from kaskad.domain.decisions.step_context import StepContext
from kaskad.domain.duration import Duration
from kaskad.domain.journeys.program import ONLY_WHILE, Node, condition_name
from kaskad.domain.journeys.step import SendStep
from kaskad.domain.outcome import Mode, Reason


@dataclass(frozen=True, slots=True)
class MergeWindow:
    """The entries of one message: `first` sends it, at `ends`, for `others` too."""

    first: int
    ends: datetime
    others: tuple[int, ...]


def decide_merged_send(ctx: StepContext, length: Duration) -> Wait | Advance:
    """The next effect of a send that waits for its merge group. A test enrollment sends alone, at once."""
    node, enrollment, now = ctx.node, ctx.enrollment, ctx.now
    if enrollment.mode is Mode.TEST:
        return send_step.decide_send(ctx)
    if node.id not in ctx.facts.company:
        return Wait(now)  # just arrived: the next pass loads the siblings
    company = _merge_group(ctx)
    if message := _find_merged_message(enrollment.id, company):
        return _wait_for_merged_send(ctx, message, company)
    window = find_merge_window(node, length, enrollment, company=company, zone=ctx.facts.person.zone)
    if window.first != enrollment.id:
        return Wait(window.ends if now < window.ends else now + FALLBACK_WAKE_UP)  # whoever sends wakes the others
    if now < window.ends:
        return Wait(window.ends)
    move = send_step.decide_send(replace(ctx, enrollment=replace(enrollment, step_since=window.ends)))
    if isinstance(move, Wait) and move.queue:
        return replace(move, queue=replace(move.queue, together=window.others))
    return move


def find_merge_window(
    node: Node, length: Duration, enrollment: Enrollment, *, company: MergeGroup, zone: ZoneInfo
) -> MergeWindow:
    """The window of this entry, according to the rows of now."""
    written = {id_ for message in company.letters if message.went for id_ in message.entries}
    own = SiblingEnrollment(enrollment.id, enrollment.step_since or enrollment.entered_at)
    if any(message.by == own.id and message.went for message in company.letters):
        others = sorted(
            mate.id for mate in company.mates if mate.id in _merged_entries(own.id, company) and _can_merge(mate, node)
        )
        return MergeWindow(own.id, length.after(own.since, zone), tuple(others))
    begun = {message.by for message in company.letters}
    here = [own, *(mate for mate in company.mates if mate.id not in written and _can_merge(mate, node))]
    waiting = sorted(here, key=lambda mate: (mate.id not in begun, mate.since, mate.id))
    while True:
        first, *rest = waiting
        ends = length.after(first.since, zone)
        others = [mate.id for mate in rest if mate.since <= ends and mate.id not in begun]
        if own.id in (first.id, *others):
            return MergeWindow(first.id, ends, tuple(sorted(others)))
        waiting = [mate for mate in rest if mate.id not in others]


def is_merge_group_unchanged(ctx: StepContext, length: Duration, written_for: Iterable[int]) -> bool:
    """Whether a queued message is about exactly the entries that it should be about."""
    node, enrollment = ctx.node, ctx.enrollment
    company = _merge_group(ctx)
    window = find_merge_window(node, length, enrollment, company=company, zone=ctx.facts.person.zone)
    return window.first == enrollment.id and window.others == tuple(sorted(written_for))


def _merge_group(ctx: StepContext) -> MergeGroup:
    """The merge group of the step; an entry about something that was bought has left it."""
    company = ctx.facts.company.get(ctx.node.id, MergeGroup())
    if not any(mate.bought for mate in company.mates):
        return company
    step = ctx.node.step
    assert isinstance(step, SendStep)
    own = ctx.version.templates[step.message].purpose
    mates = [
        replace(mate, left=mate.left or send_step.find_purchase(ctx, own or mate.purpose, of=mate) is not None)
        for mate in company.mates
    ]
    return replace(company, mates=tuple(mates))


def _can_merge(mate: SiblingEnrollment, node: Node) -> bool:
    """Whether the message may include another entry now, judged by that entry alone. Unknown counts as false."""
    asked = (ONLY_WHILE, condition_name(node.id))
    return not mate.left and all(mate.truths.get(name, True) is True for name in asked)


def _merged_entries(first: int, company: MergeGroup) -> set[int]:
    return {id_ for message in company.letters if message.by == first and message.went for id_ in message.entries}


def _find_merged_message(id_: int, company: MergeGroup) -> MergedMessage | None:
    """The message of another entry that included this one."""
    messages = [message for message in company.letters if message.went and message.by != id_ and id_ in message.entries]
    return min(messages, key=lambda message: (message.at, message.by), default=None)


def _wait_for_merged_send(ctx: StepContext, message: MergedMessage, company: MergeGroup) -> Wait | Advance:
    """Wait until the send is over: continue when the entry that sent has gone on or left."""
    if any(mate.id == message.by for mate in company.mates):
        return Wait(ctx.now + FALLBACK_WAKE_UP)
    note = DecisionEntry(DecisionKind.MERGED, ctx.node.id, Reason.TOGETHER, {"with": message.by})
    return Advance(ctx.node.next, ctx.now, first_sent_at=message.at, notes=(note,))
