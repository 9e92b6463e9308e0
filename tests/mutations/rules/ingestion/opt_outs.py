"""Somebody who said no stays refused; and whose word a receipt is: one bad line spoils itself alone."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

STOPS = "integration/services/ingestion/test_opt_outs.py::"
CARRIER = "integration/services/ingestion/test_receipts_of_others.py::"
HOOKS = "integration/api/test_receipts.py::"
LINES = "contract/test_receipt_lines.py::"
PAGE = "integration/api/test_unsubscribe.py::"
RECEIPTS = "services/ingestion/receipts.py"
COMPLAINTS = "integration/services/ingestion/test_complaints.py::"

MUTATIONS = (
    Mutation(
        "Whoever says no is heard in the words of any provider",
        "channels/receipt_lines.py",
        "return _SYNONYMS.get(word) or ReceiptKind(word)",
        "return ReceiptKind(word)",
        (LINES + "test_whoever_says_no_is_heard_in_the_words_of_any_provider",),
    ),
    Mutation(
        "A complaint closes the address to every journey",
        "services/ingestion/refusals/opt_outs.py",
        "EVERY_JOURNEY if everything else message.journey",
        "message.journey",
        (COMPLAINTS + "test_a_complaint_closes_the_address_to_every_purpose",),
    ),
    Mutation(
        "What an address refused holds for whoever has it",
        "storage/sql/customers/people.sql",
        "s.address IN (a.hash, k.address_key)",
        "s.address = k.address",
        (COMPLAINTS + "test_whoever_else_has_the_address_hears_nothing_there_either",),
    ),
    Mutation(
        "One telephone is one address however it is written",
        "services/ingestion/profiles.py",
        "address_key(channel, address) if address else None",
        "address",
        (COMPLAINTS + "test_a_number_is_the_same_however_it_is_written",),
    ),
    Mutation(
        "Who has a number without a key is not written to",
        "storage/sql/customers/people.sql",
        " AND k.address_key IS NOT NULL",
        "",
        (COMPLAINTS + "test_of_whom_nobody_can_say_who_refused_nobody_is_written_to",),
    ),
    Mutation(
        "A dead mailbox is dead however it is written",
        "storage/sql/customers/write_contacts.sql",
        " OR k.address_key = excluded.address_key)",
        ")",
        (COMPLAINTS + "test_a_dead_mailbox_is_dead_however_it_is_written",),
    ),
    Mutation(
        "Nothing goes to an address that refused it, whatever its purpose",
        "domain/decisions/send_policy.py",
        'if state == "suppressed":\n        return Reason.SUPPRESSED\n    if state != "active":',
        'if state not in ("active", "suppressed"):',
        ("unit/domain/decisions/test_consent.py::test_contact_and_template_hold_for_every_purpose",),
    ),
    Mutation(
        "No other channel carries what somebody said no to",
        "domain/decisions/cascade_action.py",
        "if stopped := closing_reason(attempts):",
        "if stopped := None:",
        (STOPS + "test_no_other_channel_carries_what_was_refused_and_the_next_step_comes",),
    ),
    Mutation(
        "A no between the claim and the look is seen",
        "domain/decisions/send_check.py",
        "if stopped := closing_reason(attempts):",
        "if stopped := None:",
        (COMPLAINTS + "test_a_complaint_between_claim_and_look_stops_the_other_channel",),
    ),
    Mutation(
        "A no is kept with the message",
        "storage/sql/messages/apply_receipts.sql",
        "stopped = coalesce(r.stopped, m.stopped)",
        "stopped = m.stopped",
        (STOPS + "test_what_waits_of_the_step_is_dropped_with_a_reason",),
    ),
    Mutation(
        "A no counts at the step that took the place of the message's own",
        "domain/decisions/version_migration.py",
        " or attempt.stopped",
        "",
        (
            "unit/domain/journeys/test_diff.py::test_a_no_counts_at_the_step_in_its_place_whatever_became_of_the_message",
        ),
    ),
    Mutation(
        "Unsubscribing from what was asked for ends what its journey writes to that address",
        "services/ingestion/refusals/opt_outs.py",
        "if message.purpose is not Purpose.MARKETING:",
        "if message.purpose is None:",
        (STOPS + "test_one_click_in_the_letter_that_asks_to_confirm_stops_the_second",),
    ),
    Mutation(
        "What one journey may not write to, another may",
        "services/decisions/runner.py",
        "replace(person, contacts=contacts)",
        "person",
        (STOPS + "test_one_journey_is_refused_whatever_is_decided_before_it_in_the_same_pass",),
    ),
    Mutation(
        "A click after coming back counts again",
        RECEIPTS,
        "repeated = fresh if carried else words",
        "repeated = fresh",
        (STOPS + "test_a_click_after_coming_back_counts_again",),
    ),
    Mutation(
        "What a provider repeats is no new word",
        RECEIPTS,
        "repeated = fresh if carried else words",
        "repeated = words",
        (STOPS + "test_what_a_provider_repeats_is_no_new_word",),
    ),
    Mutation(
        "What is withdrawn is not withdrawn twice",
        "storage/sql/customers/withdraw_consents.sql",
        "WHERE NOT EXISTS (\n   SELECT FROM consent w",
        "WHERE coalesce(true, false) OR NOT EXISTS (\n   SELECT FROM consent w",
        (STOPS + "test_a_click_after_coming_back_counts_again",),
    ),
    Mutation(
        "A no takes back what was granted before it was heard",
        RECEIPTS,
        "word.event, instants.of(word.message.customer)",
        "word.event, word.receipt.at",
        (STOPS + "test_a_no_takes_back_what_was_granted_before_it_was_heard",),
    ),
    Mutation(
        "A test says nothing of the customer",
        RECEIPTS,
        "if message.mode is Mode.TEST and receipt.kind in OPT_OUT_RECEIPTS:",
        "if message.mode is None:",
        (STOPS + "test_a_test_says_nothing_of_the_customer",),
    ),
    Mutation(
        "The page of a test promises nothing",
        "services/ingestion/refusals/opt_outs.py",
        "if message.mode is Mode.TEST:",
        "if message.mode is None:",
        (PAGE + "test_whoever_clicks_in_a_test_is_told_that_nothing_was_changed",),
    ),
    Mutation(
        "The page promises no more than was done",
        "api/routes/unsubscribe.py",
        "UnsubscribeScope.JOURNEY: Page.JOURNEY",
        "UnsubscribeScope.JOURNEY: Page.CHANNEL",
        (PAGE + "test_the_page_says_what_was_done_and_nothing_else",),
    ),
    Mutation(
        "A receipt counts only when it comes from whoever carried the message",
        RECEIPTS,
        "if provider is not None and message.provider != provider:",
        "if provider is None and message.provider == provider:",
        (HOOKS + "test_the_word_of_another_provider_changes_nothing",),
    ),
    Mutation(
        "Nobody can tell of a message that nobody was given",
        RECEIPTS,
        "if provider is not None and not message.provider:",
        'if provider is not None and message.provider == "":',
        (HOOKS + "test_nobody_can_tell_of_a_message_that_nobody_carried",),
    ),
    Mutation(
        "Who carries it is asked once the customer is locked",
        RECEIPTS,
        (
            "    await addresses.lock_with_holders(connection, deps.address_hasher, closed, customers=owners)\n"
            "    standing = await receipt_targets.load_targets(connection, known)"
        ),
        (
            "    standing = await receipt_targets.load_targets(connection, known)\n"
            "    await addresses.lock_with_holders(connection, deps.address_hasher, closed, customers=owners)"
        ),
        (CARRIER + "test_who_carries_it_is_asked_once_the_customer_is_locked",),
    ),
    Mutation(
        "Nothing is told of a message that is earlier than the message",
        RECEIPTS,
        "max(min(receipt.at, instants.of(message.customer)), message.made_at)",
        "min(receipt.at, instants.of(message.customer))",
        (HOOKS + "test_nothing_happens_before_the_message_was_made_or_later_than_now",),
    ),
    Mutation(
        "A line that is no JSON loses no other",
        "channels/receipt_lines.py",
        "return [_parse_element(part) for part in _split_list(text)]",
        'raise Rejected("not a list of receipts") from None',
        (LINES + "test_a_line_that_is_not_even_json_loses_no_other",),
    ),
    Mutation(
        "A no is heard whatever else is wrong with its line",
        "channels/receipt_lines.py",
        "if kind in OPT_OUT_RECEIPTS:",
        "if kind is None:",
        (LINES + "test_a_no_is_heard_whatever_else_is_wrong",),
    ),
    Mutation(
        "A detail is taken without what cannot be stored",
        "channels/receipt_lines.py",
        'said.replace("\\0", "")',
        "said",
        (HOOKS + "test_a_detail_is_kept_as_far_as_it_can_be",),
    ),
    Mutation(
        "A detail is bounded",
        "channels/receipt_lines.py",
        '""), MAX_DETAIL)',
        '""), 10**9)',
        (LINES + "test_a_detail_is_taken_as_far_as_it_can_be_kept",),
    ),
    Mutation(
        "What the database cannot store spoils itself alone",
        "services/failures/retry.py",
        'DATA_ERROR_CLASSES = ("21", "22", "23", "54")',
        'DATA_ERROR_CLASSES = ("21", "22", "23")',
        (HOOKS + "test_what_the_database_cannot_store_spoils_itself_alone",),
    ),
    Mutation(
        "Whatever else goes wrong is told again later",
        "services/ingestion/event_bisection.py",
        "if not is_data_error(error):",
        "if error is None:",
        (HOOKS + "test_whatever_else_goes_wrong_is_told_again_later",),
    ),
    Mutation(
        "Each hundred receipts are a transaction of their own",
        RECEIPTS,
        "CHUNK = 100",
        "CHUNK = 10_000",
        (HOOKS + "test_each_hundred_receipts_are_stored_by_themselves",),
    ),
    Mutation(
        "Of a webhook, whoever says no is heard first",
        RECEIPTS,
        "return line[1].kind not in OPT_OUT_RECEIPTS, line[1].at",
        "return True, line[1].at",
        (HOOKS + "test_each_hundred_receipts_are_stored_by_themselves",),
    ),
    Mutation(
        "Of what is told twice the earliest counts, whichever hundred it is in",
        RECEIPTS,
        "return line[1].kind not in OPT_OUT_RECEIPTS, line[1].at",
        "return line[1].kind not in OPT_OUT_RECEIPTS, datetime.min",
        (HOOKS + "test_of_what_is_told_twice_the_earliest_counts_however_far_apart",),
    ),
    Mutation(
        "While the lines of a webhook are read, the others are served",
        "api/routes/receipts.py",
        "await asyncio.to_thread(carrier.receipts, webhook)",
        "carrier.receipts(webhook)",
        (HOOKS + "test_while_lines_are_read_the_others_are_served",),
    ),
)
