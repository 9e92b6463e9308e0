"""Commands: what their help says and imports, and arguments that nobody can mean."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

MUTATIONS = (
    Mutation(
        "Every command's help has an example",
        "cli/inspect/calendar.py",
        '@app.command(epilog="Example: kaskad calendar --days 7")',
        "@app.command()",
        ("integration/cli/test_commands.py::test_every_command_has_help_with_an_example_that_can_be_typed",),
    ),
    Mutation(
        "The help imports no command",
        "cli/lazy_group.py",
        "self.add_command(TyperCommand(name, help=entry.help, rich_help_panel=panel))",
        "self.add_command(load_command(name))",
        ("unit/cli/test_lazy_commands.py::test_the_help_imports_no_command",),
    ),
    Mutation(
        "An empty name is nobody's decisions, not everybody's",
        "cli/inspect/replay.py",
        "if everybody == bool(customer):",
        "if everybody == (customer is not None):",
        ("integration/cli/test_odd_arguments.py::test_nobody_is_not_everybody",),
    ),
    Mutation(
        "A file that cannot be written is one sentence",
        "cli/main.py",
        "if error.filename is None:",
        "if error.filename:",
        ("integration/cli/test_odd_arguments.py::test_a_path_that_cannot_be_written_is_one_sentence",),
    ),
    Mutation(
        "A stop of a sender that no file has is told",
        "cli/operations/stop.py",
        "name and name not in known:",
        "name and name in known:",
        ("integration/cli/test_odd_arguments.py::test_a_stop_of_a_sender_that_no_file_has_is_told",),
    ),
    Mutation(
        "Options before a subcommand are not dropped",
        "cli/options.py",
        "if context.invoked_subcommand and given:",
        "if not context.invoked_subcommand and given:",
        ("integration/cli/test_odd_arguments.py::test_options_before_a_subcommand_are_not_dropped",),
    ),
    Mutation(
        "Arguments that the parser refuses are one sentence",
        "cli/main.py",
        "except UsageError as error:\n        _fail(_misuse(error))",
        "except UsageError as error:\n        error.show()\n        sys.exit(FAILED)",
        ("integration/cli/test_misuse.py::test_what_cannot_be_meant_is_one_sentence",),
    ),
    Mutation(
        "A slip in the name of a stop leaves nothing standing unsaid",
        "cli/operations/stop.py",
        'await _check(runtime, scope.value, name, done="nothing was lifted")',
        "pass",
        ("integration/cli/test_misuse.py::test_an_empty_answer_is_no_answer_to_a_slip",),
    ),
    Mutation(
        "A time that ends before it begins is refused",
        "cli/options.py",
        "if since and until and since >= until:",
        "if since is None and until is not None and since == until:",
        ("integration/cli/test_misuse.py::test_an_empty_answer_is_no_answer_to_a_slip",),
    ),
)
