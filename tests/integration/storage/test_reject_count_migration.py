"""The counts of rejected events begin with what was kept before."""

from __future__ import annotations

import psycopg

from kaskad.storage import migrate
from tests.support.migrating import database_at, rows, run

KEPT = """INSERT INTO rejected_event (source, code, detail, digest, body, arrived_at)
          SELECT 'site', 'nobody', '', n::text, '', '2027-03-01T22:00:00Z'::timestamptz + n * interval '1 hour'
            FROM generate_series(0, 4) AS n"""


def test_what_was_kept_is_counted_by_day(postgres_admin: psycopg.Connection) -> None:
    with database_at(postgres_admin, "0007") as url:
        run(url, KEPT)
        migrate.upgrade(url)
        assert rows(url, "SELECT source, code, day::text, count FROM reject_count ORDER BY day") == [
            {"source": "site", "code": "nobody", "day": "2027-03-01", "count": 2},
            {"source": "site", "code": "nobody", "day": "2027-03-02", "count": 3},
        ]
