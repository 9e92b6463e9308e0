"""Waiting: for company that one message is for, for a moment, for something to happen."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

ACTS = "integration/services/decisions/test_action_steps.py::"
TOGETHER = "integration/services/decisions/test_together.py::"
ACTING = "unit/domain/decisions/test_action_steps.py::"
CHANGES = "unit/domain/decisions/test_clock_changes.py::"
COMPANY = "unit/domain/decisions/test_together.py::"
WAITING = "unit/domain/decisions/test_waiting.py::"
ZONES = "unit/domain/decisions/test_zones.py::"

TOGETHERS = (
    Mutation(
        "One message is for all who stand there",
        "domain/decisions/merge_window.py",
        "if window.first != enrollment.id:",
        "if False:",
        (TOGETHER + "test_entries_at_different_times_are_written_to_in_one_message",),
    ),
    Mutation(
        "Whoever comes after the window opens one of their own",
        "domain/decisions/merge_window.py",
        "if mate.since <= ends and mate.id not in begun]",
        "if mate.id not in begun]",
        (COMPANY + "test_only_those_who_may_be_written_to_are_merged",),
    ),
    Mutation(
        "An entry that has left is in no message for several",
        "domain/decisions/merge_window.py",
        "return not mate.left and all(",
        "return all(",
        (COMPANY + "test_only_those_who_may_be_written_to_are_merged",),
    ),
    Mutation(
        "An entry that may not be written to is in no message for several",
        "domain/decisions/merge_window.py",
        "return not mate.left and all(mate.truths.get(name, True) is True for name in asked)",
        "return not mate.left",
        (COMPANY + "test_only_those_who_may_be_written_to_are_merged",),
    ),
    Mutation(
        "A message for several goes only while it is about them all",
        "domain/decisions/send_check.py",
        "return not merge_window.is_merge_group_unchanged(",
        "return False and merge_window.is_merge_group_unchanged(",
        (TOGETHER + "test_one_leaves_just_before_the_send", TOGETHER + "test_one_more_in_time_is_taken_along"),
    ),
    Mutation(
        "When the one who writes goes on, the others hear of it",
        "services/decisions/effects.py",
        "if before.step in result.published.questions.together and",
        "if False and",
        (TOGETHER + "test_entries_at_different_times_are_written_to_in_one_message",),
    ),
)
WAITS = (
    Mutation(
        "A wait until something unknown holds",
        "domain/decisions/waiting.py",
        "return wait_for_value(ctx.node.id, now)",
        "return Advance(ctx.node.next, now)",
        (ACTING + "test_what_is_not_known_holds",),
    ),
    Mutation(
        "What comes after a wait until what is past falls due now, not then",
        "domain/decisions/waiting.py",
        "until = max(until, since)",
        "pass",
        (ACTING + "test_until_a_moment",),
    ),
    Mutation(
        "A moment that may have moved is read again",
        "domain/decisions/waiting.py",
        "None if moment.frozen else now + RECHECK_INTERVAL",
        "None",
        (ACTING + "test_until_a_moment", ACTS + "test_a_change_of_the_profile_moves_a_wait"),
    ),
    Mutation(
        "What came too late for a wait did not come",
        "domain/decisions/waiting.py",
        "if happened is not None and happened <= ends:",
        "if happened is not None:",
        (WAITING + "test_until_the_event_or_else",),
    ),
    Mutation(
        "A day that a zone left out comes to no clock",
        "domain/decisions/local_time.py",
        "for day in days if weekday in (None, day.weekday()) and _exists(day, zone))",
        "for day in days if weekday in (None, day.weekday()))",
        (ZONES + "test_until_the_clock_shows_it",),
    ),
    Mutation(
        "A window that a clock change jumps into opens then",
        "domain/decisions/local_time.py",
        "return change if change and is_open(window, change, zone) else start",
        "return start",
        (CHANGES + "test_next_opening",),
    ),
    Mutation(
        "A clock that shows it now is not waited for",
        "domain/decisions/local_time.py",
        "return next(moment for moment in shown if moment >= since)",
        "return next(moment for moment in shown if moment > since)",
        (ZONES + "test_until_the_clock_shows_it",),
    ),
)
MUTATIONS = (*TOGETHERS, *WAITS)
