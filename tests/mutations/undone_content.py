"""What is said: links as they were written, what may not be sent, and how much of it."""

from __future__ import annotations

from mutation import Mutation

CLI = "integration/test_cli_content.py::"

MUTATIONS = (
    Mutation(
        "validate exits with 1 where it printed an error",
        "cli/validate.py",
        "    if errors:\n        raise typer.Exit(1)",
        "    if not found:\n        raise typer.Exit(0)",
        (CLI + "test_validate_exits_with_1_where_it_printed_an_error",),
    ),
)
