"""The reader of a preview: a customer of the database, or an example."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kaskad.domain.journeys.program import message_names
from kaskad.domain.journeys.project import Project, ShopInfo
from kaskad.services.naming import find_person
from kaskad.services.ports import HasDatabase
from kaskad.services.previews import example_customers
from kaskad.storage.outlook import preview_data


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader with all data that templates may use, in the reader's locale."""

    name: str
    locale: str
    known: Mapping[str, Any]


async def find_reader(
    deps: HasDatabase, project: Project, message: str, *, customer: str, locale: str | None, now: datetime
) -> Reader:
    """Returns the customer, or the example with that name. Raises NotFound."""
    if is_example(customer):
        return build_example_reader(customer, locale, project.shop, now=now)
    return await load_reader(deps, project, message, customer=customer, locale=locale)


def is_example(customer: str) -> bool:
    """Returns whether the name is an example customer's."""
    return customer == "example" or customer in example_customers.EXAMPLES


def build_example_reader(name: str, locale: str | None, shop: ShopInfo, *, now: datetime) -> Reader:
    """Returns the example customer; `example` is the usual one."""
    reads, example = locale or shop.locale, example_customers.USUAL if name == "example" else name
    return Reader(
        f"example customer '{example}'", reads, example_customers.build_example(example, reads, shop, now=now)
    )


async def load_reader(
    deps: HasDatabase, project: Project, message: str, *, customer: str, locale: str | None
) -> Reader:
    """Returns the customer as they would read the message now. Raises NotFound."""
    async with deps.database.transaction() as connection:
        found = (await find_person(connection, customer, project, any_kind=True)).customer
        known = await preview_data.load_preview_data(connection, found, list_journeys_with(project, message))
    reads = locale or known["locale"] or project.shop.locale
    return Reader(customer, reads, {**known, "locale": reads})


def list_journeys_with(project: Project, message: str) -> list[str]:
    """Returns the journeys that send this message."""
    return sorted(name for name, journey in project.journeys.items() if message in message_names(journey))
