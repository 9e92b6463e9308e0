"""A message's life: claimed, looked at, sent, settled, swept; and its id."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

WORKERS = "integration/services/delivery/test_two_workers.py::"
LIFE = "integration/services/delivery/test_message_states.py::"
RENDER = "integration/services/delivery/test_rendering.py::"
SETTLING = "integration/services/delivery/test_settling.py::"
CANCEL = "integration/services/delivery/test_cancelled_delivery.py::"
OVERTAKEN = "integration/services/delivery/test_overtaken_sends.py::"
UNKNOWN = "integration/services/delivery/test_unknown_outcomes.py::"
RECEIPTS = "integration/services/ingestion/test_receipts.py::"

MUTATIONS = (
    Mutation(
        "Each claim has a fence of its own",
        "storage/sql/messages/claim_messages.sql",
        "q.fence + 1 AS fence",
        "q.fence AS fence",
        (WORKERS + "test_who_lost_the_fence_can_not_look",),
    ),
    Mutation(
        "Who lost the fence cannot look",
        "storage/sql/messages/lock_for_send_check.sql",
        "m.fence = q.fence",
        "true",
        (WORKERS + "test_who_lost_the_fence_can_not_look",),
    ),
    Mutation(
        "Who lost the fence cannot settle",
        "storage/sql/messages/settle_messages.sql",
        "m.fence = r.fence",
        "true",
        (WORKERS + "test_who_lost_the_fence_can_not_settle",),
    ),
    Mutation(
        "Who lost the fence cannot give back what another holds",
        "storage/sql/messages/release_claims.sql",
        "m.fence = q.fence",
        "true",
        (WORKERS + "test_who_lost_the_fence_can_not_give_back_what_another_holds",),
    ),
    Mutation(
        "Two workers claim different messages",
        "storage/sql/messages/claim_messages.sql",
        " FOR UPDATE OF q SKIP LOCKED",
        "",
        (WORKERS + "test_two_workers_claim_different_messages",),
    ),
    Mutation(
        "With too little of the lease left nothing is sent",
        "services/delivery/provider_calls.py",
        "> SAFE_LEASE_SHARE * deps.lease.total_seconds()",
        "> 1e9",
        (WORKERS + "test_with_too_little_of_the_lease_left_nothing_is_sent",),
    ),
    Mutation(
        "`sending` is committed before the call",
        "storage/sql/messages/begin_sending.sql",
        "SET status = 'sending'",
        "SET status = 'claimed'",
        (LIFE + "test_sending_is_committed_before_the_call",),
    ),
    Mutation(
        "A claim of the dead goes back to the queue: only `sending` becomes unknown",
        "storage/sql/messages/expire_leases.sql",
        "CASE WHEN m.status = 'claimed' OR ",
        "CASE WHEN ",
        (WORKERS + "test_a_claim_of_the_dead_goes_back_to_the_queue",),
    ),
    Mutation(
        "What a dead worker was sending is unknown, and is not sent again",
        "storage/sql/messages/expire_leases.sql",
        "ELSE 'unknown' END",
        "ELSE 'queued' END",
        (SETTLING + "test_an_unknown_of_a_dead_worker_waits_like_silence",),
    ),
    Mutation(
        "A living lease is not swept",
        "storage/sql/messages/expire_leases.sql",
        " AND m.lease_until < %(machine_now)s",
        "",
        (WORKERS + "test_a_living_lease_is_not_swept",),
    ),
    Mutation(
        "A cancelled call is no failure",
        "services/delivery/provider_calls.py",
        "*((send, result) for send, result in answers if not isinstance(result, BaseException))",
        '*((send, Refused("") if isinstance(result, BaseException) else result) for send, result in answers)',
        (CANCEL + "test_cancelled_in_the_middle_of_calls",),
    ),
    Mutation(
        "Nothing that cannot be told is tried again",
        "services/delivery/provider_calls.py",
        'return row | {"status": MessageStatus.UNKNOWN, "detail": why}',
        'return row | {"status": MessageStatus.QUEUED, "detail": why}',
        (UNKNOWN + "test_an_unknown_is_not_sent_again_and_does_not_fall_through",),
    ),
    Mutation(
        "What the provider did not process is tried again when it says",
        "services/delivery/provider_calls.py",
        '"not_before": now + after}',
        '"not_before": now}',
        (LIFE + "test_not_processed_is_tried_again_when_the_provider_says",),
    ),
    Mutation(
        "What is held is decided again",
        "storage/sql/messages/hold_messages.sql",
        "UPDATE enrollment n SET due_at = held.due_at",
        "UPDATE enrollment n SET due_at = n.due_at",
        (LIFE + "test_what_is_held_is_queued_again_under_the_same_id",),
    ),
    Mutation(
        "Deliver never defers: it hands back",
        "services/delivery/send_check.py",
        "else MessageStatus.HELD",
        "else MessageStatus.QUEUED",
        (LIFE + "test_what_is_held_is_queued_again_under_the_same_id",),
    ),
    Mutation(
        "One message of each enrollment, step and channel, whoever decides how often",
        "services/decisions/writer.py",
        'uuid5(enrollment, f"{step}/{channel}")',
        'uuid5(enrollment, f"{step}/{channel}/{id(object())}")',
        (LIFE + "test_the_id_is_made_of_enrollment_step_and_channel",),
    ),
    Mutation(
        "A message that went is never queued again",
        "storage/sql/messages/queue_messages.sql",
        "WHERE m.status = 'held'",
        "WHERE m.status IN ('held', 'sent', 'unknown')",
        (LIFE + "test_what_went_is_never_queued_again",),
    ),
    Mutation(
        "A late answer turns an unknown into what it was",
        "storage/sql/messages/settle_messages.sql",
        "m.status IN ('sending', 'unknown'), false",
        "m.status IN ('sending'), false",
        (WORKERS + "test_a_late_answer_turns_an_unknown_into_what_it_was",),
    ),
    Mutation(
        "Settling makes nobody due later than what happened meanwhile did",
        "storage/sql/messages/settle_messages.sql",
        "SET due_at = least(n.due_at, CASE WHEN",
        "SET due_at = coalesce(CASE WHEN",
        (OVERTAKEN + "test_a_purchase_during_the_call_is_heard_at_once",),
    ),
    Mutation(
        "Receipts heal unknowns",
        "storage/sql/messages/apply_receipts.sql",
        "CASE WHEN m.status IN ('sending', 'sent', 'unknown')",
        "CASE WHEN m.status IN ('sending', 'sent')",
        (UNKNOWN + "test_a_receipt_heals_an_unknown",),
    ),
    Mutation(
        "A receipt that overtakes the answer settles the message",
        "storage/sql/messages/apply_receipts.sql",
        "CASE WHEN m.status IN ('sending', 'sent', 'unknown')",
        "CASE WHEN m.status IN ('sent', 'unknown')",
        (OVERTAKEN + "test_a_receipt_that_came_before_the_worker_died_settles_it",),
    ),
    Mutation(
        "Receipts make those due who wait for them",
        "storage/sql/messages/apply_receipts.sql",
        "SET due_at = least(n.due_at, t.now)",
        "SET due_at = n.due_at",
        (RECEIPTS + "test_a_receipt_makes_who_waits_for_it_due",),
    ),
    Mutation(
        "An open by a machine is no open",
        "services/ingestion/receipts.py",
        "if field and not receipt.by_machine:",
        "if field:",
        ("integration/services/delivery/test_cascade.py::test_an_open_by_a_machine_is_none",),
    ),
    Mutation(
        "No more is begun than the channel takes in two seconds",
        "services/delivery/deliver.py",
        "min(spec.concurrency, int(2 * spec.rate))",
        "spec.concurrency",
        (RENDER + "test_a_slow_channel_begins_no_more_than_two_seconds_of_its_rate",),
    ),
    Mutation(
        "No more is begun than the channel takes at once",
        "services/delivery/deliver.py",
        "min(spec.concurrency, int(2 * spec.rate))",
        "int(2 * spec.rate)",
        (RENDER + "test_never_more_are_being_sent_than_the_channel_takes_at_once",),
    ),
)
