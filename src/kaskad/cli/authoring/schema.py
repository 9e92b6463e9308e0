"""`kaskad schema`: JSON Schemas, for editors."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kaskad.cli import output
from kaskad.cli.options import Project
from kaskad.cli.session import find_project_folder
from kaskad.domain.errors import ProjectNotFound, Rejected

if TYPE_CHECKING:
    from kaskad.config.schema import ProjectNames

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: kaskad schema --out .kaskad/schemas     or: kaskad schema journey")
def schema(
    kind: Annotated[str | None, typer.Argument(help="One kind of file: journey, cascades, channels, policy, …")] = None,
    out: Annotated[Path | None, typer.Option(help="Write into this folder; else print.")] = None,
    project: Project = None,
) -> None:
    """Print or write JSON Schemas of the files, with which editors complete and check as you type.

    Inside a project, they contain its own names: events, templates, cascades, topics, senders, …
    """
    from kaskad.config.schema import FILE_KINDS, ProjectNames, build_json_schemas, read_project_names

    root = _root(project)
    names = read_project_names(root) if root else ProjectNames()
    if out is None:
        if kind is None:
            raise Rejected(
                f"name a kind of file ({', '.join(FILE_KINDS)}), or a folder for all of them: --out .kaskad/schemas"
            )
        typer.echo(_build_schema(kind, names), nl=False)
        return
    texts = (
        {kind: _build_schema(kind, names)}
        if kind
        else {name: _text(document) for name, document in build_json_schemas(names).items()}
    )
    out.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (out / f"{name}.json").write_text(text)
    output.print_lines(_how_to(out.resolve(), root or Path.cwd(), list(texts)))


def _root(project: Path | None) -> Path | None:
    """The project's folder; None if there is none and none was named."""
    try:
        return find_project_folder(project)
    except ProjectNotFound:
        if project is not None:
            raise
        return None


def _build_schema(kind: str, names: ProjectNames) -> str:
    """The schema as the text of a file. Raises Rejected for an unknown kind."""
    from kaskad.config.schema import FILE_KINDS, build_json_schema
    from kaskad.config.yaml.problem_text import unknown_name

    if kind not in FILE_KINDS:
        raise Rejected(unknown_name("kind of file", kind, FILE_KINDS))
    return _text(build_json_schema(kind, names))


def _text(document: dict[str, object]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _how_to(out: Path, root: Path, kinds: list[str]) -> list[str]:
    """The setting for editors with yaml-language-server, and the line for a single file."""
    from kaskad.config.schema import FILE_KINDS

    folder = os.path.relpath(out, root)
    setting = {"yaml.schemas": {f"{folder}/{kind}.json": FILE_KINDS[kind].files for kind in kinds}}
    example = os.path.relpath(out, root / "configs" / "journeys")
    return [
        f"{len(kinds)} schemas in {folder}. VS Code with the YAML extension: put this into .vscode/settings.json",
        *json.dumps(setting, indent=2).splitlines(),
        "or, as the first line of a file, for any editor with yaml-language-server:",
        f"# yaml-language-server: $schema={example}/{kinds[0]}.json",
    ]
