"""Telephone numbers, and the keys of addresses in a database that has data already."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

PHONE = "unit/domain/addresses/test_phone.py::"
KEY = "unit/domain/addresses/test_address_key.py::"
KEYS = "integration/storage/test_address_key_migrations.py::"
ADDRESSES = "integration/storage/test_address_migrations.py::"

MUTATIONS = (
    Mutation(
        "A Russian number is the same with eight and with seven",
        "domain/addresses/phone.py",
        "(?:8107|[78])",
        "7",
        (KEY + "test_one_telephone_has_one_key_however_it_is_written",),
    ),
    Mutation(
        "What a table writes behind a number is no part of it",
        "domain/addresses/phone.py",
        "        return amount[1]\n",
        "        pass\n",
        (KEY + "test_what_is_written_beside_a_number_is_no_part_of_it",),
    ),
    Mutation(
        "The zero for calls from inside is no part of a number with its country",
        "domain/addresses/phone.py",
        "return trunk[1] + written[trunk.end() :]",
        "return written",
        (KEY + "test_the_zero_for_calls_from_inside_is_dropped_behind_a_country_s_code_alone",),
    ),
    Mutation(
        "Behind other digits than a country's code the zero belongs to the code",
        "domain/addresses/phone.py",
        "if trunk and (trunk[2] or trunk[3]) in _COUNTRIES:",
        "if trunk:",
        (PHONE + "test_a_zero_in_brackets_is_left_out_behind_a_country_s_code_alone",),
    ),
    Mutation(
        "A number with one zero is a national one",
        "domain/addresses/phone.py",
        'texts = [(plain, region)] if plain.startswith("0") else [(plain, region), abroad]',
        "texts = [(plain, region), abroad]",
        (PHONE + "test_a_number_with_one_zero_is_a_national_one_and_never_one_of_abroad",),
    ),
    Mutation(
        "Digits without an end are no id of Viber",
        "domain/addresses/phone.py",
        " or (len(written) > MAX_LENGTH and not any(map(str.isalpha, written)))",
        "",
        (PHONE + "test_digits_without_an_end_are_no_id_of_viber",),
    ),
    Mutation(
        "Where numbers begin with nought it is dialled",
        "domain/addresses/phone.py",
        "(?:39|378|225|24[12])",
        "(?:999)",
        (KEY + "test_the_zero_for_calls_from_inside_is_dropped_behind_a_country_s_code_alone",),
    ),
    Mutation(
        "A number without its country is one of the shop's",
        "services/ingestion/contacts.py",
        "return parse_address(TRAIT_CHANNELS[trait][0], said, region)",
        "return parse_address(TRAIT_CHANNELS[trait][0], said, None)",
        ("unit/services/ingestion/test_contacts.py::test_a_phone_is_stored_in_one_form_by_the_shop_s_country",),
    ),
    Mutation(
        "Where the country is a guess the number must be one of its plan",
        "domain/addresses/phone.py",
        "if number and kind != Kind.UNKNOWN:",
        "if number:",
        (PHONE + "test_where_the_country_is_a_guess_the_number_must_be_one_of_its_plan",),
    ),
    Mutation(
        "A possible number is enough with its country",
        "domain/addresses/phone.py",
        "number, kind = _read(*abroad) if told else (None, Kind.UNKNOWN)",
        "number, kind = (None, Kind.UNKNOWN)",
        (PHONE + "test_numbering_plans_grow_so_a_possible_number_is_enough_with_its_country",),
    ),
    Mutation(
        "A hotline is nobody's number",
        "domain/addresses/phone.py",
        "        if kind in _NOBODYS:\n            return\n",
        "",
        (PHONE + "test_a_hotline_or_a_number_that_costs_is_nobody_s",),
    ),
    Mutation(
        "A withdrawal by a number counts for every number that it can mean",
        "services/ingestion/ingest.py",
        "return replace(refusal, addresses=named_addresses.widen(refusal.addresses, project.shop.home))",
        "return refusal",
        (
            "integration/services/ingestion/test_refused_addresses.py"
            "::test_a_withdrawal_by_a_number_without_its_country_is_one_of_the_shop_s",
        ),
    ),
    Mutation(
        "A number of a few digits has no key",
        "domain/addresses/phone.py",
        "return digits if len(digits) >= MIN_DIGITS else None",
        "return digits or written",
        (
            KEY + "test_what_is_nobodys_has_no_key",
            KEYS + "test_every_contact_gets_its_key_and_what_is_nobodys_gets_none",
        ),
    ),
    Mutation(
        "What was refused before the keys came stays refused",
        "storage/migrations/versions/0006_address_keys.py",
        "    _write_anew(op.get_bind())\n",
        "",
        (KEYS + "test_what_was_refused_stays_refused_and_the_first_word_stays",),
    ),
    Mutation(
        "What the version before writes meanwhile gets its own key",
        "storage/migrations/versions/0006_address_keys.py",
        "    op.execute(WATCH)\n",
        '    op.execute(WATCH.replace("<> OLD.address AND", "<> OLD.address AND false AND"))\n',
        (KEYS + "test_what_the_version_before_writes_meanwhile_gets_its_own_key",),
    ),
    Mutation(
        "What comes behind the last batch gets its key",
        "storage/migrations/versions/0006_address_keys.py",
        "    _give_keys(_raw(), _next(_raw(), 0, None))\n",
        "",
        (KEYS + "test_what_the_version_before_writes_meanwhile_gets_its_own_key",),
    ),
    Mutation(
        "A refusal that is written meanwhile is waited for",
        "storage/migrations/versions/0006_address_keys.py",
        '    op.execute("LOCK TABLE suppression IN SHARE ROW EXCLUSIVE MODE")\n',
        "",
        (KEYS + "test_a_refusal_that_is_written_meanwhile_is_waited_for",),
    ),
    Mutation(
        "What was refused is refused under every key that its number can mean",
        "storage/migrations/versions/0012_addresses.py",
        "address_keys(channel, was, region) - {was}",
        "set[str]()",
        (ADDRESSES + "test_what_was_refused_is_refused_under_every_key_that_it_can_mean",),
    ),
    Mutation(
        "Addresses that the version before writes meanwhile are written anew",
        "storage/migrations/versions/0012_addresses.py",
        "    _write_anew(_raw(), _next(_raw(), 0, None), region, sent=False)\n",
        "",
        (ADDRESSES + "test_what_the_version_before_writes_meanwhile_is_written_anew_as_well",),
    ),
    Mutation(
        "Receipts of what was sent before find the number",
        "storage/migrations/versions/0012_addresses.py",
        "if moved and sent:",
        "if moved and not sent:",
        (ADDRESSES + "test_receipts_of_what_was_sent_before_find_the_number",),
    ),
    Mutation(
        "Keys are filled in batch by batch",
        "storage/migrations/versions/0006_address_keys.py",
        "BATCH = 1000",
        "BATCH = 100_000",
        (KEYS + "test_no_customer_is_kept_waiting_for_all_others",),
    ),
)
