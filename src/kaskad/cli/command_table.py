"""Every command: its panel in the help, its module, and the sentences that `kaskad --help` shows for it.

The order is that of docs/commands.md: by when commands are needed. A test compares each text with the command's own.
"""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """One command. `module` is below `kaskad.cli`, and its `app` is the command; `help` begins the command's help."""

    module: str
    help: str


PANELS = {
    "While you write": {
        "new": Entry(
            "authoring.new",
            "Copy a journey or campaign of the gallery into this project, with its templates, tests "
            "and all they refer to.",
        ),
        "validate": Entry(
            "authoring.validate",
            "Check every file of the project. Exits with 1 where there are errors, each on a line of its own.",
        ),
        "lint": Entry(
            "authoring.lint",
            "Say what in the journeys can be read but is probably not meant, with its rule: "
            "docs/linting.md explains each.",
        ),
        "check-content": Entry(
            "authoring.check_content",
            "Look at what messages will say: cut-off texts, SMS segments, links, translations, contrast, images.",
        ),
        "preview": Entry(
            "authoring.preview",
            "Show a message in every channel side by side, as it will look, with what the checks say beside it.",
        ),
        "send-test": Entry(
            "authoring.send_test", "Send a message to yourself, as a customer would get it, through the real providers."
        ),
        "watch": Entry(
            "watch.watch",
            "Check and preview on save, in a browser tab: all problems, and what was saved last. No "
            "database is needed.",
        ),
        "schema": Entry(
            "authoring.schema",
            "Print the JSON Schema of one kind of file, or write all of them: editors complete and "
            "check with it as one types.",
        ),
        "test": Entry(
            "simulation.test",
            "Play configs/journeys/tests on the real engine, with a clock of its own and nobody behind the providers.",
        ),
        "simulate": Entry(
            "simulation.simulate",
            "Play a journey over events that really happened: who would have entered, what would have "
            "gone and what not.",
        ),
        "rename-step": Entry(
            "authoring.rename_step",
            "Give a step another name in its file, and let those who stand at it go on there: `moved:` says so.",
        ),
    },
    "When it goes live": {
        "publish": Entry(
            "publishing.publish",
            "Check and compile the project, store its versions, and bring Prefect's deployments up to date.",
        ),
        "versions": Entry(
            "publishing.versions",
            "List a journey's versions: when, by whom and from which commit, who approved, how many are inside.",
        ),
        "approve": Entry(
            "publishing.approve", "Make a proposed version live. It takes another person than the one who proposed it."
        ),
        "rollback": Entry(
            "publishing.rollback",
            "Make an older version of a journey the current one again, at once, without touching the files.",
        ),
        "trigger": Entry(
            "operations.trigger",
            "Take one customer into a journey now, whatever its entrance asks for. Consent and policy still hold.",
        ),
        "show": Entry(
            "inspect.show",
            "Draw a journey: who enters, each step with its id, where ways part and join, who leaves, the goal.",
        ),
        "calendar": Entry(
            "inspect.calendar",
            "Say what is to go out: by day and journey, as far as it is known today, and what cannot be known.",
        ),
        "report": Entry(
            "inspect.report",
            "Per journey: who entered, what was sent and held and why, who left, the goal, and what the cascade saved.",
        ),
        "journeys": Entry(
            "inspect.journeys",
            "List the published journeys: version, who is inside, what is queued, whether it is paused.",
        ),
        "pause": Entry(
            "publishing.pause",
            "Pause a journey: it takes nobody in and sends nothing. Clocks run on; what expires is dropped.",
        ),
        "resume": Entry("publishing.resume", "Let a paused journey run again."),
    },
    "When somebody asks": {
        "explain": Entry(
            "inspect.explain",
            "Say in words what was decided for one customer, on which facts, why not, and what would have made it go.",
        ),
        "replay": Entry(
            "inspect.replay",
            "Make decisions again from what they saw then, with today's engine. Exits with 1 where any "
            "comes out otherwise.",
        ),
        "rejected": Entry(
            "operations.rejected",
            "List the events that could not be taken, or not as they were meant: the newest, and how "
            "many of each kind.",
        ),
        "providers": Entry(
            "inspect.providers",
            "List who carries messages: by channel in failover order, whether it is up, its pace, its last failure.",
        ),
        "promos": Entry(
            "inspect.promos", "List the promos: how many codes each has, how many were given, how many are left."
        ),
        "stop": Entry(
            "operations.stop",
            "Emergency stop: when this returns, nothing of the scope is sent any more, until it is lifted.",
        ),
        "unknown": Entry(
            "operations.unknown",
            "List the sends of which nobody can tell whether they arrived: since when, and what was tried.",
        ),
        "quarantine": Entry(
            "operations.quarantine",
            "List who is set aside in a journey, because deciding or writing to them failed again and again.",
        ),
    },
    "Running it": {
        "up": Entry(
            "stack.up", "Start everything on this machine: Postgres, Prefect, sandbox, API, workers. Ctrl-C ends it."
        ),
        "demo": Entry("demo.demo", "Play four days of a shop, in a house of its own, and print what the journeys did."),
        "worker": Entry("stack.worker", "Run journeys in this process, and start a run when somebody is due."),
        "dispatch": Entry(
            "stack.dispatch",
            "Only start runs when somebody is due: for a house whose flows run on stock Prefect workers.",
        ),
        "api": Entry("stack.api", "Serve the API."),
        "sandbox": Entry(
            "stack.sandbox", "Stand in for the providers: take messages, keep them, answer as customers would."
        ),
        "migrate": Entry(
            "operations.migrate",
            "Bring the database's tables to this version of Kaskad. Doing it again changes nothing.",
        ),
    },
}
COMMANDS = {name: entry for entries in PANELS.values() for name, entry in entries.items()}
