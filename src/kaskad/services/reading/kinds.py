"""What kinds of things happen to a customer, and which event is of which kind."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from kaskad.domain.cart import CART_EVENTS, EMPTIED, UPDATED
from kaskad.domain.events import IDENTIFY, OF_OWN_PAGE
from kaskad.domain.permission import ORDER_EVENTS, Permission, permission_for


class EntryKind(StrEnum):
    """A kind of entries in a customer's history."""

    BEHAVIOUR = "behaviour"  # every event that is of no other kind
    CART = "cart"
    ORDER = "order"
    PROMO = "promo"
    CONVERSATION = "conversation"  # `conversation_…`, and every event with a `conversation_id`
    MESSAGE = "message"
    CONSENT = "consent"
    PROFILE = "profile"


MERGED = "customers_merged"
RECEIPTS = tuple(
    f"{about}_{fate}"
    for about in ("email", "message")
    for fate in ("delivered", "opened", "link_clicked", "clicked", "bounced")
    if permission_for(f"{about}_{fate}") is Permission.RECEIPTS
)
KIND_OF_EVENT: Mapping[str, EntryKind] = {
    **dict.fromkeys((*CART_EVENTS, UPDATED, EMPTIED, "checkout_started"), EntryKind.CART),
    **dict.fromkeys(ORDER_EVENTS, EntryKind.ORDER),
    "promo_redeemed": EntryKind.PROMO,
    **dict.fromkeys(RECEIPTS, EntryKind.MESSAGE),
    **dict.fromkeys(("consent_given", "consent_withdrawn", "email_confirmed", *OF_OWN_PAGE), EntryKind.CONSENT),
    **dict.fromkeys((IDENTIFY, "aliased", "group_joined", "signed_up", MERGED), EntryKind.PROFILE),
}
