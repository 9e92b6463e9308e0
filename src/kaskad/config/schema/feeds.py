"""The JSON Schema of feeds.yaml."""

from __future__ import annotations

from kaskad.config.project_files.feeds import DELIMITERS, OF_LANGUAGE_OR_STORE, PROPERTIES
from kaskad.config.project_files.formats import DECIMAL_MARKS
from kaskad.config.project_files.shop import CURRENCY
from kaskad.config.schema.names import ProjectNames
from kaskad.config.schema.parts import (
    Schema,
    any_of,
    duration_schema,
    enum_schema,
    integer_schema,
    map_schema,
    object_schema,
    pattern_schema,
    percent_schema,
    text_schema,
)
from kaskad.config.yaml.mailboxes import LIKE_A_MAILBOX
from kaskad.domain.feeds import FeedFormat


def feeds_schema(names: ProjectNames) -> Schema:
    """feeds.yaml."""
    of_products = any_of(
        enum_schema(PROPERTIES),
        pattern_schema(OF_LANGUAGE_OR_STORE, "A title in one language, or the stock of one store", "title_ru"),
        said="What the column says of a product",
    )
    feed = object_schema(
        "A catalogue feed",
        {
            "url": text_schema("Where it is; ${NAME} comes from the environment", ["https://shop.example/feed.xml"]),
            "format": enum_schema(FeedFormat, "How it is written"),
            "every": duration_schema("How often it is read"),
        },
        title=text_schema("What people call it"),
        owner=pattern_schema(LIKE_A_MAILBOX, "Who is told when it cannot be taken in", "catalogue@shop.example"),
        columns=map_schema(of_products, "Its own columns, and what they say of a product"),
        store=text_schema("The column that names the store of a row"),
        currency=pattern_schema(CURRENCY, "The currency of prices without one; the shop's, unless given", "RUB"),
        encoding=text_schema("How its letters are written, where the document does not say it", ["windows-1251"]),
        delimiter=enum_schema(DELIMITERS, "What parts the columns of a table"),
        decimal=enum_schema(list(DECIMAL_MARKS), "The mark before the fraction"),
        may_shrink=percent_schema("The part of the offers that may vanish or sell out at once; 20%, unless given"),
        available_units=integer_schema(1, 1_000_000, "How many there are of what is only said to be in stock"),
        silent_after=duration_schema("When its owner is told that it was not read; three times 'every', unless given"),
        max_megabytes=integer_schema(1, 20_000, "How long it may be, unpacked; 500, unless given"),
        timeout=duration_schema("How long its server may take; 30m, unless given"),
    )
    return map_schema(feed, "Feeds by name")
