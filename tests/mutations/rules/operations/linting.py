"""What the linter tells: conditions that can never hold, and what nobody knows any more when it is asked."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

IMPOSSIBLE = "unit/services/linting/test_impossible.py::"
NEVER = (IMPOSSIBLE + "test_what_can_never_hold_is_told",)
MAY = (IMPOSSIBLE + "test_what_may_hold_is_left_alone",)

MUTATIONS = (
    Mutation(
        "What says something, and not just that, is never met",
        "services/linting/impossible_conditions.py",
        "    if meant.denies_itself:",
        "    if meant.denies_itself and not meant:",
        NEVER,
    ),
    Mutation(
        "What is unknown meets nothing",
        "services/linting/contradictions.py",
        "if self.known and self.unknown:",
        "if self.known and self.unknown and self.only is None and self.never is None:",
        NEVER,
    ),
    Mutation(
        "What was done in a time was done in a longer one",
        "services/linting/event_contradictions.py",
        "yes.within.as_timedelta <= no.within.as_timedelta",
        "yes.within.as_timedelta == no.within.as_timedelta",
        NEVER,
    ),
    Mutation(
        "What was done long ago is not ruled out by what was not done lately",
        "services/linting/event_contradictions.py",
        "return yes.within is not None and",
        "return yes.within is None or",
        MAY,
    ),
    Mutation(
        "A choice is never met where each of its ways is ruled out",
        "services/linting/impossible_conditions.py",
        "if all(closed):",
        "if any(closed):",
        MAY,
    ),
    Mutation(
        "No condition looks back for longer than events are kept",
        "services/linting/event_retention.py",
        "if within.as_timedelta > kept.as_timedelta:",
        "if within.as_timedelta > kept.as_timedelta * 10:",
        (IMPOSSIBLE + "test_events_that_are_gone_by_then_are_not_asked_for",),
    ),
)
