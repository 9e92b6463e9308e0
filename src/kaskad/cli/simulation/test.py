"""`kaskad test`: runs the test cases of journeys, and prints what was expected and what happened."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated
from xml.etree import ElementTree as Xml

import typer

from kaskad.cli import output
from kaskad.cli.options import AsJson, Project
from kaskad.cli.session import find_project_folder
from kaskad.domain.errors import NotFound
from kaskad.settings import load_settings

if TYPE_CHECKING:
    from kaskad.services.simulation.verdicts import Verdict, VerdictLine

FAILED = 1
COLOURS = {"-": typer.colors.RED, "+": typer.colors.GREEN, "?": typer.colors.YELLOW}
LABELS = {"-": "expected", "+": "got", "?": "why", "=": ""}

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: kaskad test abandoned_cart --junit build/journeys.xml")
def test(
    journeys: Annotated[list[str] | None, typer.Argument(metavar="[JOURNEY]…", help="Only these journeys.")] = None,
    junit: Annotated[
        Path | None, typer.Option(help="Write the results as JUnit XML, for continuous integration.")
    ] = None,
    project: Project = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Run the test cases in configs/journeys/tests on the real engine, with their own clock. Nothing is sent.

    Prints what was expected and what happened. Exits with 1 if a case fails.
    """
    begun = monotonic()
    verdicts = _run(find_project_folder(project), [name.replace("-", "_") for name in journeys or ()])
    if junit:
        junit.parent.mkdir(parents=True, exist_ok=True)
        junit.write_bytes(_junit(verdicts))
    if as_json:
        output.print_json(
            {
                "passed": all(verdict.passed for verdict in verdicts),
                "tests": [_document(verdict) for verdict in verdicts],
            }
        )
    else:
        _print(verdicts, monotonic() - begun)
    if not all(verdict.passed for verdict in verdicts):
        raise typer.Exit(FAILED)


def _run(root: Path, names: Sequence[str]) -> list[Verdict]:
    """The verdicts on all cases of these journeys, or of all journeys that have tests."""
    from kaskad.config.test_files.reader import TESTS_FOLDER, read_journey_tests
    from kaskad.services.projects import loading
    from kaskad.services.simulation.journey_tests import run_tests
    from kaskad.storage import scratch

    settings = load_settings(root)
    draft = loading.load_project(root, settings.home / "templates")
    files = read_journey_tests(root, draft.project, names)
    if missing := sorted(set(names) - {file.journey for file in files}):
        raise NotFound(f"there are no tests of '{missing[0]}': write them into {TESTS_FOLDER}/{missing[0]}.yaml")
    verdicts: list[Verdict] = []
    with scratch.run_server(settings.home) as server:
        for tests in files:
            with scratch.create_database(server) as url:
                verdicts += asyncio.run(run_tests(url, draft.project, draft.compiled, tests=tests))
    return verdicts


def _document(verdict: Verdict) -> dict[str, object]:
    return {
        "journey": verdict.case.journey,
        "case": verdict.case.title,
        "at": f"{verdict.case.place.path}:{verdict.case.place.line}",
        "passed": verdict.passed,
        "lines": [{"mark": line.mark, "text": line.text, "at": line.place} for line in verdict.lines],
    }


def _print(verdicts: Sequence[Verdict], seconds: float) -> None:
    for verdict in verdicts:
        mark = typer.style("✓", fg=typer.colors.GREEN) if verdict.passed else typer.style("✗", fg=typer.colors.RED)
        typer.echo(f"{mark} {verdict.case.journey}: {verdict.case.title}")
        for line in () if verdict.passed else verdict.lines:
            typer.echo(_line(line))
    failed = sum(not verdict.passed for verdict in verdicts)
    typer.echo(f"{len(verdicts) - failed} passed, {failed} failed, in {seconds:.1f} s")


def _line(line: VerdictLine) -> str:
    place = f"    ({line.place})" if line.place else ""
    return typer.style(f"    {LABELS[line.mark]:>8}  {line.text}{place}", fg=COLOURS.get(line.mark))


def _junit(verdicts: Sequence[Verdict]) -> bytes:
    failed = sum(not verdict.passed for verdict in verdicts)
    suite = Xml.Element("testsuite", name="kaskad", tests=str(len(verdicts)), failures=str(failed))
    for verdict in verdicts:
        place = verdict.case.place
        element = Xml.SubElement(
            suite,
            "testcase",
            classname=verdict.case.journey,
            name=verdict.case.title,
            file=place.path,
            line=str(place.line),
        )
        if not verdict.passed:
            text = "\n".join(f"{LABELS[line.mark]:>8}  {line.text}" for line in verdict.lines)
            Xml.SubElement(element, "failure", message="the result is not as expected").text = text
    written: bytes = Xml.tostring(suite, encoding="utf-8", xml_declaration=True)
    return written
