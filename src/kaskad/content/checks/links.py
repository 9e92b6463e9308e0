"""Links: whether they lead anywhere, and whether the shop can tell who came by them."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

from kaskad.content.checks.finding import Check, Examined, Said, Severity
from kaskad.content.checks.html import elements
from kaskad.domain.channel import Channel
from kaskad.domain.errors import Problem
from kaskad.domain.journey import Purpose

TRACKED = (Channel.EMAIL, Channel.PUSH, Channel.WEBPUSH, Channel.VIBER)  # in an SMS a long link costs a segment


def links_of(said: Said) -> list[tuple[str, str]]:
    """The addresses that a tap or a click leads to, each with the field where it stands."""
    found = [("url", said.fields["url"])] if said.fields.get("url") else []
    if html := said.fields.get("html"):
        found += [("html", one.attributes["href"]) for one in elements(html, "a") if one.attributes.get("href")]
    if said.channel in (Channel.SMS, Channel.VIBER):
        words = said.fields.get("text", "").split()
        found += [("text", word.rstrip(".,;:!?)")) for word in words if word.startswith(("https://", "http://"))]
    return list(dict.fromkeys(found))


def to_ask(examined: Examined) -> set[str]:
    """The links whose dead ends would be the template's fault, without UTM parameters and fragments."""
    passed = (*examined.own, *examined.made_up)
    links = {link.partition("#")[0] for said in examined.said for _, link in links_of(said)}
    return {link for link in links if link.startswith(("https://", "http://")) and not link.startswith(passed)}


def _dead(examined: Examined) -> Iterator[Problem]:
    for said in examined.said:
        for field, link in links_of(said):
            if why := examined.dead.get(link.partition("#")[0]):
                yield examined.at(said, field, _written(link), f"{link} {why}")


def _untracked(examined: Examined) -> Iterator[Problem]:
    host = urlsplit(examined.shop_url).hostname
    for said in examined.by(*TRACKED) if examined.message.spec.utm and host else ():
        for field, link in links_of(said):
            parts = urlsplit(link)
            tracked = any(name.startswith("utm_") for name, _ in parse_qsl(parts.query))
            if parts.hostname == host and not tracked and not link.startswith(examined.own):
                yield examined.at(said, field, _written(link), f"{link.partition('?')[0]} carries no UTM parameters")


def _no_utm(examined: Examined) -> Iterator[Problem]:
    spec, host = examined.message.spec, urlsplit(examined.shop_url).hostname
    if spec.utm or spec.purpose in (Purpose.REQUESTED, Purpose.TRANSACTIONAL):
        return
    for said in examined.by(*TRACKED):
        if any(urlsplit(link).hostname == host and not link.startswith(examined.own) for _, link in links_of(said)):
            path = (examined.folder / "message.yaml").as_posix()
            yield Problem(path, 1, 1, "links to the shop and no `utm:` — its orders will count for nobody")
            return


def _written(link: str) -> str:
    """What the template says of it: how its path begins, since the rest and the host mostly come from data."""
    first = urlsplit(link).path.strip("/").partition("/")[0]
    return f"/{first}" if first else link


DEAD = Check(
    "dead_link",
    Severity.ERROR,
    "Whoever clicks finds nothing. Asked for only with `--links`: each address once, without following customers' own.",
    "Mend the address, or put the page back.",
    _dead,
)
UNTRACKED = Check(
    "untracked_link",
    Severity.WARNING,
    "A link to the shop without the message's UTM parameters is missing in its statistics: the orders that it brings"
    " count for nobody. SMS are left out: there a long link costs a segment.",
    "Write `{{ … | with_utm }}`.",
    _untracked,
)
NO_UTM = Check(
    "missing_utm",
    Severity.WARNING,
    "Without `utm:` in message.yaml none of the message's links carries UTM parameters.",
    "Write `utm: {source: …, campaign: …}` into message.yaml, and `| with_utm` behind each link.",
    _no_utm,
)
