"""The owner of a source hears of its silence and of what is rejected: at once, and then once a day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kaskad.sandbox.providers import Record
from kaskad.services.ingestion import segment_events
from kaskad.services.ingestion.rejecting import rejected_events
from kaskad.services.inspect import source_page
from kaskad.services.operations import alerts, source_health
from kaskad.services.operations.source_health import SourceState
from tests.support.stack import NOON, OpenStack, Stack

pytestmark = pytest.mark.anyio
TILLS = "it@shop.example"
MINUTES, HOURS, DAYS = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MORNING = datetime(2027, 3, 3, 6, 30, tzinfo=UTC)  # 9:30 in Moscow, the day after


async def reject(stack: Stack, *calls: Any, source: str = "store") -> None:
    """What is remarked on these calls is kept."""
    judged = segment_events.parse_request({"batch": list(calls)}, datetime.now(UTC), stack.project, source=source)
    await rejected_events.record_remarks(stack.runtime, source, judged, remarks=judged.remarks)


async def letters(stack: Stack, to: str = TILLS) -> list[Record]:
    """All that this owner got, after the sources were looked at."""
    await source_health.check_sources(stack.runtime)
    await alerts.send_alerts(stack.runtime)
    return [record for record in stack.sandbox.received if record.to == to]


async def state(stack: Stack, name: str = "store") -> SourceState:
    return next(source for source in await source_health.list_sources(stack.runtime) if source.name == name)


def nobody(number: int) -> dict[str, Any]:
    return {"event": "app_opened", "messageId": f"n{number}"}


async def test_the_owner_of_a_silent_source_hears_of_it_once(stack: Stack) -> None:
    await stack.tills()
    assert (await state(stack)).condition == "heard"
    await stack.at(29 * MINUTES)
    assert await letters(stack) == []
    await stack.at(5 * MINUTES)
    (letter,) = await letters(stack)
    assert letter.sender == "Kaskad Shop <hello@shop.example>", "not in the name of a franchise"
    assert "Tills" in letter.fields["subject"] and "12:00 on 2027-03-02" in letter.fields["text"]
    assert (await state(stack)).condition == "silent"
    await stack.at(2 * HOURS)
    assert len(await letters(stack)) == 1


async def test_a_second_silence_is_told_again(stack: Stack) -> None:
    await stack.tills()
    await stack.at(40 * MINUTES)
    await letters(stack)
    await stack.tills()
    assert len(await letters(stack)) == 1
    assert (await state(stack)).condition == "heard"
    await stack.at(40 * MINUTES)
    assert len(await letters(stack)) == 2


async def test_a_shop_that_closes_is_not_silent_nor_heard_of_by_it(stack: Stack) -> None:
    await stack.tills()
    await stack.at(9 * HOURS)  # 21:00
    assert len(await letters(stack)) == 1
    await stack.at(3 * HOURS)  # closed
    assert (await state(stack)).condition == "closed"
    await letters(stack)
    await stack.at(11 * HOURS)  # 11:00 of the next day: the same silence
    assert (await state(stack)).condition == "silent"
    assert len(await letters(stack)) == 1


async def test_a_source_that_never_spoke_is_not_silent(stack: Stack) -> None:
    assert (await state(stack, "call_centre")).condition == "never heard"
    await stack.at(5 * HOURS)
    assert await letters(stack, "calls@shop.example") == []


async def test_the_first_of_a_kind_is_told_at_once_and_the_next_ones_on_the_next_day(stack: Stack) -> None:
    await stack.at(MORNING)
    await reject(stack, nobody(1), {"event": "app_opened", "userId": "k", "timestamp": "soon"})
    first = await letters(stack)
    assert sorted(letter.fields["subject"].rpartition(": ")[2] for letter in first) == ["bad_time", "nobody"]
    assert any("'timestamp' must be" in letter.fields["text"] for letter in first)
    await reject(stack, nobody(2), nobody(3))
    assert len(await letters(stack)) == 2
    await stack.at(MORNING + 22 * HOURS)  # 7:30: not yet
    assert len(await letters(stack)) == 2
    await stack.at(MORNING + 23 * HOURS)
    digest = (await letters(stack))[-1]
    assert len(await letters(stack)) == 3
    assert "4 events" in digest.fields["subject"] and "2027-03-03" in digest.fields["subject"]
    assert "nobody: 3: it names nobody" in digest.fields["text"] and "bad_time: 1" in digest.fields["text"]
    await stack.at(DAYS)
    assert len(await letters(stack)) == 3, "nothing was rejected on that day"


async def test_a_kind_that_was_gone_for_a_week_is_the_first_again(stack: Stack) -> None:
    await reject(stack, nobody(1))
    await letters(stack)
    await stack.at(6 * DAYS)
    await reject(stack, nobody(2))
    before = await letters(stack)
    await stack.at(8 * DAYS)
    await letters(stack)
    await reject(stack, nobody(3))
    after = await letters(stack)
    assert [letter.fields["subject"] for letter in before].count("Tills: an event was rejected: nobody") == 1
    assert [letter.fields["subject"] for letter in after].count("Tills: an event was rejected: nobody") == 2


async def test_a_jump_of_rejects_is_told_on_the_day(stack: Stack) -> None:
    await reject(stack, *map(nobody, range(7)))
    await stack.at(DAYS)
    await reject(stack, *map(nobody, range(100, 119)))
    assert not [letter for letter in await letters(stack) if "far more" in letter.fields["subject"]]
    await reject(stack, nobody(200))
    (jump,) = [letter for letter in await letters(stack) if "far more" in letter.fields["subject"]]
    assert "20 today, 1 on a day of the week before" in jump.fields["text"]


async def test_an_ordinary_day_is_no_jump(stack: Stack) -> None:
    for day in range(3):
        await reject(stack, *map(nobody, range(day * 100, day * 100 + 40)))
        await letters(stack)
        await stack.at(DAYS)
    await reject(stack, *map(nobody, range(900, 940)))
    jumps = [letter for letter in await letters(stack) if "far more" in letter.fields["subject"]]
    assert len(jumps) == 1, "of the first day alone: nothing was usual yet"


async def test_a_warning_is_told_as_one(stack: Stack) -> None:
    await reject(stack, {"event": "Consent Given", "userId": "k", "properties": {"purpose": "necessary"}})
    (letter,) = await letters(stack)
    assert "was stored with a warning: grant_unclear" in letter.fields["subject"]


async def test_a_source_that_no_file_names_is_shown_and_has_no_owner(stack: Stack) -> None:
    await reject(stack, nobody(1), source="kiosk")
    await source_health.check_sources(stack.runtime)
    assert await alerts.send_alerts(stack.runtime) == 0
    kiosk = await state(stack, "kiosk")
    assert (kiosk.rejected, kiosk.owner) == ({"nobody": 1}, "")


async def test_what_was_rejected_is_counted_by_the_day_of_the_shop(stack: Stack) -> None:
    await stack.at(NOON + 11 * HOURS)  # 23:00 in Moscow
    await reject(stack, nobody(1), nobody(1))
    await stack.at(2 * HOURS)
    await reject(stack, nobody(2))
    assert ((await state(stack)).rejected, (await state(stack)).rejected_before) == ({"nobody": 1}, {"nobody": 2})


async def test_prefect_shows_the_sources(open_stack: OpenStack) -> None:
    stack = await open_stack()
    await stack.tills()
    await stack.at(40 * MINUTES)
    await reject(stack, nobody(1))
    page = await source_page.render_sources(stack.runtime)
    assert "| Tills | **silent** | 2027-03-02 09:00 | 1 nobody | – |" in page
