"""Closed addresses: for everybody who has them, by a keyed hash, and opened by nobody in passing."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

CLOSED = "integration/services/operations/test_suppressions.py::"
LIFTED = "integration/services/operations/test_lifting_suppressions.py::"
STOPS = "integration/services/ingestion/test_stop.py::"
DEAD = CLOSED + "test_an_address_that_does_not_work_is_closed_for_everybody_who_has_it"

MUTATIONS = (
    Mutation(
        "What cannot be delivered closes the address for everybody: by the answer",
        "storage/sql/messages/settle_messages.sql",
        "WHERE s.address_dead ORDER",
        "WHERE false ORDER",
        (DEAD,),
    ),
    Mutation(
        "What cannot be delivered closes the address for everybody: by a receipt",
        "storage/sql/messages/apply_receipts.sql",
        "WHERE t.address_dead ORDER",
        "WHERE false ORDER",
        (DEAD,),
    ),
    Mutation(
        "What cannot be delivered closes the address, not only the customer's contact",
        "storage/sql/customers/close_dead_addresses.sql",
        "WHERE t.mode = 'live'",
        "WHERE false",
        (DEAD,),
    ),
    Mutation(
        "No closed address is stored in plain",
        "storage/sql/customers/write_suppressions.sql",
        "r.channel, coalesce(a.hash, r.address), r.journey, r.reason, r.source",
        "r.channel, r.address, r.journey, r.reason, r.source",
        (CLOSED + "test_no_address_is_stored_in_plain_and_it_outlives_the_customer",),
    ),
    Mutation(
        "What was stored in plain holds until it is hashed",
        "storage/sql/customers/people.sql",
        "s.address IN (a.hash, k.address_key)",
        "s.address = a.hash",
        (CLOSED + "test_what_an_earlier_version_stored_in_plain_holds_before_and_after_it_is_hashed",),
    ),
    Mutation(
        "Whoever gets an unsubscribed address later is unsubscribed",
        "storage/sql/customers/withdraw_consents.sql",
        "FROM told t JOIN address d",
        "FROM (SELECT * FROM told WHERE false) t JOIN address d",
        (CLOSED + "test_whoever_gets_an_unsubscribed_address_later_is_unsubscribed",),
    ),
    Mutation(
        "Without the suppression key nothing is sent",
        "storage/people/suppression_key.py",
        "    if known != hasher.fingerprint:\n        raise WrongSuppressionKey\n",
        "",
        (CLOSED + "test_without_the_key_nothing_is_sent_and_no_address_is_taken",),
    ),
    Mutation(
        "A key that anybody can guess is none",
        "domain/addresses/address_hash.py",
        "if len(key.strip()) < MIN_KEY:",
        "if not MIN_KEY:",
        (CLOSED + "test_a_key_that_anybody_can_guess_is_none",),
    ),
    Mutation(
        "What somebody unsubscribed from no operator lifts",
        "services/operations/suppressions.py",
        "LIFTABLE = (Reason.COMPLAINED, Reason.ADDRESS_DEAD)",
        "LIFTABLE = (Reason.COMPLAINED, Reason.ADDRESS_DEAD, Reason.UNSUBSCRIBED)",
        (LIFTED + "test_what_somebody_unsubscribed_from_no_operator_lifts",),
    ),
    Mutation(
        "Of an address in all channels the latest are shown",
        "services/operations/suppressions.py",
        "return sorted(found, key=lambda closed: closed.at, reverse=True)[:limit]",
        "return found",
        (LIFTED + "test_of_an_address_in_all_channels_the_latest_are_shown",),
    ),
    Mutation(
        "STOP closes the number to everything by SMS: in an event",
        "services/ingestion/refusals/refusal_words.py",
        "return self.complained or self.stopped",
        "return self.complained",
        (STOPS + "test_stop_closes_the_number_to_everything_by_sms",),
    ),
    Mutation(
        "STOP closes the number to everything by SMS: reported by its provider",
        "services/ingestion/refusals/opt_outs.py",
        "return by_sms and stop.source != OWN_LINK",
        "return by_sms and stop.source is None",
        (STOPS + "test_an_answer_to_an_sms_is_wider_than_a_click_in_it",),
    ),
    Mutation(
        "STOP by SMS closes no other channel",
        "services/ingestion/refusals/refusal_words.py",
        "return channel == Channel.SMS if self.stopped and not self.complained else True",
        "return True",
        (STOPS + "test_stop_closes_the_number_to_everything_by_sms",),
    ),
    Mutation(
        "What closes an address for one reason stands beside the others",
        "storage/sql/customers/write_suppressions.sql",
        "    ON CONFLICT DO NOTHING",
        """ WHERE NOT EXISTS (SELECT FROM suppression s
                    WHERE s.channel = r.channel AND s.address IN (a.hash, r.address) AND s.journey = r.journey)
    ON CONFLICT DO NOTHING""",
        (LIFTED + "test_what_lifts_one_reason_leaves_the_others",),
    ),
)
