"""Incoming events: their kinds, and how late one may be and still start a journey."""

from __future__ import annotations

from datetime import timedelta

TRACK, IDENTIFY = "track", "identify"
LATE_AFTER = timedelta(hours=24)  # older events update data, but start no journey
