"""Growth: months, repeats, and what is let go."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

ONCE = "integration/services/ingestion/test_event_deduplication.py::"
PLANS = "integration/storage/test_query_plans.py::"
MONTHS = "integration/storage/test_partitions.py::"
RETENTION = "integration/services/operations/test_retention.py::"

MUTATIONS = (
    Mutation(
        "What a source sends again changes nothing",
        "storage/sql/events/insert_events.sql",
        "FROM told JOIN fresh USING (source, message_id)",
        "FROM told",
        (ONCE + "test_an_event_sent_twice_is_counted_once",),
    ),
    Mutation(
        "Each source's ids are its own",
        "storage/migrations/first_schema/events.py",
        'sa.PrimaryKeyConstraint("source", "message_id"),\n        postgresql_partition_by="HASH (source, message_id)"',
        'sa.PrimaryKeyConstraint("message_id"),\n        postgresql_partition_by="HASH (message_id)"',
        (ONCE + "test_the_ids_of_two_sources_are_their_own",),
    ),
    Mutation(
        "What a cart change raised is in the ledger once, however long its id is known",
        "storage/sql/events/derive_events.sql",
        "AND NOT EXISTS (SELECT FROM known k WHERE k.message_id = t.message_id AND k.source = t.source)",
        "",
        (RETENTION + "test_an_event_counts_once_for_as_long_as_its_repeats_are_known",),
    ),
    Mutation(
        "A new month takes what lay in none",
        "storage/growth/partitions.py",
        "INSERT INTO {name} SELECT * FROM moved",
        "SELECT count(*) FROM moved",
        (MONTHS + "test_a_month_takes_over_what_lay_in_none",),
    ),
    Mutation(
        "Nobody looks at a table while its rows move",
        "storage/growth/partitions.py",
        '    yield f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"\n',
        "",
        (MONTHS + "test_whoever_comes_while_rows_move_finds_them_where_they_are_then",),
    ),
    Mutation(
        "Only a candidate's entry moves",
        "storage/sql/enrollments/upsert_candidates.sql",
        "WHERE n.status = 'candidate'",
        "",
        (MONTHS + "test_a_late_trigger_moves_the_entry_until_admission_alone",),
    ),
    Mutation(
        "A look reads no more of the queue than it needs",
        "storage/sql/messages/queued_channels.sql",
        " LIMIT %(most)s",
        "",
        (PLANS + "test_a_look_at_the_queue_reads_no_more_of_it_than_it_needs",),
    ),
    Mutation(
        "A message is looked for in its month alone",
        "storage/sql/messages/lock_for_send_check.sql",
        "m.entered_on = q.entered_on AND m.entered_on = ANY(%(on)s) AND ",
        "",
        (PLANS + "test_a_message_is_looked_for_in_its_month_alone",),
    ),
    Mutation(
        "What happened since somebody entered is kept while they are inside",
        "services/operations/retention.py",
        "first is not None and month >= first",
        "first is None",
        (RETENTION + "test_nothing_goes_that_somebody_inside_needs",),
    ),
    Mutation(
        "Messages are kept with their enrollment",
        "services/operations/retention.py",
        "needed = await retention.list_entry_months(connection, before)",
        "pass",
        (RETENTION + "test_nothing_goes_that_somebody_inside_needs",),
    ),
    Mutation(
        "Never again outlives the enrollment",
        "storage/sql/enrollments/other_entries.sql",
        "FROM asked a JOIN past_entry p ON p",
        "FROM asked a JOIN past_entry p ON false AND p",
        (RETENTION + "test_never_again_is_never_again",),
    ),
    Mutation(
        "An enrollment is let go when it has been over for long enough, not before",
        "storage/sql/enrollments/delete_enrollments.sql",
        "AND n.ended_at < %(before)s",
        "AND n.entered_at < %(before)s",
        (RETENTION + "test_ended_ones_go_in_portions_and_the_rest_is_looked_at_once",),
    ),
)
