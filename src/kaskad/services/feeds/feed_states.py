"""How the catalogue's feeds stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from kaskad.domain.feeds import Feed
from kaskad.services.feeds import feed_runs
from kaskad.services.feeds.feed_runs import FeedDeps
from kaskad.storage import feeds
from kaskad.storage.feeds import FeedStateRow


@dataclass(frozen=True, slots=True)
class FeedStatus:
    """One feed: `state` is read, reading, new or what went wrong; `detail` says more of that, or is ""."""

    name: str
    title: str
    format: str
    every: float  # seconds
    owner: str
    state: str
    detail: str
    read_at: datetime | None
    due_at: datetime | None
    failures: int
    counts: dict[str, int]

    def row(self) -> tuple[object, ...]:
        """The cells of a table."""
        state = self.state.upper().replace("_", " ") if self.detail else self.state
        numbers = [f"{self.counts[name]:,}" if name in self.counts else "–" for name in ("offers", "changed", "gone")]
        return self.name, state, _minute(self.read_at), _minute(self.due_at), *numbers, self.owner or "–"

    def plain(self) -> dict[str, Any]:
        """The feed as JSON."""
        return asdict(self)


async def list_feeds(deps: FeedDeps, name: str | None = None) -> Sequence[FeedStatus]:
    """The feeds of the files, as published last; the named one alone if one is named. Raises NotFound."""
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)
        states = await feeds.list_states(connection)
    named = [feed_runs.find_feed(deps, name)] if name else deps.catalogue.project.feeds.values()
    return [_status(feed, states.get(feed.name)) for feed in named]


def _status(feed: Feed, row: FeedStateRow | None) -> FeedStatus:
    state = "new" if row is None or row.read_at is None else "read"
    if row is not None:
        state = "reading" if row.busy else row.problem or state
    return FeedStatus(
        name=feed.name,
        title=feed.title,
        format=feed.format,
        every=feed.every.as_timedelta.total_seconds(),
        owner=feed.owner,
        state=state,
        detail=(row.detail or "") if row else "",
        read_at=row.read_at if row else None,
        due_at=row.due_at if row else None,
        failures=row.failures if row else 0,
        counts={key: int(count) for key, count in row.result.items()} if row else {},
    )


def _minute(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else "–"
