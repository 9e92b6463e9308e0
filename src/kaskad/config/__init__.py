"""What marketers write → the domain's models, with every problem at its file, line and column."""

from __future__ import annotations

from kaskad.config.load import check, load_project
from kaskad.config.places import JourneyFiles
from kaskad.config.project import find_project
from kaskad.config.promos import codes_of

__all__ = ["JourneyFiles", "check", "codes_of", "find_project", "load_project"]
