"""Whether what a message is about was bought: nobody is told of what they have. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from kaskad.domain.decisions.facts import RelatedPurchase
from kaskad.domain.journeys.entry_trigger import EventTrigger
from kaskad.domain.journeys.journey import Journey, Purpose
from kaskad.domain.journeys.never_about import NarrowedNeverAbout, NeverAbout, Relation, purchase_counts_for

# Whoever enters by one of these is written to about what they bought: it is the occasion, and forbids nothing.
ORDER_EVENTS = frozenset(
    {"order_completed", "order_status_changed", "order_delivered", "order_returned", "order_cancelled"}
)


@dataclass(frozen=True, slots=True)
class PurchaseRule:
    """What holds for one message at one instant."""

    rule: NeverAbout | None
    narrowed: NarrowedNeverAbout | None
    purpose: Purpose
    now: datetime

    def forbids(self, purchase: RelatedPurchase) -> bool:
        """Whether the purchase forbids to write about the thing. What was asked for, only the very product does."""
        if self.rule is None or self.purpose is Purpose.TRANSACTIONAL:
            return False
        if purchase.relation is Relation.SIMILAR and self.purpose is Purpose.REQUESTED:
            return False
        within = purchase_counts_for(purchase.relation, self.rule, self.narrowed)
        return within is not None and purchase.at > self.now - within


def asks_about_purchases(journey: Journey) -> bool:
    """Whether purchases can forbid anything in this journey: not if an order, a delivery or a return begins it."""
    enter = journey.enter
    return not (isinstance(enter, EventTrigger) and enter.when in ORDER_EVENTS)


def find_forbidding_purchase(
    bought: Sequence[RelatedPurchase], cart_things: int, rule: PurchaseRule
) -> RelatedPurchase | None:
    """The purchase that leaves nothing to write about; None if something is left.

    The entry's own product decides by itself; a cart of `cart_things` has to be bought as a whole.
    """
    forbidding = [purchase for purchase in bought if rule.forbids(purchase)]
    own = [purchase for purchase in forbidding if not purchase.in_cart]
    whole_cart = bool(cart_things) and len(find_bought_things(forbidding, rule)) >= cart_things
    return max(own or (forbidding if whole_cart else ()), key=_when, default=None)


def find_bought_things(bought: Iterable[RelatedPurchase], rule: PurchaseRule) -> frozenset[str]:
    """The things of the cart that are left out of the message."""
    return frozenset(purchase.about for purchase in bought if purchase.in_cart and rule.forbids(purchase))


def purchase_detail(purchase: RelatedPurchase) -> dict[str, str]:
    """The purchase that forbids the message, as the decision log stores it."""
    detail = {"product": purchase.product, "at": purchase.at.isoformat(), "place": purchase.place}
    return detail | ({"like": purchase.about} if purchase.relation is Relation.SIMILAR else {})


def _when(purchase: RelatedPurchase) -> tuple[datetime, str, str]:
    return purchase.at, purchase.product, purchase.about
