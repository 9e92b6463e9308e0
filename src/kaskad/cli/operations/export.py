"""`kaskad export`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from kaskad.cli import output
from kaskad.cli.options import Customer, Project
from kaskad.cli.session import run_with_runtime
from kaskad.domain.errors import Rejected

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: kaskad export kolya --out kolya.json     or: kaskad export card:4276-11")
def export(
    customer: Customer,
    out: Annotated[Path | None, typer.Option(help="The file to write; else the document is printed.")] = None,
    *,
    project: Project = None,
) -> None:
    """Give out everything that is stored of a customer, as one JSON document: for who asks for their data."""
    from kaskad.services.operations import personal_data

    document = run_with_runtime(project, lambda runtime: personal_data.export(runtime, customer))
    if out is None:
        output.print_json(document)
        return
    text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    try:
        out.touch(mode=0o600)
        out.write_text(text)
    except OSError as error:
        raise Rejected(f"{out} cannot be written: {error.strerror}") from error
    rows = sum(len(rows) for rows in document.values() if isinstance(rows, list))
    output.print_lines([f"{out}: {output.format_count(rows, 'row')}"])
