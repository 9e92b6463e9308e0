"""Help is instant: it imports no command, and a command's own help imports nothing that only its work needs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from kaskad.cli.command_table import COMMANDS
from kaskad.cli.lazy_group import load_command

HEAVY = {"prefect", "sqlmodel", "sqlalchemy", "psycopg", "alembic", "pydantic", "httpx", "fastapi", "jinja2", "mjml"}


def _imported(code: str) -> set[str]:
    """The modules that a fresh interpreter has imported after this code."""
    script = f"import sys\n{code}\nprint(*sys.modules)"
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(ended.stdout.splitlines()[-1].split())


def test_the_help_imports_no_command() -> None:
    code = "from kaskad.cli.main import app\nsys.argv = ['kaskad', '--help']\ntry: app()\nexcept SystemExit: pass"
    imported = _imported(code)
    assert not imported & HEAVY
    assert not imported & {f"kaskad.cli.{entry.module}" for entry in COMMANDS.values()}


def test_no_command_imports_what_only_its_work_needs() -> None:
    load = "from kaskad.cli.lazy_group import COMMANDS, load_command\nfor name in COMMANDS: load_command(name)"
    assert not _imported(load) & HEAVY


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_lists_what_the_commands_own_help_says_first(name: str) -> None:
    own = load_command(name).help.partition("\n\n")[0]
    assert COMMANDS[name].help == " ".join(own.split())


def test_each_command_is_in_a_module_of_its_name() -> None:
    for name, entry in COMMANDS.items():
        assert entry.module.rpartition(".")[2] == name.replace("-", "_")
