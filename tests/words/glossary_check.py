"""Finds definitions whose names are retired: the list is the last block of docs/glossary.md.

A plain name (`Press`) may not be defined anywhere: as a module, folder, class, function, method, constant or SQL file.
`package.module` is that module or folder alone; `package.module:Name` is that name in it and in all below it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

GLOSSARY = Path("docs", "glossary.md")
FOLDERS = ("src", "flows", "tasks", "tests")
KINDS = ("*.py", "*.sql")
BLOCK = re.compile(r"^```retired\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Definition:
    """A name, where it is defined, and what the list may call it."""

    file: Path
    line: int
    name: str
    qualified: frozenset[str]

    def retired_as(self, retired: frozenset[str]) -> list[str]:
        """The entries of the list that mean this definition."""
        return sorted(retired & (self.qualified | {self.name, self.name.lstrip("_")}))


def read_retired(root: Path) -> frozenset[str]:
    """The retired names. Raises `ValueError` if the glossary has no block of them."""
    block = BLOCK.search((root / GLOSSARY).read_text())
    if block is None:
        raise ValueError(f"{GLOSSARY} has no block that starts with ```retired")
    return frozenset(block[1].split())


def find_files(root: Path) -> list[Path]:
    """All Python and SQL files that are checked, relative to the root."""
    return sorted(path.relative_to(root) for name in FOLDERS for kind in KINDS for path in (root / name).rglob(kind))


def find_definitions(root: Path, files: list[Path]) -> Iterator[Definition]:
    """Folders and files by their names, then all that the Python files define."""
    folders = {folder for file in files for folder in file.parents if folder.name}
    for path in (*sorted(folders), *files):
        yield Definition(path, 1, path.stem, frozenset({_dotted(path)}))
    for file in files:
        if file.suffix == ".py":
            module = _dotted(file)
            scopes = [module, *(module[: dot.start()] for dot in re.finditer(r"\.", module))]
            for line, name in _names_in(ast.parse((root / file).read_bytes())):
                qualified = frozenset(f"{scope}:{part}" for scope in scopes for part in (name, name.lstrip("_")))
                yield Definition(file, line, name, qualified)


def find_problems(root: Path, files: list[Path]) -> Iterator[str]:
    """One line for each definition that has a retired name."""
    retired = read_retired(root)
    for definition in find_definitions(root, files):
        for entry in definition.retired_as(retired):
            yield f"{definition.file}:{definition.line}: '{entry}' is retired: {GLOSSARY}"


def _dotted(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removeprefix("src.").removesuffix(".__init__")


def _names_in(node: ast.AST) -> Iterator[tuple[int, str]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield child.lineno, child.name
            continue  # what is inside is local
        if isinstance(child, ast.ClassDef):
            yield child.lineno, child.name
        elif isinstance(child, ast.Assign | ast.AnnAssign) and not isinstance(node, ast.ClassDef):
            targets = child.targets if isinstance(child, ast.Assign) else [child.target]
            names = (name for target in targets for name in ast.walk(target) if isinstance(name, ast.Name))
            yield from ((child.lineno, name.id) for name in names if isinstance(name.ctx, ast.Store))
        yield from _names_in(child)
