"""Returns in other currencies, below zero, and told twice; orders that are worth less than nothing.

Revision ID: 0018
"""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"

# What is left of an order after its returns, null if nothing is: it was cancelled, or all of it came back. A return
# without lines takes back everything, unless its total is less than the order's. A return that two sources tell counts
# once, and so does one `refund_id`. A line without a quantity takes back all of its product; money that cannot be
# computed is the text "unknown", and so is what is left after a return that could not be read.
# What came back is an amount, whatever its sign. Money in another currency than the order's counts by the shop's rates.
# Without a rate nobody knows how much it is; of lines the order's own prices count then.
LEFT = """
CREATE OR REPLACE FUNCTION order_after_returns(who bigint, said jsonb, at timestamptz) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
  bought jsonb := CASE jsonb_typeof(said->'products') WHEN 'array' THEN said->'products' ELSE '[]' END;
  total numeric := coalesce(as_number(said->>'total'), as_number(said->>'revenue'));
  refund numeric := 0;
  unread boolean; rate numeric; money numeric;
  back jsonb; item jsonb; field text; line jsonb; worth numeric; due numeric; took numeric; had numeric;
BEGIN
  IF EXISTS (SELECT FROM event x WHERE x.customer_id = who AND x.properties->>'order_id' = said->>'order_id'
                AND x.name = 'order_cancelled' AND x.occurred_at <= at) THEN
    RETURN NULL;
  END IF;
  FOR back, unread IN
    SELECT DISTINCT ON (o.properties->'products', o.total, o.n) o.properties, o.unread
      FROM (SELECT r.*, row_number() OVER (PARTITION BY r.source, r.properties->'products', r.total
                                           ORDER BY r.occurred_at, r.message_id, r.id) AS n
              FROM (SELECT DISTINCT ON (i.refund, CASE WHEN i.refund IS NULL THEN x.id END)
                           x.id, x.message_id, x.source, x.occurred_at, x.properties,
                           abs(as_number(x.properties->>'total')) AS total,
                           coalesce(x.spoiled && '{total,products}', false) AS unread
                      FROM event x, LATERAL (SELECT nullif(x.properties->>'refund_id', '') AS refund) i
                     WHERE x.customer_id = who AND x.properties->>'order_id' = said->>'order_id'
                       AND x.name = 'order_returned' AND x.occurred_at <= at
                     ORDER BY i.refund, CASE WHEN i.refund IS NULL THEN x.id END,
                              coalesce(x.spoiled && '{total,products}', false), x.occurred_at, x.message_id, x.id) r) o
     ORDER BY o.properties->'products', o.total, o.n, o.source
  LOOP
    IF unread THEN
      refund := NULL;
      CONTINUE;
    END IF;
    rate := 1;
    IF coalesce(back->>'currency', '') <> '' AND upper(back->>'currency') IS DISTINCT FROM upper(said->>'currency') THEN
      rate := (SELECT as_number(g.rates->>upper(back->>'currency')) / nullif(
                      CASE WHEN coalesce(said->>'currency', '') = '' THEN 1
                           ELSE as_number(g.rates->>upper(said->>'currency')) END, 0)
                 FROM config_generation g LIMIT 1);
    END IF;
    money := abs(as_number(back->>'total'));
    IF jsonb_typeof(back->'products') IS DISTINCT FROM 'array' OR back->'products' = '[]' THEN
      IF money IS NULL OR total IS NULL OR money * rate >= total THEN
        RETURN NULL;
      END IF;
      refund := refund + CASE rate WHEN 1 THEN money ELSE round(money * rate, 2) END;
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
        worth := worth + took * coalesce(abs(as_number(item->>'price')) * rate, as_number(line->>'price'));
        bought := jsonb_set(bought, ARRAY[i::text, 'quantity'], to_jsonb(had - took));
        due := due - took;
      END LOOP;
    END LOOP;
    refund := refund + CASE rate WHEN 1 THEN coalesce(money, worth) ELSE round(coalesce(money * rate, worth), 2) END;
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
         SELECT CASE WHEN 'total' = ANY(e.spoiled) OR starts_with(e.properties->>'total', '-')
                     THEN e.properties || '{"total": "unknown"}'
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


def upgrade() -> None:
    """Replaces both functions; nothing stored is touched."""
    op.execute(LEFT)
    op.execute(STANDING)
