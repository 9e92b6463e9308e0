"""Steps that do something: ways that part, profiles set, other journeys started, other systems told."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

ACTS = "integration/services/decisions/test_action_steps.py::"
WEBHOOK = "integration/services/delivery/test_webhook_steps.py::"
ACTING = "unit/domain/decisions/test_action_steps.py::"

SPLITS_AND_SETS = (
    Mutation(
        "A path is kept in whatever order the paths are written",
        "domain/decisions/experiment.py",
        "for name in sorted(shares):",
        "for name in shares:",
        (
            ACTING + "test_a_path_is_kept_whatever_the_order",
            ACTS + "test_everybody_takes_a_path_and_keeps_it_when_the_journey_is_edited",
        ),
    ),
    Mutation(
        "Each experiment tosses a coin of its own",
        "domain/decisions/experiment.py",
        'hash_to_fraction(f"split:{journey}/{split}", customer)',
        'hash_to_fraction("split", customer)',
        (ACTING + "test_two_experiments_toss_twice",),
    ),
    Mutation(
        "What follows a setting is decided on the new profile",
        "domain/decisions/action_steps.py",
        "effects=(SetAttributes(node.id, values),), facts_changed=True)",
        "effects=(SetAttributes(node.id, values),))",
        (ACTS + "test_what_is_set_stands_in_the_profile_and_the_next_step_sees_it",),
    ),
    Mutation(
        "What is not known is not set",
        "domain/decisions/action_steps.py",
        "if None in values.values():",
        "if False:",
        (ACTS + "test_a_value_that_is_not_known_is_waited_for",),
    ),
    Mutation(
        "What is set was said at that instant: earlier words do not undo it",
        "services/decisions/effects.py",
        '"occurred_at": result.at,',
        '"occurred_at": result.at.replace(year=2020),',
        (ACTS + "test_what_is_set_stands_in_the_profile_and_the_next_step_sees_it",),
    ),
    Mutation(
        "A test sets nothing",
        "domain/decisions/action_steps.py",
        "return _advance(ctx, DecisionEntry(DecisionKind.SKIPPED, node.id, Reason.ONLY_A_TEST))\n    passed",
        "pass\n    passed",
        (ACTS + "test_a_test_changes_nobodys_profile",),
    ),
    Mutation(
        "Whoever is inside a journey is not started there again",
        "services/decisions/effects.py",
        'return [row | {"direct": True} | test for row in found]',
        'return [row | {"direct": True, "key": id_} | test for row in found]',
        (ACTS + "test_whoever_is_inside_is_not_started_again",),
    ),
    Mutation(
        "A paused journey is started by no other",
        "services/decisions/effects.py",
        "found = [] if paused else await",
        "found = await",
        (ACTS + "test_where_it_cannot_be_started_that_is_noted",),
    ),
    Mutation(
        "A journey ends where its file says",
        "domain/decisions/engine.py",
        "return action_steps.leave_journey(ctx, step)",
        "return Advance(ctx.node.next, ctx.now)",
        (ACTS + "test_the_journey_ends_where_it_says",),
    ),
)
WEBHOOKS = (
    Mutation(
        "What was answered for certain is not called again",
        "services/delivery/webhook_outcomes.py",
        'return row | {"status": MessageStatus.FAILED, "detail": why}\n        case Retry',
        "return build_retry_row(row, now + retry_delay(call.attempt), why)\n        case Retry",
        (WEBHOOK + "test_what_an_answer_makes_of_it",),
    ),
    Mutation(
        "What may have been taken once never counts as refused",
        "storage/sql/webhooks/settle_webhook_calls.sql",
        "r.status = 'failed' AND w.unknown_since IS NOT NULL",
        "false",
        (WEBHOOK + "test_what_an_answer_makes_of_it",),
    ),
    Mutation(
        "What nobody can tell of is called again only where the file says so",
        "services/delivery/webhook_outcomes.py",
        ' and spec is not None and spec.on_unknown == "resend"',
        "",
        (WEBHOOK + "test_what_nobody_can_tell_of_is_not_sent_again_where_that_is_not_wanted",),
    ),
    Mutation(
        "Of whoever has left no other system is told",
        "domain/decisions/action_steps.py",
        "return Reason.LEFT if facts.exit else None",
        "return None",
        (WEBHOOK + "test_of_whoever_has_left_nobody_is_told",),
    ),
    Mutation(
        "A call is committed as being made before it is made",
        "storage/sql/webhooks/begin_webhook_calls.sql",
        "SET status = 'sending', fence",
        "SET fence",
        (WEBHOOK + "test_a_worker_that_dies_in_the_call", WEBHOOK + "test_two_workers_call_once"),
    ),
    Mutation(
        "What comes after a call counts from the answer",
        "domain/decisions/action_steps.py",
        "return Advance(node.next, call.at, first_sent_at",
        "return Advance(node.next, enrollment.step_since or now, first_sent_at",
        (WEBHOOK + "test_what_comes_after_it_counts_from_the_answer",),
    ),
    Mutation(
        "An emergency stop holds calls to other systems",
        "services/delivery/webhooks.py",
        'elif stops.covers(row.journey, "webhook", "", provider=row.webhook):',
        "elif False:",
        (WEBHOOK + "test_an_emergency_stop_holds_it",),
    ),
)
MUTATIONS = (*SPLITS_AND_SETS, *WEBHOOKS)
