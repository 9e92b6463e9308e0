"""Commands that are imported when they run, so that help and the other commands do not wait for their imports."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from kaskad.cli.command_table import COMMANDS, PANELS


class LazyGroup(TyperGroup):
    """The commands of the table. Help and completion show its texts; only the command that runs is imported."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for panel, entries in PANELS.items():
            for name, entry in entries.items():
                self.add_command(TyperCommand(name, help=entry.help, rich_help_panel=panel))

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The name and the command that the arguments begin with, imported; and the other arguments."""
        name, listed, others = super().resolve_command(ctx, args)
        return name, load_command(name) if name else listed, others


def load_command(name: str) -> Any:
    """The command, or the group of commands, with its parameters. Raises KeyError if there is none of that name."""
    module = import_module(f"kaskad.cli.{COMMANDS[name].module}")
    return typer.main.get_command(module.app)
