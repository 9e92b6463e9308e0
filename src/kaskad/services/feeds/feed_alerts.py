"""What the owner of a feed is told: once while the trouble lasts."""

from __future__ import annotations

from datetime import datetime
from itertools import islice

from kaskad.services.feeds.comparing import Comparison, OfferChange
from kaskad.services.feeds.problems import UNLIKELY, FeedProblem, FeedRefused
from kaskad.storage import source_alerts
from kaskad.storage.database import Connection
from kaskad.storage.source_alerts import FEED_FAILED, SourceAlert

SHOWN = 20  # changes of a dry run


async def open_(connection: Connection, feed: str, refusal: FeedRefused, *, now: datetime) -> None:
    """Opens the alert about this problem of the feed, unless it is open."""
    text = f"{str(refusal)[:1].upper()}{str(refusal)[1:]}."
    if refusal.code in UNLIKELY:
        text += f" If it is so, `kaskad feeds {feed} --run --accept` takes it in."
    row = {"kind": FEED_FAILED, "reason": f"{feed}:{FeedProblem(refusal.code)}", "text": text, "count": 1}
    await source_alerts.open_alerts(connection, [row], now)


async def close(connection: Connection, feed: str, now: datetime) -> None:
    """Closes every alert about problems of the feed: it was read to its end."""
    alerts = [SourceAlert(FEED_FAILED, f"{feed}:{problem}", now) for problem in FeedProblem]
    await source_alerts.close_alerts(connection, alerts, now)


def first_changes(found: Comparison) -> list[str]:
    """A line for each of the first changes, as a dry run shows them."""
    return [_line(change) for change in islice(found.read_changes(), SHOWN)]


def _line(change: OfferChange) -> str:
    said = [f"{name} {value}" for name, value in change.properties.items() if name in ("name", "price")]
    said += [f"stock in {store}: {units}" for store, units in change.stock.items()]
    return f"{change.id}: {', '.join(said) or 'other values'}"
