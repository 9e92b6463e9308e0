"""The door: each event judged alone, bounds before anything is computed, refusals in their widest meaning."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

DOUBTS = "unit/services/ingestion/test_doubts.py::"
CONTACTS = "unit/services/ingestion/test_contacts.py::"
BOUNDS = "unit/services/ingestion/test_bounds.py::"
JUDGING = "unit/services/ingestion/test_judging.py::"
REFUSED = "integration/services/ingestion/test_consents.py::"
TAKEN_BACK = "integration/services/ingestion/test_contacts.py::"
REJECTED = "integration/api/test_rejected.py::"
KEPT = "integration/services/ingestion/test_rejected_events.py::"

MUTATIONS = (
    Mutation(
        "Two lists of events in one body are refused",
        "api/body_limits.py",
        'if body.count(LISTED) > 1 and lenient_json.list_top_keys(body).count("batch") > 1:',
        "if False:",
        ("unit/services/ingestion/test_odd_json.py::test_two_lists_of_events_are_refused_since_one_would_be_lost",),
    ),
    Mutation(
        "What stands in place of an id is nobody's",
        "services/ingestion/identity_reader.py",
        "if is_placeholder(said) or self._rules",
        "if self._rules",
        (
            JUDGING + "test_what_stands_in_place_of_an_id_is_left_out_and_told",
            JUDGING + "test_a_withdrawal_whose_id_is_nobodys_counts_by_its_others_and_by_its_addresses",
        ),
    ),
    Mutation(
        "A source is told what stands in place of an id",
        "services/ingestion/segment_events.py",
        "        odd += self._identities.remark(raw, is_no=no is not None)\n",
        "",
        (JUDGING + "test_what_stands_in_place_of_an_id_is_left_out_and_told",),
    ),
    Mutation(
        "The time on the client's clock counts where there is no other",
        "services/ingestion/segment_events.py",
        'raw = {**raw, "timestamp": since}',
        "pass",
        (JUDGING + "test_the_time_on_the_clients_clock_counts_where_there_is_no_other",),
    ),
    Mutation(
        "A grant against its own context grants nothing",
        "services/ingestion/profiles.py",
        "project.topics, context=context, senders=project.senders)",
        "project.topics, senders=project.senders)",
        (REFUSED + "test_a_grant_grants_nothing_against_its_own_words_or_context",),
    ),
    Mutation(
        "A grant against its own context is remarked",
        "services/ingestion/segment_events.py",
        "self._topics, context=event.context",
        "self._topics",
        (DOUBTS + "test_a_grant_against_its_own_context_grants_nothing_and_is_remarked",),
    ),
    Mutation(
        "What takes something back is never a repeat",
        "services/ingestion/message_ids.py",
        "if takes_back and read_instant(said, self._dialect) is None:",
        "if takes_back and not takes_back:",
        (JUDGING + "test_what_takes_something_back_without_id_and_time_is_never_a_repeat",),
    ),
    Mutation(
        "Without id and time a repeat is one within the hour",
        "services/ingestion/message_ids.py",
        'hour = f"{self._now:%Y-%m-%dT%H}" if said is None else ""',
        'hour = ""',
        (JUDGING + "test_without_id_and_time_the_same_is_a_repeat_within_the_hour_alone",),
    ),
    Mutation(
        "A withdrawal that names anybody is never rejected",
        "services/ingestion/segment_events.py",
        ("if not no or refusal.code is RejectionCode.WITHDRAWAL_LOST:\n                raise"),
        "raise",
        (JUDGING + "test_a_withdrawal_that_names_anybody_is_never_rejected",),
    ),
    Mutation(
        "What a withdrawal cannot say is every",
        "services/ingestion/refusals/withdrawals.py",
        'yield name, "*"',
        "yield name, None",
        (JUDGING + "test_what_a_withdrawal_cannot_say_is_every",),
    ),
    Mutation(
        "A withdrawal without a readable time is of now by the engine's clock",
        "services/ingestion/segment_events.py",
        "return LATEST if withdrawn else self._now",
        "return self._now",
        (
            JUDGING + "test_a_withdrawal_that_names_anybody_is_never_rejected",
            REFUSED + "test_a_withdrawal_whose_time_cannot_be_read_is_of_now",
        ),
    ),
    Mutation(
        "Withdrawals that were stored in odd words get the widest meaning",
        "storage/migrations/versions/0003_taken_back.py",
        "WHERE o.odd_channel OR o.odd_topic OR o.odd_purpose",
        "WHERE o.odd_channel OR o.odd_topic",
        (
            "integration/storage/test_migrations.py::test_withdrawals_in_odd_words_get_the_widest_meaning_and_all_else_stays",
        ),
    ),
    Mutation(
        "Migrating waits for a busy table, and not for ever",
        "storage/migrate.py",
        "for pause in (*RETRY_DELAYS, None):",
        "for pause in (None,):",
        ("integration/storage/test_busy_migrations.py::test_a_table_that_is_busy_for_a_moment_is_waited_for",),
    ),
    Mutation(
        "Contacts can be read while withdrawals are widened",
        "storage/migrations/versions/0003_taken_back.py",
        "    op.execute(WIDEST)\n",
        "    op.execute('LOCK TABLE contact')\n    op.execute(WIDEST)\n",
        ("integration/storage/test_migrations.py::test_contacts_can_be_read_while_withdrawals_are_widened",),
    ),
    Mutation(
        "One bad event never rejects its batch",
        "services/ingestion/segment_events.py",
        ("remarks.append(EventRemark(index, refusal.code, str(refusal)))\n            continue"),
        "raise",
        (
            JUDGING + "test_a_bad_event_is_rejected_alone",
            REJECTED + "test_of_a_hundred_the_seventy_good_ones_are_stored_and_nothing_twice",
        ),
    ),
    Mutation(
        "Amounts are bounded before anything is computed",
        "services/ingestion/event_limits.py",
        "if not number.is_finite() or not -MAX_AMOUNT <= number <= MAX_AMOUNT:",
        "if number.is_nan():",
        (BOUNDS + "test_what_is_beyond_the_bounds_is_refused_with_its_code",),
    ),
    Mutation(
        "What an index holds is bounded in bytes too",
        "services/ingestion/event_limits.py",
        "if len(text) * 4 > MAX_BYTES and",
        "if len(text) < 0 and",
        (BOUNDS + "test_what_is_beyond_the_bounds_is_refused_with_its_code",),
    ),
    Mutation(
        "No number of a cart is beyond what arithmetic holds",
        "domain/values/amounts.py",
        "number.is_finite() and abs(number) <= MAX_AMOUNT else None",
        "number.is_finite() else None",
        (BOUNDS + "test_no_text_breaks_the_arithmetic_of_carts",),
    ),
    Mutation(
        "A text without an end is looked at once",
        "domain/json_tokens.py",
        ')*"?|',
        ')*"|',
        ("unit/services/ingestion/test_odd_json.py::test_a_text_without_an_end_takes_no_time",),
    ),
    Mutation(
        "What strict JSON refuses as a whole is read all the same",
        "api/body_limits.py",
        "read = _read_lenient(body, error)",
        'raise Rejected(f"the body is not JSON: {error}") from None',
        (
            "unit/services/ingestion/test_odd_json.py::test_one_odd_value_leaves_the_rest_of_the_body_readable",
            REJECTED + "test_of_a_hundred_the_seventy_good_ones_are_stored_and_nothing_twice",
        ),
    ),
    Mutation(
        "A row too large for an index is no outage",
        "services/failures/retry.py",
        ("if is_data_error(error):\n                raise"),
        "if False:\n                raise",
        (REJECTED + "test_what_only_the_database_does_not_take_is_found_and_left_out",),
    ),
    Mutation(
        "What the database does not take is left out alone",
        "services/failures/bisection.py",
        "if len(items) == 1:",
        "if len(items) <= 3:",
        (REJECTED + "test_what_only_the_database_does_not_take_is_found_and_left_out",),
    ),
    Mutation(
        "Good events stand though the rejected ones cannot be kept",
        "services/ingestion/rejecting/rejected_events.py",
        "except (psycopg.Error, Unavailable) as error:",
        "except Unavailable as error:",
        (REJECTED + "test_good_events_stand_though_the_rejected_ones_cannot_be_kept",),
    ),
    Mutation(
        "A rejected event is kept once",
        "storage/sql/events/write_rejected.sql",
        "ON CONFLICT (source, digest, code) DO NOTHING",
        "ON CONFLICT (source, digest, code) DO UPDATE SET id = DEFAULT",
        (REJECTED + "test_of_a_hundred_the_seventy_good_ones_are_stored_and_nothing_twice",),
    ),
    Mutation(
        "Equals of one request are several events",
        "services/ingestion/message_ids.py",
        "self._equals[digest] += 1",
        "self._equals[digest] = 1",
        (JUDGING + "test_without_a_message_id_the_same_gets_the_same_one_whenever_it_is_sent",),
    ),
    Mutation(
        "Of each source only the newest rejected events stay",
        "storage/ingestion/rejected_events.py",
        "DELETE FROM rejected_event WHERE source = %(source)s AND id <= (",
        "DELETE FROM rejected_event WHERE source = %(source)s AND id < 0 * (",
        (KEPT + "test_of_each_source_the_newest_stay",),
    ),
    Mutation(
        "Rejected events go in their time",
        "services/operations/retention.py",
        "delete_rejected_before(connection, now - keep.rejected.longest)",
        "delete_rejected_before(connection, now - 2 * keep.rejected.longest)",
        (KEPT + "test_rejected_events_go_in_their_time",),
    ),
    Mutation(
        "What programs write for nothing is nothing, also in brackets",
        "services/ingestion/contacts.py",
        "value.strip(AROUND_WORDS).casefold() in EMPTY_WORDS",
        "value.strip().casefold() in EMPTY_WORDS",
        (CONTACTS + "test_nothing_takes_an_address_back",),
    ),
    Mutation(
        "An event is known by its alias however that is spelled: a refund is one",
        "services/ingestion/segment_events.py",
        "self._words.names.get(snake := snake_case(event), snake)",
        "snake_case(event)",
        (
            "integration/services/decisions/test_orders_that_stand.py::"
            "test_whoever_cancels_or_returns_is_not_asked_how_it_was",
        ),
    ),
    Mutation(
        "Null and empty take a contact back",
        "services/ingestion/contacts.py",
        "yield from ((channel, said or None) for channel in channels)",
        "yield from ((channel, said) for channel in channels if said)",
        (
            CONTACTS + "test_nothing_takes_an_address_back",
            TAKEN_BACK + "test_whoever_took_an_address_back_is_not_written_to",
        ),
    ),
    Mutation(
        "What is no address is none",
        "services/ingestion/contacts.py",
        "if not value or value != value:",
        "if value is None:",
        (CONTACTS + "test_nothing_takes_an_address_back",),
    ),
    Mutation(
        "A contact that was taken back keeps its row",
        "storage/sql/customers/write_contacts.sql",
        "WHERE (k.updated_at, k.message_id COLLATE",
        "WHERE k.state = 'removed' OR (k.updated_at, k.message_id COLLATE",
        (TAKEN_BACK + "test_the_last_word_holds_in_whatever_order_it_is_heard",),
    ),
    Mutation(
        "Of two words at one instant the same one holds in either order",
        "storage/sql/customers/write_contacts.sql",
        '(k.updated_at, k.message_id COLLATE "C") <= (excluded.updated_at, excluded.message_id COLLATE "C")',
        "k.updated_at <= excluded.updated_at",
        (TAKEN_BACK + "test_of_two_words_at_one_instant_the_same_one_holds_in_either_order",),
    ),
    Mutation(
        "A dead address stays dead though it is taken back in between",
        "storage/sql/customers/write_contacts.sql",
        "WHEN excluded.state = 'removed' THEN k.state",
        "WHEN excluded.state = 'removed' THEN 'removed'",
        (TAKEN_BACK + "test_a_dead_address_stays_dead_though_it_is_taken_back_and_given_again",),
    ),
    Mutation(
        "A contact that was taken back reads as none before the send",
        "storage/sql/customers/people.sql",
        "AND k.state <> 'removed'",
        "AND true",
        (TAKEN_BACK + "test_what_is_decided_and_not_yet_sent_stays_here",),
    ),
)
