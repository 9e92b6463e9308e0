"""Addresses of a stack that already has some are written as they are sent to; what was refused stays refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from kaskad.storage import migrate
from tests.integration.storage.test_address_key_migrations import until
from tests.support.migrating import database_at, rows, run

SHOP = """UPDATE config_generation SET project = '{{"shop": {{"time_zone": "{zone}"}}}}'"""
CONTACTS = """
INSERT INTO customer (id, created_at) OVERRIDING SYSTEM VALUE
SELECT i, '2027-03-01 UTC' FROM generate_series(1, 1500) AS i;
INSERT INTO contact (customer_id, channel, address, address_key, updated_at, state) VALUES
 (1, 'email', ' Anna@Straße.example ', 'anna@strasse.example', '2027-03-01 UTC', 'active'),
 (1, 'sms', '(067) 123-45-67', '671234567', '2027-03-01 UTC', 'active'),
 (2, 'webpush', '{"endpoint": "https://p.example/A"}', '{"endpoint": "https://p.example/A"}', '2027-03-01 UTC',
  'active'),
 (1, 'viber', 'v-Anna', 'v-Anna', '2027-03-01 UTC', 'active'),
 (2, 'email', 'Olga@customer.example', 'olga@customer.example', '2027-03-01 UTC', 'active'),
 (2, 'sms', '+380671234567', '380671234567', '2027-03-01 UTC', 'active'),
 (3, 'sms', '0000001234', NULL, '2027-03-01 UTC', 'active'),
 (3, 'call', '12345678', '12345678', '2027-03-01 UTC', 'active'),
 (1500, 'call', '067 765 43 21', '677654321', '2027-03-01 UTC', 'removed')"""
REFUSALS = """
INSERT INTO suppression (channel, address, journey, reason, source, at) VALUES
 ('sms', '671234567', '', 'complained', 'x', '2027-03-01 UTC'),
 ('webpush', '{"endpoint": "https://p.example/A"}', '', 'complained', 'x', '2027-03-01 UTC'),
 ('email', 'anna@strasse.example', '', 'complained', 'x', '2027-03-01 UTC'), ('push', '671234567', '', 'c', 'x', now());
INSERT INTO refused_address (reached_by, address, purpose, channel, topic, source, message_id, at) VALUES
 ('sms', '671234567', 'marketing', 'sms', '', 'x', 'm', '2027-03-01 UTC'),
 ('call', '380677654321', 'marketing', '', '', 'x', 'm', '2027-03-01 UTC')"""
SENT = """
INSERT INTO message (id, entered_on, enrollment_id, customer_id, journey, version_id, step, message, channel, purpose,
                     sender, mode, priority, status, decided_at, counts_on, expires_at, not_before, patience, address)
SELECT gen_random_uuid(), day, 1, 1, 'asked', 1, 'send:it', 'it', 'sms', 'requested', 'shop', 'live',
       50, 'sent', day, day, day, day, '0', '{address}' FROM unnest('{{2027-03-01}}'::date[]) AS day"""
WRITTEN = "SELECT customer_id, channel, address, address_key FROM contact ORDER BY 1, 2"
IN_UKRAINE = [
    (1, "email", "Anna@xn--strae-oqa.example", "anna@strasse.example"),
    (1, "sms", "+380671234567", "380671234567"),
    (1, "viber", "v-Anna", "v-Anna"),
    (2, "email", "Olga@customer.example", "olga@customer.example"),
    (2, "sms", "+380671234567", "380671234567"),
    (2, "webpush", '{"endpoint": "https://p.example/A"}', "https://p.example/A"),
    (3, "call", "12345678", "12345678"),
    (3, "sms", "0000001234", None),
    (1500, "call", "+380677654321", "380677654321"),
]


def found(url: str, query: str) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in rows(url, query)]


def test_addresses_are_written_as_they_are_sent_to_by_the_shop_s_country(postgres_admin: psycopg.Connection) -> None:
    with database_at(postgres_admin, "0011") as url:
        run(url, SHOP.format(zone="Europe/Kiev"))
        run(url, CONTACTS)
        migrate.upgrade(url, to="0012")
        assert found(url, WRITTEN) == IN_UKRAINE


@pytest.mark.parametrize("zone", ["UTC", None])
def test_without_a_country_a_number_stays_as_it_was(postgres_admin: psycopg.Connection, zone: str | None) -> None:
    with database_at(postgres_admin, "0011") as url:
        if zone:
            run(url, SHOP.format(zone=zone))
        run(url, CONTACTS)
        migrate.upgrade(url, to="0012")
        kept = "SELECT address, address_key FROM contact WHERE customer_id = 1 AND channel = 'sms'"
        assert found(url, kept) == [("(067) 123-45-67", "671234567")], "it is written to as before"


def test_what_was_refused_is_refused_under_every_key_that_it_can_mean(postgres_admin: psycopg.Connection) -> None:
    with database_at(postgres_admin, "0011") as url:
        run(url, SHOP.format(zone="Europe/Kyiv"))
        run(url, CONTACTS)
        run(url, REFUSALS)
        migrate.upgrade(url, to="0012")
        assert found(url, "SELECT channel, address FROM suppression ORDER BY 1, 2") == [
            ("email", "anna@strasse.example"),
            ("push", "671234567"),
            ("sms", "380671234567"),
            ("sms", "671234567"),
            ("webpush", "https://p.example/A"),
            ("webpush", '{"endpoint": "https://p.example/A"}'),
        ]
        assert found(url, "SELECT customer_id, purpose, channel, granted FROM consent ORDER BY 1") == [
            (1, "marketing", "sms", False),
            (2, "marketing", "sms", False),
        ], "for whoever has the number, and not for whom it was taken back"


def test_what_the_version_before_writes_meanwhile_is_written_anew_as_well(postgres_admin: psycopg.Connection) -> None:
    with database_at(postgres_admin, "0011") as url, psycopg.connect(url) as other, ThreadPoolExecutor(1) as pool:
        run(url, SHOP.format(zone="Europe/Kiev"))
        run(url, CONTACTS)
        other.execute("SELECT FROM contact")  # the batches are done, and the last look at the table waits
        done = pool.submit(migrate.upgrade, url, to="0012")
        until(url, "SELECT FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'")
        other.execute("UPDATE contact SET address = '067 123 45 68', address_key = '671234568' WHERE customer_id = 2")
        other.execute(REFUSALS.replace("1234567", "1234568"))
        other.commit()
        done.result()
        assert ("+380671234568", "380671234568") in found(url, "SELECT address, address_key FROM contact")
        assert ("380671234568",) in found(url, "SELECT address FROM suppression")
        assert found(url, "SELECT DISTINCT customer_id FROM consent") == [(2,)]


def test_receipts_of_what_was_sent_before_find_the_number(postgres_admin: psycopg.Connection) -> None:
    with database_at(postgres_admin, "0011") as url:
        run(url, SHOP.format(zone="Europe/Kiev"))
        run(url, CONTACTS)
        for address in ("(067) 123-45-67", "+380000000000"):
            run(url, SENT.format(address=address))
        migrate.upgrade(url, to="0012")
        assert found(url, "SELECT address FROM message ORDER BY 1") == [("+380000000000",), ("+380671234567",)]
