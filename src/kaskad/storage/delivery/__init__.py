"""Outgoing data: messages, webhook calls, provider health, promo codes, recommendations."""
