"""The report: what it counts, and that its columns add up."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

REPORT = "integration/services/inspect/test_sms_baseline.py::"

MUTATIONS = (
    Mutation(
        "No SMS reaches who has no telephone",
        "storage/sql/inspect/report_messages.sql",
        "WHEN s.message IS NULL OR k.customer_id IS NULL THEN false",
        "WHEN s.message IS NULL THEN false",
        (REPORT + "test_who_has_no_telephone_is_reached_by_no_sms",),
    ),
    Mutation(
        "Whoever left before was never let in",
        "services/inspect/report.py",
        'report.left_before += 0 if row["entered"] else people',
        "report.left_before += people",
        ("integration/services/inspect/test_report.py::test_the_columns_add_up",),
    ),
    Mutation(
        "What fell through was sent, failed or is unknown",
        "storage/sql/inspect/report_messages.sql",
        "fell AND status IN ('sent', 'failed', 'unknown')",
        "fell",
        ("integration/services/inspect/test_report.py::test_the_columns_add_up",),
    ),
    Mutation(
        "A telephone that refused could not be reached",
        "storage/sql/inspect/report_messages.sql",
        "WHEN EXISTS (SELECT FROM suppression p",
        "WHEN false AND EXISTS (SELECT FROM suppression p",
        (REPORT + "test_a_telephone_that_refused_is_none",),
    ),
    Mutation(
        "A telephone that came later could not be reached",
        "storage/sql/inspect/report_messages.sql",
        "WHEN k.updated_at > m.decided_at AND NOT EXISTS",
        "WHEN false AND NOT EXISTS",
        (REPORT + "test_a_telephone_that_came_later_could_not_be_reached",),
    ),
    Mutation(
        "Consent for an SMS counts as it stood then",
        "storage/sql/inspect/report_messages.sql",
        " AND c.at <= m.decided_at\n                              ORDER BY",
        "\n                              ORDER BY",
        (REPORT + "test_consent_counts_as_it_stood_then",),
    ),
    Mutation(
        "A message without a template for SMS is not counted by SMS",
        "storage/sql/inspect/report_messages.sql",
        " WHERE t.value->'channels' ? 'sms')",
        ")",
        (REPORT + "test_a_message_that_says_nothing_by_sms_is_left_out",),
    ),
    Mutation(
        "What no SMS could reach is compared with nothing",
        "services/inspect/report.py",
        '_sum(by_sms, -row["compared"])',
        '_sum(by_sms, -row["cost"])',
        (REPORT + "test_who_has_no_telephone_is_reached_by_no_sms",),
    ),
)
