"""Opens a feed's document with the reader of its format."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from kaskad.domain.feeds import Feed, FeedFormat
from kaskad.services.feeds.formats.google_feed import GoogleXmlFeed
from kaskad.services.feeds.formats.raw_offer import RawOffer
from kaskad.services.feeds.formats.table_feed import TableFeed
from kaskad.services.feeds.formats.unpacking import open_document
from kaskad.services.feeds.formats.yml_feed import YmlFeed

MEGABYTE = 1_000_000
LOOK = 512  # bytes at the beginning that show whether it is XML
MARKS = b"\xef\xbb\xbf \t\r\n"  # what may come before


class FeedReader(Protocol):
    """Reads one document once."""

    stated_at: str | None  # the time that the document says it is of
    whole: bool  # False: offers may be in it that were not read

    def offers(self) -> Iterator[RawOffer]:
        """Yields the offers, to the document's end. Raises FeedRefused."""


@contextmanager
def open_reader(feed: Feed, path: Path) -> Iterator[FeedReader]:
    """The reader of the feed's document. Raises FeedRefused."""
    with open_document(path, feed.max_megabytes * MEGABYTE) as limited:
        stream = io.BufferedReader(limited, 1 << 16)
        if feed.format is FeedFormat.YML:
            yield YmlFeed(stream, feed.encoding)
        elif feed.format is FeedFormat.GOOGLE and stream.peek(LOOK).lstrip(MARKS).startswith(b"<"):
            yield GoogleXmlFeed(stream, feed.encoding)
        else:
            google = feed.format is FeedFormat.GOOGLE
            yield TableFeed(stream, feed.encoding, delimiter=feed.delimiter, google=google)
