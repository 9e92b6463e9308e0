"""What the demo prints at its end: a table, the money, Kolya's story, and where to look."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

from kaskad.cli.demo.figures import Figures
from kaskad.services import wording
from kaskad.services.explaining.story import Story


def show(console: Console, figures: Figures, kolya: Story) -> None:
    """Prints the figures and the story."""
    console.print()
    console.print(_table(figures))
    _money(console, figures)
    console.print("\n[bold]Kolya[/], who ate the pizza in the store:")
    for line in kolya.text():
        console.print(f"  {line}", highlight=False, markup=False)
    console.print(
        "\nKeep a house running, with the Prefect UI and your own journeys: [bold]make up[/]"
        "\nOr play these days again and stay to look around: [bold].venv/bin/kaskad demo --keep[/]"
    )


def _table(figures: Figures) -> Table:
    table = Table(title="Four days of a shop", show_lines=True)
    for name in ("journey", "entered", "sent", "fell through", "held", "left", "goal", "cost"):
        table.add_column(name, justify="right" if name in ("entered", "goal", "cost") else "left")
    for name, one in figures.report.journeys.items():
        left = {
            f"{event} ({', '.join(f'{place} {count}' for place, count in places.most_common(3))})": sum(places.values())
            for event, places in one.left_places.items()
        } or dict(one.left)
        table.add_row(
            name,
            f"{one.entered:,}",
            _listed(one.sent),
            _listed(one.fell_through),
            _listed(one.held),
            _listed(left),
            f"{one.goal:,}",
            f"{one.cost:,.2f}",
        )
    return table


def _listed(counts: Mapping[str, int]) -> str:
    ordered = sorted(counts.items(), key=lambda item: -item[1])
    return "\n".join(f"{count:,} {wording.channel(name).replace('_', ' ')}" for name, count in ordered) or "–"


def _money(console: Console, figures: Figures) -> None:
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
