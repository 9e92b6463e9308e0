"""What was decided, each note in words, with the facts it saw and what would have made it go."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from kaskad.domain.decisions.effects import DecisionKind
from kaskad.domain.decisions.snapshot_load import load_snapshot
from kaskad.domain.journeys.project import Project
from kaskad.domain.outcome import Reason
from kaskad.services.catalogue import Catalogue
from kaskad.services.explaining.grounds import Ground, grounds
from kaskad.services.explaining.otherwise import otherwise
from kaskad.services.explaining.reasons import sentence
from kaskad.services.explaining.story import Line
from kaskad.services.wording import channel, done, listed, moment, place, roughly
from kaskad.storage import versions
from kaskad.storage.database import Connection
from kaskad.storage.enrollments import due_of

Row = Mapping[str, Any]
Names = Mapping[str, str]  # step id → what people call it
AGAINST = (DecisionKind.REFUSED, DecisionKind.HELD, DecisionKind.DROPPED, DecisionKind.SKIPPED)


async def ground_of(
    catalogue: Catalogue, connection: Connection, one: Row, enrollment: Row, files: dict[int, Project]
) -> Ground | None:
    """What the decision rested on; None of a note that is not its decision's first. `files` keeps what was read."""
    if one["seen"] is None:
        return None
    inputs = load_snapshot(one["seen"], due_of(enrollment).enrollment)
    if inputs.files not in files:
        files[inputs.files] = await versions.past_project(connection, inputs.files)
    version = (await catalogue.version(connection, inputs.version)).version
    return Ground(inputs, version, files[inputs.files], one["at"], one["seen"].get("behind", {}))


def decision_lines(
    rows: Sequence[Row], found: Sequence[Ground | None], enrollment: Row, names: Names, zone: ZoneInfo
) -> Iterator[Line]:
    """A line for each note, in order; the facts stand with the last note of their decision, which they led to."""
    ground: Ground | None = None
    for number, (one, own) in enumerate(zip(rows, found, strict=True)):
        ground = own or (ground if number and rows[number - 1]["at"] == one["at"] else None)
        last = number + 1 == len(rows) or rows[number + 1]["seen"] is not None
        against = one["kind"] in AGAINST
        yield Line(
            one["at"],
            one["kind"],
            _decided(one, enrollment, names, zone),
            one["step"],
            one["reason"],
            grounds=tuple(grounds(ground)) if ground and last else (),
            otherwise=otherwise(ground, one) if ground and against else None,
        )


def exit_words(row: Row, zone: ZoneInfo) -> str:
    """What ended it: "bought in the store (Lenina 5) at 12:40, 35 minutes after"."""
    if row["left_by"] is None:
        return sentence(row["reason"])
    where = f" {place(row['left_place'])}" if row["left_place"] else ""
    at, entered = row["left_at"], row["entered_at"]
    return f"{done(row['left_by'])}{where} at {moment(at, zone, entered)}, {roughly(at - entered)} after"


def _decided(one: Row, enrollment: Row, names: Names, zone: ZoneInfo) -> str:
    match DecisionKind(one["kind"]):
        case DecisionKind.ENTERED:
            since = moment(enrollment["entered_at"], zone, one["at"])
            return "entered, asked for by name" if enrollment["direct"] else f"entered, as of {since}"
        case DecisionKind.REFUSED:
            return f"not let in: {sentence(one['reason'])}"
        case DecisionKind.QUEUED:
            return f"{names.get(one['step'], one['step'])}: to go by {channel(one['facts'].get('channel', ''))}"
        case DecisionKind.LEFT:
            return f"left: {exit_words(enrollment, zone)}"
        case DecisionKind.DONE:
            return "done: every step was taken"
        case DecisionKind.QUARANTINED:
            return f"set aside (`kaskad quarantine`): {sentence(one['reason'])}{_facts(one['facts'])}"
        case DecisionKind.RELEASED:
            return "released by hand, to go on"
        case DecisionKind.FOLLOWED:
            return f"went over to version {one['facts'].get('version')}, after an edit of the journey"
        case (
            DecisionKind.TOOK
            | DecisionKind.SET
            | DecisionKind.STARTED
            | DecisionKind.CALLED
            | DecisionKind.MERGED as did
        ):
            return f"{names.get(one['step'], one['step'])}: {_did(did, one['facts'])}"
    return _judged(one, names)


def _did(kind: DecisionKind, facts: Mapping[str, Any]) -> str:
    """What a step did that wrote to nobody."""
    match kind:
        case DecisionKind.TOOK:
            return f"took the path '{facts.get('path')}'"
        case DecisionKind.SET:
            return listed([f"{name} is {value} now" for name, value in sorted(facts.items())])
        case DecisionKind.STARTED:
            return f"may enter '{facts.get('journey')}'"
        case DecisionKind.CALLED:
            return f"'{facts.get('webhook')}' was told, and has answered"
    return sentence(Reason.TOGETHER)


def _judged(one: Row, names: Names) -> str:
    """A message, or a person, that was not sent on its way, and the facts that decided it."""
    if one["step"] is None:
        return f"not decided yet: {sentence(one['reason'])}"
    word = {DecisionKind.HELD: "held", DecisionKind.DROPPED: "given up", DecisionKind.SKIPPED: "passed by"}[
        DecisionKind(one["kind"])
    ]
    name = names.get(one["step"], one["step"])
    return f"{name}: {word}, because {sentence(one['reason'])}{_facts(one['facts'])}"


def _facts(facts: Mapping[str, Any]) -> str:
    """The facts in brackets: why each channel does not reach, which source is silent, what was missing."""
    said: dict[str, list[str]] = defaultdict(list)
    for key, value in sorted(facts.items()):
        said[_reason_or_text(str(value))].append("" if key == "detail" else channel(key))
    parts = [f"{listed(about)}: {text}" if any(about) else text for text, about in said.items()]
    return f" ({'; '.join(parts)})" if parts else ""


def _reason_or_text(value: str) -> str:
    return sentence(value) if value in set(Reason) else value
