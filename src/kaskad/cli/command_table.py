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
            "Copy a journey or campaign from the gallery into this project, with templates, tests and all they use.",
        ),
        "validate": Entry(
            "authoring.validate",
            "Check every file of the project. Print each error on its own line, and exit with 1 if there is one.",
        ),
        "lint": Entry(
            "authoring.lint",
            "Find likely mistakes in journeys. Each finding names its rule; docs/linting.md explains the rules.",
        ),
        "check-content": Entry(
            "authoring.check_content",
            "Find likely mistakes in messages: cut-off texts, SMS segments, links, translations, contrast, images.",
        ),
        "preview": Entry(
            "authoring.preview",
            "Show a message in every channel side by side, with the findings of the content checks.",
        ),
        "send-test": Entry(
            "authoring.send_test", "Send a message to yourself, as a customer would get it, through the real providers."
        ),
        "watch": Entry(
            "watch.watch",
            "Show all problems, and a preview of what you saved last, in a browser tab. It needs no database.",
        ),
        "schema": Entry(
            "authoring.schema",
            "Print or write JSON Schemas of the files, with which editors complete and check as you type.",
        ),
        "test": Entry(
            "simulation.test",
            "Run the test cases in configs/journeys/tests on the real engine, with their own clock. Nothing is sent.",
        ),
        "simulate": Entry(
            "simulation.simulate",
            "Run a journey on events that really happened: who would have entered, what would have been sent.",
        ),
        "rename-step": Entry(
            "authoring.rename_step",
            "Give a step another name in its file. Customers who are at it stay there: `moved:` records the new name.",
        ),
    },
    "When it goes live": {
        "publish": Entry(
            "publishing.publish",
            "Check and compile the project, store its versions, and update the deployments in Prefect.",
        ),
        "versions": Entry(
            "publishing.versions",
            "List a journey's versions: when, by whom, from which commit, who approved, how many customers are inside.",
        ),
        "approve": Entry(
            "publishing.approve",
            "Make a proposed version live. Only another person than the one who proposed it can approve.",
        ),
        "rollback": Entry(
            "publishing.rollback",
            "Make an older version of a journey current again, at once, without changing the files.",
        ),
        "trigger": Entry(
            "operations.trigger",
            "Enroll one customer in a journey now, whatever its entry trigger says. Consent and policy still apply.",
        ),
        "show": Entry(
            "inspect.show",
            "Draw a journey: who enters, each step with its id, where branches part and join, who leaves, the goal.",
        ),
        "calendar": Entry(
            "inspect.calendar", "Show which messages are expected, by day and journey, and what cannot be known yet."
        ),
        "report": Entry(
            "inspect.report",
            "Show for each journey: who entered and left, what was sent or held and why, the goal, cost and savings.",
        ),
        "journeys": Entry(
            "inspect.journeys",
            "List the published journeys: version, customers inside, queued messages, whether it is paused.",
        ),
        "pause": Entry(
            "publishing.pause",
            "Pause a journey: nobody enters, and nothing is sent. Time goes on, and what expires is dropped.",
        ),
        "resume": Entry("publishing.resume", "Let a paused journey run again."),
    },
    "When a shop moves in": {
        "import": Entry(
            "importing.import",
            "Bring in what a shop already has: customers, events, orders, products or consents, from files.",
        ),
        "imports": Entry("importing.imports", "List imports: how far each has come, what it stored and rejected."),
    },
    "When somebody asks": {
        "explain": Entry(
            "inspect.explain",
            "Explain what was decided for one customer, on which facts, and what would have changed it.",
        ),
        "customer": Entry(
            "inspect.customer",
            "Show a customer as one person: ids, addresses, consents, carts, orders, journeys, and what happened last.",
        ),
        "consents": Entry(
            "inspect.consents",
            "Show what a customer has consented to and withdrawn: what stands and why, then every word of the ledger.",
        ),
        "identities": Entry(
            "inspect.identities",
            "Show by which ids a customer is known, who said so and since when; and which customers were not joined.",
        ),
        "replay": Entry(
            "inspect.replay",
            "Make stored decisions again with today's engine. Exit with 1 if the result of any is different.",
        ),
        "rejected": Entry(
            "operations.rejected",
            "List events that were rejected or not understood: the newest, and how many there are of each kind.",
        ),
        "sources": Entry(
            "inspect.sources",
            "List the sources of events: which are silent, and how many of their events were rejected, by code.",
        ),
        "feeds": Entry(
            "operations.feeds",
            "List the catalogue's feeds: when each was read, how many offers it holds, what keeps it from counting.",
        ),
        "providers": Entry(
            "inspect.providers",
            "List the providers of each channel in failover order: whether each is up, its rate, its last failure.",
        ),
        "promos": Entry(
            "inspect.promos",
            "List the promos: how many codes each has, how many were given out and redeemed, how many are left.",
        ),
        "export": Entry(
            "operations.export",
            "Give out everything that is stored of a customer, as one JSON document: for who asks for their data.",
        ),
        "forget": Entry(
            "operations.forget",
            "Erase everything that names a customer. Messages and orders stay counted, refusals of the address hold.",
        ),
        "split": Entry(
            "operations.split",
            "Undo a wrong merge: two people who were taken for one are two again.",
        ),
        "keys": Entry(
            "operations.keys",
            "List the API's keys: scopes, source, by whom and when each was made, its last use, whether it is revoked.",
        ),
        "stop": Entry(
            "operations.stop",
            "Emergency stop: after this command, nothing in its scope is sent until the stop is lifted.",
        ),
        "unknown": Entry(
            "operations.unknown", "List sends with an unknown outcome: since when, and what was tried to find it out."
        ),
        "suppressions": Entry(
            "operations.suppressions",
            "List addresses that get no more messages, by their hash: a complaint, a failed delivery, an unsubscribe.",
        ),
        "quarantine": Entry(
            "operations.quarantine",
            "List customers who are set aside in a journey, because decisions or sends failed repeatedly.",
        ),
    },
    "Running it": {
        "up": Entry(
            "stack.up", "Start everything on this machine: Postgres, Prefect, sandbox, API, workers. Ctrl-C ends it."
        ),
        "demo": Entry(
            "demo.demo", "Play four days of a shop, in a local stack of its own, and print what the journeys did."
        ),
        "worker": Entry("stack.worker", "Run journeys in this process, and start a run when a customer is due."),
        "dispatch": Entry(
            "stack.dispatch",
            "Only start runs when a customer is due: for installations whose flows run on stock Prefect workers.",
        ),
        "api": Entry("stack.api", "Serve the API."),
        "sandbox": Entry(
            "stack.sandbox", "Replace the providers: take messages, keep them, and answer as customers would."
        ),
        "migrate": Entry(
            "operations.migrate", "Migrate the database to this version of Kaskad. Running it again changes nothing."
        ),
    },
}
COMMANDS = {name: entry for entries in PANELS.values() for name, entry in entries.items()}
