"""A small project in a folder of its own, written file by file."""

from __future__ import annotations

from pathlib import Path

from kaskad.config import check_project, load_project
from kaskad.domain.errors import Problem
from kaskad.domain.journeys.project import Project

FILES = {
    "shop.yaml": "currency: RUB\n",
    "providers.yaml": 'box: {adapter: http, url: "http://127.0.0.1:8026/sms", secret: BOX_SECRET}\n',
    "channels.yaml": (
        "push: {providers: [box], cost: 0 RUB}\nemail: {providers: [box], cost: 0.10 RUB}\n"
        "sms: {providers: [box], cost: 2.00 RUB}\n"
    ),
    "cascades.yaml": (
        "default:\n  channels:\n    - {channel: push, success: opened, fallback_after: 2h}\n    - {channel: sms}\n"
    ),
    "topics.yaml": "carts: {title: {ru: Корзина, en: Cart}}\n",
    "senders.yaml": 'shop: {email: "Shop <hello@shop.example>", sms: SHOP}\n',
    "policy.yaml": 'quiet_hours: {from: "21:00", to: "09:00"}\n',
    "sources.yaml": 'store: {title: Tills, open: "09:00–22:00"}\n',
    "events.yaml": (
        "cart_updated: {alias: Cart Updated, properties: {cart_id: text, old_price: money, franchise_id: text}}\n"
        "order_completed: {alias: Order Completed, properties: {order_id: text, place: text}}\n"
        "product_stock_changed: {properties: {product_id: text, old_price: money}}\n"
    ),
    "attributes.yaml": "level: text\nmember_since: time\n",
    "journeys/x.yaml": (
        "title: X\n"
        "owner: crm@shop.example\n"
        "topic: carts\n"
        "enter:\n"
        "  when: cart_updated\n"
        "  again_after: 7d\n"
        "steps:\n"
        "  - send: hello\n"
        "  - wait: 24h\n"
        "  - send: goodbye\n"
    ),
}


class Written:
    """The project in the folder `root`, as it is written so far."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name, text in FILES.items():
            self.write(name, text)
        for template in ("hello", "goodbye", "script"):
            (root / "templates" / template).mkdir(parents=True)
        (root / "templates" / "script" / "call.yaml").touch()

    def write(self, name: str, text: str | bytes) -> None:
        path = self.root / "configs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def replace(self, old: str, new: str, name: str = "journeys/x.yaml") -> None:
        text = (self.root / "configs" / name).read_text()
        assert text.count(old) == 1, f"{old!r} is not once in {name}"
        self.write(name, text.replace(old, new))

    def load(self, **environment: str) -> Project:
        return load_project(self.root, environment)

    def problems(self) -> list[Problem]:
        return check_project(self.root, {})[1]

    def said(self, name: str = "journeys/x.yaml") -> list[str]:
        """The problems of that file, without its name; problems elsewhere fail the test."""
        lines = [str(problem) for problem in self.problems()]
        assert all(line.startswith(f"configs/{name}:") for line in lines), lines
        return [line.removeprefix(f"configs/{name}:") for line in lines]
