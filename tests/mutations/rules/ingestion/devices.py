"""Devices: several of one customer, each closed alone."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

DEVICES = "integration/services/ingestion/test_devices.py::"
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
        "storage/ingestion/devices.py",
        "SELECT pg_advisory_xact_lock(w.lock)",
        "SELECT w.lock",
        (DEVICES + "test_whoever_tells_a_device_waits_for_another_who_is_just_telling_it",),
    ),
    Mutation(
        "Whoever had the device is locked",
        "services/ingestion/ingest.py",
        "[*resolved, *holders, *owners]",
        "[*resolved, *holders]",
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
        "services/delivery/provider_calls.py",
        "    await devices.replace_dead(connection, [(held.customer, held.channel) for held in dead])\n",
        "",
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
)
