"""Names of events, properties and traits: one spelling for each, and none is lost, in whatever script."""

from __future__ import annotations

import pytest

from kaskad.services.ingestion.parsing import snake_case
from tests.unit.services.ingestion.segment_calls import judged, track


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Order Completed", "order_completed"),
        ("orderCompleted", "order_completed"),
        ("customers/redact", "customers_redact"),
        ("Заказ оплачен", "заказ_оплачен"),
        ("заказОплачен", "заказ_оплачен"),
        ("Straße (É)", "straße_é"),
        ("注文", "注文"),
        ("price (RUB)", "price_rub"),
        ("ﬁeld", "field"),
        ("$", "$"),
    ],
)
def test_a_name_has_one_spelling(written: str, read: str) -> None:
    assert snake_case(written) == read == snake_case(read)


def test_properties_and_traits_in_other_scripts_are_all_kept() -> None:
    said = {"Причина": "брак", "Комментарий": "x", "Номер": "R1", "$": 1, "№": 2}
    (event,) = judged(track("Заказ возвращён по браку", **said)).events
    assert event.name == "заказ_возвращён_по_браку"
    assert event.properties == {"причина": "брак", "комментарий": "x", "номер": "R1", "$": 1, "no": 2}
