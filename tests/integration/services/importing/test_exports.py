"""The maps that ship read the exports that they are for; the samples are made up, in the form of each."""

from __future__ import annotations

from pathlib import Path

import pytest

from kaskad.config.import_maps.reader import read_import_map
from kaskad.domain.errors import Rejected
from kaskad.domain.importing.kinds import ImportKind
from kaskad.domain.journeys.project import Project, Source
from kaskad.services.importing.translating import Translator
from tests.support.importing import Import, keeping_long, written
from tests.support.paths import ROOT
from tests.support.stack import OpenStack, Stack

pytestmark = pytest.mark.anyio
MAPS = ROOT / "deployments" / "import-maps"
EXPORTS = Path(__file__).parent / "exports"
# map: (kind, what is stored, what is rejected)
EXPECTED = {
    "bitrix-orders": ("orders", {"order_cancelled": 1, "order_completed": 2, "order_paid": 1}, {}),
    "customerio-people": ("customers", {"consent_withdrawn": 1, "identify": 2}, {}),
    "klaviyo-events": ("events", {"consent_withdrawn": 1, "order_completed": 1, "product_viewed": 1}, {}),
    "klaviyo-profiles": ("customers", {"consent_given": 5, "consent_withdrawn": 4, "identify": 7}, {}),
    "mailchimp-audience": ("customers", {"consent_given": 1, "identify": 2}, {"bad_time": 1}),
    "mailchimp-unsubscribed": ("consents", {"consent_withdrawn": 2}, {}),
    "mindbox-customers": ("customers", {"consent_withdrawn": 1, "identify": 2}, {}),
    "mindbox-orders": ("orders", {"order_completed": 1}, {}),
    "shopify-customers": ("customers", {"consent_withdrawn": 3, "identify": 2}, {}),
    "shopify-orders": ("orders", {"order_cancelled": 1, "order_completed": 2, "order_paid": 2}, {}),
}


def test_every_map_has_a_sample() -> None:
    assert {path.stem for path in MAPS.glob("*.yaml")} == EXPECTED.keys()
    assert {path.stem for path in EXPORTS.iterdir()} == EXPECTED.keys()


def with_sources(project: Project) -> Project:
    """The project with a source for each of these systems."""
    names = {name.partition("-")[0] for name in EXPECTED}
    sources = {name: Source(name=name, owner="it@shop.example") for name in sorted(names)}
    return keeping_long(project).model_copy(update={"sources": {**project.sources, **sources}})


async def imported(stack: Stack, folder: Path, name: str) -> None:
    (path,) = EXPORTS.glob(f"{name}.*")
    kind, stored, rejected = EXPECTED[name]
    mapped = (MAPS / f"{name}.yaml").read_text()
    one = Import(stack, folder, ImportKind(kind), mapped, name.partition("-")[0], [path])
    counts = await one.run()
    assert (name, dict(sorted(counts.events.items())), dict(counts.codes)) == (name, stored, rejected)
    assert (name, counts.remarks) == (name, {})


@pytest.mark.parametrize(("column", "state"), [("UNSUB_TIME", False), ("CLEAN_TIME", False), ("LAST_CHANGED", True)])
async def test_the_other_files_of_an_audience(open_stack: OpenStack, tmp_path: Path, column: str, state: bool) -> None:
    """Whoever unsubscribed, or whose address does not work, is not written to by the map of the subscribed either."""
    stack = await open_stack(edit=with_sources)
    text = f"Email Address,CONFIRM_TIME,{column}\nann@customer.example,2025-03-16 14:40:47,2024-01-01 10:00:00\n"
    mapped = (MAPS / "mailchimp-audience.yaml").read_text()
    file = written(tmp_path, "audience.csv", text)
    await Import(stack, tmp_path, ImportKind.CUSTOMERS, mapped, "mailchimp", [file]).run()
    assert await stack.rows("SELECT granted FROM consent ORDER BY at DESC LIMIT 1") == [{"granted": state}]


async def test_a_map_whose_only_noes_are_lost_imports_nothing(open_stack: OpenStack, tmp_path: Path) -> None:
    stack = await open_stack(edit=with_sources)
    text = (EXPORTS / "mindbox-customers.csv").read_text().replace("SubscriptionsBrandEmail", "SubscriptionsShopEmail")
    mapped = (MAPS / "mindbox-customers.yaml").read_text()
    one = Import(stack, tmp_path, ImportKind.CUSTOMERS, mapped, "mindbox", [written(tmp_path, "people.csv", text)])
    with pytest.raises(Rejected, match="has no column 'CustomerCustomerSubscriptionsBrandEmailIsSubscribed'"):
        await one.run()


def test_columns_of_consents_that_a_file_lacks_are_told() -> None:
    asked = read_import_map(MAPS / "shopify-customers.yaml", ImportKind.CUSTOMERS)
    columns = ["Customer ID", "Email", "Phone", "First Name", "Last Name", "Accepts Email Marketing"]
    assert Translator(asked, columns, "").lost_consents == ["Accepts SMS Marketing"]
    assert Translator(asked, [*columns, "Accepts SMS Marketing"], "").lost_consents == []


async def test_the_exports_of_other_systems(open_stack: OpenStack, tmp_path: Path) -> None:
    stack = await open_stack(edit=with_sources)
    for name in EXPECTED:
        await imported(stack, tmp_path, name)
    lines = await stack.rows(
        "SELECT source, properties->'products' AS lines FROM event WHERE name = 'order_completed' ORDER BY source, id"
    )
    mindbox = next(row["lines"] for row in lines if row["source"] == "mindbox")
    assert [(line["product_id"], line["quantity"], line["price"]) for line in mindbox] == [
        ("p1", 2, 350),
        ("p2", 1, 200),
    ]
    shopify = next(row["lines"] for row in lines if row["source"] == "shopify")
    assert [line["name"] for line in shopify] == ["Mug", "Teapot"]
    assert await stack.rows("SELECT journey FROM enrollment") == []
