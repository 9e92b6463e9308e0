"""What a source may tell: one permission for each kind of event."""

from __future__ import annotations

from enum import StrEnum

from kaskad.domain.events import IDENTIFY


class Permission(StrEnum):
    """A kind of events. A withdrawal needs none: consent may always be taken back."""

    BEHAVIOUR = "behaviour"  # what customers do: every event that is of no other kind
    PROFILE = "profile"
    CONSENT = "consent"
    ORDERS = "orders"
    CATALOGUE = "catalogue"
    RECEIPTS = "receipts"


EVERYTHING = tuple(Permission)
# What everybody can tell who reads a web page or an app: the write key is in it.
USUAL_OF_PUBLIC = (Permission.BEHAVIOUR, Permission.PROFILE, Permission.CONSENT)
NEVER_OF_PUBLIC = frozenset({Permission.CATALOGUE})

ORDER_EVENTS = (
    *("order_completed", "order_paid", "order_updated", "order_status_changed", "order_fulfilled", "order_shipped"),
    *("order_delivered", "order_returned", "order_refunded", "order_cancelled"),
)
_OF_EVENT = {
    IDENTIFY: Permission.PROFILE,
    "consent_given": Permission.CONSENT,
    **dict.fromkeys(("product_updated", "product_stock_changed"), Permission.CATALOGUE),
    **dict.fromkeys((*ORDER_EVENTS, "promo_redeemed"), Permission.ORDERS),
    # Segment's names for what became of messages
    **{f"email_{fate}": Permission.RECEIPTS for fate in ("delivered", "opened", "link_clicked", "bounced")},
    **{f"message_{fate}": Permission.RECEIPTS for fate in ("delivered", "opened", "clicked", "bounced")},
    **dict.fromkeys(("email_marked_as_spam", "push_notification_bounced"), Permission.RECEIPTS),
}


def permission_for(event: str) -> Permission:
    """Returns what a source needs to tell an event of this name, as the shop calls it."""
    return _OF_EVENT.get(event, Permission.BEHAVIOUR)
