"""`kaskad schema`."""

from __future__ import annotations

import json
import os
from pathlib import Path

import typer

from kaskad.cli import output
from kaskad.cli.session import find_project_folder
from kaskad.config.schema import FILE_KINDS, ProjectNames, build_json_schema, build_json_schemas, read_project_names
from kaskad.config.yaml.problem_text import unknown_name
from kaskad.domain.errors import ProjectNotFound, Rejected


def build_schema(kind: str, names: ProjectNames) -> str:
    """The schema as the text of a file. Raises Rejected for an unknown kind."""
    if kind not in FILE_KINDS:
        raise Rejected(unknown_name("kind of file", kind, FILE_KINDS))
    return _text(build_json_schema(kind, names))


def write(project: Path | None, kind: str | None, out: Path | None) -> None:
    """Prints one schema, or writes one or all of them into a folder and says how an editor finds them."""
    root = _root(project)
    names = read_project_names(root) if root else ProjectNames()
    if out is None:
        if kind is None:
            raise Rejected(
                f"name a kind of file ({', '.join(FILE_KINDS)}), or a folder for all of them: --out .kaskad/schemas"
            )
        typer.echo(build_schema(kind, names), nl=False)
        return
    texts = (
        {kind: build_schema(kind, names)}
        if kind
        else {each: _text(one) for each, one in build_json_schemas(names).items()}
    )
    out.mkdir(parents=True, exist_ok=True)
    for each, text in texts.items():
        (out / f"{each}.json").write_text(text)
    output.print_lines(_how_to(out.resolve(), root or Path.cwd(), list(texts)))


def _root(project: Path | None) -> Path | None:
    """The project's folder; None if there is none and none was named."""
    try:
        return find_project_folder(project)
    except ProjectNotFound:
        if project is not None:
            raise
        return None


def _text(document: dict[str, object]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _how_to(out: Path, root: Path, kinds: list[str]) -> list[str]:
    """The setting for editors with yaml-language-server, and the line for a single file."""
    folder = os.path.relpath(out, root)
    setting = {"yaml.schemas": {f"{folder}/{kind}.json": FILE_KINDS[kind].files for kind in kinds}}
    example = os.path.relpath(out, root / "configs" / "journeys")
    return [
        f"{len(kinds)} schemas in {folder}. VS Code with the YAML extension: put this into .vscode/settings.json",
        *json.dumps(setting, indent=2).splitlines(),
        "or, as the first line of a file, for any editor with yaml-language-server:",
        f"# yaml-language-server: $schema={example}/{kinds[0]}.json",
    ]
