"""Refuses retired names: `python tests/words`, part of `make check`."""

from __future__ import annotations

import sys
from pathlib import Path

from glossary_check import find_files, find_problems

root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[2]
files = find_files(root)
problems = list(find_problems(root, files))
print("\n".join(problems) or f"{len(files)} files, no retired name")
sys.exit(bool(problems))
