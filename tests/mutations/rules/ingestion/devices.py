"""Devices: several of one customer, each closed alone."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

DEVICES = "integration/services/ingestion/test_devices.py::"
REFUSED = "integration/services/ingestion/test_refused_devices.py::"
INHERITED = "integration/services/ingestion/test_inherited_refusals.py::"
TOLD_AND_CLOSED = "test_a_device_that_is_told_and_complained_about_in_one_request_is_closed_by_its_hash"
LATEST = DEVICES + "test_the_latest_device_is_written_to_in_whatever_order_the_words_come"

MUTATIONS = (
    Mutation(
        "The latest device is written to",
        "storage/sql/customers/choose_devices.sql",
        "ORDER BY d.updated_at DESC, d.message_id",
        "ORDER BY d.updated_at, d.message_id",
        (LATEST,),
    ),
    Mutation(
        "A device belongs to whoever told it last",
        "storage/sql/customers/release_devices.sql",
        "AND l.state <> 'removed'",
        "AND false",
        (LATEST, DEVICES + "test_a_device_that_two_customers_tell_at_once_is_one_customer_s"),
    ),
    Mutation(
        "Two customers who tell one device at once wait for each other",
        "services/ingestion/ingest.py",
        "told=[*reached, *tokens], chunk=chunk)",
        "told=reached, chunk=chunk)",
        (DEVICES + "test_whoever_tells_a_device_waits_for_another_who_is_just_telling_it",),
    ),
    Mutation(
        "Whoever had the device is locked",
        "storage/sql/addresses/find_holders.sql",
        "d.state <> 'removed'",
        "false",
        (DEVICES + "test_whoever_had_the_device_is_locked_before_it_leaves",),
    ),
    Mutation(
        "What was told before all devices were taken back is taken back",
        "storage/sql/customers/choose_devices.sql",
        "a.channel = d.channel AND a.address_key = ''",
        "a.channel = d.channel AND a.address_key = 'x'",
        (LATEST,),
    ),
    Mutation(
        "A dead device is closed alone",
        "storage/people/dead_addresses.py",
        '[row for row in rows if row["channel"] in devices.CHANNELS]',
        "[]",
        (DEVICES + "test_a_dead_device_is_closed_alone_and_the_next_one_is_written_to",),
    ),
    Mutation(
        "A new token of a device replaces its earlier one",
        "storage/sql/customers/release_devices.sql",
        "WHERE o.address_key NOT IN ('', t.address_key)",
        "WHERE false",
        (DEVICES + "test_a_new_token_of_the_same_device_replaces_the_earlier_one",),
    ),
    Mutation(
        "A complaint of a customer closes all devices",
        "storage/sql/customers/suppress_contacts.sql",
        "WHERE customer_id = r.customer_id AND state <> 'removed' AND address_key <> ''",
        "WHERE false",
        (DEVICES + "test_a_complaint_of_a_customer_closes_all_devices",),
    ),
    Mutation(
        "A subscription to web push is known by its endpoint",
        "domain/addresses/address_key.py",
        "_endpoint(address) if channel == Channel.WEBPUSH else address",
        "address",
        (DEVICES + "test_a_subscription_to_web_push_is_an_object_or_its_text_and_known_by_its_endpoint",),
    ),
    Mutation(
        "A device is locked like any address before a customer gets it",
        "services/ingestion/ingest.py",
        "find_new_addresses(connection, told)",
        "find_new_addresses(connection, [row for row in told if row['channel'] not in ('push', 'webpush')])",
        (
            REFUSED + TOLD_AND_CLOSED,
            REFUSED + "test_whoever_says_no_by_a_device_waits_for_whoever_is_just_getting_it",
        ),
    ),
    Mutation(
        "Whoever got the device meanwhile is locked",
        "services/ingestion/ingest.py",
        "[*refused, *moving], chunk.locked",
        "refused, chunk.locked",
        (REFUSED + "test_whoever_got_the_device_meanwhile_is_locked_before_it_leaves",),
    ),
    Mutation(
        "Whoever gets a device by which somebody said no gets the no with it",
        "storage/ingestion/devices.py",
        "    return await _choose(connection, [*rows, *await cursor.fetchall()])",
        "    await _choose(connection, [*rows, *await cursor.fetchall()])\n    return []",
        (REFUSED + "test_whoever_gets_a_device_by_which_somebody_said_no_gets_the_no_with_it",),
    ),
    Mutation(
        "The next device comes with what was said no to by it",
        "storage/ingestion/devices.py",
        "await refused_addresses.inherit(connection, await _choose(connection, rows))",
        "await _choose(connection, rows)",
        (REFUSED + "test_whoever_gets_it_as_the_next_device_gets_the_no_too",),
    ),
    Mutation(
        "A no by a device counts for whoever has it among others",
        "storage/sql/customers/withdraw_consents.sql",
        "AND d.address_key = t.address AND d.state <> 'removed'",
        "AND false",
        (REFUSED + "test_a_no_by_a_device_counts_for_whoever_has_it_among_others",),
    ),
    Mutation(
        "A device that is no contact any more dies all the same",
        "storage/sql/customers/close_dead_addresses.sql",
        "AND d.address_key = t.address_key AND d.state = 'active'",
        "AND d.address_key = t.address_key AND d.state = 'active'\n"
        "     AND EXISTS (SELECT FROM contact k WHERE k.customer_id = d.customer_id AND k.address_key = d.address_key)",
        (REFUSED + "test_a_device_that_is_no_contact_any_more_dies_alone",),
    ),
    Mutation(
        "A device that an operator opens again stays open",
        "storage/sql/addresses/lift_suppressions.sql",
        "UPDATE device SET state = 'active'",
        "UPDATE device SET state = 'dead'",
        (REFUSED + "test_a_device_that_an_operator_opens_again_stays_open",),
    ),
    Mutation(
        "A device that is opened again is whose told it last",
        "storage/ingestion/devices.py",
        '    await write_rows(connection, "release_devices", [device])\n',
        "    pass\n",
        (REFUSED + "test_a_device_that_is_opened_again_is_whose_told_it_last",),
    ),
    Mutation(
        "Whoever has the address already inherits nothing",
        "storage/sql/customers/write_contacts.sql",
        "AND k.address_key = w.address_key\n                      AND k.state <> 'removed')",
        "AND false)",
        (INHERITED + "test_what_an_earlier_version_left_by_the_address_is_not_counted_against_its_holder",),
    ),
    Mutation(
        "Whoever took the address back gets it anew",
        "storage/sql/customers/write_contacts.sql",
        "AND k.address_key = w.address_key\n                      AND k.state <> 'removed')",
        "AND k.address_key = w.address_key)",
        (INHERITED + "test_whoever_took_the_address_back_and_tells_it_again_gets_what_was_said_meanwhile",),
    ),
)
