"""The JSON Schemas of the project's files besides journeys."""

from __future__ import annotations

from kaskad.config.project_files.events import PROPERTY
from kaskad.config.project_files.formats import DECIMAL_MARKS
from kaskad.config.project_files.identities import LONGEST, MOST
from kaskad.config.project_files.policy import APPROVAL_CASES, AUDIENCE
from kaskad.config.project_files.provider_success import PATH
from kaskad.config.project_files.providers import ON_UNKNOWN_VALUES, VARIABLE_NAME
from kaskad.config.project_files.shop import CURRENCY, HOST, LOCALE, REGION, WEB
from kaskad.config.project_files.webhooks import HEADER, METHODS
from kaskad.config.schema.names import ProjectNames
from kaskad.config.schema.parts import (
    BOOLEAN,
    Schema,
    any_of,
    array_schema,
    duration_schema,
    enum_schema,
    integer_schema,
    map_schema,
    money_schema,
    name_schema,
    object_schema,
    pattern_schema,
    percent_schema,
    rate_schema,
    reference,
    text_schema,
    to_json_pattern,
    window_schema,
)
from kaskad.config.yaml.time_zones import ZONE
from kaskad.domain.channel import Channel
from kaskad.domain.identities.rules import USER_ID
from kaskad.domain.journeys.condition import ValueType
from kaskad.domain.permission import Permission

VALUE_TYPE = enum_schema(ValueType, "What kind of value it is")
RATE: Schema = {"type": "number", "exclusiveMinimum": 0}
TIME_ZONE = pattern_schema(ZONE, "A time zone, like Europe/Moscow", "Europe/Moscow")


def shop_schema(names: ProjectNames) -> Schema:
    """shop.yaml."""
    return object_schema(
        "The shop itself, as templates see it",
        name=text_schema("What the shop is called"),
        url=pattern_schema(WEB, "Its web address", "https://shop.example"),
        hosts=array_schema(
            pattern_schema(HOST, "A host", "cdn.shop.example"), "Where links and pictures from events may lead", least=1
        ),
        currency=pattern_schema(CURRENCY, "The currency of every price", "RUB"),
        locale=pattern_schema(LOCALE, "The language of those of whom none is known", "ru"),
        time_zone=TIME_ZONE,
        region=pattern_schema(REGION, "The country whose telephone numbers are written without one", "RU"),
        phone=text_schema("Its telephone number"),
        rates=map_schema(RATE, "What one unit of another currency is worth in the shop's own, like KZT: 0.19"),
    )


def providers_schema(names: ProjectNames) -> Schema:
    """providers.yaml."""
    provider = object_schema(
        "Who carries messages",
        {
            "adapter": text_schema("How it is spoken to", ["http", "smtp"]),
            "url": text_schema(
                "Where it is; ${NAME:-default} comes from the environment", ["https://sms.example/send"]
            ),
        },
        secret=pattern_schema(VARIABLE_NAME, "The environment variable that holds its secret", "SMS_SECRET"),
        keeps_keys=duration_schema("How long it takes a second call under the same key for the first"),
        options={"description": "What its adapter takes besides", "type": "object"},
        success=_success(),
    )
    return map_schema(provider, "Providers by name")


def _success() -> Schema:
    value: Schema = {"type": ["string", "number", "boolean", "null"]}
    paths = map_schema(
        any_of(value, array_schema(value, least=1)), "Values at paths", {"pattern": to_json_pattern(PATH)}
    )
    return object_schema(
        "What an answer looks like that took the message, where it is not JSON without an error",
        status=array_schema(integer_schema(200, 299), "One of these", least=1),
        body=enum_schema(["any"], "Whatever it holds"),
        text=array_schema(text_schema(), "All of it is one of these, capitals or not", least=1),
        starts=array_schema(text_schema(), "It begins with one of these, capitals or not", least=1),
        json={**paths, "minProperties": 1},
        id=pattern_schema(PATH, "The path of the provider's own id", "messages.0.id"),
    )


def channels_schema(names: ProjectNames) -> Schema:
    """channels.yaml."""
    channel = object_schema(
        "Price and pace of a channel, and who carries it",
        {"cost": money_schema("The price of one message")},
        providers=array_schema(
            name_schema(names.of("providers"), "One of providers.yaml"), "In failover order", least=1
        ),
        rate=rate_schema("How many each provider takes"),
        concurrency=integer_schema(1, 10_000, "How many calls at once, of each worker"),
        on_unknown=enum_schema(ON_UNKNOWN_VALUES, "What happens when nobody can tell whether a message went"),
        deadline=duration_schema("How long one tries to find out"),
    )
    return object_schema("Channels", **dict.fromkeys(Channel, channel))


def topics_schema(names: ProjectNames) -> Schema:
    """topics.yaml."""
    title = map_schema(text_schema(), "Its name in each language", {"pattern": to_json_pattern(LOCALE)})
    starts = enum_schema(["subscribed", "unsubscribed"], "How everybody begins; subscribed, unless given")
    return map_schema(
        object_schema("A topic that people may leave", title=title, starts=starts), "The preference centre"
    )


def senders_schema(names: ProjectNames) -> Schema:
    """senders.yaml."""
    sender = object_schema("The brand as each channel writes it", **{channel: text_schema() for channel in Channel})
    several = object_schema(
        "Many senders out of a CSV file",
        {
            "list": text_schema("The file", ["senders/franchises.csv"]),
            "key": text_schema("The column whose value events name it by"),
        },
    )
    return map_schema(any_of({**sender, "minProperties": 1}, several), "Senders by name")


def sources_schema(names: ProjectNames) -> Schema:
    """sources.yaml."""
    source = object_schema(
        "Where events come from",
        title=text_schema("What people call it"),
        owner=text_schema("Who is told when it is silent", ["it@shop.example"]),
        open=window_schema("Its opening hours"),
        time_zone=TIME_ZONE,
        silent_after=duration_schema("Silent for longer, it is not to be trusted"),
        formats=formats_schema(),
        public=BOOLEAN,
        may=array_schema(enum_schema(Permission), "The kinds of events that it may tell", least=1),
    )
    return map_schema(source, "Sources by name")


def formats_schema() -> Schema:
    """`formats` of a source, and `values` of an import's map."""

    def formats(title: str, example: str) -> Schema:
        return any_of(text_schema(title, [example]), array_schema(text_schema(title, [example]), title, least=1))

    return object_schema(
        "How it writes times, dates and numbers",
        time=formats("Its times, in its own time zone", "DD.MM.YYYY HH:mm"),
        date=formats("Its dates", "DD.MM.YYYY"),
        decimal=enum_schema(list(DECIMAL_MARKS), "The mark before the fraction"),
    )


def policy_schema(names: ProjectNames) -> Schema:
    """policy.yaml."""
    cap = object_schema(
        "How many messages one customer gets",
        {"at_most": integer_schema(0, 1000), "per": enum_schema(["day", "week"])},
        topic=name_schema(names.of("topics"), "Only those of this topic"),
        across=enum_schema(["senders"], "All senders together, as where nothing is said"),
        each=enum_schema(["sender"], "Each sender by itself"),
        over=enum_schema(["wait", "skip"], "What is too much waits, or is dropped"),
    )
    keep = object_schema(
        "How long what happened is kept",
        **dict.fromkeys(("events", "messages", "decisions", "repeats", "rejected"), duration_schema()),
    )
    case = any_of(enum_schema(APPROVAL_CASES[:-1]), pattern_schema(AUDIENCE, "Many people", APPROVAL_CASES[-1]))
    return object_schema(
        "What holds for every journey",
        quiet_hours=window_schema("The customer's own hours in which nobody writes"),
        caps=array_schema(cap),
        keep=keep,
        never_about=_never_about_schema(),
        control_group=percent_schema("Customers outside all marketing"),
        approval=object_schema(
            "What needs somebody else's word before it goes live",
            {"needed_for": array_schema(case, least=1), "by": enum_schema(["another person"])},
        ),
        double_opt_in=array_schema(enum_schema(["email"]), "Consent counts there once the address is confirmed"),
    )


def _never_about_schema() -> Schema:
    again = array_schema(text_schema("A category", ["pizza"]), "Categories of what people buy again")
    whole = object_schema(
        "Nothing about what was bought",
        {"same": duration_schema("Nothing about the very product for so long")},
        similar=duration_schema("Nothing about its like for so long"),
        again=duration_schema("Nothing about the very product for so long, if people buy it again"),
        bought_again=again,
    )
    both = duration_schema("`same` and `similar` in one")
    old = object_schema("As it was written before", {"bought_or_similar": both})
    return any_of(whole, old, said="Nothing about what was bought")


def segments_schema(names: ProjectNames) -> Schema:
    """segments.yaml."""
    return map_schema(reference("conditions"), "Segments by name: who is in them")


def promos_schema(names: ProjectNames) -> Schema:
    """promos.yaml."""
    promo = object_schema(
        "An offer with a code for each customer",
        {
            "codes": text_schema("The file of its codes", ["codes/cart10.csv"]),
            "valid_for": duration_schema("Once somebody has it"),
        },
        where=array_schema(text_schema(), "Where it is taken"),
        warn_below=integer_schema(0, 10_000_000, "Say so when fewer codes are left"),
        when_empty=enum_schema(["skip", "send"], "What happens to a message without a code"),
    )
    return map_schema(promo, "Promos by name")


def webhooks_schema(names: ProjectNames) -> Schema:
    """webhooks.yaml."""
    webhook = object_schema(
        "Another system that journeys tell of something",
        {
            "url": text_schema("Where it is", ["https://shop.example/hooks"]),
            "secret": pattern_schema(VARIABLE_NAME, "The environment variable with the key that signs", "HOOK_SECRET"),
        },
        title=text_schema("What people call it"),
        method=enum_schema(METHODS, "How it is asked; POST, unless given"),
        headers=map_schema(text_schema(), "What else it is told", {"pattern": to_json_pattern(HEADER)}),
        timeout=duration_schema("For how long an answer is waited for"),
        on_unknown=enum_schema(ON_UNKNOWN_VALUES, "What happens when nobody can tell whether it heard"),
    )
    return map_schema(webhook, "Webhooks by name")


def identities_schema(names: ProjectNames) -> Schema:
    """identities.yaml."""
    kind = object_schema(
        "A kind of ids",
        join=BOOLEAN,
        most=integer_schema(1, MOST, "How many of it one person may have"),
        min_length=integer_schema(1, LONGEST, "A shorter one is nobody's"),
    )
    kinds = map_schema(any_of(kind, {"type": "null"}, said="A kind of ids"), "Kinds by name, the strongest first")
    return object_schema(
        "What says who somebody is, and what joins two customers",
        kinds={**kinds, "required": [USER_ID]},
        none=array_schema(text_schema(), "Values that are nobody's id"),
    )


def events_schema(names: ProjectNames) -> Schema:
    """events.yaml."""
    alias = any_of(text_schema(), array_schema(text_schema()), said="Its name in Segment's format")
    properties = map_schema(VALUE_TYPE, "What it says", {"pattern": to_json_pattern(PROPERTY)})
    return map_schema(object_schema("An event", alias=alias, properties=properties), "Events by name")


def attributes_schema(names: ProjectNames) -> Schema:
    """attributes.yaml."""
    return map_schema(VALUE_TYPE, "What the shop knows of its customers: `customer.NAME` in conditions")
