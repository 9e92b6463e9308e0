"""What can be imported."""

from __future__ import annotations

from enum import StrEnum


class ImportKind(StrEnum):
    """What the rows of a file are."""

    CUSTOMERS = "customers"
    EVENTS = "events"
    ORDERS = "orders"
    PRODUCTS = "products"
    CONSENTS = "consents"
