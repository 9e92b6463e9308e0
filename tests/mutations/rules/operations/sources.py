"""Sources: silence and rejected events are told to their owners, and taken in after a mend."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

HEALTH = "integration/services/operations/test_source_health.py::"
RENAMING = "integration/services/ingestion/test_renaming.py::"
RETRYING = "integration/services/ingestion/test_retrying.py::"

MUTATIONS = (
    Mutation(
        "The owner of a silent source is told",
        "services/operations/source_health.py",
        "wanted = [*_silences(outlook), *_jumps",
        "wanted = [*_jumps",
        (HEALTH + "test_the_owner_of_a_silent_source_hears_of_it_once",),
    ),
    Mutation(
        "A silence is told again only after the source was heard of",
        "services/operations/source_health.py",
        "return source not in outlook.project.all_sources() or (heard is not None and heard >= alert.first_at)",
        "return _condition(outlook.project.sources[source], outlook) != 'silent'",
        (HEALTH + "test_a_shop_that_closes_is_not_silent_nor_heard_of_by_it",),
    ),
    Mutation(
        "The first rejected event of a kind is told at once, the others once a day",
        "services/operations/source_health.py",
        "return all((count.source, count.code) != (source, about) for count in outlook.counts)",
        "return True",
        (HEALTH + "test_the_first_of_a_kind_is_told_at_once_and_the_next_ones_on_the_next_day",),
    ),
    Mutation(
        "A jump of rejected events is told",
        "services/operations/source_health.py",
        "JUMP_COUNT, JUMP_TIMES = 20, 5",
        "JUMP_COUNT, JUMP_TIMES = 200, 5",
        (HEALTH + "test_a_jump_of_rejects_is_told_on_the_day",),
    ),
    Mutation(
        "A rejected event that is taken in counts as of when it arrived",
        "services/ingestion/rejecting/retrying.py",
        "sent_at = row.arrived_at - timedelta(seconds=row.skew)",
        "sent_at = row.arrived_at",
        (RETRYING + "test_it_counts_as_of_when_it_arrived_by_the_clock_of_its_source",),
    ),
    Mutation(
        "What is taken in is no longer among the rejected",
        "services/ingestion/rejecting/retrying.py",
        "await kept.delete(connection, [rows[place].id for place in taken.requests])",
        "await kept.delete(connection, [])",
        (RETRYING + "test_what_is_understood_now_is_stored_and_the_rest_stays",),
    ),
    Mutation(
        "A name stays in sight while something under it is rejected",
        "services/ingestion/rejecting/renaming.py",
        "if not rejected:",
        "if True:",
        (RENAMING + "test_what_is_odd_in_it_is_kept_and_what_may_not_be_told_stays_in_sight",),
    ),
    Mutation(
        "An alias counts for what came before it",
        "services/ingestion/rejecting/retrying.py",
        "if code is None:",
        "if code:",
        (RENAMING + "test_an_alias_that_was_added_counts_for_what_came_before",),
    ),
)
