"""Reads the files of marketers into the domain's models; every problem has its file, line and column."""

from __future__ import annotations

from kaskad.config.journey_files.source_map import JourneySourceMap
from kaskad.config.project_files.load import check_project, load_project
from kaskad.config.project_files.promos import read_promo_codes
from kaskad.config.project_files.root import find_project_root

__all__ = ["JourneySourceMap", "check_project", "find_project_root", "load_project", "read_promo_codes"]
