"""What the demo prints at its end fits a terminal of 80 columns, and nothing of it is cut off."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from kaskad.cli.demo import summary
from kaskad.cli.demo.figures import DemoFigures
from kaskad.services.explaining.customer_history import CustomerHistory
from kaskad.services.inspect.report import JourneyReport, Report

CHANNELS = ("push", "email", "webpush", "viber", "sms", "call")
PLACES = Counter({"store, Lenina 5": 9_101, "call_center": 8_102, "[app]": 7_103, "site": 6_104, "store, Mira": 5_105})
LONG = "a_journey_whose_name_is_longer_than_any_terminal_of_eighty_columns_could_ever_show_in_one_line"


def _busy() -> JourneyReport:
    """One with the largest numbers that a demo can have."""
    return JourneyReport(
        entered=98_567,
        sent=Counter({name: 84_561 + n for n, name in enumerate(CHANNELS)}),
        fell_through=Counter({name: 34_561 + n for n, name in enumerate(CHANNELS)}),
        held=Counter({"not_reachable": 21_001, "outside_send_window": 21_002, "stale_data_of_a_source": 21_003}),
        left=Counter({"order_completed": 35_515, "email_confirmed_by_a_link": 17}),
        left_places={"order_completed": PLACES},
        goal=45_678,
        cost=Decimal("345678.90"),
    )


def _shown(journeys: dict[str, JourneyReport], width: int = 80) -> str:
    total = JourneyReport()
    for report in journeys.values():
        total.add(report)
    figures = DemoFigures(
        report=Report(None, None, "RUB", journeys, total),
        providers_received=1_234,
        duplicates=0,
        sent_after_exit=0,
        flow_runs=1_567,
        seconds=251.4,
    )
    out = StringIO()
    story = CustomerHistory("kolya", ZoneInfo("Europe/Moscow"), datetime(2027, 3, 1, tzinfo=UTC))
    summary.print_summary(Console(file=out, width=width, force_terminal=False), figures, story)
    return out.getvalue()


@pytest.mark.parametrize("name", ["browse_abandonment", LONG])
@pytest.mark.parametrize("width", [80, 60])
def test_no_line_is_wider_than_the_terminal_and_nothing_is_cut_off(name: str, width: int) -> None:
    said = _shown({name: _busy(), "email_confirmation": JourneyReport()}, width)
    assert [line for line in said.splitlines() if len(line) > width] == []
    assert "…" not in said
    once = "".join(said.split())  # what is broken over two lines is whole again
    for number in ("45,678", "345,678.90", "84,561push", "34,566call", "21,003", "35,515ordercompleted"):
        assert number in once.replace("│", "")
    assert width < 80 or name == LONG or f"  {name}  " in said


def test_each_journey_is_one_line_of_the_table() -> None:
    said = _shown({"browse_abandonment": _busy(), "email_confirmation": JourneyReport()})
    row = next(line for line in said.splitlines() if "browse_abandonment" in line)
    assert row.split() == [
        "browse_abandonment", "98,567", "507,381", "63,006", "35,532", "45,678", "345,678.90"
    ]  # fmt: skip


def test_places_beyond_the_first_three_are_counted_together() -> None:
    said = " ".join(_shown({"browse_abandonment": _busy()}).split())
    assert "(9,101 store Lenina 5, 8,102 call center, 7,103 [app], 11,209 elsewhere)" in said


def test_a_journey_without_messages_has_no_empty_lines_of_details() -> None:
    said = _shown({"email_confirmation": JourneyReport()})
    assert said.count("email_confirmation") == 1
