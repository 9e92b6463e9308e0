"""`kaskad trigger`."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, cast

from kaskad.cli import output
from kaskad.cli.session import open_prefect, run_with_runtime
from kaskad.domain.channel import Channel
from kaskad.domain.errors import NotFound
from kaskad.runtime import Runtime
from kaskad.services.decisions import manual_enrollment as triggering
from kaskad.services.delivery import deliver
from kaskad.services.delivery.deliver import DeliveryBatchResult
from kaskad.services.explaining.explain import explain
from kaskad.storage.ingestion import customers


def trigger(project: Path | None, journey: str, customer: str, mode: str, here: bool, as_json: bool) -> None:
    """Starts the run in Prefect, or runs the journey here; prints the run, or what was sent, or why not."""

    async def work(runtime: Runtime) -> dict[str, Any]:
        name = await _checked(runtime, journey, customer)
        if here:
            return await _here(runtime, name, customer, mode)
        return await _by_prefect(runtime, name, customer, mode)

    done = run_with_runtime(project, work)
    if as_json:
        output.print_json(done)
    elif here:
        output.print_lines([f"{done['journey']}: {done['summary']}"])
    else:
        output.print_lines([f"run {done['run']} of '{done['journey']}' was created: {done['url']}"])


async def _checked(runtime: Runtime, journey: str, customer: str) -> str:
    """The journey's name, if journey and customer exist. Raises NotFound here rather than in a failed run."""
    async with runtime.database.transaction() as connection:
        await runtime.catalogue.refresh(connection)
        published = await runtime.catalogue.current_of(connection, journey)
        if await customers.find_customer(connection, customer) is None:
            raise NotFound(f"no customer is known as '{customer}'")
    return published.version.journey.name


async def _by_prefect(runtime: Runtime, journey: str, customer: str, mode: str) -> dict[str, Any]:
    async with open_prefect(runtime.settings) as gateway:
        parameters = {"customer": customer, "mode": mode}
        run_id = await gateway.start_run(journey, parameters, now=datetime.now(UTC), tags=[mode])
    ui = runtime.settings.prefect_api_url.removesuffix("/api")
    return {"journey": journey, "run": str(run_id), "url": f"{ui}/runs/flow-run/{run_id}"}


async def _here(runtime: Runtime, journey: str, customer: str, mode: str) -> dict[str, Any]:
    await triggering.enroll(runtime, journey, customer, cast(Literal["live", "test"], mode))
    delivered = DeliveryBatchResult()
    for channel in Channel:
        delivered += await deliver.deliver_batch(runtime, journey, channel)
    story = await explain(runtime, customer, journey)
    summary = story.passages[-1].summary
    return {
        "journey": journey,
        "outcomes": _plain(delivered.outcomes),
        "held": _plain(delivered.held),
        "summary": summary,
    }


def _plain(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items()))
