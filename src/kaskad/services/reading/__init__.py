"""Reading, for site, app, till, operator and clerk: a customer, the history, carts, stock and promo codes."""
