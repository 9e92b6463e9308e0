"""configs/webhooks.yaml: the other systems that journeys may tell of something."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kaskad.config.carriers import UNKNOWNS, here, url_of, variable_name
from kaskad.config.node import Node
from kaskad.config.quantities import duration
from kaskad.config.record import Record
from kaskad.config.scalars import text, word
from kaskad.domain.model import Duration
from kaskad.domain.shop import WebhookSpec

METHODS = ("POST", "PUT", "PATCH", "DELETE")
HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+\Z", re.ASCII)
OURS = frozenset({"idempotency-key", "kaskad-signature", "content-type", "content-length", "host"})
LONGEST = 60  # seconds; a worker waits for no other system longer than that


def webhook(name: str, node: Node, environment: Mapping[str, str]) -> WebhookSpec:
    """One entry of webhooks.yaml. `secret` names an environment variable; the secret itself never stands in a file."""
    record = Record(node)
    parts = {
        "title": record.get("title", text, name),
        "url": record.need("url", lambda it: _web(it, environment), "where it is, like https://shop.example/hooks"),
        "secret_env": record.need("secret", variable_name, "the environment variable with the key that signs"),
        "method": record.get("method", word("method", METHODS), "POST"),
        "headers": record.table("headers", _header),
        "timeout": record.get("timeout", _timeout, Duration(seconds=10)),
        "on_unknown": record.get("on_unknown", word("value", UNKNOWNS), "resend"),
    }
    record.done()
    return WebhookSpec.model_validate({"name": name, **parts})


def _web(node: Node, environment: Mapping[str, str]) -> str:
    written = url_of(node, environment)
    url = here(written, environment)
    if url is not None and not url.startswith(("https://", "http://")):
        raise node.wrong(f"{node.said} is not a web address: write one like https://shop.example/hooks")
    return written


def _header(name: str, node: Node) -> str:
    if not HEADER.match(name):
        raise node.wrong_key(f"'{name}' is not the name of a header: write one like X-Shop")
    if name.lower() in OURS:
        raise node.wrong_key(f"'{name}' is written by Kaskad itself")
    said = text(node)
    if not said.isascii() or not said.isprintable():
        raise node.wrong(f"{node.said} is not the value of a header: letters, digits and signs of ASCII on one line")
    return said


def _timeout(node: Node) -> Duration:
    found = duration(node)
    if found.days or found.seconds > LONGEST:
        raise node.wrong(f"{node.said} is longer than anybody waits for an answer: write {LONGEST}s or less")
    return found
