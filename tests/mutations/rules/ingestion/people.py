"""People, not enrollments: what is due of a person, in which order, and how messages count in the caps."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

FOLD = "integration/services/decisions/test_decision_order.py::"
CAPS = "integration/services/delivery/test_frequency_caps.py::"
REENTRY = "integration/services/decisions/entries/test_reentry.py::"
CAP_CASES = "unit/domain/decisions/test_frequency_caps.py::"

MUTATIONS = (
    Mutation(
        "Everything that a person has due is decided in one pass, in every journey",
        "storage/sql/enrollments/due_enrollments.sql",
        "SELECT n.id,",
        "SELECT DISTINCT ON (n.customer_id) n.id,",
        (FOLD + "test_what_a_pass_decides_for_another_journey_is_its_own_to_deliver",),
    ),
    Mutation(
        "The more important journey goes first",
        "storage/sql/enrollments/due_enrollments.sql",
        "n.priority DESC",
        "n.priority",
        (FOLD + "test_of_two_due_the_more_important_goes_and_the_other_waits",),
    ),
    Mutation(
        "Each message of a pass counts in the caps of the next decision",
        "services/decisions/runner.py",
        "replace(person, touches=(*person.touches, Touch(queue.counts_on, queue.topic, queue.sender)))",
        "person",
        (FOLD + "test_of_two_due_the_more_important_goes_and_the_other_waits",),
    ),
    Mutation(
        "A person's caps hold however much of them is due",
        "services/decisions/runner.py",
        "known = replace(known, person=replace(person, contacts=contacts))",
        "pass",
        (FOLD + "test_a_hot_customer_breaks_no_cap_and_starves_nobody",),
    ),
    Mutation(
        "What is queued counts in the caps",
        "storage/sql/customers/touches.sql",
        "('queued', 'claimed',",
        "('claimed',",
        (FOLD + "test_what_an_earlier_pass_queued_counts_as_well",),
    ),
    Mutation(
        "An unknown counts in the caps",
        "storage/sql/customers/touches.sql",
        "'sent', 'unknown')",
        "'sent')",
        (CAPS + "test_what_may_have_reached_the_customer_counts",),
    ),
    Mutation(
        "A definite failure does not count in the caps",
        "storage/sql/customers/touches.sql",
        "'sent', 'unknown')",
        "'sent', 'unknown', 'failed')",
        (CAPS + "test_what_did_not_does_not",),
    ),
    Mutation(
        "A message in test mode is no touch",
        "storage/sql/customers/touches.sql",
        " AND mode = 'live'",
        "",
        (CAPS + "test_a_message_in_test_mode_is_no_touch",),
    ),
    Mutation(
        "A week is seven days, rolling",
        "domain/decisions/send_policy.py",
        'days=0 if cap.per == "day" else 6',
        'days=0 if cap.per == "day" else today.weekday()',
        (CAP_CASES + "test_what_the_caps_say",),
    ),
    Mutation(
        "The day of a cap is the customer's own",
        "domain/decisions/send_policy.py",
        "today = local_date(now, person.zone)",
        "today = now.date()",
        (CAP_CASES + "test_the_day_is_the_customers_own",),
    ),
    Mutation(
        "Nobody of a paused journey is decided about",
        "storage/sql/enrollments/due_enrollments.sql",
        " AND NOT j.paused",
        "",
        (FOLD + "test_a_paused_journey_is_decided_by_nobodys_pass",),
    ),
    Mutation(
        "What was queued for whoever left goes no more",
        "domain/decisions/engine.py",
        "given_up = (enrollment.step,) if enrollment.step else ()",
        "given_up = ()",
        (FOLD + "test_what_was_queued_for_whoever_left_goes_no_more",),
    ),
    Mutation(
        "Coming again is counted from the last entry that sent something",
        "domain/decisions/reentry.py",
        'if again == "never" or again.after(first, person.zone) > last:',
        'if again == "never":',
        ("unit/domain/decisions/test_admission.py::test_again_after_counts_from_the_last_entry_that_sent",),
    ),
    Mutation(
        "An entry that sent nothing does not keep anybody from coming again",
        "storage/sql/enrollments/other_entries.sql",
        "AND (m.wrote OR n.status = 'active')",
        "",
        (REENTRY + "test_an_entry_that_left_before_its_message_keeps_nobody_out",),
    ),
    Mutation(
        "Shares are split by a hash that is the same on every machine",
        "domain/decisions/experiment.py",
        'hashlib.blake2b(f"{salt}:{customer}".encode(), digest_size=8).digest()',
        "(hash((salt, customer)) % 2**64).to_bytes(8)",
        ("unit/domain/decisions/test_experiment.py::test_the_same_on_every_machine",),
    ),
    Mutation(
        "A cap counts across senders",
        "domain/decisions/send_policy.py",
        "and (cap.each is None or touch.sender == sender)",
        "and touch.sender == sender",
        (
            "unit/domain/decisions/test_frequency_caps.py::test_what_the_caps_say",
            "integration/services/decisions/test_caps_under_fire.py::test_one_of_ninety_one_senders_writes_by_viber_in_a_minute",
        ),
    ),
    Mutation(
        "Each sender by itself is counted where that is said",
        "domain/decisions/send_policy.py",
        "and (cap.each is None or touch.sender == sender)",
        "",
        ("unit/domain/decisions/test_frequency_caps.py::test_what_the_caps_say",),
    ),
    Mutation(
        "A cap that was published goes on meaning what it did",
        "domain/journeys/policy.py",
        'return kept if said["across"] else {"each": "sender", **kept}',
        "return kept",
        ("unit/domain/decisions/test_frequency_caps.py::test_what_was_published_goes_on_meaning_what_it_did",),
    ),
)
