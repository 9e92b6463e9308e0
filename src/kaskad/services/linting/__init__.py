"""The linter: finds journeys that are valid but probably wrong. One small function for each rule."""

from kaskad.services.linting.lint import LintRemark, LintResult, find_remarks, lint
from kaskad.services.linting.rule import Finding, Rule, Severity
from kaskad.services.linting.rules import RULES

__all__ = ["RULES", "Finding", "LintRemark", "LintResult", "Rule", "Severity", "find_remarks", "lint"]
