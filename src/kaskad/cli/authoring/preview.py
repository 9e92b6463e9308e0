"""`kaskad preview`."""

from __future__ import annotations

import webbrowser
from datetime import UTC, datetime
from pathlib import Path

from kaskad.cli import output
from kaskad.cli.authoring.validate import cache_folder, load_checked
from kaskad.cli.session import find_project_folder, run_with_runtime
from kaskad.runtime import Runtime
from kaskad.services.links import Links
from kaskad.services.previews import (
    Reader,
    build_example_reader,
    build_preview,
    content_checks,
    find_reader,
    is_example,
    render_page,
)
from kaskad.services.previews.content_checks import CheckContext
from kaskad.services.projects.loading import LoadedProject
from kaskad.settings import load_settings


def show(
    project: Path | None, name: str, customer: str, locale: str | None, out: Path | None, browse: bool, as_json: bool
) -> None:
    """Writes the page, prints its path, and opens it in a browser if `browse`."""
    root, message = find_project_folder(project), name.replace("-", "_")
    draft = load_checked(root, [message])
    (compiled,) = content_checks.select_messages(draft, [message])
    reader = _reader(root, draft, message, customer, locale)
    bench = CheckContext(draft.project, root, Links(load_settings(root).public_url, ""), datetime.now(UTC))
    shown = build_preview(bench, draft, compiled, reader)
    path = (out or cache_folder(root).parent / "previews" / f"{message}.{reader.locale}.html").resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render_page(shown), "utf-8")
    for one in shown.shown:
        for remark in one.remarks:
            output.warn(f"{one.channel}: {remark}")
    if as_json:
        channels = {one.channel: one.why or "shown" for one in shown.shown}
        output.print_json({"page": str(path), "reader": reader.name, "locale": reader.locale, "channels": channels})
    else:
        output.print_lines([f"{path}"])
    if browse:
        webbrowser.open(path.as_uri())


def _reader(root: Path, draft: LoadedProject, message: str, customer: str, locale: str | None) -> Reader:
    now = datetime.now(UTC)
    if is_example(customer):
        return build_example_reader(customer, locale, draft.project.shop, now)

    async def work(runtime: Runtime) -> Reader:
        return await find_reader(runtime, draft.project, message, customer, locale, now)

    return run_with_runtime(root, work)
