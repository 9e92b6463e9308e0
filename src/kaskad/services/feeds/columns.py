"""Which column of a feed says what of a product: as its format has it, and as the feed's own `columns` say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kaskad.domain.feeds import Feed, FeedFormat

STOCK_OF = "stock."  # before a store's name: the column counts the pieces there
Columns = Sequence[tuple[str, str]]  # column, property; of several for one property the first that says something

_YML = (
    ("@id", "product_id"),
    ("name", "name"),
    ("price", "price"),
    ("currencyId", "currency"),
    ("category", "category"),
    ("url", "url"),
    ("picture", "image_url"),
    ("count", "stock"),
    ("stock_quantity", "stock"),
    ("quantity_in_stock", "stock"),
    ("available", "available"),
    ("@available", "available"),
)
_GOOGLE = (
    ("id", "product_id"),
    ("itemid", "product_id"),
    ("title", "name"),
    ("price", "price"),
    ("sale_price", "sale_price"),
    ("sale_price_effective_date", "sale_dates"),
    ("product_type", "category"),
    ("google_product_category", "category"),
    ("link", "url"),
    ("image_link", "image_url"),
    ("quantity", "stock"),
    ("availability", "available"),
    ("store_code", "store"),
)
_CSV = (
    ("product_id", "product_id"),
    ("id", "product_id"),
    ("title", "name"),
    *((name, name) for name in ("name", "price", "currency", "category", "similar", "refill_days", "url", "image_url")),
    *((name, name) for name in ("stock", "available", "store")),
)
_USUAL: Mapping[FeedFormat, Columns] = {FeedFormat.YML: _YML, FeedFormat.GOOGLE: _GOOGLE, FeedFormat.CSV: _CSV}


def columns_of(feed: Feed) -> Columns:
    """The columns of the feed: its own words count for the properties that they tell, the usual ones for the rest."""
    own = [*feed.columns.items(), *([(feed.store, "store")] if feed.store else [])]
    told = {property_ for _, property_ in own}
    taken = {column for column, _ in own}
    usual = [pair for pair in _USUAL[feed.format] if pair[1] not in told and pair[0] not in taken]
    return [*own, *usual]


def read_columns(columns: Columns, said: Mapping[str, str]) -> dict[str, str]:
    """What an offer says, by property, without what is empty."""
    found: dict[str, str] = {}
    for column, property_ in columns:
        if property_ not in found and (value := said.get(column, "").strip()):
            found[property_] = value
    return found
