"""Migrating while somebody holds a table: it is tried again, and given up whole."""

from __future__ import annotations

from threading import Timer

import psycopg
import pytest

from kaskad.domain.errors import Unavailable
from kaskad.storage import migrate
from tests.support.migrating import database_at, rows

STOPPED = "SELECT FROM pg_attribute WHERE attrelid = 'message'::regclass AND attname = 'stopped'"


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate, "LOCK_TIMEOUT", "100ms")
    monkeypatch.setattr(migrate, "RETRY_DELAYS", (0.1, 0.2, 0.4))


def test_a_table_that_is_busy_for_a_moment_is_waited_for(postgres_admin: psycopg.Connection) -> None:
    with database_at(postgres_admin, "0003") as url, psycopg.connect(url) as holder:
        holder.execute("LOCK TABLE message IN ACCESS SHARE MODE")
        release = Timer(0.4, holder.rollback)
        release.start()
        migrate.upgrade(url)
        release.join()
        assert migrate.read_current_revision(url) == migrate.get_head_revision()


def test_a_table_that_stays_busy_ends_it_with_nothing_half_done(postgres_admin: psycopg.Connection) -> None:
    with database_at(postgres_admin, "0003") as url:
        with psycopg.connect(url) as holder:
            holder.execute("LOCK TABLE message IN ACCESS SHARE MODE")
            with pytest.raises(Unavailable, match="the table 'message' is busy"):
                migrate.upgrade(url)
            assert migrate.read_current_revision(url) == "0003"
            assert rows(url, "SELECT to_regclass('suppression') AS made") == [{"made": None}]
            assert rows(url, STOPPED) == []
        migrate.upgrade(url)
        assert migrate.read_current_revision(url) == migrate.get_head_revision()
