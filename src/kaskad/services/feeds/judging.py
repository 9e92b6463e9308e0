"""Whether what a document says can be true: a feed that broke must not tell everybody what is back an hour later."""

from __future__ import annotations

from decimal import Decimal

from kaskad.services.feeds.comparing import Comparison
from kaskad.services.feeds.problems import FeedProblem, FeedRefused
from kaskad.storage.feeds import OfferCounts

ALWAYS = 1  # one offer alone may always vanish, sell out, or cost something else


def judge(found: Comparison, before: OfferCounts, may_shrink: Decimal) -> None:
    """Returns if the document counts. Raises FeedRefused if too much is otherwise at once."""
    if not found.offers:
        raise FeedRefused(FeedProblem.EMPTY, "it holds no offer that can be read")
    _check(
        FeedProblem.SHRUNK, before.standing - found.matched, before.standing, said="offers vanished", most=may_shrink
    )
    sold_out = before.in_stock - found.in_stock
    _check(FeedProblem.SOLD_OUT, sold_out, before.in_stock, said="offers in stock are not any more", most=may_shrink)
    _check(FeedProblem.PRICES, found.jumped, found.priced, said="prices are ten times higher or lower", most=may_shrink)


def _check(code: FeedProblem, lost: int, of: int, *, said: str, most: Decimal) -> None:
    if lost > ALWAYS and lost > most * of:
        share = f"{most:.0%}"
        raise FeedRefused(code, f"{lost:,} of {of:,} {said} at once, more than 'may_shrink' ({share}) allows")
