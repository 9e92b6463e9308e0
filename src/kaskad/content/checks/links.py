"""Checks of links: whether they lead anywhere, and whether the shop can see who used them."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

from kaskad.content.checks.check import Check, CheckedMessage, RenderedExample, Severity
from kaskad.content.checks.html import read_elements
from kaskad.domain.channel import Channel
from kaskad.domain.errors import Problem
from kaskad.domain.journeys.journey import Purpose

TRACKED = (Channel.EMAIL, Channel.PUSH, Channel.WEBPUSH, Channel.VIBER)  # in an SMS a long link costs a segment


def list_links(said: RenderedExample) -> list[tuple[str, str]]:
    """The addresses that a tap or a click opens, each with the field that contains it."""
    found = [("url", said.fields["url"])] if said.fields.get("url") else []
    if html := said.fields.get("html"):
        found += [("html", link.attributes["href"]) for link in read_elements(html, "a") if link.attributes.get("href")]
    if said.channel in (Channel.SMS, Channel.VIBER):
        words = said.fields.get("text", "").split()
        found += [("text", word.rstrip(".,;:!?)")) for word in words if word.startswith(("https://", "http://"))]
    return list(dict.fromkeys(found))


def collect_links(examined: CheckedMessage) -> set[str]:
    """The links that the template is responsible for, without UTM parameters and fragments."""
    passed = (*examined.own, *examined.made_up)
    links = {link.partition("#")[0] for said in examined.said for _, link in list_links(said)}
    return {link for link in links if link.startswith(("https://", "http://")) and not link.startswith(passed)}


def _check_dead(examined: CheckedMessage) -> Iterator[Problem]:
    for said in examined.said:
        for field, link in list_links(said):
            if why := examined.dead.get(link.partition("#")[0]):
                yield examined.at(said, field, _describe_link(link), text=f"{link} {why}")


def _check_untracked(examined: CheckedMessage) -> Iterator[Problem]:
    host = _get_host(examined.shop_url)
    for said in examined.by(*TRACKED) if examined.message.spec.utm and host else ():
        for field, link in list_links(said):
            query = link.partition("#")[0].partition("?")[2]
            tracked = any(name.startswith("utm_") for name, _ in parse_qsl(query))
            if _get_host(link) == host and not tracked and not link.startswith(examined.own):
                yield examined.at(
                    said, field, _describe_link(link), text=f"{link.partition('?')[0]} carries no UTM parameters"
                )


def _check_utm(examined: CheckedMessage) -> Iterator[Problem]:
    spec, host = examined.message.spec, _get_host(examined.shop_url)
    if spec.utm or spec.purpose in (Purpose.REQUESTED, Purpose.TRANSACTIONAL):
        return
    for said in examined.by(*TRACKED):
        if any(_get_host(link) == host and not link.startswith(examined.own) for _, link in list_links(said)):
            path = (examined.folder / "message.yaml").as_posix()
            yield Problem(path, 1, 1, "links to the shop and no `utm:` — its orders will count for nobody")
            return


def _check_strange(examined: CheckedMessage) -> Iterator[Problem]:
    for said in examined.said:
        for remark in said.remarks:
            if not remark.cut:
                yield examined.at(said, remark.field, text=remark.text)


def _describe_link(link: str) -> str:
    """What to search for in the template: the beginning of the path; the rest and the host often come from data."""
    _, _, behind = link.partition("#")[0].partition("?")[0].partition("://")
    first = behind.partition("/")[2].strip("/").partition("/")[0]
    return f"/{first}" if first else link


def _get_host(link: str) -> str | None:
    """The host of the link; None if it is not an address, which these checks ignore."""
    try:
        return urlsplit(link).hostname
    except ValueError:
        return None


DEAD = Check(
    "dead_link",
    Severity.ERROR,
    "Whoever clicks finds nothing. Asked for only with `--links`: each address once, without following customers' own.",
    "Mend the address, or put the page back.",
    _check_dead,
)
STRANGE = Check(
    "strange_link",
    Severity.WARNING,
    "What data say can be written by anybody. A link that data bring is used only where it is https and leads to a host"
    " of the shop (`hosts` in shop.yaml): any other leads to the shop instead, is cut out of a text, and a picture is"
    " left out. What the template writes is not touched; its own schemes (`mailto:`,"
    " `tel:`, outside of e-mail an app's) count where it writes them out.",
    "Write the scheme into the template (`tel:{{ … }}`), name the host in shop.yaml, or mend the data: `kaskad preview"
    " --customer` shows them.",
    _check_strange,
)
UNTRACKED = Check(
    "untracked_link",
    Severity.WARNING,
    "A link to the shop without the message's UTM parameters is missing in its statistics: the orders that it brings"
    " count for nobody. SMS are left out: there a long link costs a segment.",
    "Write `{{ … | with_utm }}`.",
    _check_untracked,
)
NO_UTM = Check(
    "missing_utm",
    Severity.WARNING,
    "Without `utm:` in message.yaml none of the message's links carries UTM parameters.",
    "Write `utm: {source: …, campaign: …}` into message.yaml, and `| with_utm` behind each link.",
    _check_utm,
)
