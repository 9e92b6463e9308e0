"""The house: customers and their events, journeys and enrollments, messages and decisions.

Revision ID: 0001
"""

from __future__ import annotations

from alembic import op

from kaskad.storage.migrations.first_schema import (
    alerts,
    enrollments,
    entrances,
    events,
    messages,
    offers,
    people,
    provider_health,
    published,
    shop,
    webhooks,
)

revision = "0001"
down_revision = None

# What marketers compare comes as text out of JSON: what is no number, time or truth is unknown, never an error.
FUNCTIONS = (
    """CREATE FUNCTION as_number(value text) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT CASE WHEN value ~ '^[-+]?[0-9]{1,30}([.][0-9]{1,30})?$' THEN value::numeric END $$""",
    """CREATE FUNCTION as_boolean(value text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT CASE lower(value) WHEN 'true' THEN true WHEN 'false' THEN false END $$""",
    """CREATE FUNCTION as_time(value text) RETURNS timestamptz LANGUAGE plpgsql STABLE PARALLEL SAFE AS
    $$ DECLARE said timestamptz;
    BEGIN
        said := CASE WHEN value ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}' THEN value::timestamptz END;
        RETURN CASE WHEN said >= '0002-01-01 UTC' AND said < '9999-01-01 UTC' THEN said END;  -- that programs can hold
    EXCEPTION WHEN data_exception THEN RETURN NULL;
    END $$""",
)

# Rows that change in place stay where they are (HOT); what they leave behind is cleared early. A partitioned table has
# no settings of its own: its months take those of its default.
HOT = {
    "customer": "fillfactor = 80",
    "cart": "fillfactor = 80",
    "enrollment": "fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01",
    "message_default": "fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01",
}


def upgrade() -> None:
    """Creates everything, and the two tables that have one row."""
    for aggregate in (
        alerts,
        provider_health,
        enrollments,
        entrances,
        events,
        messages,
        offers,
        people,
        published,
        shop,
        webhooks,
    ):
        aggregate.create()
    for table, options in HOT.items():
        op.execute(f"ALTER TABLE {table} SET ({options})")
    for function in FUNCTIONS:
        op.execute(function)
    op.execute("INSERT INTO config_generation (single, generation) VALUES (true, 0)")
    op.execute("INSERT INTO clock (single) VALUES (true)")
