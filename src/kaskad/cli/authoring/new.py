"""`kaskad new`."""

from __future__ import annotations

from pathlib import Path

from kaskad.cli import output
from kaskad.cli.session import find_project_folder
from kaskad.services.projects import gallery
from kaskad.services.projects.gallery import GalleryCopy


def show(as_json: bool) -> None:
    """Lists the gallery."""
    found = gallery.list_items().values()
    if as_json:
        output.print_json({"gallery": [{"name": one.name, "kind": one.kind, "title": one.title} for one in found]})
    else:
        output.print_table(("name", "kind", "title"), [(one.name, one.kind, one.title) for one in found])


def new(source: str, called: str | None, project: Path | None, dry: bool, as_json: bool) -> None:
    """Copies a journey or a campaign of the gallery into the project, and says what it wrote."""
    root = find_project_folder(project)
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
