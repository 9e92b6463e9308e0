"""What a marketer sees of a run in Prefect: its name, and the journey's results of today."""

from __future__ import annotations

import time

from prefect.artifacts import acreate_markdown_artifact
from prefect.context import AsyncClientContext, FlowRunContext

from kaskad.orchestration.deployment_specs import to_prefect_name
from kaskad.runtime import Runtime
from kaskad.services.inspect import prefect_pages, source_page
from kaskad.services.run_summary import RunSummary

SOURCES = "sources"
SOURCES_EVERY = 60.0  # seconds
MAX_NAME = 200  # characters of a run's name


async def rename_run(story: RunSummary) -> None:
    """Renames the run to say what it did."""
    await name_run(story.name())


async def name_run(said: str) -> None:
    """Renames the run to this text, cut off where it is too long for a name."""
    context = FlowRunContext.get()
    if context and context.flow_run:
        async with AsyncClientContext.get_or_create() as kept:  # a new client would cost a TLS context
            await kept.client.set_flow_run_name(context.flow_run.id, said[:MAX_NAME])


async def update_sources(runtime: Runtime) -> None:
    """Updates the artifact that lists the sources of events, once a minute at most."""
    last = runtime.shown.get(SOURCES)
    if last is None or time.monotonic() - last >= SOURCES_EVERY:
        runtime.shown[SOURCES] = time.monotonic()
        markdown = await source_page.render_sources(runtime)
        await acreate_markdown_artifact(key=SOURCES, markdown=markdown, description="The sources of events")


async def update_artifacts(runtime: Runtime, story: RunSummary) -> None:
    """Updates the journey's artifacts, but not more often than the settings say, because each costs a write."""
    last = runtime.shown.get(story.journey)
    if story.quiet or (last is not None and time.monotonic() - last < runtime.settings.artifacts_every):
        return
    runtime.shown[story.journey] = time.monotonic()
    name = to_prefect_name(story.journey)
    for key, markdown, description in await prefect_pages.render_pages(runtime, story.journey):
        await acreate_markdown_artifact(key=f"{name}-{key}", markdown=markdown, description=description)
