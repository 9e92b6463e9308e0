"""Refuses retired names: `python -m tests.words`, part of `make check`."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.support.paths import ROOT
from tests.words.glossary_check import find_files, find_problems

root = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT
files = find_files(root)
problems = list(find_problems(root, files))
print("\n".join(problems) or f"{len(files)} files, no retired name")
sys.exit(bool(problems))
