"""The files beside the journeys as schemas."""

from __future__ import annotations

from kaskad.config.carriers import UNKNOWNS, VARIABLE_NAME
from kaskad.config.events import PROPERTY
from kaskad.config.policy import AUDIENCE, CASES
from kaskad.config.schema.names import Names
from kaskad.config.schema.parts import (
    Schema,
    duration,
    either,
    in_full,
    listed,
    matching,
    money,
    named,
    percent,
    rate,
    record,
    ref,
    table,
    text,
    whole,
    window,
    word,
)
from kaskad.config.shop_files import CURRENCY, LOCALE, WEB, ZONE
from kaskad.config.success import PATH
from kaskad.config.webhooks import HEADER, METHODS
from kaskad.domain.channel import Channel
from kaskad.domain.condition import ValueType

TYPE = word(ValueType, "What kind of value it is")
ZONE_SAID = matching(ZONE, "A time zone, like Europe/Moscow", "Europe/Moscow")


def shop(names: Names) -> Schema:
    """shop.yaml."""
    return record(
        "The shop itself, as templates see it",
        name=text("What the shop is called"),
        url=matching(WEB, "Its web address", "https://shop.example"),
        currency=matching(CURRENCY, "The currency of every price", "RUB"),
        locale=matching(LOCALE, "The language of those of whom none is known", "ru"),
        time_zone=ZONE_SAID,
        phone=text("Its telephone number"),
    )


def providers(names: Names) -> Schema:
    """providers.yaml."""
    one = record(
        "Who carries messages",
        {
            "adapter": text("How it is spoken to", ["http", "smtp"]),
            "url": text("Where it is; ${NAME:-default} comes from the environment", ["https://sms.example/send"]),
        },
        secret=matching(VARIABLE_NAME, "The environment variable that holds its secret", "SMS_SECRET"),
        keeps_keys=duration("How long it takes a second call under the same key for the first"),
        options={"description": "What its adapter takes besides", "type": "object"},
        success=_success(),
    )
    return table(one, "Providers by name")


def _success() -> Schema:
    value: Schema = {"type": ["string", "number", "boolean", "null"]}
    paths = table(either(value, listed(value, least=1)), "Values at paths", {"pattern": in_full(PATH)})
    return record(
        "What an answer looks like that took the message, where it is not JSON without an error",
        status=listed(whole(200, 299), "One of these", least=1),
        body=word(["any"], "Whatever it holds"),
        text=listed(text(), "All of it is one of these, capitals or not", least=1),
        starts=listed(text(), "It begins with one of these, capitals or not", least=1),
        json={**paths, "minProperties": 1},
        id=matching(PATH, "The path of the provider's own id", "messages.0.id"),
    )


def channels(names: Names) -> Schema:
    """channels.yaml."""
    one = record(
        "Price and pace of a channel, and who carries it",
        {"cost": money("The price of one message")},
        providers=listed(named(names.of("providers"), "One of providers.yaml"), "In failover order", least=1),
        rate=rate("How many each provider takes"),
        concurrency=whole(1, 10_000, "How many calls at once, of each worker"),
        on_unknown=word(UNKNOWNS, "What happens when nobody can tell whether a message went"),
        deadline=duration("How long one tries to find out"),
    )
    return record("Channels", **dict.fromkeys(Channel, one))


def topics(names: Names) -> Schema:
    """topics.yaml."""
    title = table(text(), "Its name in each language", {"pattern": in_full(LOCALE)})
    starts = word(["subscribed", "unsubscribed"], "How everybody begins; subscribed, unless given")
    return table(record("A topic that people may leave", title=title, starts=starts), "The preference centre")


def senders(names: Names) -> Schema:
    """senders.yaml."""
    one = record("The brand as each channel writes it", **{channel: text() for channel in Channel})
    several = record(
        "Many senders out of a CSV file",
        {"list": text("The file", ["senders/franchises.csv"]), "key": text("The column whose value events name it by")},
    )
    return table(either({**one, "minProperties": 1}, several), "Senders by name")


def sources(names: Names) -> Schema:
    """sources.yaml."""
    one = record(
        "Where events come from",
        title=text("What people call it"),
        owner=text("Who is told when it is silent", ["it@shop.example"]),
        open=window("Its opening hours"),
        time_zone=ZONE_SAID,
        silent_after=duration("Silent for longer, it is not to be trusted"),
    )
    return table(one, "Sources by name")


def policy(names: Names) -> Schema:
    """policy.yaml."""
    cap = record(
        "How many messages one customer gets",
        {"at_most": whole(0, 1000), "per": word(["day", "week"])},
        topic=named(names.of("topics"), "Only those of this topic"),
        across=word(["senders"], "All senders together, as where nothing is said"),
        each=word(["sender"], "Each sender by itself"),
        over=word(["wait", "skip"], "What is too much waits, or is dropped"),
    )
    keep = record(
        "How long what happened is kept",
        **dict.fromkeys(("events", "messages", "decisions", "repeats", "rejected"), duration()),
    )
    case = either(word(CASES[:-1]), matching(AUDIENCE, "Many people", CASES[-1]))
    return record(
        "What holds for every journey",
        quiet_hours=window("The customer's own hours in which nobody writes"),
        caps=listed(cap),
        keep=keep,
        never_about=record("Nothing about what was bought", {"bought_or_similar": duration("For so long")}),
        control_group=percent("Customers outside all marketing"),
        approval=record(
            "What needs somebody else's word before it goes live",
            {"needed_for": listed(case, least=1), "by": word(["another person"])},
        ),
    )


def segments(names: Names) -> Schema:
    """segments.yaml."""
    return table(ref("conditions"), "Segments by name: who is in them")


def promos(names: Names) -> Schema:
    """promos.yaml."""
    one = record(
        "An offer with a code for each customer",
        {"codes": text("The file of its codes", ["codes/cart10.csv"]), "valid_for": duration("Once somebody has it")},
        where=listed(text(), "Where it is taken"),
        warn_below=whole(0, 10_000_000, "Say so when fewer codes are left"),
        when_empty=word(["skip", "send"], "What happens to a message without a code"),
    )
    return table(one, "Promos by name")


def webhooks(names: Names) -> Schema:
    """webhooks.yaml."""
    one = record(
        "Another system that journeys tell of something",
        {
            "url": text("Where it is", ["https://shop.example/hooks"]),
            "secret": matching(VARIABLE_NAME, "The environment variable with the key that signs", "HOOK_SECRET"),
        },
        title=text("What people call it"),
        method=word(METHODS, "How it is asked; POST, unless given"),
        headers=table(text(), "What else it is told", {"pattern": in_full(HEADER)}),
        timeout=duration("For how long an answer is waited for"),
        on_unknown=word(UNKNOWNS, "What happens when nobody can tell whether it heard"),
    )
    return table(one, "Webhooks by name")


def events(names: Names) -> Schema:
    """events.yaml."""
    alias = either(text(), listed(text()), said="Its name in Segment's format")
    properties = table(TYPE, "What it says", {"pattern": in_full(PROPERTY)})
    return table(record("An event", alias=alias, properties=properties), "Events by name")


def attributes(names: Names) -> Schema:
    """attributes.yaml."""
    return table(TYPE, "What the shop knows of its customers: `customer.NAME` in conditions")
