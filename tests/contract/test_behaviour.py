"""The sandbox's behaviour: shares that hold, and every choice the same again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from kaskad.domain.channel import Channel
from kaskad.sandbox.providers import Behaviour, Rates, Sandbox
from tests.contract.world import post_sms


def test_shares_hold_and_every_choice_is_the_same_again() -> None:
    first, other = Behaviour(seed=1), Behaviour(seed=2)
    drawn = [first.happens(0.3, "refuse", number) for number in range(5_000)]
    assert drawn == [first.happens(0.3, "refuse", number) for number in range(5_000)]
    assert drawn != [other.happens(0.3, "refuse", number) for number in range(5_000)]
    assert drawn != [first.happens(0.3, "lose", number) for number in range(5_000)]
    assert 1_400 < sum(drawn) < 1_600
    assert not any(first.happens(0, number) for number in range(1_000))
    assert all(first.happens(1, number) for number in range(1_000))


def test_a_span_is_kept_to() -> None:
    span = timedelta(minutes=1), timedelta(minutes=3)
    points = [Behaviour().within(span, number) for number in range(1_000)]
    assert span[0] <= min(points) < timedelta(minutes=1.1)
    assert timedelta(minutes=2.9) < max(points) <= span[1]


def test_an_address_goes_before_its_channel_and_that_before_the_default() -> None:
    behaviour = Behaviour.model_validate(
        {
            "default": {"open": 0.1, "click": 0.1},
            "channels": {"sms": {"open": 0.2, "refuse": 0.2}},
            "to": {"+7999": {"refuse": 1, "delivered_after": [60, "PT2M"]}},
        }
    )
    both = (timedelta(minutes=1), timedelta(minutes=2))
    assert behaviour.rates(Channel.SMS, "+7999") == Rates(open=0.2, click=0.1, refuse=1, delivered_after=both)
    assert behaviour.rates(Channel.SMS, "+7000") == Rates(open=0.2, click=0.1, refuse=0.2)
    assert behaviour.rates(Channel.PUSH, "token") == Rates(open=0.1, click=0.1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"default": {"refuse": 1.1}},
        {"default": {"refuze": 1}},
        {"channels": {"telex": {}}},
        {"default": {"delay_s": -1}},
    ],
)
def test_a_behaviour_that_makes_no_sense_is_an_error(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Behaviour.model_validate(wrong)


@pytest.mark.anyio
async def test_behaviour_changes_while_it_runs(client: httpx.AsyncClient, sandbox: Sandbox) -> None:
    url = f"{sandbox.http_url}/_behaviour"
    behaviour = {"to": {"+79990000001": {"refuse": 1}}}
    assert (await client.put(url, json=behaviour)).json() == {"to": {"+79990000001": {"refuse": 1.0}}}
    assert (await post_sms(client, sandbox, "a")).status_code == 422
    assert (await post_sms(client, sandbox, "b", to="+79990000002")).status_code == 200
    assert (await client.put(url, json={"default": {"refuse": 7}})).status_code == 422
    assert (await client.get(url)).json() == {"to": {"+79990000001": {"refuse": 1.0}}}
    await client.put(url, json={})
    assert (await post_sms(client, sandbox, "c")).status_code == 200
