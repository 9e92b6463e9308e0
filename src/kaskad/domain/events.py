"""Incoming events: their kinds, and how late one may be and still start a journey."""

from __future__ import annotations

from datetime import timedelta

TRACK, IDENTIFY = "track", "identify"
PREFERENCES_CHANGED, LEFT = "preferences_changed", "left"  # said on the customer's own page
OF_OWN_PAGE = frozenset({PREFERENCES_CHANGED, LEFT})  # no source says these for a customer
LATE_AFTER = timedelta(hours=24)  # older events update data, but start no journey
