"""`kaskad calendar`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from kaskad.cli import output
from kaskad.cli.options import AsJson, Project
from kaskad.cli.session import run_with_runtime

if TYPE_CHECKING:
    from kaskad.runtime import Runtime
    from kaskad.services.inspect.send_calendar import CalendarHour, SendCalendar

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: kaskad calendar --days 7")
def calendar(
    days: Annotated[int, typer.Option(min=1, max=92, help="The number of days from now.")] = 14,
    project: Project = None,
    as_json: AsJson = False,
) -> None:
    """Show which messages are expected, by day and journey, and what cannot be known yet."""
    from kaskad.services.inspect.send_calendar import build_calendar

    async def work(runtime: Runtime) -> SendCalendar:
        return await build_calendar(runtime, days)

    made = run_with_runtime(project, work)
    if as_json:
        output.print_json(asdict(made) | {"zone": made.zone.key})
        return
    if made.hours:
        output.print_table(("day", "hours", "journey", "messages", "first by"), list(_rows(made)))
    else:
        output.print_lines(["No message is expected in this time, as far as is known today."])
    output.print_lines(
        ["", f"Hours in the shop's time zone ({made.zone.key}). Not included:", *(f"  {text}" for text in made.unknown)]
    )


def _rows(made: SendCalendar) -> Iterator[tuple[str, ...]]:
    from kaskad.services.wording import channel_label

    days: dict[tuple[date, str], list[CalendarHour]] = defaultdict(list)
    for hour in made.hours:
        days[hour.day, hour.journey].append(hour)
    for (day, journey), hours in sorted(days.items()):
        first, last = hours[0].hour, hours[-1].hour
        by: Counter[str] = Counter()
        for hour in hours:
            by[hour.channel] += hour.people + hour.perhaps
        channels = ", ".join(f"{count:,} {channel_label(name)}" for name, count in by.most_common())
        yield f"{day:%a} {day.day} {day:%b}", f"{first:02}–{last + 1:02}", journey, _between(hours), channels


def _between(hours: list[CalendarHour]) -> str:
    """ "120", "120 to 340", "up to 20"."""
    sure, most = sum(hour.people for hour in hours), sum(hour.people + hour.perhaps for hour in hours)
    if sure == most:
        return f"{sure:,}"
    return f"{sure:,} to {most:,}" if sure else f"up to {most:,}"
