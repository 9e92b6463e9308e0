"""Those who go over to another step are not written to twice where the old one has written, and nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from kaskad.domain.channel import Channel, OutboundMessage
from kaskad.domain.errors import Rejected
from kaskad.services.publishing.approvals import roll_back
from kaskad.services.publishing.version_history import list_versions
from kaskad.storage.publishing.publications import Author
from tests.support.delivering import WatchedRenderer, watched, worker
from tests.support.edited import HOUR, MINUTE, NAME, OPENED_OR_EMAIL, enter, inside_of, letter, pause, sent
from tests.support.rules import published_anew, send, with_journeys
from tests.support.stack import stack

pytestmark = pytest.mark.anyio

OLD_SEND = send("how_was_it", cascade=OPENED_OR_EMAIL)
NEW_SEND = send("you_looked_at", cascade=OPENED_OR_EMAIL)
MOVED = {"send:how_was_it": "send:you_looked_at"}


async def test_the_step_in_its_place_writes_on_no_channel_where_the_old_one_has(
    database_url: str, tmp_path: Path
) -> None:
    async with stack(database_url, tmp_path, edit=with_journeys(letter(OLD_SEND))) as home:
        await enter(home, "anna", channels=("push", "email"))
        await home.run(NAME)
        assert [channel for channel, _ in home.sent()] == ["push"]
        await published_anew(home, letter(NEW_SEND, moved=MOVED))
        await home.run(NAME)
        assert [channel for channel, _ in home.sent()] == ["push"], "the push is still listened for"
        await home.at(HOUR)
        await home.run(NAME)
        assert await sent(home) == [("push", "send:how_was_it"), ("email", "send:you_looked_at")]
        assert await inside_of(home) == [("done", None)]


async def test_nor_when_somebody_is_past_the_old_one(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=with_journeys(letter(send("how_was_it"), pause(3600)))) as home:
        await enter(home, "anna")
        await home.run(NAME)
        await published_anew(home, letter(pause(3600), send("you_looked_at"), moved=MOVED))
        await home.at(HOUR)
        await home.run(NAME)
        assert await sent(home) == [("email", "send:how_was_it")]
        assert await inside_of(home) == [("done", None)]


async def test_what_was_queued_at_the_old_step_goes_once_from_the_new_one(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=with_journeys(letter(send("how_was_it")))) as home:
        await enter(home, "anna")
        await published_anew(home, letter(send("you_looked_at"), moved=MOVED))
        assert [row["status"] for row in await home.rows("SELECT status FROM message")] == ["held"]
        await home.run(NAME)
        assert await sent(home) == [("email", "send:you_looked_at")]
        assert len(home.reached) == 1


async def test_what_was_claimed_goes_once_from_the_new_step(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=with_journeys(letter(send("how_was_it")))) as home:
        await enter(home, "anna")

        async def edit() -> None:
            await published_anew(home, letter(send("you_looked_at"), moved=MOVED))

        assert (
            await worker(home, message_renderer=WatchedRenderer(after=edit)).deliver(Channel.EMAIL, NAME)
        ).outcomes == {}
        await home.run(NAME)
        assert await sent(home) == [("email", "send:you_looked_at")]
        assert len(home.reached) == 1


@pytest.mark.parametrize("moved", [True, False])
async def test_what_is_being_sent_is_not_sent_again(moved: bool, database_url: str, tmp_path: Path) -> None:
    """The edit comes during the call: the answer counts at the step in its place, and wakes whoever stands there."""
    new = letter(send("you_looked_at"), pause(3600), moved=MOVED) if moved else letter(send("how_was_it"), pause(3600))
    async with stack(database_url, tmp_path, edit=with_journeys(letter(send("how_was_it")))) as home:
        await enter(home, "anna")

        async def edit(_: OutboundMessage) -> None:
            await published_anew(home, new)
            await home.decide(NAME)

        done = await worker(home, watched(home, "email", before=edit)).deliver(Channel.EMAIL, NAME)
        assert done.outcomes == {"sent": 1}
        await home.run(NAME)
        assert len(home.reached) == 1
        assert await inside_of(home) == [("active", "wait:pause")]


async def test_an_unknown_of_the_old_step_is_waited_for_at_the_new_one(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=with_journeys(letter(send("how_was_it")))) as home:
        await enter(home, "anna")
        await home.rows(
            """UPDATE message SET status = 'unknown', unknown_since = %(now)s, sending_at = %(now)s,
                      ask_at = %(later)s""",
            now=home.now,
            later=home.now + HOUR,
        )
        await published_anew(home, letter(send("you_looked_at"), moved=MOVED))
        await home.run(NAME)
        assert home.reached == []
        assert await inside_of(home) == [("active", "send:you_looked_at")]


async def test_nobody_is_left_where_the_older_version_has_no_step(database_url: str, tmp_path: Path) -> None:
    async with stack(
        database_url, tmp_path, edit=with_journeys(letter(pause(60, "short"), send("how_was_it")))
    ) as home:
        await published_anew(home, letter(pause(60, "short"), pause(3600, "long"), send("how_was_it")))
        await enter(home, "anna")
        await home.at(MINUTE)
        await home.decide(NAME)
        with pytest.raises(Rejected) as refused:
            await roll_back(home.runtime, NAME, 1, moved={}, author=Author("boris"))
        assert str(refused.value) == (
            "1 person stands at wait an hour ('long'), which is gone, and nothing says where they go: "
            "--moved wait:long=send:how_was_it leads to send 'how_was_it'"
        )
        await roll_back(home.runtime, NAME, 1, moved={"wait:long": "send:how_was_it"}, author=Author("boris"))
        await home.run(NAME)
        assert await sent(home) == [("email", "send:how_was_it")]


async def test_going_back_takes_those_inside_back_and_sends_once(database_url: str, tmp_path: Path) -> None:
    """To the new step and back again while the message waits in the queue: none lost, none twice."""
    async with stack(database_url, tmp_path, edit=with_journeys(letter(send("how_was_it")))) as home:
        await enter(home, "anna")
        await published_anew(home, letter(send("you_looked_at"), moved=MOVED))
        await home.decide(NAME)
        made = await roll_back(home.runtime, NAME, None, moved={}, author=Author("anna"))
        assert made.published.number == 1
        await home.run(NAME)
        assert await sent(home) == [("email", "send:how_was_it")]
        lines = await list_versions(home.runtime, NAME)
        assert [(line.number, line.state, line.by) for line in lines] == [(2, "past", ""), (1, "current", "")]
        log = await home.rows('SELECT did, "by" FROM publication ORDER BY id')
        assert log[-1] == {"did": "rolled_back", "by": "anna"}
