"""What is looked at in messages before anybody gets them. docs/content-checks.md says why, and how to mend it."""

from __future__ import annotations

from kaskad.content.checks.finding import Check, Examined, Finding, Said, Severity, Unsaid
from kaskad.content.checks.links import to_ask
from kaskad.content.checks.registry import CHECKS, findings
from kaskad.content.segments import counted

__all__ = ["CHECKS", "Check", "Examined", "Finding", "Said", "Severity", "Unsaid", "counted", "findings", "to_ask"]
