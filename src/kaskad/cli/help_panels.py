"""The order of commands in the help: by when they are needed, as in docs/commands.md."""

from __future__ import annotations

import typer
from typer.models import CommandInfo, TyperInfo

HELP_PANELS = {
    "While you write": "new validate lint check-content preview send-test watch schema test simulate rename-step",
    "When it goes live": "publish versions approve rollback trigger show calendar report journeys pause resume",
    "When somebody asks": "explain replay unknown rejected quarantine providers promos stop",
    "Running it": "up demo worker dispatch api sandbox migrate",
}


def sort_into_panels(app: typer.Typer) -> None:
    """Puts each command of the app into its panel, in the panel's order. Raises KeyError for one without a panel."""
    panels = {name: panel for panel, names in HELP_PANELS.items() for name in names.split()}
    order = list(panels)
    everything: list[CommandInfo | TyperInfo] = [*app.registered_commands, *app.registered_groups]
    for info in everything:
        info.rich_help_panel = panels[_name(info)]
    app.registered_commands.sort(key=lambda info: order.index(_name(info)))


def _name(info: CommandInfo | TyperInfo) -> str:
    if info.name:
        return info.name
    callback = info.callback
    return callback.__name__.replace("_", "-") if callback else ""
