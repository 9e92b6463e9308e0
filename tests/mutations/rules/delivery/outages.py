"""What is done about doubt, faults and outages, and about what is told twice."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

KEY = "integration/services/delivery/test_idempotency_keys.py::"
POLICY = "integration/services/delivery/test_unknown_policy.py::"
QUARANTINE = "integration/services/operations/test_quarantine.py::"
BREAKER = "integration/services/delivery/test_circuit_breaker.py::"

MUTATIONS = (
    Mutation(
        "At its deadline an unknown is sent again only where the channel's policy says so",
        "domain/decisions/unknown_outcome.py",
        ' and doubt.channel.on_unknown == "resend"',
        "",
        (POLICY + "test_at_the_deadline_policy_never_resend_closes_it_and_the_cascade_goes_on",),
    ),
    Mutation(
        "What may have gone is called again only while its key is kept",
        "services/delivery/circuit_breaker.py",
        "if now < message.idempotency.until else ()",
        "if message.idempotency else ()",
        (KEY + "test_a_key_that_ran_out_on_the_way_is_not_used",),
    ),
    Mutation(
        "What may have gone never goes by another provider",
        "services/delivery/circuit_breaker.py",
        "carrier = turn if message.idempotency is None else message.idempotency.provider",
        "carrier = turn",
        (KEY + "test_it_never_goes_by_another_provider",),
    ),
    Mutation(
        "A receipt stops what waits to be tried again",
        "storage/sql/messages/apply_receipts.sql",
        "OR (m.status IN ('queued', 'claimed', 'held') AND",
        "OR (false AND",
        (KEY + "test_a_receipt_stops_what_waits_to_be_tried_again",),
    ),
    Mutation(
        "Whoever cannot be decided about stops nobody else",
        "services/decisions/runner.py",
        "if not people or is_outage(error):",
        "if error:",
        (QUARANTINE + "test_the_others_go_on_in_the_same_pass",),
    ),
    Mutation(
        "After three tries they are set aside",
        "services/failures/enrollment_failures.py",
        "MAX_FAILURES = 3",
        "MAX_FAILURES = 300",
        (QUARANTINE + "test_after_three_tries_it_is_set_aside_with_the_reason",),
    ),
    Mutation(
        "An outage is nobody's fault",
        "services/failures/enrollment_failures.py",
        "return isinstance(said, OUTAGE_ERRORS)",
        "return isinstance(said, ())",
        (QUARANTINE + "test_an_outage_is_nobodys_fault",),
    ),
    Mutation(
        "A run of outages has a provider passed over",
        "storage/sql/providers/record_provider_failures.sql",
        "WHERE failures >= %(most)s",
        "WHERE failures < 0 * %(most)s",
        (BREAKER + "test_a_run_of_outages_has_it_passed_over",),
    ),
    Mutation(
        "Exactly one worker tries whether a provider is back",
        "storage/sql/providers/reserve_slots.sql",
        "CASE WHEN c.open_until IS NOT NULL THEN clock_timestamp() + %(probe)s END",
        "CASE WHEN c.open_until IS NOT NULL THEN clock_timestamp() - %(probe)s END",
        (BREAKER + "test_exactly_one_tries_whether_it_is_back",),
    ),
    Mutation(
        "A rate holds for all workers together",
        "storage/sql/providers/reserve_slots.sql",
        "next_free = greatest(c.next_free, clock_timestamp() - %(burst)s) + %(length)s",
        "next_free = clock_timestamp() - %(burst)s + %(length)s",
        ("integration/services/delivery/test_rate_limits.py::test_four_workers_keep_to_the_rate_of_one",),
    ),
    Mutation(
        "What a source sends twice is counted once",
        "storage/sql/events/insert_events.sql",
        "FROM told JOIN fresh USING",
        "FROM told LEFT JOIN fresh USING",
        ("integration/services/ingestion/test_event_deduplication.py::test_an_event_sent_twice_is_counted_once",),
    ),
    Mutation(
        "What is in doubt on the last rung is waited for until that is found out",
        "domain/decisions/cascade_action.py",
        "if last and last.open and not left:",
        "if last and last.open and not channel_steps:",
        (
            "unit/domain/journeys/test_last_channel.py::test_on_the_last_rung_it_is_waited_for_until_somebody_has_found_out_or_given_up",
        ),
    ),
)
