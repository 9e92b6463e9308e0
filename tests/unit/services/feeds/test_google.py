"""Google Merchant's format: RSS, Atom, and text; as its specification has it and as shops write it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from kaskad.services.feeds.problems import FeedRefused
from tests.support.feed_samples import NOON, read_sample

RSS = """<?xml version="1.0"?>
<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0">
<channel>
  <title>Shop</title><link>https://shop.example</link><description>All of it</description>
  <item>
    <g:id>TV_1</g:id><title>RSS title</title><g:title>Google title</g:title><link>https://shop.example/tv</link>
    <g:image_link>https://cdn.shop.example/tv.png</g:image_link><g:condition>new</g:condition>
    <g:availability>in stock</g:availability><g:price>159.00 USD</g:price>
    <g:product_type>TV &gt; Flat</g:product_type><g:google_product_category>404</g:google_product_category>
    <g:shipping><g:country>US</g:country><g:price>14.95 USD</g:price></g:shipping>
  </item>
  <item><g:id>TV_2</g:id><title>B</title><g:availability>preorder</g:availability><g:price>99.00USD</g:price></item>
  <item><g:id>TV_3</g:id><title>C</title>
    <g:availability>out_of_stock</g:availability><g:price>1 999,50 RUB</g:price></item>
  <item><g:id>TV_4</g:id><title>D</title><g:price>5</g:price></item>
</channel></rss>"""
ATOM = """<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0"><title>Shop</title>
<entry><g:id>1</g:id><title>A</title><link href="https://shop.example/1"/><g:store_code>lenina</g:store_code>
<g:quantity>4</g:quantity><g:availability>https://schema.org/InStock</g:availability></entry></feed>"""
SALE = "<g:sale_price>80 USD</g:sale_price>"


def dated(said: str) -> str:
    return f"<g:sale_price_effective_date>{said}</g:sale_price_effective_date>"


def one(attributes: str) -> str:
    item = f"<item><g:id>1</g:id>{attributes}</item>"
    return f'<rss xmlns:g="http://base.google.com/ns/1.0"><channel>{item}</channel></rss>'


def test_rss(tmp_path: Path) -> None:
    found = read_sample(tmp_path, RSS, "google")
    assert found["TV_1"].properties == {
        "name": "Google title",
        "price": "159.00",
        "currency": "USD",
        "category": "TV > Flat",
        "url": "https://shop.example/tv",
        "image_url": "https://cdn.shop.example/tv.png",
    }
    assert {id_: offer.stock for id_, offer in found.offers.items()} == {
        "TV_1": {"online": 1_000},
        "TV_2": {"online": 0},
        "TV_3": {"online": 0},
        "TV_4": None,
    }
    prices = [offer.price for offer in found.offers.values()]
    assert [f"{price.amount} {price.currency}" for price in prices if price] == [
        *("159.00 USD", "99.00 USD", "1999.50 RUB", "5.00 RUB")
    ]


def test_atom_with_the_stock_of_one_store(tmp_path: Path) -> None:
    offer = read_sample(tmp_path, ATOM, "google")["1@lenina"]
    assert (offer.stock, offer.properties["url"]) == ({"lenina": 4}, "https://shop.example/1")


def test_text(tmp_path: Path) -> None:
    body = 'ID\tTitle\tg:price\tsale price\tavailability\n1\t17" "best" TV\t15.00 USD\t12.00 USD\tin stock\n2\tB\n'
    found = read_sample(tmp_path, body, "google")
    assert found["1"].properties == {"name": '17" "best" TV', "price": "12.00", "currency": "USD"}
    assert (found["2"].stock, found["2"].properties, len(found["2"].remarks)) == (None, {}, 1), "its row is cut off"


@pytest.mark.parametrize(
    ("sale", "price", "remarks"),
    [
        (SALE, "80.00", 0),
        (
            SALE
            + "<g:sale_price_effective_date>2027-03-01T13:00-0800/2027-03-11T15:30-0800</g:sale_price_effective_date>",
            "80.00",
            0,
        ),
        (
            SALE + "<g:sale_price_effective_date>2027-03-03T00:00/2027-03-11T00:00</g:sale_price_effective_date>",
            "100.00",
            0,
        ),
        (SALE + dated("2027-02-01/2027-03-02"), "80.00", 0),
        (SALE + dated("2027-02-01/2027-03-01"), "100.00", 0),
        (SALE + dated("soon"), "100.00", 1),
        ("<g:sale_price>free</g:sale_price>", "100.00", 1),
        ("<g:sale_price>0.00 USD</g:sale_price>", "100.00", 1),
        ("<g:sale_price>120 USD</g:sale_price>", "100.00", 0),
    ],
)
def test_a_sale_counts_while_it_lasts(tmp_path: Path, sale: str, price: str, remarks: int) -> None:
    body = one(f"<g:price>100 USD</g:price>{sale}")
    offer = read_sample(tmp_path, body, "google")["1"]
    assert (offer.properties["price"], len(offer.remarks)) == (price, remarks)


def test_a_sale_says_when_it_ends(tmp_path: Path) -> None:
    body = one(f"<g:price>100 USD</g:price>{SALE}{dated('2027-03-01/2027-03-02')}")
    ends = datetime(2027, 3, 2, 21, 0, tzinfo=UTC)  # midnight in Moscow
    assert read_sample(tmp_path, body, "google")["1"].sale_edges[1] == ends
    assert read_sample(tmp_path, body, "google", at=ends)["1"].properties["price"] == "100.00"
    assert ends > NOON


def test_a_price_that_cannot_be_read_is_handed_on_as_it_is(tmp_path: Path) -> None:
    body = one("<g:price>ask us</g:price>")
    offer = read_sample(tmp_path, body, "google")["1"]
    assert (offer.price, offer.properties) == (None, {"price": "ask us"})


def test_a_document_that_is_neither(tmp_path: Path) -> None:
    with pytest.raises(FeedRefused, match="neither RSS nor Atom"):
        read_sample(tmp_path, "<html><item/></html>", "google")
