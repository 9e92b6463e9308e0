"""What one version asks of the database, compiled once: its conditions, exits, waits and quiet times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any

from kaskad.domain.cart import DERIVED_SUFFIX
from kaskad.domain.cascade import Order
from kaskad.domain.condition import AnyOf, Compare, Condition, EventMatch, Not, PathRef, ValueType
from kaskad.domain.entrance import DateEntrance, EventEntrance, list_of
from kaskad.domain.journey import Goal
from kaskad.domain.version import Version
from kaskad.storage.conditions import Compiler
from kaskad.storage.keys import key_sql
from kaskad.storage.paths import CART, CUSTOMER, PRODUCT, Scope, path_sql

# A row of a decision: an enrollment, as of an instant of its own.
ROWS = """WITH r AS (
  SELECT n.id AS enrollment_id, n.customer_id, q.at, n.entered_at, n.entry, n.entry_message_id, n.step, n.step_since
    FROM unnest(%(ids)s::bigint[], %(ats)s::timestamptz[]) AS q(id, at) JOIN enrollment n ON n.id = q.id)
"""
# The same shape for entries that an event may make, by their number: it asks only what the event itself says.
ENTRY_ROWS = """WITH r AS (
  SELECT q.n AS enrollment_id, q.customer_id, q.at, q.at AS entered_at, q.entry, '' AS entry_message_id,
         NULL::text AS step, NULL::timestamptz AS step_since
    FROM jsonb_to_recordset(%(rows)s) AS q(n bigint, customer_id bigint, at timestamptz, entry jsonb))
"""
# The entry that an event makes; where it makes several, one for each that its list holds (domain/entrance.py: entries).
ONE_ENTRY = "(SELECT e.properties AS entry)"
EACH_ENTRY = """(SELECT e.properties || item || jsonb_build_object({of}, jsonb_build_array(item)) AS entry
      FROM jsonb_array_elements(
             CASE jsonb_typeof(e.properties->{of}) WHEN 'array' THEN e.properties->{of} ELSE '[]' END) AS item
     WHERE jsonb_typeof(item) = 'object')"""
# Whether event `e` is the one that the entry is of: a message id is its source's own, another may have the same.
OWN_EVENT = f"""(e.occurred_at = r.entered_at
        AND r.entry_message_id IN (e.message_id, e.message_id || '{DERIVED_SUFFIX}'))"""
# Everybody whom one version let in from `since` to before `until`, as of the end of the goal's time.
ENTERED_ROWS = """WITH r AS (
  SELECT n.id AS enrollment_id, n.customer_id, least(n.entered_at + {within}, %(now)s) AS at, n.entered_at, n.entry,
         n.entry_message_id, n.step, n.step_since
    FROM enrollment n
   WHERE n.version_id = %(version)s AND n.mode = 'live' AND n.admitted_at IS NOT NULL
     AND n.entered_at >= coalesce(%(since)s::timestamptz, '-infinity')
     AND n.entered_at < coalesce(%(until)s::timestamptz, 'infinity'))
"""


@dataclass(frozen=True, slots=True)
class Question:
    """One statement and the values bound in it; the rows it is asked for come as `ids` and `ats`.

    The goal's rows come as `version`, `since`, `until` and `now`: it is asked of everybody at once. Those of
    `entry_where` come as `rows`: nobody has entered yet.
    """

    sql: str
    params: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Questions:
    """Everything a version asks; None where it asks nothing of the kind."""

    names: tuple[str, ...]  # the conditions, in the order of the columns c0, c1 …
    truths: Question | None
    exits: Question | None
    waits: Question | None
    quiet: Question | None
    entry_where: Question | None
    goal: Question | None
    values: tuple[tuple[str, ValueType], ...] = ()  # the paths, in the order of the columns v0, v1 …
    together: frozenset[str] = frozenset()  # the steps at which it matters who else stands there
    calls: bool = False  # whether another system is told of anything
    prefers: bool = False  # whether a cascade of it begins where the customer last answered


@lru_cache(maxsize=1024)
def questions(document: str) -> Questions:
    """The version's questions, from its stored text: workers meet the same versions all day."""
    version = Version.model_validate_json(document)
    conditions = version.program.conditions
    return Questions(
        names=tuple(conditions),
        truths=_truths(version),
        exits=_exits(version.journey.leave),
        waits=_waits(version),
        quiet=_quiet(version),
        entry_where=_entry_where(version),
        goal=_goal(version.journey.goal),
        values=tuple(version.program.values.items()),
        together=version.program.together,
        calls=version.program.calls,
        prefers=any(cascade.order is Order.PREFERRED for cascade in version.cascades()),
    )


def _truths(version: Version) -> Question | None:
    """The conditions, and what the profile says of the date that lets people in: it may have been changed."""
    conditions, enter = version.program.conditions, version.journey.enter
    compiler = Compiler()
    columns = [f"({compiler.all_of(asked, Scope())}) AS c{number}" for number, asked in enumerate(conditions.values())]
    if isinstance(enter, DateEntrance):
        columns.append(f"({path_sql(enter.date, ValueType.TEXT, Scope())})::text AS entrance_date")
    columns += [
        f"{_value(path, kind)} AS v{number}" for number, (path, kind) in enumerate(version.program.values.items())
    ]
    if not columns:
        return None
    sql = f"{ROWS} SELECT r.enrollment_id, {', '.join(columns)} FROM r {CUSTOMER} {CART} {PRODUCT}"
    return Question(sql, compiler.params)


def _value(path: str, kind: ValueType) -> str:
    """What a path says; a date as the text that it is, for it begins when the customer's own day does."""
    return path_sql(path, ValueType.TEXT if kind is ValueType.DATE else kind, Scope())


def _exits(leave: Sequence[EventMatch]) -> Question | None:
    """The first event since entry that ends the journey; the entry's own event never does."""
    if not leave:
        return None
    compiler = Compiler()
    names = compiler.bind(sorted({match.when for match in leave}), "text[]")
    matches = " OR ".join(f"({compiler.match(match)})" for match in leave)
    sql = f"""{ROWS} SELECT DISTINCT ON (r.enrollment_id) r.enrollment_id, e.message_id, e.name, e.occurred_at,
       e.properties->>'place' AS place, e.properties->>'store' AS store
  FROM r JOIN event e ON e.customer_id = r.customer_id AND e.name = ANY({names})
   AND e.occurred_at >= r.entered_at AND e.occurred_at <= r.at
   AND NOT {OWN_EVENT}
  {CUSTOMER} {CART} {PRODUCT} WHERE {matches} ORDER BY r.enrollment_id, e.occurred_at, e.message_id"""
    return Question(sql, compiler.params)


def _waits(version: Version) -> Question | None:
    """When what a `wait_for` waits for came, for those who stand at it."""
    if not version.program.waits:
        return None
    compiler = Compiler()
    names = compiler.bind(sorted({match.when for match in version.program.waits.values()}), "text[]")
    arms = [
        f"(r.step = {compiler.bind(step, 'text')} AND {compiler.match(match)})"
        for step, match in version.program.waits.items()
    ]
    sql = f"""{ROWS} SELECT r.enrollment_id, r.step, min(e.occurred_at) FILTER (WHERE {" OR ".join(arms)}) AS at
  FROM r LEFT JOIN event e ON e.customer_id = r.customer_id AND e.name = ANY({names})
   AND e.occurred_at >= r.step_since AND e.occurred_at <= r.at
  {CUSTOMER} {CART} {PRODUCT} WHERE r.step LIKE 'wait_for:%%' GROUP BY r.enrollment_id, r.step"""
    return Question(sql, compiler.params)


def _quiet(version: Version) -> Question | None:
    """Finds the last trigger before the quiet time ended, in the ledger's own order, and enters with that one.

    Derived from the ledger, so that it does not matter in which order the triggers arrived.
    """
    enter = version.journey.enter
    if not isinstance(enter, EventEntrance) or not enter.quiet_for.longest:
        return None
    compiler = Compiler()
    where = compiler.all_of(_of_event_alone(enter.where), Scope())
    # The conditions speak of r.entry: here that is the trigger itself.
    quiet = compiler.bind(timedelta(seconds=enter.quiet_for.seconds, days=enter.quiet_for.days), "interval")
    entry = EACH_ENTRY.format(of=compiler.bind(list_of(enter.for_each), "text")) if enter.for_each else ONE_ENTRY
    same = f"{key_sql(enter.once_per, 'i.entry')} = {key_sql(enter.once_per, 'r.entry')}"
    sql = f"""WITH t AS (
  SELECT n.id, e.occurred_at, e.message_id, i.entry,
         lead(e.occurred_at) OVER (PARTITION BY n.id ORDER BY e.occurred_at, e.message_id) AS following
    FROM unnest(%(ids)s::bigint[], %(ats)s::timestamptz[]) AS q(id, at)
    JOIN enrollment n ON n.id = q.id AND n.status = 'candidate' AND NOT n.direct
    CROSS JOIN LATERAL (SELECT n.entry, n.customer_id, n.entered_at, q.at) AS r
    JOIN event e ON e.customer_id = n.customer_id AND e.name = {compiler.bind(enter.when, "text")}
     AND e.occurred_at >= n.entered_at AND e.occurred_at <= q.at
    CROSS JOIN LATERAL {entry} AS i
    CROSS JOIN LATERAL (SELECT ({where.replace("r.entry", "i.entry")}) AS holds) AS w WHERE w.holds AND {same}),
last AS (SELECT DISTINCT ON (id) * FROM t WHERE following IS NULL OR following > occurred_at + {quiet}
          ORDER BY id, occurred_at, message_id)
UPDATE enrollment n SET entered_at = last.occurred_at, entry = last.entry, entry_message_id = last.message_id
  FROM last WHERE n.id = last.id RETURNING n.id, n.entered_at, n.entry"""
    return Question(sql, compiler.params)


def _entry_where(version: Version) -> Question | None:
    """Which events let somebody in, as far as the event itself tells; the rest of `where` is for admission."""
    enter = version.journey.enter
    if not isinstance(enter, EventEntrance):
        return None
    if not (asked := _of_event_alone(enter.where)):
        return None
    compiler = Compiler()
    sql = f"{ENTRY_ROWS} SELECT r.enrollment_id FROM r WHERE ({compiler.all_of(asked, Scope())})"
    return Question(sql, compiler.params)


def _goal(goal: Goal | None) -> Question | None:
    """How many of those who entered reached the goal in time; the entry's own event never counts."""
    if goal is None:
        return None
    compiler = Compiler()
    within = compiler.bind(timedelta(seconds=goal.within.seconds, days=goal.within.days), "interval")
    name, match = compiler.bind(goal.when, "text"), compiler.match(goal)
    joins = f"{CUSTOMER} {CART} {PRODUCT}" if goal.where else ""  # millions of rows: only what is asked for
    sql = f"""{ENTERED_ROWS.format(within=within)} SELECT count(DISTINCT r.enrollment_id) AS people
  FROM r JOIN event e ON e.customer_id = r.customer_id AND e.name = {name}
   AND e.occurred_at >= r.entered_at AND e.occurred_at <= r.at AND NOT {OWN_EVENT}
  {joins} WHERE {match}"""
    return Question(sql, compiler.params)


def _of_event_alone(conditions: Sequence[Condition]) -> tuple[Condition, ...]:
    return tuple(condition for condition in conditions if _asks_event_alone(condition))


def _asks_event_alone(condition: Condition) -> bool:
    match condition:
        case Compare(path=path, value=value):
            paths = [path, value.path] if isinstance(value, PathRef) else [path]
            return all(one.split(".")[0] in ("event", "order", "area") for one in paths)
        case AnyOf(of=parts) | Not(of=parts):
            return all(map(_asks_event_alone, parts))
    return False
