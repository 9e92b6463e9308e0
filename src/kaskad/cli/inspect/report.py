"""`kaskad report`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer

from kaskad.cli import output
from kaskad.cli.options import AsJson, Project, check_span, to_utc
from kaskad.cli.session import run_with_runtime

if TYPE_CHECKING:
    from kaskad.runtime import Runtime
    from kaskad.services.inspect.report import JourneyReport, Report

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: kaskad report --since 2027-03-01")
def report(
    since: Annotated[datetime | None, typer.Option(help="Only customers who entered from this time on; UTC.")] = None,
    until: Annotated[datetime | None, typer.Option(help="Only customers who entered before this time; UTC.")] = None,
    project: Project = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show for each journey: who entered and left, what was sent or held and why, the goal, cost and savings."""
    from kaskad.services.inspect.report import build_report

    check_span(from_ := to_utc(since), to := to_utc(until))

    async def work(runtime: Runtime) -> Report:
        return await build_report(runtime, from_, to)

    made = run_with_runtime(project, work)
    if as_json:
        output.print_json(made.document())
    else:
        output.print_lines(_format(made))


def _format(made: Report) -> Iterator[str]:
    """The report as text: each journey, then all together."""
    for name, journey_report in [*made.journeys.items(), ("all together", made.total)]:
        yield name
        for label, text in _figures(journey_report, made.currency):
            yield f"  {label:<14}{text}"
        yield ""


def _figures(journey_report: JourneyReport, currency: str) -> Iterator[tuple[str, str]]:
    from kaskad.services.wording import channel_label

    yield "entered", str(journey_report.entered)
    named = {
        "not admitted": _counts(journey_report.refused),
        "sent": ", ".join(f"{count} {channel_label(name)}" for name, count in journey_report.sent.most_common()),
        "failed": ", ".join(f"{count} {channel_label(name)}" for name, count in journey_report.failed.most_common()),
        "fell through": ", ".join(
            f"{count} {channel_label(name)}" for name, count in journey_report.fell_through.most_common()
        ),
        "unknown": str(journey_report.unknown or ""),
        "held": _counts(journey_report.held),
        "left": ", ".join(
            f"{count} {event}{_where(journey_report, event)}" for event, count in journey_report.left.most_common()
        )
        + (f"; {journey_report.left_before} of them before they were admitted" if journey_report.left_before else ""),
    }
    yield from ((label, text) for label, text in named.items() if text)
    yield "goal reached", str(journey_report.goal)
    yield "cost", f"{_money(journey_report.cost, currency)}{_against_sms(journey_report, currency)}"


def _counts(counts: Mapping[str, int]) -> str:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{count} {name}" for name, count in ordered)


def _where(journey_report: JourneyReport, event: str) -> str:
    """The places of the event, with stores of one kind together."""
    from kaskad.services.wording import place_phrase

    places: dict[str, int] = {}
    for said, count in journey_report.left_places.get(event, {}).items():
        kind = place_phrase(said.partition(", ")[0])
        places[kind] = places.get(kind, 0) + count
    shown = ", ".join(f"{count} {kind}" for kind, count in sorted(places.items(), key=lambda item: (-item[1], item[0])))
    return f" ({shown})" if shown else ""


def _against_sms(journey_report: JourneyReport, currency: str) -> str:
    if journey_report.cost_sms_only is None or journey_report.saved is None:
        return ""
    calls = f", {_money(journey_report.cost_of_calls, currency)} of it calls" if journey_report.cost_of_calls else ""
    beyond = (
        f" (without {output.format_count(journey_report.beyond_sms, 'message')} that no SMS could reach)"
        if journey_report.beyond_sms
        else ""
    )
    by_sms = _money(journey_report.cost_sms_only, currency)
    return f"{calls}; by SMS alone {by_sms}{beyond}; the cascade saved {_money(journey_report.saved, currency)}"


def _money(amount: Decimal, currency: str) -> str:
    from kaskad.services.inspect.report import CENTS

    return f"{amount.quantize(CENTS):,} {currency}"
