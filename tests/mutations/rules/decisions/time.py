"""Time, and the order of arrival, which does not matter."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

ENTRANCE = "integration/services/decisions/entries/test_entry_conditions.py::"
EXITS = "integration/services/decisions/test_exits.py::"
ONCE = "integration/services/ingestion/test_event_deduplication.py::"
FANOUT = "integration/services/decisions/entries/test_fanout.py::"
CASCADE = "unit/domain/journeys/test_cascade.py::"
WORKERS = "integration/services/delivery/test_two_workers.py::"
IDENTITIES = "integration/services/ingestion/test_identities.py::"
LOCKS = "integration/storage/test_locks.py::"

MUTATIONS = (
    Mutation(
        "A quiet day is as long as the customer's clock says",
        "services/decisions/candidates.py",
        "enter.quiet_for.shortest",
        "enter.quiet_for.longest",
        (
            "integration/services/decisions/entries/test_entry_conditions.py::test_a_quiet_day_is_as_long_as_the_clock_of_the_customer_says",
        ),
    ),
    Mutation(
        "What happened before the entry is no exit",
        "storage/conditions/version_queries.py",
        "AND e.occurred_at >= {_exits_since(leave)} AND e.occurred_at <= r.at\n   AND NOT {own}",
        "AND e.occurred_at <= r.at\n   AND NOT {own}",
        (EXITS + "test_an_order_before_the_entry_is_no_exit",),
    ),
    Mutation(
        "What happened at the very instant of the entry is an exit",
        "storage/conditions/version_queries.py",
        "AND e.occurred_at >= {_exits_since(leave)} AND e.occurred_at <= r.at\n   AND NOT {own}",
        "AND e.occurred_at > {_exits_since(leave)} AND e.occurred_at <= r.at\n   AND NOT {own}",
        (EXITS + "test_an_order_of_the_very_instant_of_the_entry_is_one",),
    ),
    Mutation(
        "An exit counts by when it happened, not by when it came",
        "storage/conditions/version_queries.py",
        "AND e.occurred_at >= {_exits_since(leave)} AND e.occurred_at <= r.at\n   AND NOT {own}",
        "AND e.received_at >= {_exits_since(leave)} AND e.received_at <= r.at\n   AND NOT {own}",
        (EXITS + "test_an_order_before_the_entry_is_no_exit",),
    ),
    Mutation(
        "The entry's own event is no exit",
        "storage/conditions/version_queries.py",
        "AND e.occurred_at <= r.at\n   AND NOT {own}",
        "AND e.occurred_at <= r.at",
        (EXITS + "test_the_entrys_own_event_is_no_exit",),
    ),
    Mutation(
        "The entry's own event is told from another source's by when it happened",
        "storage/conditions/version_queries.py",
        "(e.occurred_at = r.entered_at\n        AND r.entry",
        "(true\n        AND r.entry",
        (EXITS + "test_another_sources_event_of_the_same_id_is_an_exit",),
    ),
    Mutation(
        "An order that names no cart leaves all carts",
        "storage/conditions/paths.py",
        "(e.name = 'order_completed' AND nullif",
        "(false AND nullif",
        (EXITS + "test_an_order_leaves_its_own_cart_or_all_where_it_names_none",),
    ),
    Mutation(
        "Events make those due at once who wait inside",
        "services/ingestion/triggers.py",
        "woken = await enrollments.wake_enrollments(connection, people)",
        "woken = 0",
        ("integration/storage/test_locks.py::test_an_exit_that_advance_cannot_see_waits_and_stops_the_message",),
    ),
    Mutation(
        "One enters with the last trigger of the quiet time, not when one is admitted",
        "storage/conditions/entry_queries.py",
        "SET entered_at = last.occurred_at",
        "SET entered_at = n.due_at",
        (ENTRANCE + "test_entered_at_is_not_the_moment_of_admission",),
    ),
    Mutation(
        "Each further trigger starts the quiet time again",
        "storage/conditions/entry_queries.py",
        "following > occurred_at + {length}",
        "following > occurred_at",
        (ENTRANCE + "test_each_further_trigger_starts_the_quiet_time_again",),
    ),
    Mutation(
        "A further trigger leaves the row where it is",
        "storage/sql/enrollments/upsert_candidates.sql",
        "due_at = least(n.due_at, excluded.due_at)",
        "due_at = greatest(n.due_at, excluded.due_at)",
        (ENTRANCE + "test_a_further_trigger_leaves_due_at_and_the_row_where_they_are",),
    ),
    Mutation(
        "An earlier trigger that comes late comes first",
        "storage/sql/enrollments/upsert_candidates.sql",
        "due_at = least(n.due_at, excluded.due_at)",
        "due_at = n.due_at",
        (ENTRANCE + "test_an_earlier_trigger_that_comes_late_is_due_earlier",),
    ),
    Mutation(
        "What is told a day late lets nobody in",
        "services/ingestion/triggers.py",
        "at.of(event.customer) - late_after",
        "at.of(event.customer) - 1000 * late_after",
        (ENTRANCE + "test_a_trigger_of_yesterday_is_a_fact_and_lets_nobody_in",),
    ),
    Mutation(
        "Nothing has happened later than now",
        "services/ingestion/ingest.py",
        "min(event.occurred_at, now)",
        "event.occurred_at",
        (ENTRANCE + "test_nothing_has_happened_later_than_now",),
    ),
    Mutation(
        "No receipt tells of later than now",
        "services/ingestion/receipts.py",
        "min(receipt.at, instants.of(message.customer))",
        "receipt.at",
        ("integration/services/ingestion/test_receipts.py::test_nothing_is_opened_in_the_future",),
    ),
    Mutation(
        "A clock that is wrong is corrected by the machine's",
        "services/ingestion/segment_events.py",
        "skew = machine_now - sent_at if sent_at else timedelta(0)",
        "skew = timedelta(0)",
        (ENTRANCE + "test_skew_is_what_the_machines_clock_says",),
    ),
    Mutation(
        "Leases go by the machine's clock",
        "storage/delivery/messages.py",
        'SELECT clock_timestamp() AS now"',
        'SELECT coalesce(at, clock_timestamp()) AS now FROM clock"',
        (WORKERS + "test_leases_go_by_the_machines_clock",),
    ),
    Mutation(
        "Each row is asked about as of its own instant",
        "storage/conditions/version_queries.py",
        "n.customer_id, q.at, n.entered_at, n.entry, n.entry_message_id, n.step",
        "n.customer_id, max(q.at) OVER () AS at, n.entered_at, n.entry, n.entry_message_id, n.step",
        ("integration/services/decisions/test_conditions.py::test_each_row_is_asked_as_of_its_own_instant",),
    ),
    Mutation(
        "Of two with one id in one batch, the first counts",
        "storage/ingestion/event_store.py",
        "for row in reversed(rows)}",
        "for row in rows}",
        (ONCE + "test_of_two_in_one_batch_the_first_counts",),
    ),
    Mutation(
        "Events of who was merged are those of whom they were merged into",
        "storage/people/merges.py",
        'for table in ("identity", *MOVED):',
        "for table in MOVED:",
        (IDENTITIES + "test_what_the_merged_do_is_done_by_whom_they_were_merged_into",),
    ),
    Mutation(
        "Ingest commits a few hundred events at a time",
        "services/ingestion/ingest.py",
        "CHUNK = 250",
        "CHUNK = 100_000",
        (LOCKS + "test_a_few_hundred_events_are_a_transaction",),
    ),
    Mutation(
        "A source is noted when the last note is ten seconds old",
        "storage/ingestion/event_store.py",
        "timedelta(seconds=10)",
        "timedelta(seconds=0)",
        (ONCE + "test_a_source_is_noted_when_the_last_note_is_ten_seconds_old",),
    ),
    Mutation(
        "A product is told of chunk by chunk",
        "services/decisions/fanout.py",
        "if enter.release else chunk",
        "if enter.release else 10**9",
        (FANOUT + "test_chunk_by_chunk_those_who_asked_first_and_nobody_twice",),
    ),
    Mutation(
        "An unknown waits like silence",
        "domain/decisions/cascade_action.py",
        "return self.status in (MessageStatus.SENT, MessageStatus.UNKNOWN)",
        "return self.status is MessageStatus.SENT",
        (CASCADE + "test_what_comes_next",),
    ),
    Mutation(
        "An attempt that is still to be sent means wait",
        "domain/decisions/cascade_action.py",
        "if any(attempt.under_way for attempt in attempts):",
        "if not attempts and channel_steps is None:",
        (CASCADE + "test_what_comes_next",),
    ),
    Mutation(
        "A step is never called by its place",
        "domain/journeys/program.py",
        'return f"{step.kind}:{content_hash(step.model_dump_json(by_alias=True))}"',
        'return f"{step.kind}:{id(step)}"',
        ("unit/domain/journeys/test_program.py::test_a_step_without_a_name_is_called_by_its_content",),
    ),
)
