"""The publication log behind `kaskad versions`, with the proposals that wait for an approval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kaskad.storage import clock
from kaskad.storage.database import Connection
from kaskad.storage.publishing import versions
from kaskad.storage.queries import query


class PublicationAction(StrEnum):
    """What a person did with a version."""

    PROPOSED = "proposed"  # it waits for an approval
    PUBLISHED = "published"
    APPROVED = "approved"
    ROLLED_BACK = "rolled_back"  # an older version was made current again
    WITHDRAWN = "withdrawn"  # a proposal that the files do not contain any more


LIVE_ACTIONS = (PublicationAction.PUBLISHED, PublicationAction.APPROVED, PublicationAction.ROLLED_BACK)


@dataclass(frozen=True, slots=True)
class Author:
    """The author, and the git commit; `edited`: the files differ from it. None outside a checkout."""

    by: str = ""
    commit: str | None = None
    edited: bool | None = None


@dataclass(frozen=True, slots=True)
class PublicationEntry:
    """One line of the log. `needs`: why an approval was needed."""

    journey: str
    version_id: int
    did: PublicationAction
    by: str
    commit: str | None
    edited: bool | None
    needs: tuple[str, ...]
    at: datetime


async def record_publication(
    connection: Connection,
    journey: str,
    version_id: int,
    *,
    did: PublicationAction,
    author: Author,
    at: datetime,
    needs: Sequence[str] = (),
) -> None:
    """Writes one line of the log."""
    await connection.execute(
        """INSERT INTO publication (journey, version_id, did, "by", commit, edited, needs, at)
           VALUES (%(journey)s, %(version)s, %(did)s, %(by)s, %(commit)s, %(edited)s, %(needs)s, %(at)s)""",
        {
            "journey": journey,
            "version": version_id,
            "did": did,
            "by": author.by,
            "commit": author.commit,
            "edited": author.edited,
            "needs": list(needs),
            "at": at,
        },
    )


async def load_log(connection: Connection, journey: str | None = None) -> list[PublicationEntry]:
    """The log of the journey, or of all of them, oldest first."""
    cursor = await connection.execute(
        """SELECT journey, version_id, did, "by", commit, edited, needs, at FROM publication
            WHERE journey = coalesce(%(journey)s, journey) ORDER BY id""",
        {"journey": journey},
    )
    rows = await cursor.fetchall()
    return [
        PublicationEntry(**{**row, "did": PublicationAction(row["did"]), "needs": tuple(row["needs"])}) for row in rows
    ]


def find_proposal(entries: Sequence[PublicationEntry]) -> PublicationEntry | None:
    """From one journey's log, the open proposal: the first time that this version was proposed."""
    if not entries or entries[-1].did is not PublicationAction.PROPOSED:
        return None
    waiting = entries[-1].version_id
    return next(entry for entry in entries if entry.version_id == waiting and entry.did is PublicationAction.PROPOSED)


def collect_live_ids(entries: Sequence[PublicationEntry]) -> set[int]:
    """The ids of versions that have been live before."""
    return {entry.version_id for entry in entries if entry.did in LIVE_ACTIONS}


async def count_audience(connection: Connection, channels: Sequence[str], *, consent: bool) -> int:
    """How many customers have an active address in one of the channels, and consent to marketing if it is needed."""
    asked = {"channels": list(channels), "consent": consent, "now": await clock.read_now(connection)}
    cursor = await connection.execute(query("count_audience"), asked)
    row = await cursor.fetchone()
    assert row is not None
    people: int = row["people"]
    return people


async def load_all_versions(connection: Connection, journey: str) -> list[versions.PublishedVersion]:
    """Every stored version of the journey, the newest first."""
    cursor = await connection.execute(
        "SELECT id FROM journey_version WHERE journey = %(name)s ORDER BY number DESC", {"name": journey}
    )
    return [await versions.load_version(connection, row["id"]) for row in await cursor.fetchall()]


async def list_ids_between(connection: Connection, version_id: int, other: int) -> list[int]:
    """The ids of one journey's versions from the one to the other, both included, by number."""
    cursor = await connection.execute(
        """SELECT v.id FROM (SELECT journey, min(number) AS first, max(number) AS last FROM journey_version
                            WHERE id IN (%(one)s, %(other)s) GROUP BY journey) AS r
             JOIN journey_version v ON v.journey = r.journey AND v.number BETWEEN r.first AND r.last
            ORDER BY v.number""",
        {"one": version_id, "other": other},
    )
    return [row["id"] for row in await cursor.fetchall()]
