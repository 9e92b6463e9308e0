"""Refuses retired names, and SQL outside of storage: `python -m tests.words`, part of `make check`."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.support.paths import ROOT
from tests.words.glossary_check import find_files, find_problems
from tests.words.sql_check import find_sql

root = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT
files = find_files(root)
problems = [*find_problems(root, files), *find_sql(root)]
print("\n".join(problems) or f"{len(files)} files, no retired name, no SQL outside of storage")
sys.exit(bool(problems))
