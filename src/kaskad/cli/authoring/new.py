"""`kaskad new`: the gallery, and copies of what is in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kaskad.cli import output
from kaskad.cli.options import AsJson, Project
from kaskad.cli.session import find_project_folder
from kaskad.domain.errors import Rejected

if TYPE_CHECKING:
    from kaskad.services.projects.gallery import GalleryCopy

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: kaskad new --from win_back     and: kaskad new --list")
def new(
    source: Annotated[str, typer.Option("--from", help="A journey or campaign of the gallery.")] = "",
    called: Annotated[
        str | None, typer.Option("--as", help="Its name in this project; else its name in the gallery.")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="Show the gallery.")] = False,
    *,
    dry: Annotated[bool, typer.Option("--dry-run", help="Say what would be written, and write nothing.")] = False,
    project: Project = None,
    as_json: AsJson = False,
) -> None:
    """Copy a journey or campaign from the gallery into this project, with templates, tests and all they use."""
    if listed == bool(source):
        raise Rejected("name a journey or campaign of the gallery with --from, or look at the gallery with --list")
    if listed:
        _list_gallery(as_json)
    else:
        _copy(source, called, find_project_folder(project), dry=dry, as_json=as_json)


def _list_gallery(as_json: bool) -> None:
    from kaskad.services.projects import gallery

    found = gallery.list_items().values()
    if as_json:
        output.print_json({"gallery": [{"name": item.name, "kind": item.kind, "title": item.title} for item in found]})
    else:
        output.print_table(("name", "kind", "title"), [(item.name, item.kind, item.title) for item in found])


def _copy(source: str, called: str | None, root: Path, *, dry: bool, as_json: bool) -> None:
    """Copies a journey or a campaign into the project, and says what it wrote."""
    from kaskad.services.projects import gallery

    taken = gallery.plan_copy(source.replace("-", "_"), root, called)
    if not dry:
        taken.write()
    if as_json:
        output.print_json({"written": not dry, "files": _files(taken, root), "added": _added(taken, root)})
        return
    verb = "would write" if dry else "wrote"
    output.print_lines(f"{verb} {name}" for name in _folders(taken, root))
    for file, keys in _added(taken, root).items():
        output.print_lines([f"{'would add' if dry else 'added'} {', '.join(keys)} to {file}"])
    if not dry:
        output.print_lines(["now make it yours, then `kaskad validate` and `kaskad publish --plan`"])


def _files(taken: GalleryCopy, root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in taken.files)


def _folders(taken: GalleryCopy, root: Path) -> list[str]:
    """The files that were written; those of one message are shown as its folder."""
    paths = [path.relative_to(root) for path in taken.files]
    return sorted({f"{path.parent}/" if path.parts[0] == "templates" else str(path) for path in paths})


def _added(taken: GalleryCopy, root: Path) -> dict[str, list[str]]:
    return {str(path.relative_to(root)): list(blocks) for path, blocks in taken.additions.items()}
