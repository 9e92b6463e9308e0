"""Addresses: one key for each, in events, contacts, refusals and migrations."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

ADDRESSES = "integration/services/ingestion/test_refused_addresses.py::"
CONTACTS = "unit/services/ingestion/test_contacts.py::"
MAILBOX = "unit/domain/addresses/test_mailbox.py::"
NAMED = "unit/services/ingestion/test_named_addresses.py::"

MUTATIONS = (
    Mutation(
        "A withdrawal by an address is heard wherever the address stands",
        "services/ingestion/refusals/named_addresses.py",
        'parts += [context.get("traits"), *_external_ids(context.get("externalIds"))]',
        "return",
        (NAMED + "test_a_withdrawal_by_an_address_alone_is_heard_wherever_it_stands",),
    ),
    Mutation(
        "A masked address is none",
        "services/ingestion/refusals/named_addresses.py",
        '_MASKED = "*',
        '_MASKED = "',
        (
            NAMED + "test_a_withdrawal_that_can_be_tied_to_nobody_is_kept_under_its_own_code",
            CONTACTS + "test_what_is_plainly_no_mailbox_changes_nothing_and_is_told",
        ),
    ),
    Mutation(
        "One mailbox is one address however it is written",
        "domain/addresses/address_key.py",
        "return mailbox_key(address) or None",
        "return address.strip().lower() or None",
        (MAILBOX + "test_one_mailbox_has_one_key_however_it_is_written",),
    ),
    Mutation(
        "A domain is one in its own letters and in those of the network",
        "domain/addresses/mailbox.py",
        "if not label.startswith(_ENCODED):",
        "if label:",
        (
            MAILBOX + "test_a_domain_is_one_in_its_own_letters_and_in_those_of_the_network",
            ADDRESSES + "test_a_withdrawal_by_another_spelling_of_the_mailbox_stops_everybody_who_has_it",
        ),
    ),
    Mutation(
        "Mail goes to the domain of IDNA 2008",
        "domain/addresses/mailbox.py",
        ").ascii_domain.lower()",
        ").domain.casefold()",
        (MAILBOX + "test_mail_goes_to_the_domain_of_idna_2008_and_to_the_name_as_written",),
    ),
    Mutation(
        "An owner is a mailbox that mail can reach",
        "config/yaml/mailboxes.py",
        "(found := parse_mailbox(read_text(node))) is None",
        "(found := read_text(node)) is None",
        ("unit/config/test_broken.py::test_what_is_said_of_a_broken_file",),
    ),
    Mutation(
        "Contacts of nobody go",
        "storage/migrations/versions/0006_address_keys.py",
        'op.execute("DELETE FROM contact WHERE customer_id = 0")',
        'op.execute("SELECT 0")',
        ("integration/storage/test_address_key_migrations.py::test_contacts_of_nobody_go",),
    ),
    Mutation(
        "An address that stands plainly in a text is taken from it",
        "services/ingestion/refusals/named_addresses.py",
        "_mailboxes(value) or _mailboxes_in(value)",
        "_mailboxes(value)",
        (NAMED + "test_an_address_that_stands_plainly_in_a_text_is_taken_from_it",),
    ),
    Mutation(
        "An address that cannot be read in a withdrawal is told",
        "services/ingestion/refusals/named_addresses.py",
        "if looks and not any(_addresses_in(word, value)):",
        "if not looks and not any(_addresses_in(word, value)) and looks:",
        (NAMED + "test_an_address_that_cannot_be_read_in_a_withdrawal_is_told",),
    ),
    Mutation(
        "A withdrawal by an address stops everybody who has it",
        "storage/sql/customers/withdraw_of_addresses.sql",
        "k.address_key = t.address",
        "k.address = t.address",
        (ADDRESSES + "test_a_withdrawal_by_an_address_stops_everybody_who_has_it",),
    ),
    Mutation(
        "Whoever gets a refused address later gets the no with it",
        "storage/sql/customers/inherit_refusals.sql",
        "a.address IN (k.hash, w.address_key)",
        "a.address IS NULL",
        (ADDRESSES + "test_whoever_gets_the_address_later_gets_the_no_with_it",),
    ),
    Mutation(
        "Who says no by an address waits for whoever is just getting it",
        "services/ingestion/ingest.py",
        "[*fresh, *refused, *theirs]",
        "[*fresh, *theirs]",
        (ADDRESSES + "test_who_says_no_by_an_address_waits_for_whoever_is_just_getting_it",),
    ),
    Mutation(
        "An address that is unsubscribed is refused, another is not",
        "services/ingestion/refusals/named_addresses.py",
        ' and normalize_word(str(subscription.get("status"))) in _LEFT',
        "",
        (NAMED + "test_an_address_that_is_unsubscribed_is_refused_and_another_that_is_not_stays",),
    ),
    Mutation(
        "A number in place of an id is one of its telephone",
        "services/ingestion/refusals/named_addresses.py",
        "(_mailboxes(id_) or _numbers(id_))",
        "_mailboxes(id_)",
        (NAMED + "test_a_no_is_one_of_the_address_under_whatever_key",),
    ),
    Mutation(
        "A no is one of the address under whatever key",
        "services/ingestion/refusals/named_addresses.py",
        "    found += likely\n",
        "",
        (NAMED + "test_a_no_is_one_of_the_address_under_whatever_key",),
    ),
    Mutation(
        "The address of the shop is no customer's",
        "services/ingestion/refusals/other_addresses.py",
        "        if said & OURS:\n            continue\n",
        "",
        (NAMED + "test_the_address_of_the_shop_is_no_customers",),
    ),
)
