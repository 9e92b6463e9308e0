"""The maps that ship read the exports that they are for; the samples are made up, in the form of each."""

from __future__ import annotations

from pathlib import Path

import pytest

from kaskad.domain.importing.kinds import ImportKind
from kaskad.domain.journeys.project import Project, Source
from tests.support.importing import Import, keeping_long
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
    "klaviyo-profiles": ("customers", {"consent_given": 2, "consent_withdrawn": 2, "identify": 4}, {}),
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
