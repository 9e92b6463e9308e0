"""Every rule that is undone once: all that the files of `rules/` list."""

from __future__ import annotations

from importlib import import_module

from tests.mutations.mutation import Mutation
from tests.support.paths import ROOT

__all__ = ["MUTATIONS", "Mutation"]

_FILES = sorted((ROOT / "tests" / "mutations" / "rules").glob("*/*.py"))
MUTATIONS: tuple[Mutation, ...] = tuple(
    mutation
    for file in _FILES
    for mutation in import_module(f"tests.mutations.rules.{file.parent.name}.{file.stem}").MUTATIONS
)
