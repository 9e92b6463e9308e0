"""Every event of the synthetic shop is one that its source may tell, as the shipped files say."""

from __future__ import annotations

from kaskad.cli.demo.catalogue import catalogue_events
from kaskad.domain.events import IDENTIFY
from kaskad.domain.permission import permission_for
from kaskad.services.ingestion.parsing import snake_case
from tests.support.shipped import shipped_draft


def test_each_source_tells_only_what_it_may(shop) -> None:
    sources = shipped_draft().project.sources
    assert {name for name, source in sources.items() if source.public} == {"site", "app"}
    for event in [*shop.events, *catalogue_events(shop.products, shop.start)]:
        needed = permission_for(IDENTIFY if event.kind == "identify" else snake_case(event.name))
        assert needed in sources[event.source].may, (event.source, event.name)


def test_no_address_is_told_by_a_public_and_by_another_source(shop) -> None:
    assert {event.source for event in shop.events if event.kind == "identify"} == {"site", "app"}
