"""Plays the story with one of the Python clients: python python_client.py MODULE API KEY USER STORY."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

module, api, key, user, story = sys.argv[1:]
told = json.loads(Path(story).read_text("utf-8"))
lost: list[object] = []
client = importlib.import_module(f"{module}.client").Client(key, host=api, on_error=lambda error, _: lost.append(error))
client.identify(user, told["traits"])
client.track(user, "Product Added", told["added"])
client.track(user, "Order Completed", told["ordered"])
client.track(user, "Product Stock Changed", told["stock"])
client.page(user, "shop", "Cart")
client.group(user, "g1", {"name": "Lovers of pizza"})
client.alias("k0", user)
client.flush()
(getattr(client, "shutdown", None) or client.join)()
sys.exit(f"lost: {lost}" if lost else 0)
