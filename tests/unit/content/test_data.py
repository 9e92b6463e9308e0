"""The data that a message names: filled in, bounded, or told to be too little."""

from __future__ import annotations

from typing import Any

import pytest

from kaskad.content import DataSpec, MessageSpec, MissingData, resolve_data


@pytest.mark.parametrize(
    ("spec", "data", "resolved"),
    [
        ({"from": "cart.items", "at_least": 1, "at_most": 2}, {"cart": {"items": [1, 2, 3]}}, [1, 2]),
        ({"from": "cart.items", "at_least": 1}, {"cart": {"items": [1]}}, [1]),
        ({"from": "cart.items"}, {"cart": {}}, None),
        ({"from": "order.place", "at_least": 1}, {"order": {"place": "site"}}, "site"),
        ({"from": "cart.items", "at_least": 2}, {"cart": {"items": [1]}}, MissingData("p", "cart.items", 2, 1)),
        ({"from": "cart.items", "at_least": 1}, {"cart": {"items": []}}, MissingData("p", "cart.items", 1, 0)),
        ({"from": "cart.items", "at_least": 1}, {"cart": None}, MissingData("p", "cart.items", 1, 0)),
    ],
)
def test_data_by_name(spec: dict[str, Any], data: dict[str, Any], resolved: Any) -> None:
    result = resolve_data(MessageSpec(data={"p": DataSpec.model_validate(spec)}), data)
    assert result == (resolved if isinstance(resolved, MissingData) else {**data, "p": resolved})
