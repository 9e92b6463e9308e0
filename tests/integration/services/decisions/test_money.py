"""Money is compared in its currency, by the shop's rates as they are now; without a rate it is unknown."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kaskad.domain.journeys.project import Project
from kaskad.services.publishing import publish
from tests.support.rules import Edit
from tests.support.shipped import shipped_draft
from tests.support.stack import OpenStack, Stack
from tests.support.written import at_the_door, scan_entrances, written

pytestmark = pytest.mark.anyio
RATES = {"KZT": Decimal("0.19"), "EUR": Decimal("92.5")}
SEGMENTS = {
    "large": "cart.total: {at_least: 1000}",
    "not_large": "not: {cart.total: {at_least: 1000}}",
    "ten_euros": "cart.total: {at_least: 10 EUR}",
    "of_a_few_euros": "cart.total: {between: [5 EUR, 20 EUR]}",
    "exactly": "cart.total: {in: [12 EUR, 1500]}",
    "yen": "cart.total: {at_least: 1500 JPY}",
    "much": "customer.revenue: {at_least: 1000}",
    "little": "customer.revenue: {less_than: 1000}",
    "one_large": "{did: order_completed, where: [{order.total: {at_least: 1000}}]}",
    "one_in_euros": "{did: order_completed, where: [{order.total: {at_least: 12 EUR}}]}",
}
# user → (price, currency) of the lines in the cart; their orders are of the same amounts
PEOPLE: dict[str, list[tuple[Any, str | None]]] = {
    "bare": [(1500, None)],
    "euro": [(12, "EUR")],
    "few": [(3, "EUR")],
    "jpy": [(1500, "JPY")],
    "mixed": [(600, "RUB"), (600, "KZT")],
    "mixed_large": [(900, "RUB"), (600, "KZT")],
    "mixed_unknown": [(900, "RUB"), (600, "JPY")],
    "spoiled": [(900, "RUB"), ("abc", None)],
}


def priced(folder: Path, rates: dict[str, Decimal]) -> Edit:
    segments = "\n".join(
        f"{name}: [{{{asked.strip('{}') if asked.startswith('{') else asked}}}]" for name, asked in SEGMENTS.items()
    )
    edit = written(
        folder, segments=segments, **{name: f"{{segment: {name}, again_after: always}}" for name in SEGMENTS}
    )

    def with_rates(project: Project) -> Project:
        edited = edit(project)
        return edited.model_copy(update={"shop": edited.shop.model_copy(update={"rates": rates})})

    return with_rates


async def told(stack: Stack) -> None:
    for user, lines in PEOPLE.items():
        for n, (price, currency) in enumerate(lines):
            await stack.track(
                user, "Product Added", cart_id=user, product_id=f"p{n}", price=price, quantity=1, currency=currency
            )
        await stack.track(f"{user}_bought", "order_completed", order_id=user, total=lines[0][0], currency=lines[0][1])
        if len(lines) > 1:
            last, currency = lines[-1]
            await stack.track(f"{user}_bought", "order_completed", order_id=f"{user}2", total=last, currency=currency)


async def found(stack: Stack) -> dict[str, list[str]]:
    await scan_entrances(stack)
    return {name: sorted(set(await at_the_door(stack, name))) for name in SEGMENTS}


async def test_money_is_judged_by_the_rates_or_is_unknown(tmp_path: Path, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=priced(tmp_path, RATES))
    await told(stack)
    nobody_bought = [f"{user}_bought" for user in PEOPLE]
    assert await found(stack) == {
        "large": ["bare", "euro", "mixed_large"],
        "not_large": sorted([*nobody_bought, "few", "mixed"]),
        "ten_euros": ["bare", "euro", "mixed_large"],
        "of_a_few_euros": ["bare", "euro", "mixed", "mixed_large"],
        "exactly": ["bare", "euro"],
        "yen": ["jpy"],
        "much": ["bare_bought", "euro_bought", "mixed_large_bought"],
        "little": sorted([*PEOPLE, "few_bought", "mixed_bought"]),
        "one_large": ["bare_bought", "euro_bought"],
        "one_in_euros": ["bare_bought", "euro_bought"],
    }


async def test_what_is_in_the_same_currency_needs_no_rate(tmp_path: Path, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=priced(tmp_path, {}))
    await told(stack)
    by = await found(stack)
    assert (by["large"], by["ten_euros"], by["yen"]) == (["bare"], ["euro"], ["jpy"])
    assert (by["of_a_few_euros"], by["one_in_euros"]) == (["euro"], ["euro_bought"])


async def test_rates_are_not_pinned(tmp_path: Path, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=priced(tmp_path, {}))
    await told(stack)
    project = stack.project.model_copy(update={"shop": stack.project.shop.model_copy(update={"rates": RATES})})
    await publish.publish(stack.runtime, project, shipped_draft().compiled)
    (row,) = await stack.rows("SELECT rates FROM config_generation")
    assert row["rates"] == {"RUB": "1", "KZT": "0.19", "EUR": "92.5"}
    await stack.at(stack.now.replace(hour=23))
    assert "euro" in (await found(stack))["large"]
