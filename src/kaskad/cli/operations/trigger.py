"""`kaskad trigger`."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kaskad.cli import output
from kaskad.cli.options import AsJson, Customer, Journey, Project
from kaskad.cli.session import open_prefect, run_with_runtime
from kaskad.domain.channel import Channel
from kaskad.domain.outcome import Mode

if TYPE_CHECKING:
    from kaskad.runtime import Runtime

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: kaskad trigger abandoned_cart kolya --mode test")
def trigger(
    journey: Journey,
    customer: Customer,
    mode: Annotated[Mode, typer.Option(help="test sends only to the journey's owner, by e-mail.")] = Mode.LIVE,
    *,
    here: Annotated[bool, typer.Option("--here", help="Run it in this process, without Prefect.")] = False,
    project: Project = None,
    as_json: AsJson = False,
) -> None:
    """Enroll one customer in a journey now, whatever its entry trigger says. Consent and policy still apply."""

    async def work(runtime: Runtime) -> dict[str, Any]:
        name = await _checked(runtime, journey, customer)
        if here:
            return await _here(runtime, name, customer, mode=mode)
        return await _by_prefect(runtime, name, customer, mode=mode)

    done = run_with_runtime(project, work)
    if as_json:
        output.print_json(done)
    elif here:
        output.print_lines([f"{done['journey']}: {done['summary']}"])
    else:
        output.print_lines([f"run {done['run']} of '{done['journey']}' was created: {done['url']}"])


async def _checked(runtime: Runtime, journey: str, customer: str) -> str:
    """The journey's name, if journey and customer exist. Raises here rather than in a failed run."""
    from kaskad.services.naming import find_person

    async with runtime.database.transaction() as connection:
        await runtime.catalogue.refresh(connection)
        published = await runtime.catalogue.current_of(connection, journey)
        await find_person(connection, customer, runtime.catalogue.project, any_kind=True)
    return published.version.journey.name


async def _by_prefect(runtime: Runtime, journey: str, customer: str, *, mode: Mode) -> dict[str, Any]:
    async with open_prefect(runtime.settings) as gateway:
        parameters = {"customer": customer, "mode": mode}
        run_id = await gateway.start_run(journey, parameters, now=datetime.now(UTC), tags=[mode])
    ui = runtime.settings.prefect_api_url.removesuffix("/api")
    return {"journey": journey, "run": str(run_id), "url": f"{ui}/runs/flow-run/{run_id}"}


async def _here(runtime: Runtime, journey: str, customer: str, *, mode: Mode) -> dict[str, Any]:
    from kaskad.services.decisions import manual_enrollment as triggering
    from kaskad.services.delivery import deliver
    from kaskad.services.delivery.deliver import DeliveryBatchResult
    from kaskad.services.explaining.explain import explain

    await triggering.enroll(runtime, journey, customer, mode=mode)
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
