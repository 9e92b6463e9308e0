"""What a step's decision works on: one customer at one step, at one instant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kaskad.domain.decisions.facts import Enrollment, Facts
from kaskad.domain.journeys.program import Node
from kaskad.domain.journeys.project import Project
from kaskad.domain.journeys.version import Version


@dataclass(frozen=True, slots=True, kw_only=True)
class StepContext:
    """One customer at one step, at one instant. Built once for each step that is decided."""

    version: Version
    node: Node
    enrollment: Enrollment
    facts: Facts
    now: datetime
    project: Project
