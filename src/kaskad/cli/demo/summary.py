"""The demo's summary in 80 columns: a table, the money, Kolya's story, and where to look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from kaskad.cli.demo.figures import DemoFigures
from kaskad.services import wording
from kaskad.services.explaining.customer_history import CustomerHistory
from kaskad.services.inspect.report import JourneyReport

PLACES = 3  # the most places that are named for each event


def print_summary(console: Console, figures: DemoFigures, kolya: CustomerHistory) -> None:
    """Prints the figures and the story."""
    console.print()
    console.print(_table(figures))
    for name, report in figures.report.journeys.items():
        if rows := list(_details(report)):
            console.print(_listing(name, rows))
            console.print()
    _money(console, figures)
    console.print("\n[bold]Kolya[/], who ate the pizza in the store:")
    for line in kolya.text():
        console.print(f"  {line}", highlight=False, markup=False)
    console.print(
        "\nRun it, with the Prefect UI and your own journeys: [bold]make up[/]"
        "\nOr play these days again and stay to look around: [bold].venv/bin/kaskad demo --keep[/]"
    )


def _table(figures: DemoFigures) -> Table:
    """The table with one line for each journey."""
    table = Table(title="What each journey did", title_justify="left", box=SIMPLE, padding=(0, 0, 0, 1))
    table.add_column("journey", overflow="fold")
    for name in ("entered", "sent", "held", "left", "goal", f"cost, {figures.report.currency}"):
        table.add_column(name, justify="right", overflow="fold")
    for name, report in figures.report.journeys.items():
        counts = (report.entered, report.sent.total(), report.held.total(), report.left.total(), report.goal)
        table.add_row(name, *(f"{count:,}" for count in counts), f"{report.cost:,.2f}")
    return table


def _details(report: JourneyReport) -> Iterator[tuple[str, str]]:
    """The details behind the counts of one journey, without zeros."""
    left = (f"{count:,} {_words(event)}{_where(report, event)}" for event, count in report.left.most_common())
    named = {
        "sent": _listed(report.sent),
        "fell through": _listed(report.fell_through),
        "held": _listed(report.held),
        "left": ", ".join(left),
    }
    yield from ((label, text) for label, text in named.items() if text)


def _listing(name: str, rows: Sequence[tuple[str, str]]) -> Table:
    """The details under the journey's name; long ones continue on the next line."""
    table = Table(title=f"[bold]{name}[/]", title_justify="left", title_style="", box=None, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for label, text in rows:
        table.add_row(f" {label}", escape(text))
    return table


def _where(report: JourneyReport, event: str) -> str:
    """The three most frequent places of the event, and the number of the others if there are more."""
    places = report.left_places.get(event, Counter())
    shown = [f"{count:,} {_words(place.replace(', ', ' '))}" for place, count in places.most_common(PLACES)]
    if elsewhere := places.total() - sum(count for _, count in places.most_common(PLACES)):
        shown.append(f"{elsewhere:,} elsewhere")
    return f" ({', '.join(shown)})" if shown else ""


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{count:,} {_words(wording.channel_label(name))}" for name, count in counts.most_common())


def _words(name: str) -> str:
    return name.replace("_", " ")


def _money(console: Console, figures: DemoFigures) -> None:
    total, currency = figures.report.total, figures.report.currency
    console.print(
        f"Cost: [bold]{total.cost:,.2f} {currency}[/]; by SMS alone it would have been "
        f"[bold]{total.cost_sms_only or 0:,.2f} {currency}[/]"
        f"{f' (without {total.beyond_sms:,} messages that no SMS could reach)' if total.beyond_sms else ''}."
    )
    console.print(
        f"The providers received {figures.providers_received:,} messages: {figures.duplicates} twice, "
        f"{figures.sent_after_exit} after the customer had bought or left. "
        f"{figures.flow_runs:,} Prefect runs, {figures.seconds:,.0f} s."
    )
