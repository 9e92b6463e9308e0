"""`kaskad preview`: a message in every channel, as a page."""

from __future__ import annotations

import webbrowser
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kaskad.cli import output
from kaskad.cli.options import AsJson, Message, Project
from kaskad.cli.session import find_project_folder, run_with_runtime
from kaskad.domain.errors import Rejected
from kaskad.settings import load_settings

if TYPE_CHECKING:
    from kaskad.content import CompiledMessage
    from kaskad.runtime import Runtime
    from kaskad.services.previews import Reader
    from kaskad.services.previews.preview import Preview
    from kaskad.services.projects.loading import LoadedProject

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: kaskad preview cart_reminder --customer kolya --locale ru --open")
def preview(
    message: Message,
    customer: Annotated[
        str, typer.Option(help="An id of a customer, as events name it; or example, little_known, usual, long_names.")
    ] = "example",
    locale: Annotated[str | None, typer.Option(help="The language; else the customer's own.")] = None,
    *,
    out: Annotated[Path | None, typer.Option(help="Write the page here; else into .kaskad/previews.")] = None,
    browse: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    project: Project = None,
    as_json: AsJson = False,
) -> None:
    """Show a message in every channel side by side, with the findings of the content checks.

    Example customers need no database.
    """
    from kaskad.cli.authoring.checked_project import cache_folder, load_checked
    from kaskad.services.previews import content_checks, render_page

    if locale is not None:
        _check_locale(locale)
    root, name = find_project_folder(project), message.replace("-", "_")
    draft = load_checked(root, [name])
    (compiled,) = content_checks.select_messages(draft, [name])
    reader = _reader(root, draft, name, customer=customer, locale=locale)
    shown = _build(root, draft, compiled, reader=reader)
    path = (out or cache_folder(root).parent / "previews" / f"{name}.{reader.locale}.html").resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render_page(shown), "utf-8")
    _print(shown, reader, path, as_json=as_json)
    if browse:
        webbrowser.open(path.as_uri())


def _check_locale(locale: str) -> None:
    """Raises Rejected for what is no language: the page would be in the shop's, as if that were it."""
    from babel import Locale, UnknownLocaleError

    try:
        Locale.parse(locale.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        raise Rejected(f"'{locale}' is no language: write one like ru or en") from None


def _reader(root: Path, draft: LoadedProject, message: str, *, customer: str, locale: str | None) -> Reader:
    from kaskad.services.previews import build_example_reader, find_reader, is_example

    now = datetime.now(UTC)
    if is_example(customer):
        return build_example_reader(customer, locale, draft.project.shop, now=now)

    async def work(runtime: Runtime) -> Reader:
        return await find_reader(runtime, draft.project, message, customer=customer, locale=locale, now=now)

    return run_with_runtime(root, work)


def _build(root: Path, draft: LoadedProject, message: CompiledMessage, *, reader: Reader) -> Preview:
    from kaskad.services.links import Links
    from kaskad.services.previews import build_preview
    from kaskad.services.previews.content_checks import CheckContext

    context = CheckContext(draft.project, root, Links(load_settings(root).public_url, ""), datetime.now(UTC))
    return build_preview(context, draft, message, reader=reader)


def _print(shown: Preview, reader: Reader, path: Path, *, as_json: bool) -> None:
    for channel_preview in shown.shown:
        for remark in channel_preview.remarks:
            output.warn(f"{channel_preview.channel}: {remark}")
    if as_json:
        channels = {channel_preview.channel: channel_preview.why or "shown" for channel_preview in shown.shown}
        output.print_json({"page": str(path), "reader": reader.name, "locale": reader.locale, "channels": channels})
    else:
        output.print_lines([f"{path}"])
