"""Maps of imports: what a map must say, and the place of each mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from kaskad.config.import_maps.reader import read_import_map
from kaskad.domain.errors import InvalidFiles
from kaskad.domain.importing.import_map import ImportMap
from kaskad.domain.importing.kinds import ImportKind
from tests.support.paths import ROOT

ORDERS = "who: {user_id: a}\nid: b\ntime: c\n"


def read(folder: Path, text: str, kind: ImportKind = ImportKind.ORDERS) -> ImportMap:
    path = folder / "map.yaml"
    path.write_text(text)
    return read_import_map(path, kind)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "deployments" / "import-maps").glob("*.yaml")), ids=lambda path: path.stem
)
def test_the_maps_that_ship(path: Path) -> None:
    kind = path.read_text().partition("kind: ")[2].split()[0]
    assert read_import_map(path, ImportKind(kind)).source == path.stem.partition("-")[0]


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("orders", ORDERS + "timezone: UTC\n", "4:1: unknown key 'timezone'"),
        ("orders", ORDERS + "zone: Mars/Base\n", "4:7: 'Mars/Base' is not a time zone"),
        ("orders", ORDERS + "file: {encoding: cp0}\n", "4:18: 'cp0' is no encoding"),
        ("orders", ORDERS + 'file: {delimiter: ";;"}\n', "4:19: one character is needed here"),
        ("orders", ORDERS + "properties: {total: {column: x, value: z}}\n", "4:21: one of 'column', 'sum' and 'value'"),
        ("orders", ORDERS + "properties: {total: {}}\n", "4:21: one of 'column', 'sum' and 'value'"),
        ("orders", ORDERS + "properties: {total: {column: x, type: float}}\n", "4:39: unknown type 'float'"),
        ("orders", ORDERS + "properties: {total: [x]}\n", "4:21: the name of a column"),
        ("orders", ORDERS + "lines: {product_id: x}\n", "4:9: unknown key 'product_id'"),
        ("orders", ORDERS + "more: [{event: order_paid}]\n", "4:8: 'time' is missing"),
        ("orders", ORDERS + "values: {time: DD.MM}\n", "4:16: 'DD.MM' does not name a day and a time"),
        ("orders", "kind: events\n" + ORDERS, "1:7: this is a map of events, not of orders"),
        ("orders", "who: {user_id: a}\ntime: c\n", "1:1: 'id' is missing"),
        ("orders", "id: b\ntime: c\n", "1:1: 'who' is missing"),
        ("events", "who: {user_id: a}\ntime: c\n", "1:1: 'event' is missing"),
        ("events", "who: {user_id: a}\nevent: x\n", "1:1: 'time' is missing"),
        ("events", ORDERS + "event: x\nlines: {fields: {product_id: p}}\n", "5:1: 'lines' is of orders alone"),
        ("products", "properties: {name: title}\n", "1:1: 'properties' is missing: at least product_id"),
        ("customers", "who: {user_id: a}\n", "1:1: 'traits' is missing"),
        ("consents", "who: {user_id: a}\ntime: t\n", "1:1: 'consents' is missing"),
        (
            "consents",
            "who: {user_id: a}\nconsents: [{granted: ok}]\n",
            "1:1: 'time' is missing: when the",
        ),
        ("consents", "who: {user_id: a}\ntime: t\nconsents: [{purpose: p}]\n", "3:12: 'granted' is missing"),
        (
            "consents",
            "who: {user_id: a}\ntime: t\nconsents: [{granted: {column: x, names: {}}}]\n",
            "a table is needed",
        ),
        ("customers", "", "1:1: 'who' is missing"),
    ],
)
def test_each_mistake_has_its_place(tmp_path: Path, kind: str, text: str, said: str) -> None:
    with pytest.raises(InvalidFiles) as caught:
        read(tmp_path, text, ImportKind(kind))
    assert said in str(caught.value)


@pytest.mark.parametrize("granted", ["{value: false}", "{column: x, names: {left: false, other: null}}"])
def test_what_can_only_withdraw_needs_no_time(tmp_path: Path, granted: str) -> None:
    text = f"who: {{user_id: a}}\nconsents: [{{granted: {granted}}}]\n"
    assert read(tmp_path, text, ImportKind.CONSENTS).consents[0].time is None


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidFiles, match="cannot be read"):
        read_import_map(tmp_path / "gone.yaml", ImportKind.ORDERS)
