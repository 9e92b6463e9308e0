"""All queries of one version, compiled once: its conditions, exits, waits and quiet times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from typing import Any

from kaskad.domain.cart import DERIVED_SUFFIX, ORDERED, UNCHANGED, UPDATED
from kaskad.domain.decisions.never_about import asks_about_purchases
from kaskad.domain.duration import Duration
from kaskad.domain.journeys.cascade import CascadeOrder
from kaskad.domain.journeys.condition import EventMatch, SameAs, ValueType
from kaskad.domain.journeys.entry_trigger import DateTrigger
from kaskad.domain.journeys.journey import Goal
from kaskad.domain.journeys.version import Version
from kaskad.storage.conditions.compiler import ConditionCompiler
from kaskad.storage.conditions.entry_queries import SqlAndParams, compile_entry_filter, compile_quiet_time
from kaskad.storage.conditions.paths import CART, CUSTOMER, PRODUCT, PathScope, compile_events, compile_path

# A decision row: an enrollment, as of its own instant.
ENROLLMENT_ROWS = """WITH r AS (
  SELECT n.id AS enrollment_id, n.customer_id, q.at, n.entered_at, n.entry, n.entry_message_id, n.step, n.step_since
    FROM unnest(%(ids)s::bigint[], %(ats)s::timestamptz[]) AS q(id, at) JOIN enrollment n ON n.id = q.id)
"""
# Whether event `e` is the entry's own event: message ids are unique only within their source.
OWN_EVENT = f"""(e.occurred_at = r.entered_at
        AND r.entry_message_id IN (e.message_id, e.message_id || '{DERIVED_SUFFIX}'))"""
UNDOES_ORDER = ("order_cancelled", "order_returned")
# All customers who entered with one version from `since` to before `until`, as of the end of the goal's time.
GOAL_ROWS = """WITH r AS (
  SELECT n.id AS enrollment_id, n.customer_id, least(n.entered_at + {within}, %(now)s) AS at, n.entered_at, n.entry,
         n.entry_message_id, n.step, n.step_since
    FROM enrollment n
   WHERE n.version_id = %(version)s AND n.mode = 'live' AND n.admitted_at IS NOT NULL
     AND n.entered_at >= coalesce(%(since)s::timestamptz, '-infinity')
     AND n.entered_at < coalesce(%(until)s::timestamptz, 'infinity'))
"""


@dataclass(frozen=True, slots=True)
class CompiledQuery:
    """One statement and its parameters; the rows are given as `ids` and `ats`.

    The goal's rows are given as `version`, `since`, `until` and `now`: it counts all enrollments at once. Those of
    `compile_entry_filter` are given as `rows`: there is no enrollment yet.
    """

    sql: str
    params: dict[str, Any]


@dataclass(frozen=True, slots=True)
class VersionQueries:
    """All queries of a version; None if it needs none of that kind."""

    names: tuple[str, ...]  # the conditions, in the order of the columns c0, c1 …
    truths: CompiledQuery | None
    exits: CompiledQuery | None
    waits: CompiledQuery | None
    quiet: CompiledQuery | None
    entry_where: CompiledQuery | None
    goal: CompiledQuery | None
    values: tuple[tuple[str, ValueType], ...] = ()  # the paths, in the order of the columns v0, v1 …
    together: frozenset[str] = frozenset()  # the steps that need the sibling enrollments
    calls: Mapping[str, str] = field(default_factory=dict)  # webhook steps → their webhook
    limits_reentry: bool = True  # whether other entries of the journey can block this one
    near: timedelta | None = None  # how far before or after an entry others count; None: no limit
    asks_purchases: bool = True  # whether what was bought can forbid a message of it
    prefers_channel: bool = False  # whether a cascade of it starts with the channel of the last response


@lru_cache(maxsize=1024)
def compile_version_queries(document: str) -> VersionQueries:
    """The version's queries, from its stored text; cached, because workers use the same versions all day."""
    version = Version.model_validate_json(document)
    conditions = version.program.conditions
    return VersionQueries(
        names=tuple(conditions),
        truths=_compile_conditions(version),
        exits=_compile_exits(version.journey.leave, by_cart=UPDATED in version.triggers()),
        waits=_compile_waits(version),
        quiet=_as_query(compile_quiet_time(version)),
        entry_where=_as_query(compile_entry_filter(version)),
        goal=_compile_goal(version.journey.goal),
        values=tuple(version.program.values.items()),
        together=version.program.together,
        calls=version.program.calls,
        limits_reentry=version.journey.enter.again_after != "always",
        near=_near(version),
        asks_purchases=asks_about_purchases(version.journey),
        prefers_channel=any(cascade.order is CascadeOrder.PREFERRED for cascade in version.cascades()),
    )


def _near(version: Version) -> timedelta | None:
    """The reach of `again_after`. An entry merged into another's message counts, however far apart they are."""
    again = version.journey.enter.again_after
    return again.longest if isinstance(again, Duration) and not version.program.together else None


def _as_query(asked: SqlAndParams | None) -> CompiledQuery | None:
    return CompiledQuery(*asked) if asked else None


def _compile_conditions(version: Version) -> CompiledQuery | None:
    """The conditions, and the profile's value of the date trigger: it may have been changed."""
    conditions, enter = version.program.conditions, version.journey.enter
    compiler = ConditionCompiler()
    columns = [
        f"({compiler.all_of(asked, PathScope())}) AS c{number}" for number, asked in enumerate(conditions.values())
    ]
    if isinstance(enter, DateTrigger):
        columns.append(f"({compile_path(enter.date, ValueType.TEXT, PathScope())})::text AS entrance_date")
    columns += [
        f"{_compile_value(path, kind)} AS v{number}"
        for number, (path, kind) in enumerate(version.program.values.items())
    ]
    if not columns:
        return None
    sql = f"{ENROLLMENT_ROWS} SELECT r.enrollment_id, {', '.join(columns)} FROM r {CUSTOMER} {CART} {PRODUCT}"
    return CompiledQuery(sql, compiler.params)


def _compile_value(path: str, kind: ValueType) -> str:
    """The value of a path; a date as text, because it begins with the customer's own day."""
    return compile_path(path, ValueType.TEXT if kind is ValueType.DATE else kind, PathScope())


def _compile_exits(leave: Sequence[EventMatch], *, by_cart: bool) -> CompiledQuery | None:
    """The first event since entry that ends the journey; the entry's own event never does.

    Unless it turned out to be none: an order that came late may show that a cart was only sent again.
    """
    if not leave and not by_cart:
        return None
    compiler = ConditionCompiler()
    again = [UNCHANGED] if by_cart else []
    own = f"({OWN_EVENT} AND e.name <> '{UNCHANGED}')" if by_cart else OWN_EVENT
    names = compiler.bind(sorted({*(match.when for match in leave), *again}), "text[]")
    matches = " OR ".join(
        [f"({compiler.match(match)})" for match in leave]
        + [
            f"(e.name = '{name}' AND e.occurred_at = r.entered_at AND e.message_id = r.entry_message_id)"
            for name in again
        ]
    )
    sql = f"""{ENROLLMENT_ROWS}
            SELECT DISTINCT ON (r.enrollment_id) r.enrollment_id, e.message_id, e.name, e.occurred_at,
       e.properties->>'place' AS place, e.properties->>'store' AS store
  FROM r JOIN event e ON e.customer_id = r.customer_id AND e.name = ANY({names})
   AND e.occurred_at >= {_exits_since(leave)} AND e.occurred_at <= r.at
   AND NOT {own}
  {CUSTOMER} {CART} {PRODUCT} WHERE {matches} ORDER BY r.enrollment_id, e.occurred_at, e.message_id"""
    return CompiledQuery(sql, compiler.params)


def _exits_since(leave: Sequence[EventMatch]) -> str:
    """SQL for the time from which events end the entry: from it on, except for an entry whose own order was undone.

    A cancellation of the very order may be dated before it: two sources have two clocks.
    """
    undone = [match.when for match in leave if match.when in UNDOES_ORDER and match.same is SameAs.ORDER]
    if not undone:
        return "r.entered_at"
    return f"CASE WHEN e.name IN ({', '.join(map(repr, undone))}) THEN '-infinity' ELSE r.entered_at END"


def _compile_waits(version: Version) -> CompiledQuery | None:
    """When the event of a `wait_for` came, for enrollments at that step."""
    if not version.program.waits:
        return None
    compiler = ConditionCompiler()
    names = compiler.bind(sorted({match.when for match in version.program.waits.values()}), "text[]")
    arms = [
        f"(r.step = {compiler.bind(step, 'text')} AND {compiler.match(match)})"
        for step, match in version.program.waits.items()
    ]
    sql = f"""{ENROLLMENT_ROWS}
            SELECT r.enrollment_id, r.step, min(e.occurred_at) FILTER (WHERE {" OR ".join(arms)}) AS at
  FROM r LEFT JOIN event e ON e.customer_id = r.customer_id AND e.name = ANY({names})
   AND e.occurred_at >= r.step_since AND e.occurred_at <= r.at
  {CUSTOMER} {CART} {PRODUCT} WHERE r.step LIKE 'wait_for:%%' GROUP BY r.enrollment_id, r.step"""
    return CompiledQuery(sql, compiler.params)


def _compile_goal(goal: Goal | None) -> CompiledQuery | None:
    """How many enrollments reached the goal in time; the entry's own event never counts.

    What was cancelled or returned by now, however much later, was not bought.
    """
    if goal is None:
        return None
    compiler = ConditionCompiler()
    within = compiler.bind(goal.within.as_timedelta, "interval")
    name, match = compiler.bind(goal.when, "text"), compiler.match(goal)
    joins = f"{CUSTOMER} {CART} {PRODUCT}" if goal.where else ""  # millions of rows: join only what is needed
    sql = f"""{GOAL_ROWS.format(within=within)} SELECT count(DISTINCT r.enrollment_id) AS people
  FROM r JOIN {"LATERAL " if goal.when == ORDERED else ""}{compile_events(goal.when, "%(now)s")} e
    ON e.customer_id = r.customer_id AND e.name = {name}
   AND e.occurred_at >= r.entered_at AND e.occurred_at <= r.at AND NOT {OWN_EVENT}
  {joins} WHERE {match}"""
    return CompiledQuery(sql, compiler.params)
