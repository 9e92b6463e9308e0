INSERT INTO cart (customer_id, cart_id, items, total, currency, updated_at)
SELECT r.customer_id, r.cart_id, r.items, r.total, r.currency, r.updated_at
  FROM jsonb_to_recordset(%(rows)s) AS r(customer_id bigint, cart_id text, items jsonb, total numeric, currency text,
       updated_at timestamptz)
    ON CONFLICT (customer_id, cart_id)
    DO UPDATE SET items = excluded.items, total = excluded.total, currency = excluded.currency,
                  updated_at = excluded.updated_at
