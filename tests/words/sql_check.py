"""Finds SQL that stands in Python outside of storage, where nobody looks for it.

A string is SQL if it begins like a statement, in capitals or not, or has a clause in capitals or a placeholder of
psycopg anywhere. Docstrings may speak of SQL.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

FOLDERS = ("src", "flows", "tasks")
STORAGE = Path("src", "kaskad", "storage")
OTHER_DATABASES = frozenset({Path("src", "kaskad", "orchestration", "prefect_app.py")})  # Prefect's own SQLite file
STATEMENT = re.compile(
    r"""\s*(select\s.*\sfrom\s|insert\s+into\s|update\s+\S+\s+set\s|delete\s+from\s|with\s+\w+\s+as\s|merge\s+into\s
        |truncate\s|(create|alter|drop)\s+(table|index|database|view|function|schema|type)\s|set\s+transaction\s)""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
KEYWORD = re.compile(
    r"\s*(SELECT|INSERT|UPDATE|TRUNCATE|ALTER|DROP|CREATE|ANALYZE|VACUUM|LISTEN|UNLISTEN|NOTIFY|LOCK|COPY|SET|BEGIN"
    r"|COMMIT|ROLLBACK|SAVEPOINT|EXPLAIN)(\s|;|$)"
)
CLAUSE = re.compile(
    r"(^|\s|\()(SELECT|WHERE|JOIN|VALUES|RETURNING|(ORDER|GROUP)\s+BY|ON\s+CONFLICT|FOR\s+UPDATE|SKIP\s+LOCKED)(\s|\)|$)"
)
PLACEHOLDER = re.compile(r"%\(\w+\)s")
Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
SHOWN = 60  # characters of the string, in a problem


def find_sql(root: Path) -> Iterator[str]:
    """One line for each string of SQL outside of storage."""
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.py")):
            file = path.relative_to(root)
            if STORAGE in file.parents or file in OTHER_DATABASES:
                continue
            for line, text in sorted(find_strings(ast.parse(path.read_bytes()))):
                if is_sql(text):
                    yield f"{file}:{line}: SQL outside of {STORAGE}: {' '.join(text.split())[:SHOWN]!r}"


def is_sql(text: str) -> bool:
    """Whether the string is a statement of SQL, or a part of one."""
    return bool(STATEMENT.match(text) or KEYWORD.match(text) or CLAUSE.search(text) or PLACEHOLDER.search(text))


def find_strings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Each string but docstrings, with its line; an f-string is one, with `{}` for each value."""
    if isinstance(tree, ast.JoinedStr):
        yield tree.lineno, "".join("{}" if (text := _text_of(part)) is None else text for part in tree.values)
    elif isinstance(tree, ast.expr) and (text := _text_of(tree)) is not None:
        yield tree.lineno, text
    for child in ast.iter_child_nodes(tree):
        part = isinstance(tree, ast.JoinedStr) and _text_of(child) is not None
        if not part and not _is_docstring(tree, child):
            yield from find_strings(child)


def _text_of(node: ast.AST) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _is_docstring(parent: ast.AST, node: ast.AST) -> bool:
    return (
        isinstance(parent, Documented)
        and node is parent.body[0]
        and isinstance(node, ast.Expr)
        and _text_of(node.value) is not None
    )
