"""Orders that stand, carts in their currency, and the rates of the shop.

Revision ID: 0014
"""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"

INDEX = "event_of_order"
ON = "((properties ->> 'order_id'), customer_id)"
WHERE = "name IN ('order_completed', 'order_cancelled', 'order_returned')"
# What is left of an order after its returns, null if nothing is: it was cancelled, or all of it came back. A return
# without lines takes back everything, unless its total is less than the order's. A return that two sources tell counts
# once. A line without a quantity takes back all of its product; money that cannot be computed is the text "unknown",
# and so is what is left after a return that could not be read.
# Money in another currency than the order's says nothing: of lines the order's own prices count.
LEFT = """
CREATE OR REPLACE FUNCTION order_after_returns(who bigint, said jsonb, at timestamptz) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
  bought jsonb := CASE jsonb_typeof(said->'products') WHEN 'array' THEN said->'products' ELSE '[]' END;
  total numeric := coalesce(as_number(said->>'total'), as_number(said->>'revenue'));
  refund numeric := 0;
  unread boolean;
  back jsonb; item jsonb; field text; line jsonb; worth numeric; due numeric; took numeric; had numeric; same boolean;
BEGIN
  IF EXISTS (SELECT FROM event x WHERE x.customer_id = who AND x.properties->>'order_id' = said->>'order_id'
                AND x.name = 'order_cancelled' AND x.occurred_at <= at) THEN
    RETURN NULL;
  END IF;
  FOR back, unread IN
    SELECT DISTINCT ON (o.properties->'products', o.properties->>'total', o.n)
           o.properties, coalesce(o.spoiled && '{total,products}', false)
      FROM (SELECT x.properties, x.spoiled, x.source,
                   row_number() OVER (PARTITION BY x.source, x.properties->'products', x.properties->>'total'
                                      ORDER BY x.occurred_at, x.message_id, x.id) AS n
              FROM event x WHERE x.customer_id = who AND x.properties->>'order_id' = said->>'order_id'
               AND x.name = 'order_returned' AND x.occurred_at <= at) o
     ORDER BY o.properties->'products', o.properties->>'total', o.n, o.source
  LOOP
    IF unread THEN
      refund := NULL;
      CONTINUE;
    END IF;
    same := coalesce(back->>'currency', '') = '' OR upper(back->>'currency') = upper(said->>'currency')
      OR (coalesce(said->>'currency', '') = '' AND EXISTS (
          SELECT FROM config_generation g WHERE as_number(g.rates->>upper(back->>'currency')) = 1));
    IF jsonb_typeof(back->'products') IS DISTINCT FROM 'array' OR back->'products' = '[]' THEN
      IF coalesce(NOT same OR as_number(back->>'total') >= total, true) THEN
        RETURN NULL;
      END IF;
      refund := refund + as_number(back->>'total');
      CONTINUE;
    END IF;
    worth := 0;
    FOR item IN SELECT value FROM jsonb_array_elements(back->'products') WHERE jsonb_typeof(value) = 'object' LOOP
      due := as_number(item->>'quantity');
      FOR i IN 0 .. jsonb_array_length(bought) - 1 LOOP
        line := bought->i;
        CONTINUE WHEN jsonb_typeof(line) <> 'object' OR due <= 0
          OR coalesce(line->>'product_id' <> item->>'product_id', false)
          OR coalesce(line->>'sku' <> item->>'sku', false) OR coalesce(line->>'variant' <> item->>'variant', false)
          OR NOT coalesce(line->>'product_id' = item->>'product_id', line->>'sku' = item->>'sku', false);
        had := coalesce(as_number(line->>'quantity'), 1);
        took := greatest(least(had, coalesce(due, had)), 0);
        worth := worth + took * coalesce(CASE WHEN same THEN as_number(item->>'price') END, as_number(line->>'price'));
        bought := jsonb_set(bought, ARRAY[i::text, 'quantity'], to_jsonb(had - took));
        due := due - took;
      END LOOP;
    END LOOP;
    refund := refund + coalesce(CASE WHEN same THEN as_number(back->>'total') END, worth);
  END LOOP;
  bought := (SELECT coalesce(jsonb_agg(l.value ORDER BY l.place), '[]')
               FROM jsonb_array_elements(bought) WITH ORDINALITY AS l(value, place)
              WHERE coalesce(as_number(l.value->>'quantity'), 1) > 0);
  IF bought = '[]' AND jsonb_typeof(said->'products') = 'array' AND said->'products' <> '[]' THEN
    RETURN NULL;
  END IF;
  IF said ? 'products' THEN
    said := jsonb_set(said, '{products}', bought);
  END IF;
  FOR field, worth IN SELECT m.key, as_number(m.value) FROM jsonb_each_text(said) AS m(key, value)
                       WHERE m.key IN ('total', 'revenue') AND m.value <> '' LOOP
    said := jsonb_set(said, ARRAY[field],
                      CASE WHEN worth - refund IS NULL THEN '"unknown"' ELSE to_jsonb(greatest(worth - refund, 0)) END);
  END LOOP;
  RETURN said;
END $$"""
# An order as of that time, each once, whichever sources tell it. One statement, so that the planner sees through it:
# it costs what the index costs, and most orders never ask the function above.
STANDING = """
CREATE OR REPLACE FUNCTION standing_orders(who bigint, at timestamptz)
RETURNS TABLE (id bigint, message_id text, customer_id bigint, name text, source text, occurred_at timestamptz,
               properties jsonb)
LANGUAGE sql STABLE AS $$
  SELECT e.id, e.message_id, e.customer_id, e.name, e.source, e.occurred_at, l.properties
    FROM event e CROSS JOIN LATERAL (
         SELECT CASE WHEN 'total' = ANY(e.spoiled) THEN e.properties || '{"total": "unknown"}'
                     ELSE e.properties END AS said) q
   CROSS JOIN LATERAL (
         SELECT CASE WHEN EXISTS (
                       SELECT FROM event x
                        WHERE x.customer_id = e.customer_id AND x.properties->>'order_id' = e.properties->>'order_id'
                          AND x.name IN ('order_cancelled', 'order_returned') AND x.occurred_at <= at
                          AND e.properties->>'order_id' <> '')
                     THEN order_after_returns(e.customer_id, q.said, at) ELSE q.said END AS properties) l
   WHERE e.customer_id = who AND e.name = 'order_completed' AND e.occurred_at <= at AND l.properties IS NOT NULL
     AND NOT EXISTS (
         SELECT FROM event d
          WHERE d.customer_id = e.customer_id AND d.properties->>'order_id' = e.properties->>'order_id'
            AND d.name = 'order_completed' AND d.occurred_at <= e.occurred_at AND e.properties->>'order_id' <> ''
            AND (d.occurred_at, d.message_id, d.id) < (e.occurred_at, e.message_id, e.id))
$$"""
PARTS = """SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
            WHERE i.inhparent = 'event'::regclass ORDER BY c.relname"""


def upgrade() -> None:
    """Builds the index month by month while everybody goes on; what was left half-built is built again."""
    with op.get_context().autocommit_block():
        op.execute(f"CREATE INDEX IF NOT EXISTS {INDEX} ON ONLY event {ON} WHERE {WHERE}")
        for (part,) in op.get_bind().exec_driver_sql(PARTS).fetchall():
            if not _is_attached(part):
                op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {part}_of_order")
                op.execute(f"CREATE INDEX CONCURRENTLY {part}_of_order ON {part} {ON} WHERE {WHERE}")
                op.execute(f"ALTER INDEX {INDEX} ATTACH PARTITION {part}_of_order")
    op.execute("ALTER TABLE cart ALTER COLUMN total DROP NOT NULL, ALTER COLUMN total DROP DEFAULT")
    op.execute("ALTER TABLE cart ADD COLUMN IF NOT EXISTS currency text")
    op.execute("ALTER TABLE config_generation ADD COLUMN IF NOT EXISTS rates jsonb")
    op.execute(
        "UPDATE config_generation SET rates = jsonb_build_object(coalesce(project->'shop'->>'currency', 'RUB'), 1)"
    )
    op.execute(LEFT)
    op.execute(STANDING)


def _is_attached(part: str) -> bool:
    """Whether the month has its part of the index: months that began meanwhile do."""
    sql = f"""SELECT 1 FROM pg_inherits i JOIN pg_index x ON x.indexrelid = i.inhrelid
               WHERE i.inhparent = '{INDEX}'::regclass AND x.indrelid = '{part}'::regclass"""
    return bool(op.get_bind().exec_driver_sql(sql).fetchall())
