-- Redeems a code once: whoever is second waits for the first, and stores nothing.
INSERT INTO promo_redemption (promo, code, place, store, order_id, source, request, redeemed_at)
VALUES (%(promo)s, %(code)s, %(place)s, %(store)s, %(order_id)s, %(source)s, %(request)s, %(redeemed_at)s)
    ON CONFLICT (promo, code) DO NOTHING
RETURNING promo
