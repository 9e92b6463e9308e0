"""A published version as it was, simulated beside today's files."""

from __future__ import annotations

from dataclasses import replace

from kaskad.content import CompiledMessage
from kaskad.domain.errors import NotFound
from kaskad.domain.journeys.version import Version
from kaskad.services.simulation.run import Scenario
from kaskad.storage.database import Connection, Database
from kaskad.storage.publishing import publications, versions


async def with_published_version(database: Database, scenario: Scenario, journey: str, *, number: int) -> Scenario:
    """Returns the scenario with the journey and messages of its version `number`; all else is as in the files.

    Another journey in the scenario that sends these messages sends them as in that version. Raises NotFound.
    """
    async with database.transaction() as connection:
        version = await _load_numbered(connection, journey, number)
        compiled = {name: await _message(connection, ref.hash) for name, ref in version.templates.items()}
    journeys = {**scenario.project.journeys, journey: version.journey}
    project = scenario.project.model_copy(update={"journeys": journeys})
    return replace(scenario, project=project, compiled={**scenario.compiled, **compiled})


async def _load_numbered(connection: Connection, journey: str, number: int) -> Version:
    stored = {
        published.number: published.version for published in await publications.load_all_versions(connection, journey)
    }
    if number not in stored:
        known = ", ".join(map(str, sorted(stored))) or "none is published"
        raise NotFound(f"'{journey}' has no version {number} (stored: {known})")
    return stored[number]


async def _message(connection: Connection, hash_: str) -> CompiledMessage:
    document = await versions.load_template(connection, hash_)
    assert document is not None, f"a version without its message {hash_}"  # both are stored in one transaction
    return CompiledMessage.model_validate(document)
