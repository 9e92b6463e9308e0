"""Commands run as people run them, on a copy of the shipped project."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import anyio
import pytest

from kaskad.cli.command_table import COMMANDS as TABLE
from kaskad.cli.lazy_group import load_command
from kaskad.cli.main import main
from tests.support.command_result import Said
from tests.support.stack import Stack, running_stack


def leaves(command: object, path: str) -> Iterator[str]:
    """Every command, in the words that one types; one that others hang from is one by itself."""
    yield path
    for name, subcommand in getattr(command, "commands", {}).items():
        yield from leaves(subcommand, f"{path} {name}")


COMMANDS = tuple(path for name in TABLE for path in leaves(load_command(name), name))


@dataclass(frozen=True)
class Shop:
    """A copy of the shipped project. `run` calls the command in this process, `child` in one of its own."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def run(self, *arguments: str) -> Said:
        self.monkeypatch.chdir(self.folder)
        self.monkeypatch.setattr(sys, "argv", ["kaskad", *arguments])
        self.capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = self.capsys.readouterr()
        return Said(int(ended.value.code or 0), said.out, said.err)

    def child(self, *arguments: str, **environment: str) -> Said:
        ended = subprocess.run(
            [sys.executable, "-m", "kaskad.cli.main", *arguments],
            cwd=self.folder,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Said(ended.returncode, ended.stdout, ended.stderr)

    def edit(self, path: str, old: str, new: str) -> None:
        file = self.folder / path
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new, 1))


def play(shop: Shop, database_url: str, tmp_path: Path) -> None:
    """One customer who bought in the store, one who was written to."""

    async def scenario(stack: Stack) -> None:
        await stack.person("kolya", "push", card="77")
        await stack.person("anna", "email")
        await stack.cart("kolya")
        await stack.cart("anna")
        await stack.at(timedelta(minutes=35))
        await stack.track(
            "kolya", "Order Completed", source="store", order_id="o1", total=900, place="store", store="Lenina 5"
        )
        await stack.at(timedelta(minutes=25))
        await stack.tills()
        await stack.run("abandoned_cart")

    async def inside() -> None:
        async with running_stack(database_url, tmp_path / "home") as stack:
            await scenario(stack)

    anyio.run(inside)
