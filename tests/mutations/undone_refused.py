"""Whoever says no by an address, or in the words of others, is heard; and what nobody understood can be seen."""

from __future__ import annotations

from mutation import Mutation

REFUSING = "unit/hearing/test_refusing.py::"
JUDGING = "unit/hearing/test_judging.py::"
ADDRESSES = "integration/test_door_addresses.py::"
CONTACTS = "unit/hearing/test_contacts.py::"
TAKEN_BACK = "integration/test_door_contacts.py::"
STOPS = "integration/test_stops.py::"
KEPT = "integration/test_door_kept.py::"
MIGRATIONS = "integration/test_migrations.py::"
MAILBOX = "unit/domain/test_domain_mailbox.py::"
UNKNOWN = "integration/test_door_unknown.py::"
FOREIGN = "services/hearing/foreign.py"

MUTATIONS = (
    Mutation(
        "A withdrawal by an address is heard wherever the address stands",
        "services/hearing/addressed.py",
        'parts += [context.get("traits"), *_external(context.get("externalIds"))]',
        "parts += []",
        (
            REFUSING + "test_a_withdrawal_by_an_address_alone_is_heard_wherever_it_stands",
            ADDRESSES + "test_a_withdrawal_by_an_address_stops_everybody_who_has_it",
        ),
    ),
    Mutation(
        "A masked address is none",
        "services/hearing/addressed.py",
        '_MASKED = "*',
        '_MASKED = "',
        (
            REFUSING + "test_a_withdrawal_that_can_be_tied_to_nobody_is_kept_under_its_own_code",
            CONTACTS + "test_what_is_plainly_no_mailbox_changes_nothing_and_is_told",
        ),
    ),
    Mutation(
        "One mailbox is one address however it is written",
        "domain/contact.py",
        "return mailbox_key(address) or None",
        "return address.strip().lower() or None",
        (MAILBOX + "test_one_mailbox_has_one_key_however_it_is_written",),
    ),
    Mutation(
        "A domain is one in its own letters and in those of the network",
        "domain/mailbox.py",
        "if not label.startswith(_ENCODED):",
        "if label:",
        (
            MAILBOX + "test_a_domain_is_one_in_its_own_letters_and_in_those_of_the_network",
            ADDRESSES + "test_a_withdrawal_by_another_spelling_of_the_mailbox_stops_everybody_who_has_it",
        ),
    ),
    Mutation(
        "Nobody has contacts",
        "services/hearing/profile.py",
        "told = event.name == IDENTIFY and event.customer != NOBODY",
        "told = event.name == IDENTIFY",
        (ADDRESSES + "test_who_is_named_by_nothing_but_an_address_shares_no_contacts_with_others",),
    ),
    Mutation(
        "Contacts of nobody go",
        "storage/migrations/versions/0006_address_keys.py",
        'op.execute("DELETE FROM contact WHERE customer_id = 0")',
        'op.execute("SELECT 0")',
        ("integration/test_migrations_keys.py::test_contacts_of_nobody_go",),
    ),
    Mutation(
        "The audience does not count nobody",
        "storage/sql/audience.sql",
        "k.customer_id <> 0 AND",
        "",
        ("integration/test_approval.py::test_the_audience_is_who_has_an_address_and_consents",),
    ),
    Mutation(
        "An address that stands plainly in a text is taken from it",
        "services/hearing/addressed.py",
        "_mailboxes(value) or _mailboxes_in(value)",
        "_mailboxes(value)",
        (REFUSING + "test_an_address_that_stands_plainly_in_a_text_is_taken_from_it",),
    ),
    Mutation(
        "An address that cannot be read in a withdrawal is told",
        "services/hearing/addressed.py",
        "if looks and not any(_of(word, one)):",
        "if not looks and not any(_of(word, one)) and looks:",
        (REFUSING + "test_an_address_that_cannot_be_read_in_a_withdrawal_is_told",),
    ),
    Mutation(
        "What is no mailbox changes nothing",
        "services/hearing/contacts.py",
        'if said and trait == "email" and not is_mailbox(said):',
        "if said is None:",
        (
            CONTACTS + "test_what_is_plainly_no_mailbox_changes_nothing_and_is_told",
            TAKEN_BACK + "test_what_is_no_mailbox_leaves_the_one_that_was_known_and_nothing_takes_it_back",
        ),
    ),
    Mutation(
        "A withdrawal by an address stops everybody who has it",
        "storage/sql/withdraw_of_addresses.sql",
        "k.address_key = t.address",
        "k.address = t.address",
        (ADDRESSES + "test_a_withdrawal_by_an_address_stops_everybody_who_has_it",),
    ),
    Mutation(
        "Whoever gets a refused address later gets the no with it",
        "storage/sql/write_contacts.sql",
        "a.address = w.address_key",
        "a.address = w.address_key AND false",
        (ADDRESSES + "test_whoever_gets_the_address_later_gets_the_no_with_it",),
    ),
    Mutation(
        "Who says no by an address waits for whoever is just getting it",
        "storage/refused.py",
        'shared = "" if alone else "_shared"',
        'shared = "_shared"',
        (ADDRESSES + "test_who_says_no_by_an_address_waits_for_whoever_is_just_getting_it",),
    ),
    Mutation(
        "Whoever has the address is locked before anything is taken back",
        "services/hearing/ingest.py",
        "[*resolved, *holders]",
        "resolved",
        (ADDRESSES + "test_whoever_has_the_address_is_locked_before_anything_is_taken_back",),
    ),
    Mutation(
        "A withdrawal of nobody is kept under its own code",
        "services/hearing/incoming.py",
        "    if no:\n        raise Refused(Code.WITHDRAWAL_LOST",
        "    if no and no.addresses:\n        raise Refused(Code.WITHDRAWAL_LOST",
        (
            REFUSING + "test_a_withdrawal_that_can_be_tied_to_nobody_is_kept_under_its_own_code",
            JUDGING + "test_what_is_neither_text_nor_number_is_no_id",
        ),
    ),
    Mutation(
        "What is neither text nor number is no id",
        "services/hearing/parsing.py",
        "isinstance(value, int | float | Decimal) and not isinstance(value, bool)",
        "value",
        (JUDGING + "test_what_is_neither_text_nor_number_is_no_id",),
    ),
    Mutation(
        "Ids are trimmed",
        "services/hearing/parsing.py",
        "return text.strip(BLANK)",
        "return text",
        (JUDGING + "test_ids_are_trimmed_and_numbers_are_ids",),
    ),
    Mutation(
        "A refusing word refuses unless a word beside it says otherwise",
        FOREIGN,
        "    acted = bool(said & of.ACTED)",
        "    if not said <= of.SPOKEN:\n        return False\n    acted = bool(said & of.ACTED)",
        (REFUSING + "test_what_says_no_in_foreign_words_is_a_withdrawal",),
    ),
    Mutation(
        "What failed or was only looked at is no refusal",
        FOREIGN,
        "    if said & of.LOOKING and (placed or not acted):\n        return False\n",
        "",
        (REFUSING + "test_what_does_not_clearly_say_no_and_what_grants_in_foreign_words_changes_nothing",),
    ),
    Mutation(
        "What was undone is no refusal",
        FOREIGN,
        'if said & of.UNDOING or said & {"not", "не"}:',
        "if not said:",
        (REFUSING + "test_what_does_not_clearly_say_no_and_what_grants_in_foreign_words_changes_nothing",),
    ),
    Mutation(
        "A refusing word that is split or joined is one",
        FOREIGN,
        'spaced = _SPLIT_UN.sub("un", _HUMP.sub(" ", name[: bounds.LONGEST]).casefold())',
        'spaced = _HUMP.sub(" ", name[: bounds.LONGEST]).casefold()',
        (REFUSING + "test_what_says_no_in_foreign_words_is_a_withdrawal",),
    ),
    Mutation(
        "Who declines what goes only to whoever consents says no",
        FOREIGN,
        "if _revokes(said) or _forbids(said):",
        "if _forbids(said):",
        (REFUSING + "test_what_says_no_in_foreign_words_is_a_withdrawal",),
    ),
    Mutation(
        "A consent is denied whatever stands beside it in its name",
        FOREIGN,
        "    if plainly and not said & elsewhere:\n        return True\n",
        "",
        (REFUSING + "test_what_says_no_in_foreign_words_is_a_withdrawal",),
    ),
    Mutation(
        "Who denies cookies denies no messages",
        FOREIGN,
        "elsewhere = of.TELLING | of.OTHER_MATTERS | ",
        "elsewhere = ",
        (REFUSING + "test_what_does_not_clearly_say_no_and_what_grants_in_foreign_words_changes_nothing",),
    ),
    Mutation(
        "A foreign name that says no is a withdrawal",
        FOREIGN,
        "    if not acted and not said & of.REFUSING and not any(",
        "    if True or not any(",
        (REFUSING + "test_what_says_no_in_foreign_words_is_a_withdrawal",),
    ),
    Mutation(
        "An answer that says no is a withdrawal",
        FOREIGN,
        "(value in (False, []) or word in of.DENIED)",
        "word in of.DENIED",
        (
            REFUSING + "test_what_says_no_in_foreign_words_is_a_withdrawal",
            ADDRESSES + "test_a_no_in_foreign_words_stops_the_customer_and_a_yes_grants_nothing",
        ),
    ),
    Mutation(
        "A complaint in foreign words closes the address",
        "services/hearing/refusing.py",
        "if refusal.complained]",
        "if refusal is None]",
        (ADDRESSES + "test_a_complaint_in_foreign_words_closes_the_address_to_every_purpose",),
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
        'f"via {word}" if _is_means(one, word) else word',
        "word",
        (REFUSING + "test_a_complaint_about_a_pizza_or_a_person_is_none_by_whatever_means_it_came",),
    ),
    Mutation(
        "A complaint is heard whatever stands beside it in its name",
        FOREIGN,
        "return said <= of.SPOKEN or bool(told",
        "return said <= of.SPOKEN or bool(said == told",
        (REFUSING + "test_a_complaint_about_a_message_is_one",),
    ),
    Mutation(
        "A name that the shop knows stays and says no all the same",
        "services/hearing/incoming.py",
        "if no and name not in self._own and",
        "if no and",
        (REFUSING + "test_a_name_that_the_shop_knows_stays_and_says_no_all_the_same",),
    ),
    Mutation(
        "What nobody understands is counted",
        "services/hearing/unknown.py",
        "if one.refusal is None and not is_known(project, one.name)",
        "if one.refusal and not is_known(project, one.name)",
        (UNKNOWN + "test_what_nobody_understands_is_stored_and_counted_by_source_and_name",),
    ),
    Mutation(
        "What is understood is not counted as unknown",
        "services/hearing/unknown.py",
        "return name in project.events or name in OWN",
        "return name in OWN",
        (UNKNOWN + "test_what_is_understood_is_not_counted",),
    ),
    Mutation(
        "A flood of unknown events is written once a minute",
        "services/hearing/unknown.py",
        "if now - self.written_at >= EVERY:",
        "if now >= 0:",
        (UNKNOWN + "test_a_flood_is_written_once_a_minute_and_names_are_bounded",),
    ),
    Mutation(
        "The names of unknown events are bounded",
        "storage/sql/count_unknown.sql",
        "<= %(most)s THEN",
        "<= 2 * %(most)s THEN",
        (UNKNOWN + "test_a_flood_is_written_once_a_minute_and_names_are_bounded",),
    ),
    Mutation(
        "A process remembers a bounded number of unknown names",
        "services/hearing/unknown.py",
        " and self.sizes[source] < MOST:",
        ":",
        (UNKNOWN + "test_a_process_remembers_no_more_names_than_a_bound",),
    ),
    Mutation(
        "What could not be written is counted with what comes",
        "services/hearing/unknown.py",
        "self.counts.update(taken)",
        "self.counts.update({})",
        (UNKNOWN + "test_what_could_not_be_written_is_counted_with_what_comes",),
    ),
    Mutation(
        "One click in an advertisement ends it for whoever has the address",
        "storage/sql/withdraw_consents.sql",
        "k.address_key = t.address",
        "k.address = t.address",
        (STOPS + "test_one_click_in_an_advertisement_ends_it_for_whoever_has_the_address_now",),
    ),
    Mutation(
        "Whoever else has the address is locked before a click counts",
        "services/hearing/receipts.py",
        "customers = await stops.holders(connection, said_no.values())",
        "customers = [one.customer for one in said_no.values()]",
        (STOPS + "test_whoever_else_has_the_address_is_locked_before_a_click_counts",),
    ),
    Mutation(
        "An encoding that is not taken is said so",
        "api/bodies.py",
        "if not odd:",
        "if odd or not odd:",
        ("integration/api/test_api_limits.py::test_an_encoding_that_is_not_taken_is_said_so",),
    ),
    Mutation(
        "The bound of rejected events is looked after once in hundreds",
        "services/hearing/rejected.py",
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
        "services/hearing/consents.py",
        'if any(one.startswith(f"{word} ") for one in unclear)',
        "if not unclear",
        (JUDGING + "test_what_could_have_been_said_is_told_in_plain_words",),
    ),
)
