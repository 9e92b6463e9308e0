"""`kaskad publish`."""

from __future__ import annotations

from pathlib import Path

from kaskad.cli import output
from kaskad.cli.session import prefect, run
from kaskad.domain.errors import Unavailable
from kaskad.runtime import Runtime
from kaskad.services.going_live import GoneLive, go_live


def publish(project: Path | None, no_prefect: bool, as_json: bool) -> None:
    """Publishes, and prints what is new. Raises Unavailable where a Prefect that was named cannot be told."""

    async def work(runtime: Runtime) -> GoneLive:
        root = runtime.settings.project
        if no_prefect:
            return await go_live(runtime, root, None)
        async with prefect(runtime.settings) as gateway:
            return await go_live(runtime, root, gateway)

    async def told(runtime: Runtime) -> tuple[GoneLive, bool]:
        return await work(runtime), runtime.settings.own_prefect

    with output.doing("Checking, compiling, publishing"):
        live, own_prefect = run(project, told)
    _show(live, as_json)
    if live.unreached and not own_prefect:
        raise Unavailable(f"published in the database, but {live.unreached}: publish again when it does")
    if live.unreached:
        output.warn(f"published in the database; {live.unreached}. `kaskad up` tells it when it starts it")


def _show(live: GoneLive, as_json: bool) -> None:
    publication = live.publication
    if as_json:
        journeys = {
            one.name: {
                "version": one.number,
                "new": one.new,
                "paused": one.name in live.paused,
                "deployment": _text(live.deployments.get(one.name)),
            }
            for one in publication.journeys
        }
        document = {"generation": publication.generation, "journeys": journeys, "ended": list(publication.ended)}
        output.as_json({**document, "prefect": live.unreached or ("told" if live.deployments else "not asked")})
        return
    rows = [
        (
            one.name,
            one.number,
            "new" if one.new else "as before",
            "paused" if one.name in live.paused else "runs",
            "told" if one.name in live.deployments else "–",
        )
        for one in publication.journeys
    ]
    output.table(("journey", "version", "", "state", "Prefect"), rows)
    for name in publication.ended:
        output.warn(f"'{name}' has no file any more: it takes nobody in, and sends nothing")


def _text(value: object) -> str | None:
    return None if value is None else str(value)
