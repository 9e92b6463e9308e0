"""Checks of messages before anybody gets them. docs/content-checks.md says why each matters, and how to fix it."""

from __future__ import annotations

from kaskad.content.checks.check import Check, CheckedMessage, Finding, RenderedExample, RenderFailure, Severity
from kaskad.content.checks.links import collect_links
from kaskad.content.checks.registry import CHECKS, run_checks
from kaskad.content.sms_segments import count_segments

__all__ = [
    "CHECKS",
    "Check",
    "CheckedMessage",
    "Finding",
    "RenderFailure",
    "RenderedExample",
    "Severity",
    "collect_links",
    "count_segments",
    "run_checks",
]
