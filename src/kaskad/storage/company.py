"""Who else of a customer stands at a step that writes for several entries at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from kaskad.domain.decisions.facts import Enrollment, Facts, MergedMessage, MergeGroup, SiblingEnrollment
from kaskad.domain.decisions.version_migration import replacement_steps
from kaskad.storage import versions
from kaskad.storage.arrays import array
from kaskad.storage.database import Connection
from kaskad.storage.enrollments import due_of
from kaskad.storage.queries import query
from kaskad.storage.questions import Questions


@dataclass(slots=True)
class Found:
    """The other entries as they stand, with what their versions ask; and what was written at the step."""

    mates: dict[int, Enrollment] = field(default_factory=dict)
    asked: dict[int, Questions] = field(default_factory=dict)
    _beside: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    _letters: dict[int, list[MergedMessage]] = field(default_factory=lambda: defaultdict(list))

    def beside(self, id_: int, facts: Mapping[int, Facts]) -> MergeGroup:
        """The company of that enrollment; `facts` are those of the others."""
        mates = tuple(_mate(self.mates[one], facts[one]) for one in self._beside[id_])
        return MergeGroup(mates, tuple(self._letters[id_]))


async def find(connection: Connection, standing: Sequence[Enrollment], asked: Mapping[int, Questions]) -> Found:
    """Who else is there, beside each of those who stand at such a step."""
    found = Found()
    params = {"ids": array(one.id for one in standing), "since": min(map(_since, standing))}
    cursor = await connection.execute(query("company_mates"), params)
    rows = await cursor.fetchall()
    others = sorted({row["version_id"] for row in rows if row["version_id"] != row["version_beside"]})
    loaded = {id_: (await versions.load_version(connection, id_)).questions for id_ in others}
    for row in rows:
        found.mates[row["id"]] = due_of(row).enrollment
        found.asked[row["id"]] = loaded.get(row["version_id"], asked[row["beside"]])
        found._beside[row["beside"]].append(row["id"])
    cursor = await connection.execute(query("company_letters"), params)
    for row in await cursor.fetchall():
        own = row["step"] == row["here"]
        if not own and not (row["went"] and row["here"] in replacement_steps(row["step"], row["moved"])):
            continue
        letter = MergedMessage(row["by"], frozenset({row["by"], *row["together"]}), row["went"], row["at"])
        found._letters[row["beside"]].append(letter)
    return found


def _since(one: Enrollment) -> datetime:
    """Nothing older was written to it: at this step, or since its entry where an edit took steps away."""
    return one.entered_at if one.moved else one.step_since or one.due_at


def _mate(one: Enrollment, facts: Facts) -> SiblingEnrollment:
    left = facts.exit is not None or facts.bought is not None
    return SiblingEnrollment(one.id, one.step_since or one.due_at, facts.truths, left)
