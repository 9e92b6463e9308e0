"""Whoever says no by an address, or in the words of others, is heard; and what nobody understood can be seen."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

REFUSING = "unit/services/ingestion/test_refusals.py::"
JUDGING = "unit/services/ingestion/test_judging.py::"
ADDRESSES = "integration/services/ingestion/test_refused_addresses.py::"
FOREIGN_WORDS = "integration/services/ingestion/test_foreign_refusals.py::"
CONTACTS = "unit/services/ingestion/test_contacts.py::"
TAKEN_BACK = "integration/services/ingestion/test_contacts.py::"
STOPS = "integration/services/ingestion/test_opt_outs.py::"
KEPT = "integration/services/ingestion/test_rejected_events.py::"
MIGRATIONS = "integration/storage/test_migrations.py::"
FOREIGN = "services/ingestion/refusals/refusal_words.py"
NAMED = "unit/services/ingestion/test_named_addresses.py::"
FOREIGN_TESTS = "unit/services/ingestion/test_foreign_refusals.py::"

MUTATIONS = (
    Mutation(
        "Nobody has contacts",
        "services/ingestion/profiles.py",
        "identifies = event.name == IDENTIFY and event.customer != SYSTEM_CUSTOMER_ID",
        "identifies = event.name == IDENTIFY",
        (FOREIGN_WORDS + "test_who_is_named_by_nothing_but_an_address_shares_no_contacts_with_others",),
    ),
    Mutation(
        "The audience does not count nobody",
        "storage/sql/customers/count_audience.sql",
        "k.customer_id <> 0 AND",
        "",
        ("integration/services/publishing/test_approvals.py::test_the_audience_is_who_has_an_address_and_consents",),
    ),
    Mutation(
        "What is no mailbox changes nothing",
        "services/ingestion/contacts.py",
        """    if trait == "email" and not is_mailbox(said):
        return None
    return parse_address(""",
        """    if trait == "email":
        return said
    return parse_address(""",
        (
            CONTACTS + "test_what_is_plainly_no_mailbox_changes_nothing_and_is_told",
            TAKEN_BACK + "test_what_is_no_mailbox_leaves_the_one_that_was_known_and_nothing_takes_it_back",
        ),
    ),
    Mutation(
        "Whoever has the address is locked before anything is taken back",
        "services/ingestion/ingest.py",
        "lock_customers(connection, [*planned.concerned, *holders])",
        "lock_customers(connection, [*planned.concerned])",
        (ADDRESSES + "test_whoever_has_the_address_is_locked_before_anything_is_taken_back",),
    ),
    Mutation(
        "A withdrawal of nobody is kept under its own code",
        "services/ingestion/segment_events.py",
        '    if no:\n        detail = f"it says no',
        '    if no and no.addresses:\n        detail = f"it says no',
        (
            NAMED + "test_a_withdrawal_that_can_be_tied_to_nobody_is_kept_under_its_own_code",
            JUDGING + "test_what_is_neither_text_nor_number_is_no_id",
        ),
    ),
    Mutation(
        "What is neither text nor number is no id",
        "services/ingestion/parsing.py",
        "isinstance(value, int | float | Decimal) and not isinstance(value, bool)",
        "value",
        (JUDGING + "test_what_is_neither_text_nor_number_is_no_id",),
    ),
    Mutation(
        "Ids are trimmed",
        "domain/cleaning.py",
        "return text.strip(BLANK)",
        "return text",
        (JUDGING + "test_ids_are_trimmed_and_numbers_are_ids",),
    ),
    Mutation(
        "A refusing word refuses unless a word beside it says otherwise",
        FOREIGN,
        "    acted = bool(said & of.ACTED)",
        "    if not said <= of.SPOKEN:\n        return False\n    acted = bool(said & of.ACTED)",
        (FOREIGN_TESTS + "test_what_says_no_in_foreign_words_is_a_withdrawal",),
    ),
    Mutation(
        "What failed or was only looked at is no refusal",
        FOREIGN,
        "    if said & of.LOOKING and (placed or not acted):\n        return False\n",
        "",
        (FOREIGN_TESTS + "test_what_does_not_clearly_say_no_and_what_grants_in_foreign_words_changes_nothing",),
    ),
    Mutation(
        "What was undone is no refusal",
        FOREIGN,
        'if said & of.UNDOING or said & {"not", "не"}:',
        "if not said:",
        (FOREIGN_TESTS + "test_what_does_not_clearly_say_no_and_what_grants_in_foreign_words_changes_nothing",),
    ),
    Mutation(
        "A refusing word that is split or joined is one",
        FOREIGN,
        'spaced = _SPLIT_UN.sub("un", _HUMP.sub(" ", name[: event_limits.MAX_CHARACTERS]).casefold())',
        'spaced = _HUMP.sub(" ", name[: event_limits.MAX_CHARACTERS]).casefold()',
        (FOREIGN_TESTS + "test_what_says_no_in_foreign_words_is_a_withdrawal",),
    ),
    Mutation(
        "Who declines what goes only to whoever consents says no",
        FOREIGN,
        "if _revokes(said) or _forbids(said):",
        "if _forbids(said):",
        (FOREIGN_TESTS + "test_what_says_no_in_foreign_words_is_a_withdrawal",),
    ),
    Mutation(
        "A consent is denied whatever stands beside it in its name",
        FOREIGN,
        "    if plainly and not said & elsewhere:\n        return True\n",
        "",
        (FOREIGN_TESTS + "test_what_says_no_in_foreign_words_is_a_withdrawal",),
    ),
    Mutation(
        "Who denies cookies denies no messages",
        FOREIGN,
        "elsewhere = of.TELLING | of.OTHER_MATTERS | ",
        "elsewhere = ",
        (FOREIGN_TESTS + "test_what_does_not_clearly_say_no_and_what_grants_in_foreign_words_changes_nothing",),
    ),
    Mutation(
        "A foreign name that says no is a withdrawal",
        FOREIGN,
        "    if not acted and not said & of.REFUSING and not any(",
        "    if True or not any(",
        (FOREIGN_TESTS + "test_what_says_no_in_foreign_words_is_a_withdrawal",),
    ),
    Mutation(
        "An answer that says no is a withdrawal",
        FOREIGN,
        "(value in (False, []) or word in of.DENIED)",
        "word in of.DENIED",
        (
            FOREIGN_TESTS + "test_what_says_no_in_foreign_words_is_a_withdrawal",
            FOREIGN_WORDS + "test_a_no_in_foreign_words_stops_the_customer_and_a_yes_grants_nothing",
        ),
    ),
    Mutation(
        "A complaint in foreign words closes the address",
        "services/ingestion/refusals/refusal_events.py",
        "if refusal.closes]",
        "if refusal is None]",
        (FOREIGN_WORDS + "test_a_complaint_in_foreign_words_closes_the_address_to_every_purpose",),
    ),
    Mutation(
        "A complaint about a pizza is none about a message",
        FOREIGN,
        'said & (of.COMPLAINING | {"abuse"}) and said & (of.WRITTEN | of.MESSAGES)',
        'said & (of.COMPLAINING | {"abuse"})',
        (REFUSING + "test_a_complaint_about_a_pizza_or_a_person_is_none_by_whatever_means_it_came",),
    ),
    Mutation(
        "The means of complaining is not what is complained of",
        FOREIGN,
        'f"via {word}" if _is_means(before, word) else word',
        "word",
        (REFUSING + "test_a_complaint_about_a_pizza_or_a_person_is_none_by_whatever_means_it_came",),
    ),
    Mutation(
        "A complaint is heard whatever stands beside it in its name",
        FOREIGN,
        "return said <= of.SPOKEN or bool(reporting",
        "return said <= of.SPOKEN or bool(said == reporting",
        (REFUSING + "test_a_complaint_about_a_message_is_one",),
    ),
    Mutation(
        "A name that the shop knows stays and says no all the same",
        "services/ingestion/segment_events.py",
        "if no and (granting or (name not in self._own and",
        "if no and (granting or (",
        (REFUSING + "test_a_name_that_the_shop_knows_stays_and_says_no_all_the_same",),
    ),
    Mutation(
        "One click in an advertisement ends it for whoever has the address",
        "storage/sql/customers/withdraw_consents.sql",
        "AND k.address_key = t.address",
        "AND false",
        (STOPS + "test_one_click_in_an_advertisement_ends_it_for_whoever_has_the_address_now",),
    ),
    Mutation(
        "Whoever else has the address is locked before a click counts",
        "storage/people/addresses.py",
        "locked = {*customers, *await find_holders(connection, addresses)}",
        "locked = {*customers}",
        (STOPS + "test_whoever_else_has_the_address_is_locked_before_a_click_counts",),
    ),
    Mutation(
        "An encoding that is not taken is said so",
        "api/body_limits.py",
        "if not odd:",
        "if odd or not odd:",
        ("integration/api/test_limits.py::test_an_encoding_that_is_not_taken_is_said_so",),
    ),
    Mutation(
        "The bound of rejected events is looked after once in hundreds",
        "services/ingestion/rejecting/rejected_events.py",
        "if kept[source] >= PRUNED_EVERY:",
        "if kept[source] >= 0:",
        (KEPT + "test_the_bound_is_looked_after_once_in_hundreds_of_rejected_events",),
    ),
    Mutation(
        "A well-formed topic that the shop does not have is widened",
        "storage/migrations/versions/0003_taken_back.py",
        "? topic, true)",
        "? topic OR true, true)",
        (MIGRATIONS + "test_a_topic_that_the_shop_does_not_have_is_widened_however_well_it_is_written",),
    ),
    Mutation(
        "What could have been said is told in plain words",
        "services/ingestion/consenting/consents.py",
        'if any(text.startswith(f"{word} ") for text in unclear)',
        "if not unclear",
        (JUDGING + "test_what_could_have_been_said_is_told_in_plain_words",),
    ),
)
