"""Each migration on a database of the revision before it, with data in it."""

from __future__ import annotations

import psycopg
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, make_url
from sqlmodel import SQLModel

from kaskad.storage import migrate
from kaskad.storage import tables as tables  # fills SQLModel.metadata
from tests.support.migrating import database_at, rows, run


def test_the_tables_are_as_the_migrations_make_them(database_url: str) -> None:
    engine = create_engine(make_url(database_url).set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        partitions = {
            row[0] for row in connection.exec_driver_sql("SELECT inhrelid::regclass::text FROM pg_inherits").fetchall()
        }
        context = MigrationContext.configure(
            connection,
            opts={
                "include_name": lambda name, kind, _: (
                    not (kind == "table" and (name in partitions or name == "alembic_version"))
                )
            },
        )
        assert compare_metadata(context, SQLModel.metadata) == []
    engine.dispose()


def test_migrating_keeps_what_a_stack_of_the_first_revision_has(postgres_admin: psycopg.Connection) -> None:
    with database_at(postgres_admin, "0001") as url:
        run(
            url,
            "INSERT INTO customer (created_at) VALUES ('2027-03-01 UTC');"
            "INSERT INTO identity SELECT 'user_id', 'anna', id FROM customer;"
            "INSERT INTO contact (customer_id, channel, address, updated_at)"
            " SELECT id, 'email', 'anna@customer.example', '2027-03-01 UTC' FROM customer",
        )
        migrate.upgrade(url)
        assert migrate.read_current_revision(url) == migrate.get_head_revision()
        assert rows(url, "SELECT address, state FROM contact") == [
            {"address": "anna@customer.example", "state": "active"}
        ]


def test_rejected_events_have_a_place_beside_the_events_that_are_there(postgres_admin: psycopg.Connection) -> None:
    with database_at(postgres_admin, "0001") as url:
        run(
            url,
            "INSERT INTO event (message_id, customer_id, name, source, occurred_at, received_at)"
            " VALUES ('m1', 1, 'x', 'site', '2027-03-01 UTC', '2027-03-01 UTC')",
        )
        migrate.upgrade(url, to="0002")
        run(
            url,
            "INSERT INTO rejected_event (source, code, detail, digest, body, arrived_at)"
            " VALUES ('site', 'nobody', 'it names nobody', 'd', '{}', '2027-03-01 UTC')",
        )
        assert rows(url, "SELECT message_id FROM event") == [{"message_id": "m1"}]
        assert rows(url, "SELECT stored, skew FROM rejected_event") == [{"stored": False, "skew": 0.0}]


def test_withdrawals_in_odd_words_get_the_widest_meaning_and_all_else_stays(postgres_admin: psycopg.Connection) -> None:
    said = [
        ("marketing", "email", None, False),
        ("marketing", "e-mail", None, False),
        ("marketing", "all", "carts", False),
        ("marketing", "sms", "Promotions", False),
        ("Marketing", "viber", "carts", False),
        ("marketing", "Email", None, True),
        ("ads", None, None, False),
        ("marketing", "telegram", "carts", False),
        ("profiling", "", "", False),
    ]
    columns = "purpose, channel, topic, granted"
    with database_at(postgres_admin, "0002") as url:
        with psycopg.connect(url) as connection, connection.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO consent ({columns}, customer_id, source, message_id, at)"
                " VALUES (%s, %s, %s, %s, 1, 'site', 'm', '2027-03-01 UTC')",
                said,
            )
        run(
            url,
            "INSERT INTO contact (customer_id, channel, address, state, updated_at)"
            " VALUES (1, 'email', 'anna@customer.example', 'dead', '2027-03-01 UTC')",
        )
        migrate.upgrade(url, to="0003")
        found = [tuple(row.values()) for row in rows(url, f"SELECT {columns} FROM consent ORDER BY id")]
        assert found[: len(said)] == said, "the ledger stays as it is"
        assert found[len(said) :] == [
            ("marketing", None, None, False),
            ("marketing", None, "carts", False),
            ("marketing", "sms", None, False),
            *((purpose, "viber", "carts", False) for purpose in ("ads", "calls", "marketing", "profiling")),
            ("profiling", None, None, False),
        ]
        assert rows(url, "SELECT DISTINCT source, message_id, at FROM consent") == rows(
            url, "SELECT source, message_id, at FROM consent WHERE id = 1"
        )
        assert rows(url, "SELECT address, state, message_id FROM contact") == [
            {"address": "anna@customer.example", "state": "dead", "message_id": ""}
        ]


def test_a_topic_that_the_shop_does_not_have_is_widened_however_well_it_is_written(
    postgres_admin: psycopg.Connection,
) -> None:
    with database_at(postgres_admin, "0002") as url:
        for topic in ("carts", "newsletter", "old_offers"):
            run(
                url,
                "INSERT INTO consent (purpose, channel, topic, granted, customer_id, source, message_id, at)"
                f" VALUES ('marketing', 'sms', '{topic}', false, 1, 'site', 'm', '2027-03-01 UTC')",
            )
        run(url, """UPDATE config_generation SET project = '{"topics": {"carts": {"name": "carts"}}}'""")
        migrate.upgrade(url, to="0003")
        assert (
            rows(url, "SELECT channel, topic FROM consent ORDER BY id OFFSET 3")
            == [{"channel": "sms", "topic": None}] * 2
        )


def test_contacts_can_be_read_while_withdrawals_are_widened(postgres_admin: psycopg.Connection) -> None:
    free = (
        "CREATE FUNCTION free() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " ASSERT NOT EXISTS (SELECT FROM pg_locks WHERE relation = 'contact'::regclass"
        " AND mode = 'AccessExclusiveLock'), 'nobody can read contacts'; RETURN NEW; END $$;"
        "INSERT INTO consent (purpose, channel, granted, customer_id, source, message_id, at)"
        " VALUES ('marketing', 'e-mail', false, 1, 'site', 'm', '2027-03-01 UTC');"
        "CREATE TRIGGER free BEFORE INSERT ON consent FOR EACH ROW EXECUTE FUNCTION free()"
    )
    with database_at(postgres_admin, "0002") as url:
        run(url, free)
        migrate.upgrade(url, to="0003")
        assert rows(url, "SELECT count(*) AS said FROM consent") == [{"said": 2}]


def test_messages_are_as_they_were_and_no_address_is_closed_from_0004_on(postgres_admin: psycopg.Connection) -> None:
    with database_at(postgres_admin, "0001") as url:
        run(
            url,
            "INSERT INTO message (id, entered_on, enrollment_id, customer_id, journey, version_id, step, message,"
            " channel, purpose, sender, mode, priority, status, decided_at, counts_on, expires_at, not_before,"
            " patience)"
            " SELECT gen_random_uuid(), day, 1, 1, 'asked', 1, 'send:it', 'it', 'email', 'requested', 'shop', 'live',"
            " 50, 'sent', day, day, day, day, '0' FROM unnest('{2026-11-02,2027-03-01}'::date[]) AS day",
        )
        (filenode,) = rows(url, "SELECT pg_relation_filenode('message_default') AS is")
        migrate.upgrade(url)
        assert rows(url, "SELECT status, stopped FROM message") == [{"status": "sent", "stopped": None}] * 2
        assert rows(url, "SELECT pg_relation_filenode('message_default') AS is") == [filenode], "nothing was rewritten"
        assert rows(url, "SELECT count(*) AS closed FROM suppression") == [{"closed": 0}]


def test_a_look_that_was_under_way_goes_on_and_has_not_failed(postgres_admin: psycopg.Connection) -> None:
    with database_at(postgres_admin, "0001") as url:
        run(
            url,
            "INSERT INTO entrance_look (journey, since, due_at, at, after_customer)"
            " VALUES ('club', '2027-03-01 UTC', '2027-03-02 UTC', '2027-03-02 UTC', 1000)",
        )
        migrate.upgrade(url, to="0005")
        assert rows(url, "SELECT journey, after_customer, faults, fault FROM entrance_look") == [
            {"journey": "club", "after_customer": 1000, "faults": 0, "fault": None}
        ]


def test_contacts_stay_as_they_are_and_are_found_by_their_address_from_0007_on(
    postgres_admin: psycopg.Connection,
) -> None:
    with database_at(postgres_admin, "0006") as url:
        run(
            url,
            "INSERT INTO contact (customer_id, channel, address, updated_at)"
            " VALUES (1, 'email', ' Anna@Customer.example', '2027-03-01 UTC');"
            "CREATE INDEX contact_of_address ON contact (channel)",
        )
        (filenode,) = rows(url, "SELECT pg_relation_filenode('contact') AS is")
        migrate.upgrade(url, to="0007")
        assert rows(url, "SELECT pg_relation_filenode('contact') AS is") == [filenode], "nothing was rewritten"
        assert rows(url, "SELECT address, state FROM contact") == [
            {"address": " Anna@Customer.example", "state": "active"}
        ]
        (index,) = rows(
            url,
            "SELECT indisvalid, pg_get_indexdef(indexrelid) AS is FROM pg_index"
            " WHERE indexrelid = 'contact_of_address'::regclass",
        )
        assert index["indisvalid"], "whole, also where one was left half-built"
        assert index["is"].endswith("(channel, address_key)")
        assert rows(url, "SELECT count(*) AS refused FROM refused_address") == [{"refused": 0}]


def test_contacts_stay_as_they_are_and_keys_have_a_place_from_0011_on(postgres_admin: psycopg.Connection) -> None:
    with database_at(postgres_admin, "0010") as url:
        run(
            url,
            "INSERT INTO contact (customer_id, channel, address, updated_at)"
            " VALUES (1, 'email', 'anna@customer.example', '2027-03-01 UTC')",
        )
        (filenode,) = rows(url, "SELECT pg_relation_filenode('contact') AS is")
        migrate.upgrade(url, to="0011")
        assert rows(url, "SELECT pg_relation_filenode('contact') AS is") == [filenode], "nothing was rewritten"
        assert rows(url, "SELECT address, state, source FROM contact") == [
            {"address": "anna@customer.example", "state": "active", "source": None}
        ]
        assert rows(url, "SELECT count(*) AS keys FROM api_key") == [{"keys": 0}]


def test_consents_stay_as_they_are_and_get_room_for_more_from_0013_on(postgres_admin: psycopg.Connection) -> None:
    with database_at(postgres_admin, "0012") as url:
        run(
            url,
            "INSERT INTO consent (customer_id, purpose, channel, granted, source, message_id, at)"
            " VALUES (1, 'marketing', 'email', true, 'site', 'm1', '2027-03-01 UTC')",
        )
        before = rows(url, "SELECT ctid::text, * FROM consent")
        migrate.upgrade(url, to="0013")
        nothing = dict.fromkeys(("sender", "ip", "expires_at", "how"))
        assert rows(url, "SELECT ctid::text, * FROM consent") == [before[0] | nothing], "no row is written again"
        run(url, "INSERT INTO confirmed_address VALUES (1, 'email', 'anna@customer.example', 'm2', '2027-03-02 UTC')")
