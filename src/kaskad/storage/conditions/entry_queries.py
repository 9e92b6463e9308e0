"""Compiles the queries about trigger events: which of them start a journey, and which is the last of a quiet time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kaskad.domain.journeys.condition import AnyOf, Compare, Condition, Not, PathRef
from kaskad.domain.journeys.entry_trigger import EventTrigger, list_property
from kaskad.domain.journeys.version import Version
from kaskad.storage.conditions.compiler import ConditionCompiler
from kaskad.storage.conditions.entry_keys import compile_entry_key
from kaskad.storage.conditions.paths import PathScope

SqlAndParams = tuple[str, dict[str, Any]]  # a statement, and its parameters
# The decision rows (version_queries.py) for entries that an event may make, by their number: the conditions here use
# only the event itself.
ENTRY_ROWS = """WITH r AS (
  SELECT q.n AS enrollment_id, q.customer_id, q.at, q.at AS entered_at, q.entry, '' AS entry_message_id,
         NULL::text AS step, NULL::timestamptz AS step_since
    FROM jsonb_to_recordset(%(rows)s) AS q(n bigint, customer_id bigint, at timestamptz, entry jsonb))
"""
# The entry that an event makes; with `for_each`, one entry for each item of its list
# (domain/journeys/entry_trigger.py: entries).
ONE_ENTRY = "(SELECT e.properties AS entry)"
EACH_ENTRY = """(SELECT e.properties || item || jsonb_build_object({of}, jsonb_build_array(item)) AS entry
      FROM jsonb_array_elements(
             CASE jsonb_typeof(e.properties->{of}) WHEN 'array' THEN e.properties->{of} ELSE '[]' END) AS item
     WHERE jsonb_typeof(item) = 'object')"""
LAST_TRIGGER = """WITH t AS (
  SELECT n.id, e.occurred_at, e.message_id, i.entry,
         lead(e.occurred_at) OVER (PARTITION BY n.id ORDER BY e.occurred_at, e.message_id) AS following
    FROM unnest(%(ids)s::bigint[], %(ats)s::timestamptz[]) AS q(id, at)
    JOIN enrollment n ON n.id = q.id AND n.status = 'candidate' AND NOT n.direct
    CROSS JOIN LATERAL (SELECT n.entry, n.customer_id, n.entered_at, q.at) AS r
    JOIN event e ON e.customer_id = n.customer_id AND e.name = {name}
     AND e.occurred_at >= n.entered_at AND e.occurred_at <= q.at
    CROSS JOIN LATERAL {entry} AS i
    CROSS JOIN LATERAL (SELECT ({where}) AS holds) AS w WHERE w.holds AND {same}),
last AS (SELECT DISTINCT ON (id) * FROM t WHERE following IS NULL OR following > occurred_at + {length}
          ORDER BY id, occurred_at, message_id)
UPDATE enrollment n SET entered_at = last.occurred_at, entry = last.entry, entry_message_id = last.message_id
  FROM last WHERE n.id = last.id RETURNING n.id, n.entered_at, n.entry"""


def compile_quiet_time(version: Version) -> SqlAndParams | None:
    """Finds the last trigger before the quiet time ended, in the order of the event store, and enters with that one.

    It is computed from the event store, so the order in which the triggers arrived does not matter.
    """
    enter = version.journey.enter
    if not isinstance(enter, EventTrigger) or not enter.quiet_for.longest:
        return None
    compiler = ConditionCompiler()
    where = compiler.all_of(_select_event_only(enter.where), PathScope())
    length = compiler.bind(enter.quiet_for.as_timedelta, "interval")
    entry = EACH_ENTRY.format(of=compiler.bind(list_property(enter.for_each), "text")) if enter.for_each else ONE_ENTRY
    name = compiler.bind(enter.when, "text")
    same = f"{compile_entry_key(enter.once_per, 'i.entry')} = {compile_entry_key(enter.once_per, 'r.entry')}"
    where = where.replace("r.entry", "i.entry")  # the conditions are about the entry: here it is the trigger's own
    return LAST_TRIGGER.format(name=name, entry=entry, where=where, same=same, length=length), compiler.params


def compile_entry_filter(version: Version) -> SqlAndParams | None:
    """Which events start the journey, as far as the event itself shows; the rest of `where` is checked at admission."""
    enter = version.journey.enter
    if not isinstance(enter, EventTrigger):
        return None
    if not (asked := _select_event_only(enter.where)):
        return None
    compiler = ConditionCompiler()
    sql = f"{ENTRY_ROWS} SELECT r.enrollment_id FROM r WHERE ({compiler.all_of(asked, PathScope())})"
    return sql, compiler.params


def _select_event_only(conditions: Sequence[Condition]) -> tuple[Condition, ...]:
    return tuple(condition for condition in conditions if _is_event_only(condition))


def _is_event_only(condition: Condition) -> bool:
    match condition:
        case Compare(path=path, value=value):
            paths = [path, value.path] if isinstance(value, PathRef) else [path]
            return all(path.split(".")[0] in ("event", "order", "area") for path in paths)
        case AnyOf(of=parts) | Not(of=parts):
            return all(map(_is_event_only, parts))
    return False
