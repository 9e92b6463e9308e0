"""The shop's own hosts: links and pictures from data lead there, or are not used.

Anybody can tell an event with a link of their own, and the shop's name would stand above it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from kaskad.domain.hostname import ascii_host

# Nothing but a host may stand before the path: `user@` and `\` mean different hosts to different programs.
_ADDRESS = re.compile(r"(https?)://([\w.-]+)(?::\d{1,5})?(?=[/?#]|\Z)", re.IGNORECASE)
# What programs make links of in a text: with a scheme, or as `www.`
_IN_TEXT = re.compile(r"(?<![\w@.-])(?:[a-z][a-z0-9+.-]{0,20}:[/\\]{2}|www\.)[^\s<>\"']+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class OwnHosts:
    """The hosts that data may lead to, in ASCII; `below`: and all hosts below it."""

    exact: frozenset[str]
    below: str = ""
    plain: bool = False  # the shop itself is reached without encryption: on a developer's machine

    def allow(self, address: str) -> bool:
        """Whether the address is https and leads to one of them."""
        return _leads_to(address, self)

    def find_foreign(self, text: str) -> list[str]:
        """The links in a text that lead elsewhere."""
        if "://" not in text and ":\\" not in text and "www." not in text.lower():
            return []
        return [link for link in _IN_TEXT.findall(text) if not self.allow(_complete(link))]


@lru_cache(maxsize=256)
def own_hosts(url: str, hosts: Sequence[str]) -> OwnHosts:
    """The hosts of a shop at this address: those that it names, else the one of the address and all below it."""
    parts = urlsplit(url)
    own = _read_host(parts.hostname or "")
    named = frozenset(_read_host(host) for host in hosts)
    return OwnHosts(named | {own}, "" if named else own, parts.scheme == "http")


@lru_cache(maxsize=8192)
def _leads_to(address: str, own: OwnHosts) -> bool:
    found = _ADDRESS.match(address)
    if not found or (found[1].lower() == "http" and not own.plain):
        return False
    host = _read_host(found[2])
    return bool(host) and (host in own.exact or bool(own.below and host.endswith(f".{own.below}")))


def _read_host(host: str) -> str:
    """The host in ASCII, as browsers read it; "" for none."""
    try:
        return ascii_host(host.lower()).removesuffix(".")
    except ValueError:  # also what `idna` raises
        return ""


def _complete(link: str) -> str:
    return f"https://{link}" if link[:4].lower() == "www." else link
