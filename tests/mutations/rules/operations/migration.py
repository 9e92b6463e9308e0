"""Edits while people are inside: nobody stranded, nobody written to twice, nothing lost, no exit missed."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

FOLLOWING = "integration/services/publishing/test_version_migration.py::"
SENDS = "integration/services/publishing/test_migration_of_sends.py::"
CLI = "integration/cli/test_versions.py::"

MUTATIONS = (
    Mutation(
        "What was decided by another version is decided again",
        "services/delivery/send_check.py",
        "if due.version_id != message.version_id and",
        "if False and",
        (
            FOLLOWING + "test_what_was_queued_goes_by_the_new_version",
            FOLLOWING + "test_what_was_queued_does_not_go_after_an_exit_of_the_new_version",
        ),
    ),
    Mutation(
        "A message that is decided again is that of the version by then",
        "storage/sql/messages/queue_messages.sql",
        "version_id = excluded.version_id, message = excluded.message, topic = excluded.topic,",
        "",
        (FOLLOWING + "test_what_was_queued_goes_by_the_new_version",),
    ),
    Mutation(
        "What the old step has sent counts at the step in its place",
        "storage/facts/attempts.py",
        "if counted := migrate_attempt(",
        "if counted := None and migrate_attempt(",
        (
            SENDS + "test_the_step_in_its_place_writes_on_no_channel_where_the_old_one_has",
            SENDS + "test_nor_when_somebody_is_past_the_old_one",
            SENDS + "test_an_unknown_of_the_old_step_is_waited_for_at_the_new_one",
        ),
    ),
    Mutation(
        "What never went does not count there",
        "domain/decisions/version_migration.py",
        "if doubted and unsent else None",
        "if unsent else None",
        (SENDS + "test_what_was_queued_at_the_old_step_goes_once_from_the_new_one",),
    ),
    Mutation(
        "An answer to the old step's call wakes who stands at the step in its place",
        "storage/sql/messages/settle_messages.sql",
        "(n.step = s.step OR n.moved ? s.step)",
        "n.step = s.step",
        (SENDS + "test_what_is_being_sent_is_not_sent_again",),
    ),
    Mutation(
        "What waits to be sent at a step that is gone is taken back",
        "storage/sql/messages/withdraw_messages.sql",
        "AND m.status IN ('queued', 'claimed')",
        "AND false",
        (SENDS + "test_what_was_queued_at_the_old_step_goes_once_from_the_new_one",),
    ),
    Mutation(
        "Who goes over is looked at at once: an exit of the new version may have happened",
        "storage/sql/enrollments/migrate_enrollments.sql",
        "least(n.due_at, %(now)s)",
        "n.due_at",
        (FOLLOWING + "test_exits_of_the_new_version_count_also_when_they_happened_before",),
    ),
    Mutation(
        "A wait in the place of another counts what has passed",
        "services/publishing/activation.py",
        "keeps=old.kind == new.kind",
        "keeps=False",
        (FOLLOWING + "test_a_wait_that_took_the_place_of_another_counts_what_has_passed",),
    ),
    Mutation(
        "A send in the place of a wait begins now",
        "services/publishing/activation.py",
        "keeps=old.kind == new.kind",
        "keeps=True",
        (FOLLOWING + "test_a_send_that_took_the_place_of_a_wait_is_not_stale_at_once",),
    ),
    Mutation(
        "Nothing is published while nobody has said where people go",
        "services/publishing/publish.py",
        "    refuse_stranded(plan.journeys)\n",
        "",
        (FOLLOWING + "test_people_at_a_step_that_is_gone_are_counted_and_nothing_is_published",),
    ),
    Mutation(
        "Who came in by another entrance finishes as he began",
        "services/publishing/plan.py",
        'new.journey.edits == "follow" and has_same_entry_trigger(old.journey, new.journey)',
        'new.journey.edits == "follow"',
        (FOLLOWING + "test_who_came_in_by_another_entrance_finishes_as_he_began",),
    ),
    Mutation(
        "Nobody approves what he has proposed himself",
        "services/publishing/approvals.py",
        "if not author.by.strip() or is_same_person(author.by, waiting.by):",
        "if False:",
        (CLI + "test_a_first_publish_waits_for_another_person",),
    ),
    Mutation(
        "An approval is of a content",
        "services/publishing/approvals.py",
        "or not own.startswith(hash_.lower())",
        "",
        (CLI + "test_an_approval_is_of_a_content",),
    ),
    Mutation(
        "Who takes the rule away is still held to it",
        "services/publishing/plan.py",
        "*([stored.policy] if stored else [])",
        "",
        (CLI + "test_who_takes_the_rule_away_is_still_held_to_it",),
    ),
)
