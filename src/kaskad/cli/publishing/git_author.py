"""Finds the author and the git commit of the files."""

from __future__ import annotations

import asyncio
import getpass
from pathlib import Path

from kaskad.storage.publishing.publications import Author

FILES = ("configs", "templates")


async def read_author(folder: Path, by: str | None) -> Author:
    """The author: `by`, else git's user, else the account; with HEAD if the folder is in a git checkout."""
    email, name, head = await asyncio.gather(
        _git(folder, "config", "user.email"), _git(folder, "config", "user.name"), _git(folder, "rev-parse", "HEAD")
    )
    author = by or email or name or getpass.getuser()
    if not head:
        return Author(author)
    changed = await _git(folder, "status", "--porcelain", "--", *FILES)
    return Author(author, head, bool(changed))


async def _git(folder: Path, *arguments: str) -> str:
    """The output of git; "" if there is no git, no checkout, or no such setting."""
    try:
        process = await asyncio.create_subprocess_exec(
            "git",
            "--no-optional-locks",
            *arguments,
            cwd=folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except FileNotFoundError:
        return ""
    said, _ = await process.communicate()
    return said.decode(errors="replace").strip() if process.returncode == 0 else ""
