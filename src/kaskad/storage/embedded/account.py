"""The account that PostgreSQL runs as: PostgreSQL refuses to run as root."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

UNPRIVILEGED_UID = 65534  # the unprivileged account of every Linux; needs no entry in /etc/passwd


@dataclass(frozen=True, slots=True)
class Account:
    """The account for initdb and postgres."""

    uid: int
    gid: int

    @property
    def is_mine(self) -> bool:
        return self.uid == os.geteuid()

    def run(self, command: Sequence[str | Path], **options: Any) -> subprocess.CompletedProcess[str]:
        """The completed process, run as this account from the root folder (it may have no access to its own)."""
        if not self.is_mine:
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return subprocess.run(command, cwd="/", text=True, capture_output=True, check=False, **options)

    def can_enter(self, folder: Path) -> bool:
        """Whether this account can enter the folder through all its parents. Asks the system, not the file modes."""
        return self.is_mine or self.run(["/bin/sh", "-c", 'test -x "$0"', folder]).returncode == 0

    def can_run(self, binary: Path) -> bool:
        """Whether this account can start the binary, with its libraries."""
        try:
            return self.run([binary, "--version"]).returncode == 0
        except PermissionError:
            return False

    def own(self, path: Path) -> None:
        if not self.is_mine:
            os.chown(path, self.uid, self.gid)


def choose_account(data: Path) -> Account:
    """Our own account; for root the owner of the existing data, else the unprivileged account."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    if data.exists() and (owner := data.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    return Account(UNPRIVILEGED_UID, UNPRIVILEGED_UID)
