"""Feeds that are tables, with columns of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from kaskad.services.feeds.problems import FeedProblem, FeedRefused
from tests.support.feed_samples import read_sample

OWN = {"Артикул": "product_id", "Название": "name", "Цена": "price", "Остаток": "stock"}


def test_columns_of_its_own_in_an_old_encoding(tmp_path: Path) -> None:
    body = 'Артикул;Название;Цена;Остаток;Магазин\n001;"Кот ""в мешке"";\nбольшой";1 500,50;2,5;Ленина 5\n'
    found = read_sample(
        tmp_path, body.encode("cp1251"), "csv", encoding="cp1251", columns=OWN, store="Магазин", decimal=","
    )
    offer = found["001@Ленина 5"]
    assert offer.properties == {"name": 'Кот "в мешке";\nбольшой', "price": "1500.50", "currency": "RUB"}
    assert offer.stock == {"Ленина 5": 2.5}


@pytest.mark.parametrize(("mark", "named"), [(",", None), (";", None), ("\t", None), ("|", None), ("|", "|")])
def test_usual_names_and_any_delimiter(tmp_path: Path, mark: str, named: str | None) -> None:
    rows = [["id", "title", "price", "available"], ["1", "A", "5", "да"], ["2", "B", "6", "no"]]
    body = "\ufeff" + "\r\n".join(mark.join(row) for row in rows)
    found = read_sample(tmp_path, body, "csv", delimiter=named)
    assert {id_: offer.stock for id_, offer in found.offers.items()} == {"1": {"online": 1_000}, "2": {"online": 0}}
    assert found["2"].properties == {"name": "B", "price": "6.00", "currency": "RUB"}


def test_a_column_for_each_store(tmp_path: Path) -> None:
    columns = {"l": "stock.Ленина 5", "m": "stock.Мира 1", "t": "title_en"}
    found = read_sample(tmp_path, "id,l,m,t\n1,3,0,Cat\n2,,4,\n", "csv", columns=columns)
    assert found["1"].stock == {"Ленина 5": 3, "Мира 1": 0}
    assert found["1"].properties == {"title_en": "Cat"}
    assert found["2"].stock == {"Мира 1": 4}


def test_a_table_of_prices_says_nothing_of_the_stock(tmp_path: Path) -> None:
    assert read_sample(tmp_path, "id,price\n1,5\n", "csv", currency="USD")["1"].stock is None
    assert read_sample(tmp_path, "id,price\n1,5\n", "csv", currency="USD")["1"].properties["currency"] == "USD"


def test_a_row_that_does_not_fit_is_there_and_says_nothing(tmp_path: Path) -> None:
    found = read_sample(tmp_path, "id,name,stock\n1,A,5\n2,B, C,6\n3\n4,D,7\n", "csv")
    assert list(found.offers) == ["1", "2", "3", "4"]
    assert [found[id_].stock for id_ in "1234"] == [{"online": 5}, None, None, {"online": 7}]


def test_a_quotation_mark_may_swallow_offers(tmp_path: Path) -> None:
    found = read_sample(tmp_path, 'id,name,stock\n1,"A,5\n2,B,6\n3,"C",7\n4,D,8\n', "csv")
    assert (found.whole, "4" in found.offers) == (False, True)


@pytest.mark.parametrize(
    ("body", "problem", "told"),
    [
        (b"id,name,stock\n1,A,5\n2,B", FeedProblem.BROKEN, "row 3 ends in its middle"),
        (b'id,name,stock\n1,A,5\n2,"B,6\n3,C,7\n', FeedProblem.BROKEN, "row 3 ends in its middle"),
        ("id,name\n1,Кот\n".encode("cp1251"), FeedProblem.BROKEN, "name the 'encoding'"),
        (b"\n\n", FeedProblem.EMPTY, "names no columns"),
        (b"", FeedProblem.EMPTY, "names no columns"),
    ],
)
def test_a_broken_table(tmp_path: Path, body: bytes, problem: FeedProblem, told: str) -> None:
    with pytest.raises(FeedRefused, match=told) as refused:
        read_sample(tmp_path, body, "csv")
    assert refused.value.code is problem
