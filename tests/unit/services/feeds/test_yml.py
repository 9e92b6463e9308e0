"""Yandex's format, as its documentation has it and as shops write it."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from kaskad.services.feeds.problems import FeedProblem, FeedRefused
from tests.support.feed_samples import Sample, read_sample

MARKET = """<?xml version="1.0" encoding="windows-1251"?>
<!DOCTYPE yml_catalog SYSTEM "shops.dtd">
<yml_catalog date="2027-03-02 11:40">
  <shop>
    <name>Мониторы</name><company>ООО «Мониторы»</company><url>https://shop.example</url>
    <currencies><currency id="RUR" rate="1"/><currency id="USD" rate="CBRF"/></currencies>
    <categories>
      <category id="1">Техника</category>
      <category id="101" parentId="1">Мониторы &amp; телевизоры</category>
    </categories>
    <offers>
      <offer id="9012" type="vendor.model" available="true" bid="80">
        <url>https://shop.example/9012?a=1&amp;b=2</url><price from="true">8990</price><oldprice>9990</oldprice>
        <currencyId>RUR</currencyId><categoryId >101</categoryId >
        <picture>https://cdn.shop.example/1.jpg</picture><picture>https://cdn.shop.example/2.jpg</picture>
        <typePrefix>Монитор</typePrefix><vendor>Ромашка</vendor><model>К-7 «17»</model>
        <description><![CDATA[<p>LCD & TFT</p>]]></description>
        <param name="Цвет">красный</param><param name="Диагональ" unit="дюйм">17</param>
      </offer>
      <offer id="9013" available="false"><name>Телевизор</name><price>150</price><currencyId>USD</currencyId></offer>
      <offer id="9014"><name>Пульт</name><price>99,90</price><count>0,5</count></offer>
      <offer id="9015" available="true"><name>Кабель</name><price>1</price>
        <outlets><outlet id="lenina" instock="3"/><outlet id="mira" instock="0"/></outlets></offer>
      <offer id="9016" available=""><name>Ваза</name><stock_quantity>7</stock_quantity></offer>
    </offers>
  </shop>
</yml_catalog>"""


@pytest.fixture
def market(tmp_path: Path) -> Sample:
    return read_sample(tmp_path, MARKET.encode("windows-1251"), "yml", columns={"param:Цвет": "similar"})


def test_an_offer_is_understood(market: Sample) -> None:
    offer = market["9012"]
    assert offer.properties == {
        "name": "Монитор Ромашка К-7 «17»",
        "price": "8990.00",
        "currency": "RUB",
        "category": "Мониторы & телевизоры",
        "url": "https://shop.example/9012?a=1&b=2",
        "image_url": "https://cdn.shop.example/1.jpg",
        "similar": "красный",
    }
    assert (offer.stock, offer.remarks) == ({"online": 1_000}, ())
    assert (market.stated_at, market.faults) == ("2027-03-02 11:40", [])


def test_what_is_said_of_the_stock(market: Sample) -> None:
    assert {id_: offer.stock for id_, offer in market.offers.items() if id_ != "9012"} == {
        "9013": {"online": 0},
        "9014": {"online": 0.5},
        "9015": {"lenina": 3, "mira": 0},
        "9016": {"online": 7},
    }
    assert market["9013"].properties["currency"] == "USD"
    assert market["9014"].properties["price"] == "99.90"


def written(*offers: str, head: str = '<?xml version="1.0" encoding="UTF-8"?>') -> str:
    return f"{head}<yml_catalog><shop><offers>{''.join(offers)}</offers></shop></yml_catalog>"


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("LCD&TFT", "LCD&TFT"),
        ("Plug & Play", "Plug & Play"),
        ("A&nbsp;B &laquo;C&raquo;", "A\xa0B «C»"),
        ("AT&T; &amp; Co", "AT&T; & Co"),
        ("Plug&Play; 2", "Plug&Play; 2"),
        ("R&amp;amp;D", "R&amp;D"),
        ("A\x0bB&#11;C\x1d", "A B C"),
        ("<![CDATA[A & B &amp; C]]>", "A & B &amp; C"),
        ("A<!-- & -->B", "AB"),
        ("&#1055;&#x43E;", "По"),
        ("&lt;b&gt;", "<b>"),
    ],
)
def test_a_name_that_is_not_well_formed_spoils_nothing(tmp_path: Path, name: str, read: str) -> None:
    offers = [f'<offer id="1"><name>{name}</name></offer>', '<offer id="2"><name>B</name></offer>']
    found = read_sample(tmp_path, written(*offers), "yml")
    assert (found["1"].properties["name"], found["2"].properties["name"]) == (read, "B")


@pytest.mark.parametrize("size", range(65_500, 65_560, 7))
def test_where_the_document_is_parted_does_not_matter(tmp_path: Path, size: int) -> None:
    odd = '<offer id="1"><description><![CDATA[x & y]]></description><name>A&nbsp;B & C</name></offer>'
    found = read_sample(tmp_path, written(f'<offer id="0"><name>{"x" * size}</name></offer>', odd * 1), "yml")
    assert found.raws[1].columns["description"] == "x & y"
    assert found["1"].properties["name"] == "A\xa0B & C"


def test_no_file_and_no_address_is_read_and_nothing_is_expanded(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    head = (
        f'<?xml version="1.0"?><!DOCTYPE yml_catalog [<!ENTITY f SYSTEM "file://{secret}"><!ENTITY a "aaaaaaaaaa">'
        '<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
    )
    found = read_sample(tmp_path, written('<offer id="1"><name>&f;&c;</name></offer>', head=head), "yml")
    assert found["1"].properties["name"] == "&f;&c;"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("<yml_catalog>\n<shop><offers><offer id='1'></shop>", "line 2, column"),
        (written('<offer id="1"/>')[:-20], "line 1, column"),
        ("<html><body/></html>", "it is not YML"),
        ('<?xml version="1.0" encoding="utf-99"?><yml_catalog/>', "unknown encoding"),
        ("", "line 0, column 0"),
    ],
)
def test_a_broken_document_is_refused_whole(tmp_path: Path, body: str, told: str) -> None:
    with pytest.raises(FeedRefused, match=told) as refused:
        read_sample(tmp_path, body, "yml")
    assert refused.value.code is FeedProblem.BROKEN


def test_a_byte_that_is_no_letter_spoils_one_name(tmp_path: Path) -> None:
    body = written('<offer id="1"><name>A?</name></offer>', '<offer id="2"><name>B</name></offer>').encode()
    found = read_sample(tmp_path, body.replace(b"A?", b"A\xff"), "yml")
    assert (found["1"].properties["name"], found["2"].properties["name"]) == ("A\ufffd", "B")


def test_the_encoding_of_the_file_counts_for_more_than_the_documents_own(tmp_path: Path) -> None:
    body = written('<offer id="1"><name>Кот</name></offer>').encode("windows-1251")
    assert read_sample(tmp_path, body, "yml", encoding="cp1251")["1"].properties["name"] == "Кот"
    assert read_sample(tmp_path, body.decode("cp1251").encode("utf-16"), "yml")["1"].properties["name"] == "Кот"


def test_packed_documents(tmp_path: Path) -> None:
    packed = gzip.compress(written('<offer id="1"/>').encode())
    assert read_sample(tmp_path, packed, "yml").offers.keys() == {"1"}
    assert read_sample(tmp_path, gzip.compress(packed), "yml").offers.keys() == {"1"}
    with pytest.raises(FeedRefused, match="damaged"):
        read_sample(tmp_path, packed[:-9], "yml")


def test_a_document_that_unpacks_to_too_much(tmp_path: Path) -> None:
    bomb = gzip.compress(b"<yml_catalog>" + b" " * 3_000_000)
    with pytest.raises(FeedRefused) as refused:
        read_sample(tmp_path, bomb, "yml", max_megabytes=1)
    assert refused.value.code is FeedProblem.TOO_LARGE


@pytest.mark.parametrize(
    ("offer", "stock", "remarks"),
    [
        ("<count>-2</count>", {"online": 0}, 0),  # promised beyond the stock
        ("<count>много</count>", None, 1),
        ("<count>1,500</count>", None, 1),  # it has two meanings
        ("<outlets><outlet id='a' instock='2'/><outlet id='b' instock='?'/></outlets>", None, 1),
        ("<outlets><outlet id='a'/></outlets>", {"a": 1_000}, 0),
        ("<available>perhaps</available>", None, 1),
        ("<available>нет</available><count>5</count>", {"online": 0}, 0),
    ],
)
def test_a_stock_that_is_not_understood_is_unknown(
    tmp_path: Path, offer: str, stock: dict[str, int] | None, remarks: int
) -> None:
    found = read_sample(tmp_path, written(f'<offer id="1">{offer}</offer>'), "yml")["1"]
    assert (found.stock, len(found.remarks)) == (stock, remarks)


def test_what_names_no_product_is_no_offer(tmp_path: Path) -> None:
    offers = ["<offer><name>A</name></offer>", '<offer id=""/>', '<offer id="null"/>', f'<offer id="{"x" * 501}"/>']
    found = read_sample(tmp_path, written(*offers, '<offer id="1"/>'), "yml")
    assert ([code for code, _ in found.faults], list(found.offers)) == (["no_product"] * 4, ["1"])
