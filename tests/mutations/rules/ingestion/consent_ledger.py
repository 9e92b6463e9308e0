"""The ledger of consents: ends, senders, pauses, and what a consent is a consent to."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

DETAILS = "unit/services/ingestion/test_consent_details.py::"
LEDGER = "integration/services/ingestion/test_consent_ledger.py::"
CONSENT = "unit/domain/decisions/test_consent.py::"
SNAPSHOTS = "unit/domain/decisions/test_snapshots.py::"
CHOICES = "integration/services/preferences/test_choosing.py::"

MUTATIONS = (
    Mutation(
        "A consent to something else than messages grants none",
        "services/ingestion/consenting/consents.py",
        "    yield from consent_details.other_matters(",
        "    yield from () and consent_details.other_matters(",
        (DETAILS + "test_a_consent_to_something_else_than_messages_grants_none",),
    ),
    Mutation(
        "An end that cannot be read grants nothing",
        "services/ingestion/consenting/consent_details.py",
        'unread.append(f"{key[:60]} {value!r:.60}")',
        "pass",
        (LEDGER + "test_an_end_that_cannot_be_read_grants_nothing",),
    ),
    Mutation(
        "A grant that has ended is none",
        "storage/sql/customers/standing_consents.sql",
        "s.granted AND (s.expires_at IS NULL OR s.expires_at > %(at)s) AS granted",
        "s.granted AS granted",
        (LEDGER + "test_a_grant_counts_until_its_end",),
    ),
    Mutation(
        "A pause stands beside what was said before it",
        "storage/sql/customers/standing_consents.sql",
        "SELECT DISTINCT ON (customer_id, purpose, channel, topic, sender, NOT granted AND expires_at IS NOT NULL)",
        "SELECT DISTINCT ON (customer_id, purpose, channel, topic, sender)",
        (LEDGER + "test_a_pause_ends_by_itself_or_by_another_word",),
    ),
    Mutation(
        "A pause is no withdrawal that stands already",
        "storage/sql/customers/write_refusals.sql",
        "AND (o.granted OR (o.expires_at IS NULL AND o.sender IS NULL))",
        "",
        (LEDGER + "test_a_no_within_a_pause_holds_when_the_pause_is_over",),
    ),
    Mutation(
        "A source cannot end a withdrawal beforehand",
        "services/ingestion/profiles.py",
        "if source == consents.PREFERENCES else None",
        "if source else None",
        (LEDGER + "test_a_source_cannot_end_a_withdrawal_beforehand",),
    ),
    Mutation(
        "A sender that nobody knows takes back for all",
        "services/ingestion/consenting/consents.py",
        "whose = (None,) if odd_senders or by is None else tuple(by)",
        "whose = (None,) if by is None and not odd_senders else tuple(by or ())",
        (DETAILS + "test_a_sender_that_nobody_knows_takes_back_for_all_and_grants_nothing",),
    ),
    Mutation(
        "What is said to one sender is nothing to another",
        "domain/standing_word.py",
        "word.channel in (channel, None) and word.sender in (sender, None)",
        "word.channel in (channel, None)",
        (CONSENT + "test_what_is_said_to_one_sender_is_nothing_to_another",),
    ),
    Mutation(
        "No grant ends a pause",
        "domain/standing_word.py",
        "key=lambda word: (word.is_pause, word.at, not word.granted)",
        "key=lambda word: (word.at, not word.granted)",
        (CONSENT + "test_what_the_customer_said", CHOICES + "test_no_grant_ends_a_pause"),
    ),
    Mutation(
        "A send check knows a pause",
        "storage/facts/profiles.py",
        'row["sender"], row["is_pause"])',
        'row["sender"])',
        (CHOICES + "test_no_grant_ends_a_pause",),
    ),
    Mutation(
        "A decision is made again with its pauses",
        "domain/decisions/snapshot.py",
        "    if is_pause:\n        return [sender, True]\n",
        "",
        (SNAPSHOTS + "test_a_decision_to_send_keeps_how_to_reach_the_customer",),
    ),
    Mutation(
        "With double opt-in a grant counts once the address is confirmed",
        "domain/decisions/send_policy.py",
        "if missing is None and channel in double_opt_in and channel not in person.confirmed:",
        "if missing is None and channel in double_opt_in and not person.contacts:",
        (CONSENT + "test_where_it_is_asked_for_a_grant_counts_once_the_address_is_confirmed",),
    ),
)
