"""What goes out: messages, webhook calls, the health of providers, promo codes, recommendations."""
