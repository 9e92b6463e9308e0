"""Reasons why an address is closed stand side by side from this revision on; what there was stays."""

from __future__ import annotations

import psycopg

from kaskad.storage import migrate
from tests.support.migrating import database_at, rows, run

CLOSED = """INSERT INTO suppression (channel, address, journey, reason, source, at)
            VALUES ('email', '#1', '{journey}', '{reason}', 'x', '2027-03-01 UTC')"""


def test_what_is_closed_stays_and_a_second_reason_fits_beside_it(postgres_admin: psycopg.Connection) -> None:
    with database_at(postgres_admin, "0016") as url:
        for journey in ("", "asked"):
            run(url, CLOSED.format(journey=journey, reason="unsubscribed"))
        migrate.upgrade(url, to="0017")
        run(url, CLOSED.format(journey="", reason="complained"))
        assert rows(url, "SELECT journey, reason FROM suppression ORDER BY journey, reason") == [
            {"journey": "", "reason": "complained"},
            {"journey": "", "reason": "unsubscribed"},
            {"journey": "asked", "reason": "unsubscribed"},
        ]
