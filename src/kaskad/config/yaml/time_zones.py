"""Reads the names of time zones."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from kaskad.config.yaml.node import Node
from kaskad.config.yaml.problem_text import closest_name, unknown_name
from kaskad.config.yaml.scalars import read_matching

ZONE = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*\Z")


def read_time_zone(node: Node) -> str:
    """An existing time zone."""
    hint = "a time zone: write one like Europe/Moscow"
    said = read_matching(ZONE, node, hint)
    try:
        return ZoneInfo(said).key
    except (OSError, ValueError, ZoneInfoNotFoundError):
        near = closest_name(said, sorted(available_timezones()))
    raise node.error(unknown_name("time zone", said, [near]) if near else f"{node.said} is not {hint}")
