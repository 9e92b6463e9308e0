"""What was stored before is read as it was: versions keep their hash and steps, decisions are made the same again.

`stored/` holds rows that Kaskad 0.1 wrote. Nothing in there is ever written anew: a database keeps such rows for years.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from psycopg import AsyncConnection, sql
from psycopg.types.json import Jsonb

from kaskad import settings
from kaskad.domain.journeys.version import Version
from kaskad.runtime import open_runtime
from kaskad.services.inspect.replay import replay
from tests.support.paths import ROOT

pytestmark = pytest.mark.anyio
STORED = Path(__file__).parent / "stored"
VERSIONS: list[dict[str, Any]] = json.loads((STORED / "versions.json").read_text())
INSERT = """INSERT INTO {table} OVERRIDING SYSTEM VALUE
            SELECT * FROM jsonb_populate_recordset(null::{table}, %s) AS r ON CONFLICT DO NOTHING"""


@pytest.mark.parametrize("stored", VERSIONS, ids=[version["document"]["journey"]["name"] for version in VERSIONS])
def test_a_stored_version_keeps_its_hash_and_its_steps(stored: dict[str, Any]) -> None:
    version = Version.model_validate_json(json.dumps(stored["document"]))
    assert version.model_dump(mode="json", by_alias=True) == stored["document"]
    assert version.hash == stored["hash"]
    assert [*version.program.nodes] == stored["steps"]


async def test_stored_decisions_are_made_the_same_again(database_url: str, tmp_path: Path) -> None:
    tables: dict[str, list[dict[str, Any]]] = json.loads((STORED / "decisions.json").read_text())
    async with await AsyncConnection.connect(database_url) as connection:
        for name, rows in tables.items():
            await connection.execute(sql.SQL(INSERT).format(table=sql.Identifier(name)), [Jsonb(rows)])
    known = {"KASKAD_DATABASE_URL": database_url, "KASKAD_HOME": str(tmp_path)}
    async with open_runtime(settings.load_settings(ROOT, known)) as runtime:
        replayed = await replay(runtime)
    assert (replayed.decisions, replayed.unrecorded, replayed.differences) == (11, 0, [])
