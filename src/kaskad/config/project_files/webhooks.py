"""Reads configs/webhooks.yaml: the other systems that journeys can call."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kaskad.config.project_files.providers import ON_UNKNOWN_VALUES, expand_url, read_url, read_variable_name
from kaskad.config.yaml.node import Node
from kaskad.config.yaml.quantities import read_duration
from kaskad.config.yaml.record import Record
from kaskad.config.yaml.scalars import one_of, read_text
from kaskad.domain.duration import Duration
from kaskad.domain.journeys.providers import WebhookSpec

METHODS = ("POST", "PUT", "PATCH", "DELETE")
HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+\Z", re.ASCII)
RESERVED_HEADERS = frozenset({"idempotency-key", "kaskad-signature", "content-type", "content-length", "host"})
MAX_TIMEOUT = 60  # seconds; a worker never waits longer for another system


def read_webhook_spec(name: str, node: Node, environment: Mapping[str, str]) -> WebhookSpec:
    """One entry of webhooks.yaml. `secret` names an environment variable; the secret itself is never in a file."""
    record = Record(node)
    parts = {
        "title": record.get("title", read_text, name),
        "url": record.need(
            "url", lambda it: _read_web_url(it, environment), "where it is, like https://shop.example/hooks"
        ),
        "secret_env": record.need("secret", read_variable_name, "the environment variable with the key that signs"),
        "method": record.get("method", one_of("method", METHODS), "POST"),
        "headers": record.table("headers", _read_header),
        "timeout": record.get("timeout", _read_timeout, Duration(seconds=10)),
        "on_unknown": record.get("on_unknown", one_of("value", ON_UNKNOWN_VALUES), "resend"),
    }
    record.done()
    return WebhookSpec.model_validate({"name": name, **parts})


def _read_web_url(node: Node, environment: Mapping[str, str]) -> str:
    written = read_url(node, environment)
    url = expand_url(written, environment)
    if url is not None and not url.startswith(("https://", "http://")):
        raise node.error(f"{node.said} is not a web address: write one like https://shop.example/hooks")
    return written


def _read_header(name: str, node: Node) -> str:
    if not HEADER.match(name):
        raise node.key_error(f"'{name}' is not the name of a header: write one like X-Shop")
    if name.lower() in RESERVED_HEADERS:
        raise node.key_error(f"'{name}' is written by Kaskad itself")
    said = read_text(node)
    if not said.isascii() or not said.isprintable():
        raise node.error(f"{node.said} is not the value of a header: letters, digits and signs of ASCII on one line")
    return said


def _read_timeout(node: Node) -> Duration:
    found = read_duration(node)
    if found.days or found.seconds > MAX_TIMEOUT:
        raise node.error(f"{node.said} is longer than anybody waits for an answer: write {MAX_TIMEOUT}s or less")
    return found
