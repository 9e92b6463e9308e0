"""The shipped shop in a hurry: journeys that wait for seconds instead of hours; and its customers."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.support.paths import ROOT

HURRIED = {
    "configs/journeys/thank_you.yaml": [("- wait: 1h", "- wait: 1s"), ("again_after: 30d", "again_after: always")],
    "configs/journeys/abandoned_cart.yaml": [
        ("  quiet_for: 1h\n", "  quiet_for: 1s\n"),
        ("holdout: 5%\n", ""),
        ('send_window: {from: "09:00", to: "21:00", outside: wait}\n', ""),
        ("fresh_data: {store: 30m}", "#"),
    ],
    "configs/policy.yaml": [
        ('quiet_hours: {from: "21:00", to: "09:00"}', "#"),
        ("at_most: 2,", "at_most: 200,"),
        ("at_most: 6,", "at_most: 600,"),
    ],
}


def hurried(folder: Path) -> Path:
    """A copy of the shipped project whose journeys do not wait for hours."""
    for part in ("configs", "templates", "flows", "tasks"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for path, edits in HURRIED.items():
        text = (folder / path).read_text()
        for old, new in edits:
            assert old in text, f"{old!r} is not in {path}"
            text = text.replace(old, new, 1)
        (folder / path).write_text(text)
    return folder


def addresses(customer: str) -> set[str]:
    return {f"push-{customer}", f"{customer}@customer.example"}


def person(user: str, *channels: str, consent: bool = True) -> list[dict[str, Any]]:
    """The calls that make somebody known who can be reached through these channels: push, email."""
    traits = {"email": f"{user}@customer.example"} if "email" in channels else {}
    context = {"device": {"token": f"push-{user}", "type": "android"}} if "push" in channels else {}
    known = {"type": "identify", "userId": user, "traits": {"firstName": user.title(), **traits}, "context": context}
    given = {"type": "track", "userId": user, "event": "consent_given"}
    consents = [{**given, "properties": {"purpose": "marketing", "channel": channel}} for channel in channels]
    return [known, *(consents if consent else [])]


def purchase(user: str) -> dict[str, Any]:
    properties = {"order_id": f"order-{user}", "total": 900, "place": "store"}
    return {"type": "track", "userId": user, "event": "Order Completed", "properties": properties}


def bought_long_ago(user: str) -> dict[str, Any]:
    """Old news: it is known, and enrolls nobody."""
    return {**purchase(user), "timestamp": (datetime.now(UTC) - timedelta(days=2)).isoformat()}


def cart(user: str) -> list[dict[str, Any]]:
    stock = {"product_id": "pepperoni", "store": "s1", "stock": 5}
    line = {"cart_id": f"cart-{user}", "product_id": "pepperoni", "name": "Pepperoni", "price": 1500, "quantity": 1}
    return [
        {"type": "track", "userId": "warehouse", "event": "Product Stock Changed", "properties": stock},
        {"type": "track", "userId": user, "event": "Product Added", "properties": line},
    ]
