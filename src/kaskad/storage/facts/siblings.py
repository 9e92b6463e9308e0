"""Loads merge groups: a customer's other enrollments at a step that sends one message for several."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from kaskad.domain.decisions.facts import Enrollment, Facts, MergedMessage, MergeGroup, SiblingEnrollment
from kaskad.domain.decisions.version_migration import replacement_steps
from kaskad.storage.arrays import array
from kaskad.storage.conditions.version_queries import VersionQueries
from kaskad.storage.database import Connection
from kaskad.storage.enrollments import to_due_enrollment
from kaskad.storage.publishing import versions
from kaskad.storage.queries import query


@dataclass(slots=True)
class SiblingSet:
    """The sibling enrollments, with the queries of their versions, and the messages of the step."""

    mates: dict[int, Enrollment] = field(default_factory=dict)
    asked: dict[int, VersionQueries] = field(default_factory=dict)
    _sibling_ids: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    _merged_messages: dict[int, list[MergedMessage]] = field(default_factory=lambda: defaultdict(list))

    def beside(self, id_: int, facts: Mapping[int, Facts]) -> MergeGroup:
        """The merge group of that enrollment; `facts` are those of the others."""
        mates = tuple(_to_sibling(self.mates[sibling_id], facts[sibling_id]) for sibling_id in self._sibling_ids[id_])
        return MergeGroup(mates, tuple(self._merged_messages[id_]))


async def find_siblings(
    connection: Connection, standing: Sequence[Enrollment], asked: Mapping[int, VersionQueries]
) -> SiblingSet:
    """The siblings of each enrollment that is at such a step."""
    found = SiblingSet()
    params = {"ids": array(enrollment.id for enrollment in standing), "since": min(map(_earliest_message_at, standing))}
    cursor = await connection.execute(query("sibling_enrollments"), params)
    rows = await cursor.fetchall()
    others = sorted({row["version_id"] for row in rows if row["version_id"] != row["version_beside"]})
    loaded = {id_: (await versions.load_version(connection, id_)).questions for id_ in others}
    for row in rows:
        found.mates[row["id"]] = to_due_enrollment(row).enrollment
        found.asked[row["id"]] = loaded.get(row["version_id"], asked[row["beside"]])
        found._sibling_ids[row["beside"]].append(row["id"])
    cursor = await connection.execute(query("merged_messages"), params)
    for row in await cursor.fetchall():
        own = row["step"] == row["here"]
        if not own and not (row["went"] and row["here"] in replacement_steps(row["step"], row["moved"])):
            continue
        message = MergedMessage(row["by"], frozenset({row["by"], *row["together"]}), row["went"], row["at"])
        found._merged_messages[row["beside"]].append(message)
    return found


def _earliest_message_at(enrollment: Enrollment) -> datetime:
    """No older message counts for it: messages at this step, or since its entry if an edit removed steps."""
    return enrollment.entered_at if enrollment.moved else enrollment.step_since or enrollment.due_at


def _to_sibling(enrollment: Enrollment, facts: Facts) -> SiblingEnrollment:
    return SiblingEnrollment(
        enrollment.id,
        enrollment.step_since or enrollment.due_at,
        facts.truths,
        left=facts.exit is not None,
        purpose=enrollment.purpose,
        bought=facts.bought,
        cart_things=facts.cart_things,
    )
