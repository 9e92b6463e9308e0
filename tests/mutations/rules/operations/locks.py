"""Who is locked, when, and what is read afterwards."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

LOCKS = "integration/storage/test_locks.py::"
FOLD = "integration/services/decisions/test_decision_order.py::"
ORDER = "integration/services/delivery/test_send_check_order.py::"
VERSIONS = "integration/services/publishing/test_versions.py::"

MUTATIONS = (
    Mutation(
        "Customers are locked in the order of their ids",
        "storage/sql/customers/lock_customers.sql",
        "ORDER BY id FOR",
        "ORDER BY id DESC FOR",
        (LOCKS + "test_ingest_locks_in_the_order_of_ids",),
    ),
    Mutation(
        "Ingest locks its customers",
        "services/ingestion/ingest.py",
        "if await enrollments.lock_customers(connection, [*planned.concerned, *holders]) & planned.concerned:",
        "if not connection:",
        (LOCKS + "test_ingest_waits_for_who_holds_the_customer",),
    ),
    Mutation(
        "Receipts lock their customers",
        "services/ingestion/receipts.py",
        "closed, customers=owners)",
        "closed, customers=())",
        (
            "integration/services/ingestion/test_receipts.py::test_a_receipt_waits_for_whoever_decides_about_the_customer",
        ),
    ),
    Mutation(
        "Settling locks its customers",
        "services/delivery/provider_calls.py",
        "standing = await enrollments.follow_and_lock(connection, [send.held.customer for send, _ in outcomes])",
        "standing = dict[int, int]()",
        ("integration/services/delivery/test_settling.py::test_a_customer_who_is_locked_for_long_costs_no_outcome",),
    ),
    Mutation(
        "Who is kept waiting tries again, three times in all",
        "services/failures/retry.py",
        "MAX_TRIES = 3",
        "MAX_TRIES = 1",
        (LOCKS + "test_ingest_tries_three_times_and_then_nothing_is_stored",),
    ),
    Mutation(
        "A pass goes round whom somebody else holds",
        "storage/sql/enrollments/lock_due_customers.sql",
        "FOR NO KEY UPDATE OF c SKIP LOCKED",
        "FOR NO KEY UPDATE OF c",
        (LOCKS + "test_advance_passes_over_whom_somebody_holds_and_says_so",),
    ),
    Mutation(
        "Nothing claimed while work is due is told as such",
        "services/decisions/runner.py",
        "DecisionBatchResult(busy=await enrollments.has_due_enrollments(connection, journey, now))",
        "DecisionBatchResult()",
        (LOCKS + "test_advance_passes_over_whom_somebody_holds_and_says_so",),
    ),
    Mutation(
        "A pass locks people before it decides about them",
        "storage/sql/enrollments/lock_due_customers.sql",
        "FOR NO KEY UPDATE OF c SKIP LOCKED",
        "",
        (FOLD + "test_two_workers_decide_about_one_person_once",),
    ),
    Mutation(
        "The look goes round whom somebody else holds",
        "storage/sql/messages/lock_for_send_check.sql",
        "FOR NO KEY UPDATE OF m, c SKIP LOCKED",
        "FOR NO KEY UPDATE OF m, c",
        (
            "integration/services/delivery/test_purchase_races.py::test_who_is_being_written_about_is_passed_over_and_comes_back_to_the_queue",
        ),
    ),
    Mutation(
        "The look locks the customer",
        "storage/sql/messages/lock_for_send_check.sql",
        "FOR NO KEY UPDATE OF m, c SKIP LOCKED",
        "FOR NO KEY UPDATE OF m SKIP LOCKED",
        (ORDER + "test_a_purchase_waits_for_the_look_and_finds_the_message_begun",),
    ),
    Mutation(
        "Advance locks in one statement and looks in the next",
        "storage/database.py",
        "            url.replace(",
        '            isolation_level="REPEATABLE READ", url=url.replace(',
        (LOCKS + "test_a_purchase_of_the_last_moment_before_the_lock_is_seen",),
    ),
    Mutation(
        "Deliver locks in one statement and looks in the next",
        "storage/database.py",
        "            url.replace(",
        '            isolation_level="REPEATABLE READ", url=url.replace(',
        (ORDER + "test_what_commits_just_before_the_lock_is_seen",),
    ),
    Mutation(
        "The engine's clock is read after the lock",
        "storage/clock.py",
        "coalesce(at, clock_timestamp())",
        "coalesce(at, now())",
        (LOCKS + "test_what_waited_for_a_lock_came_after_it",),
    ),
    Mutation(
        "Publishing waits for who decides",
        "storage/publishing/versions.py",
        "SELECT pg_advisory_xact_lock(%(lock)s)",
        "SELECT %(lock)s::bigint",
        (VERSIONS + "test_publishing_waits_for_decisions_under_way",),
    ),
    Mutation(
        "Nobody decides while files are published",
        "storage/publishing/versions.py",
        "SELECT pg_advisory_xact_lock_shared(%(lock)s)",
        "SELECT %(lock)s::bigint",
        (VERSIONS + "test_nobody_decides_while_files_are_published",),
    ),
    Mutation(
        "Who decides does not wait for others who decide",
        "storage/publishing/versions.py",
        "SELECT pg_advisory_xact_lock_shared(%(lock)s)",
        "SELECT pg_advisory_xact_lock(%(lock)s)",
        (LOCKS + "test_two_may_decide_at_once",),
    ),
    Mutation(
        "An emergency stop waits for the looks under way",
        "services/operations/emergency_stops.py",
        "await versions.lock_for_publishing(connection)",
        "pass",
        (VERSIONS + "test_a_stop_waits_for_looks_and_then_nothing_of_it_is_begun",),
    ),
)
