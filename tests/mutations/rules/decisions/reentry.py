"""Who may come again, and when that is judged."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

AGAIN = "integration/services/decisions/entries/test_reentry.py::"
NEAR = "integration/services/decisions/entries/test_reentry_horizon.py::"
MERGED = "integration/services/identities/test_merged_entries.py::"
THREE = (AGAIN + "test_three_orders_in_a_minute_are_one_letter",)

MUTATIONS = (
    Mutation(
        "What again_after does not reach is not looked into",
        "storage/sql/enrollments/other_entries.sql",
        "AND n.entered_at >= a.since AND",
        "AND",
        (
            "integration/storage/test_query_plans.py::test_of_who_came_often_only_what_again_after_reaches_is_looked_into",
        ),
    ),
    Mutation(
        "What again_after reaches on calendar days is looked into to the last hour",
        "storage/conditions/version_queries.py",
        "return again.longest if",
        "return again.shortest if",
        (NEAR + "test_others_count_to_the_last_instant_that_it_reaches",),
    ),
    Mutation(
        "Who was written for has had its turn however far apart they came",
        "storage/conditions/version_queries.py",
        " and not version.program.together else None",
        " else None",
        (NEAR + "test_who_was_written_for_has_had_its_turn_however_far_apart_they_came",),
    ),
    Mutation(
        "Who may come again is judged once more before the first message",
        "domain/decisions/engine.py",
        "if not reentry.reentry_blocks_send(ctx, together):",
        "if True:",
        THREE,
    ),
    Mutation(
        "Of several on their way the earliest writes",
        "domain/decisions/reentry.py",
        "if other.wrote or (_entry_order(other) < turn and program.may_send_from(other.step))",
        "if other.wrote",
        (AGAIN + "test_of_two_on_their_way_the_earlier_writes_though_the_later_would_be_first",),
    ),
    Mutation(
        "One that left without a word takes nobody's turn",
        "services/decisions/runner.py",
        "if not wrote and own.status is not EnrollmentStatus.ACTIVE:",
        "if False:",
        (AGAIN + "test_one_that_left_without_a_word_takes_nobodys_turn",),
    ),
    Mutation(
        "What is given up in this very pass has not been written",
        "domain/decisions/reentry.py",
        "attempt.status in DECIDED_STATUSES and not (step in given_up and attempt.status in UNSENT_STATUSES)",
        "attempt.status in DECIDED_STATUSES",
        (AGAIN + "test_what_was_queued_and_dropped_in_this_very_pass_takes_no_turn",),
    ),
    Mutation(
        "One with nothing left to say takes nobody's turn",
        "domain/decisions/reentry.py",
        "and program.may_send_from(other.step))",
        "and True)",
        (AGAIN + "test_one_with_nothing_left_to_say_takes_nobodys_turn",),
    ),
    Mutation(
        "What is held is decided",
        "storage/sql/enrollments/other_entries.sql",
        "'sending', 'held', 'sent'",
        "'sending', 'sent'",
        (AGAIN + "test_what_is_held_is_decided_and_counts",),
    ),
    Mutation(
        "A test takes nobody's turn",
        "storage/sql/enrollments/other_entries.sql",
        "n.mode = 'live' AND",
        "true AND",
        (AGAIN + "test_a_test_takes_no_turn",),
    ),
    Mutation(
        "Entries of one message take one turn",
        "domain/decisions/reentry.py",
        "(other for other in ahead if other.id not in together)",
        "iter(ahead)",
        (AGAIN + "test_the_one_that_writes_for_all_need_not_be_the_earliest",),
    ),
    Mutation(
        "Who was written to together has been written to",
        "domain/decisions/reentry.py",
        "or any(own.id in other.together for other in _other_entries(own, facts.person))",
        "",
        (AGAIN + "test_entries_of_one_message_take_one_turn",),
    ),
    Mutation(
        "What a merge handed back has not been sent",
        "domain/decisions/reentry.py",
        "if not _handed_back(attempt)",
        "if attempt",
        (MERGED + "test_one_person_gets_one_reminder",),
    ),
    Mutation(
        "What a merge handed back takes nobody's turn",
        "storage/sql/enrollments/other_entries.sql",
        "AND NOT (m.status = 'held' AND m.reason IS NOT DISTINCT FROM 'merged')",
        "",
        (MERGED + "test_one_person_gets_one_reminder",),
    ),
    Mutation(
        "What was held before a merge is decided anew as well",
        "storage/sql/merging/hand_back_messages.sql",
        "AND m.status = 'held'),",
        "AND false),",
        (MERGED + "test_what_was_held_before_counts_no_more_than_what_the_merge_handed_back",),
    ),
)
