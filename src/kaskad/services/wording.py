"""Plain English for the engine's data: times, durations, channels, places, and what customers did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from kaskad.domain.channel import Channel
from kaskad.domain.decisions.local_time import to_local_time
from kaskad.domain.duration import Duration

CHANNEL_LABELS: Mapping[str, str] = {
    Channel.PUSH: "push",
    Channel.EMAIL: "e-mail",
    Channel.WEBPUSH: "web push",
    Channel.VIBER: "Viber",
    Channel.SMS: "SMS",
    Channel.CALL: "call",
}
# After "has". A shop's own events need no entry: their names are good enough.
EVENT_PHRASES: Mapping[str, str] = {
    "identify": "updated their profile",
    "product_viewed": "looked at a product",
    "product_list_viewed": "looked at a list of products",
    "products_searched": "searched",
    "product_liked": "liked a product",
    "app_opened": "opened the app",
    "page_viewed": "looked at a page",
    "screen_viewed": "looked at a screen",
    "group_joined": "joined a group",
    "aliased": "got another id",
    "product_added": "put something into the cart",
    "product_removed": "taken something out of the cart",
    "cart_snapshot": "changed the cart",
    "cart_updated": "changed the cart",
    "cart_unchanged": "sent a cart again that was bought already",
    "cart_emptied": "emptied the cart",
    "checkout_started": "begun to check out",
    "order_completed": "bought",
    "order_returned": "returned the order",
    "order_cancelled": "cancelled the order",
    "order_delivered": "received the order",
    "conversation_message": "talked with the shop",
    "promo_redeemed": "redeemed a promo code",
    "review_written": "written a review",
    "signed_up": "signed up",
    "email_confirmed": "confirmed the e-mail address",
    "consent_given": "given consent",
    "consent_withdrawn": "withdrawn consent",
    "preferences_changed": "changed what they get",
    "left": "left all marketing",
    "left_by_step": "come to where the journey ends for them",
    "product_subscribed": "asked to hear when a product is back",
}
PLACE_PHRASES: Mapping[str, str] = {
    "site": "on the site",
    "app": "in the app",
    "store": "in the store",
    "call_centre": "by telephone",
}
UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def event_phrase(event: str) -> str:
    """Returns what a customer did, after "has": "bought"; "'meeting booked'" for events that have no own words."""
    return EVENT_PHRASES.get(event, f"'{event.replace('_', ' ')}'")


def channel_label(name: str) -> str:
    """Returns the channel as people write it."""
    return CHANNEL_LABELS.get(name, name)


def place_phrase(said: str) -> str:
    """Returns "in the store (Lenina 5)" for "store, Lenina 5"; "" if there is no place."""
    kind, _, which = said.partition(", ")
    words = PLACE_PHRASES.get(kind, f"at {kind}") if kind else ""
    return f"{words} ({which})" if which else words


def join_words(parts: Sequence[str], last: str = "and") -> str:
    """Returns "a, b and c"."""
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}" if len(parts) > 1 else "".join(parts)


def format_duration(length: Duration) -> str:
    """Returns a duration as a journey names it: "an hour", "30 hours", "7 days"."""
    calendar = _counted(length.days, "calendar day") if length.days else ""
    elapsed = format_exact_length(timedelta(seconds=length.seconds)) if length.seconds or not calendar else ""
    return " and ".join(part for part in (calendar, elapsed) if part)


def format_exact_length(length: timedelta) -> str:
    """Returns the duration in its largest whole unit: "an hour", "90 minutes"; "no time" if it is zero."""
    seconds = int(length.total_seconds())
    unit, size = next((unit, size) for unit, size in UNITS if seconds % size == 0)
    return _counted(seconds // size, unit) if seconds else "no time"


def format_rough_length(length: timedelta) -> str:
    """Returns the duration rounded, as people say it: "35 minutes", "5 hours", "3 days"."""
    seconds = abs(length.total_seconds())
    unit, size = next(((unit, size) for unit, size in UNITS if seconds >= 2 * size), UNITS[-1])
    return _counted(round(seconds / size), unit)


def _counted(count: int, unit: str) -> str:
    if count == 1:
        return f"{'an' if unit == 'hour' else 'a'} {unit}"
    return f"{count} {unit}s"


def format_time(at: datetime, zone: ZoneInfo, near: datetime) -> str:
    """Returns the time on the customer's clock; with the date if it is not that of `near`, the year if it differs."""
    here, there = to_local_time(at, zone), to_local_time(near, zone)
    clock = f"{here:%H:%M}"
    if here.date() == there.date():
        return clock
    year = "" if here.year == there.year else f" {here.year}"
    return f"{here:%a} {here.day} {here:%b}{year} {clock}"


def format_full_time(at: datetime, zone: ZoneInfo) -> str:
    """Returns the time with its date on the customer's own clock: "Tue 2 Mar 2027 12:40"."""
    here = to_local_time(at, zone)
    return f"{here:%a} {here.day} {here:%b %Y %H:%M}"
