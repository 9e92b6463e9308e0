"""What addresses are compared by comes to the contacts and the refusals that a stack already has."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import psycopg

from kaskad.storage import migrate
from tests.support.migrating import database_at, rows, run

CONTACTS = """
INSERT INTO customer (id, created_at) OVERRIDING SYSTEM VALUE
SELECT i, '2027-03-01 UTC' FROM generate_series(1, 2501) AS i;
INSERT INTO contact (customer_id, channel, address, updated_at)
SELECT i, 'sms', '8 (916) ' || lpad(i::text, 7, '0'), '2027-03-01 UTC' FROM generate_series(1, 2500) AS i;
INSERT INTO contact (customer_id, channel, address, updated_at, state) VALUES
 (2501, 'email', ' Anna@Customer.example', '2027-03-01 UTC', 'active'),
 (2501, 'sms', '112', '2027-03-01 UTC', 'active'),
 (2501, 'viber', 'v-Anna', '2027-03-01 UTC', 'dead'), (2501, 'call', '', '2027-03-01 UTC', 'removed')"""
REFUSALS = """
INSERT INTO suppression (channel, address, journey, reason, source, at) VALUES
 ('sms', '89160000001', '', 'complained', 'later', '2027-03-03 UTC'),
 ('sms', '79160000001', '', 'complained', 'middle', '2027-03-02 UTC'),
 ('sms', 'tel:+79160000001', '', 'complained', 'first', '2027-03-01 UTC'),
 ('sms', '00380671234567', 'asked', 'unsubscribed', 'x', '2027-03-01 UTC'),
 ('sms', '112', '', 'complained', 'x', '2027-03-01 UTC'),
 ('email', 'anna@customer.example', '', 'complained', 'x', '2027-03-01 UTC')"""
KEYS = "SELECT channel, address_key AS key, state FROM contact WHERE customer_id = 2501 ORDER BY channel"
REFUSED = "SELECT channel, address, journey, source FROM suppression ORDER BY channel, address"
OLD_WORD = """
INSERT INTO contact AS k (customer_id, channel, address, state, updated_at, message_id)
SELECT i, 'sms', '8 (916) 999-99-' || 10 + i, 'active', '2027-03-02 UTC', 'm' FROM generate_series(1, 2) AS i
    ON CONFLICT (customer_id, channel)
    DO UPDATE SET updated_at = excluded.updated_at, message_id = excluded.message_id, address = excluded.address"""
LOST = "SELECT count(*) AS lost FROM contact WHERE address_key IS NULL AND channel = 'sms' AND customer_id <= 2500"


def test_every_contact_gets_its_key_and_what_is_nobodys_gets_none(postgres_admin: psycopg.Connection) -> None:
    with database_at(postgres_admin, "0005") as url:
        run(url, CONTACTS)
        migrate.upgrade(url, to="0006")
        assert rows(url, LOST) == [{"lost": 0}], "in every batch"
        sample = "SELECT address_key AS key FROM contact WHERE customer_id = 2500"
        assert rows(url, sample) == [{"key": "79160002500"}]
        assert [tuple(row.values()) for row in rows(url, KEYS)] == [
            ("call", None, "removed"),
            ("email", "anna@customer.example", "active"),
            ("sms", None, "active"),
            ("viber", "v-Anna", "dead"),
        ]


def test_contacts_of_nobody_go(postgres_admin: psycopg.Connection) -> None:
    nobodys = CONTACTS.replace("SELECT i, 'sms'", "SELECT i - 1, 'sms'")
    with database_at(postgres_admin, "0005") as url:
        run(url, nobodys)
        migrate.upgrade(url, to="0006")
        left = "SELECT min(customer_id) AS first, count(*) AS all FROM contact WHERE channel = 'sms'"
        assert rows(url, left) == [{"first": 1, "all": 2500}]


def test_what_was_refused_stays_refused_and_the_first_word_stays(postgres_admin: psycopg.Connection) -> None:
    with database_at(postgres_admin, "0005") as url:
        run(url, REFUSALS)
        migrate.upgrade(url, to="0006")
        assert [tuple(row.values()) for row in rows(url, REFUSED)] == [
            ("email", "anna@customer.example", "", "x"),
            ("sms", "112", "", "x"),
            ("sms", "380671234567", "asked", "x"),
            ("sms", "79160000001", "", "first"),
        ]


def test_keys_that_came_halfway_are_gone_on_with(postgres_admin: psycopg.Connection) -> None:
    with database_at(postgres_admin, "0005") as url:
        run(url, CONTACTS)
        run(
            url,
            "ALTER TABLE contact ADD COLUMN address_key text;"
            "UPDATE contact SET address_key = 'as it was' WHERE customer_id <= 1000",
        )
        migrate.upgrade(url, to="0006")
        assert rows(url, LOST) == [{"lost": 0}]
        done = "SELECT count(*) AS done FROM contact WHERE address_key = 'as it was'"
        assert rows(url, done) == [{"done": 1000}], "what was done is not done again"


def test_no_customer_is_kept_waiting_for_all_others(postgres_admin: psycopg.Connection) -> None:
    """Each batch is a transaction of its own: the first thousand are done and free while the last ones are busy."""
    with database_at(postgres_admin, "0005") as url:
        run(url, CONTACTS)
        run(
            url,
            "CREATE FUNCTION few() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " ASSERT (SELECT count(*) FROM contact WHERE xmin = pg_current_xact_id()::xid) <= 1010, 'too many at once';"
            " RETURN NULL; END $$;"
            "CREATE TRIGGER few AFTER UPDATE ON contact FOR EACH STATEMENT EXECUTE FUNCTION few()",
        )
        migrate.upgrade(url, to="0006")
        assert rows(url, LOST) == [{"lost": 0}]


def test_what_the_version_before_writes_meanwhile_gets_its_own_key(postgres_admin: psycopg.Connection) -> None:
    with database_at(postgres_admin, "0005") as url, psycopg.connect(url) as other, ThreadPoolExecutor(1) as pool:
        run(url, CONTACTS + ", (1, 'email', 'a@customer.example', '2027-03-01 UTC', 'active')")
        run(url, "DELETE FROM contact WHERE customer_id = 2")
        other.execute("SELECT id FROM customer WHERE id = 2501 FOR NO KEY UPDATE")
        done = pool.submit(migrate.upgrade, url, to="0006")
        until(url, "SELECT FROM pg_attribute WHERE attrelid = 'contact'::regclass AND attname = 'address_key'")
        until(url, "SELECT FROM contact WHERE customer_id = 1 AND address_key IS NOT NULL")
        run(url, OLD_WORD)
        run(url, "UPDATE contact SET state = 'dead' WHERE customer_id = 1 AND channel = 'email'")
        other.commit()
        done.result()
        keys = "SELECT customer_id, channel, address_key FROM contact WHERE customer_id <= 2 ORDER BY 1, 2"
        assert [tuple(row.values()) for row in rows(url, keys)] == [
            (1, "email", "a@customer.example"),
            (1, "sms", "79169999911"),
            (2, "sms", "79169999912"),
        ]
        run(url, "UPDATE contact SET address = 'A@customer.example' WHERE customer_id = 1 AND channel = 'email'")
        assert rows(url, keys)[0]["address_key"] == "a@customer.example", "afterwards whoever writes knows the keys"


def test_a_refusal_that_is_written_meanwhile_is_waited_for(postgres_admin: psycopg.Connection) -> None:
    with database_at(postgres_admin, "0005") as url, psycopg.connect(url) as other, ThreadPoolExecutor(1) as pool:
        other.execute("INSERT INTO suppression VALUES ('sms', '89160000007', '', 'complained', 'x', '2027-03-02 UTC')")
        done = pool.submit(migrate.upgrade, url, to="0006")
        until(url, "SELECT FROM pg_locks WHERE relation = 'suppression'::regclass AND NOT granted")
        other.commit()
        done.result()
        assert [row["address"] for row in rows(url, REFUSED)] == ["79160000007"]


def until(url: str, query: str) -> None:
    """Waits until the query finds a row, or fails."""
    for _ in range(200):
        if rows(url, query):
            return
        time.sleep(0.05)
    raise AssertionError(query)
