"""Each migration on a database of the revision before it, with data in it."""

from __future__ import annotations

import psycopg
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from migrating import database_at, rows, run
from sqlalchemy import create_engine, make_url
from sqlmodel import SQLModel

from kaskad.storage import migrate
from kaskad.storage import tables as tables  # fills SQLModel.metadata


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


def test_migrating_keeps_what_a_house_of_the_first_revision_has(postgres_admin: psycopg.Connection) -> None:
    with database_at(postgres_admin, "0001") as url:
        run(
            url,
            "INSERT INTO customer (created_at) VALUES ('2027-03-01 UTC');"
            "INSERT INTO identity SELECT 'user_id', 'anna', id FROM customer;"
            "INSERT INTO contact (customer_id, channel, address, updated_at)"
            " SELECT id, 'email', 'anna@customer.example', '2027-03-01 UTC' FROM customer",
        )
        migrate.upgrade(url)
        assert migrate.current(url) == migrate.head()
        assert rows(url, "SELECT address, state FROM contact") == [
            {"address": "anna@customer.example", "state": "active"}
        ]
