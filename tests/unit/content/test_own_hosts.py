"""Links and pictures from data lead to the shop's own hosts, over https, or are not used."""

from __future__ import annotations

from typing import Any

import pytest

from kaskad.content import CompiledMessage, MessageSpec, RenderedFields, Renderer
from kaskad.content.rendering.own_hosts import own_hosts
from kaskad.content.rendering.urls import sanitize_urls
from kaskad.domain.channel import Channel

SHOP = "https://shop.example"
OWN = own_hosts(SHOP, ())
PUSH = {"title": "t", "body": "{{ event.name }}", "url": "{{ event.url }}"}
FOREIGN = [
    "https://evil.example/",
    "http://shop.example/",
    "HTTP://shop.example",
    "https://shop.example.evil.example/",
    "https://evilshop.example/",
    "https://shop.example@evil.example/",
    "https://evil.example\\@shop.example/",
    "https://evil.example\\.shop.example/",
    "https://shop.example&#46;evil.example/",
    "https://shop.example\t.evil.example/",
    "https://shop.example\u3002evil.example/",
    "https://shop.example:443@evil.example/",
    "https://shop.example:x/",
    "https://\u0455hop.example/",  # the first letter is Cyrillic
    "https:\\\\evil.example",
    "https:///evil.example",
    " https://evil.example/",
    "https:\t//evil.example/",
]
ALLOWED = [
    "https://shop.example",
    "https://shop.example/p/1?a=1&b=2#c",
    "HTTPS://Shop.Example/",
    "https://cdn.shop.example:8443/i.png",
    "https://shop.example./p",
    "https://shop.example?to=https://evil.example/",
]


def rendered(fields: dict[str, str], hosts: tuple[str, ...] = (), **event: Any) -> RenderedFields:
    message = CompiledMessage.of("hello", MessageSpec(), {Channel.PUSH: {"": fields}})
    shop = {"url": SHOP, "hosts": hosts}
    return Renderer().render(message, Channel.PUSH, "en", data={"event": event, "shop": shop})


@pytest.mark.parametrize("link", FOREIGN)
def test_a_link_that_leads_elsewhere_leads_to_the_shop_and_a_picture_is_left_out(link: str) -> None:
    push = rendered(PUSH, name="n", url=link)
    assert push["url"] == SHOP
    assert push.remarks
    item = {"url": link, "image": link, "image_url": link, "photos": [link], "landing": link}
    cleaned, remarks = sanitize_urls({"cart": {"items": [item]}, "product": item}, SHOP, OWN)
    for found in (*cleaned["cart"]["items"], cleaned["product"]):
        assert "evil" not in str(found) and link not in found.values()
        assert (found["url"], found["image"], found["photos"]) == (SHOP, None, [None])
    assert remarks


@pytest.mark.parametrize("link", ALLOWED)
def test_the_shops_own_links_are_used_as_they_are(link: str) -> None:
    push = rendered(PUSH, name=f"see {link}", url=link)
    assert (push["url"], push["body"], push.remarks) == (link, f"see {link}", ())


def test_named_hosts_are_exactly_these_and_the_shops() -> None:
    hosts = ("cdn.example", "stra\u00dfe.example")
    for link, used in (
        ("https://cdn.example/1", True),
        ("https://shop.example/1", True),
        ("https://xn--strae-oqa.example/1", True),
        ("https://stra\u00dfe.example/1", True),
        ("https://strasse.example/1", False),
        ("https://sub.cdn.example/1", False),
        ("https://m.shop.example/1", False),
    ):
        assert (rendered(PUSH, hosts, name="n", url=link)["url"] == link) is used, link


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Win at https://evil.example/now today", "Win at today"),
        ("Win at www.evil.example", "Win at "),
        ("Win: HTTPS://EVIL.example)", "Win: "),
        ("ftp://evil.example and https://shop.example/p", " and https://shop.example/p"),
        ("myapp://x", SHOP),
        ("no link: a/b, 5 // 6, www, kolya@www.example", "no link: a/b, 5 // 6, www, kolya@www.example"),
    ],
)
def test_a_text_from_data_brings_no_link_to_elsewhere(text: str, left: str) -> None:
    push = rendered(PUSH, name=text, url=SHOP)
    assert push["body"] == left.strip()
    assert bool(push.remarks) is (left != text)  # blanks at its ends, and two in a row, are none of it


def test_what_the_template_writes_and_what_is_this_installations_own_stays() -> None:
    fields = {"title": "t", "body": "{{ links.unsubscribe }}", "url": "https://elsewhere.example/{{ event.id }}"}
    message = CompiledMessage.of("hello", MessageSpec(), {Channel.PUSH: {"": fields}})
    links = {"unsubscribe": "http://127.0.0.1:8000/u/x", "confirm": "http://127.0.0.1:8000/c/x"}
    data = {"event": {"id": "7"}, "links": links, "shop": {"url": SHOP, "hosts": ()}}
    push = Renderer().render(message, Channel.PUSH, "en", data=data)
    assert (push["url"], push["body"]) == ("https://elsewhere.example/7", links["unsubscribe"])
    assert sanitize_urls(data, SHOP, OWN)[0]["links"] == links


def test_a_shop_without_encryption_is_a_developers() -> None:
    own = own_hosts("http://127.0.0.1:8080", ())
    assert own.allow("http://127.0.0.1:8080/p") and not own.allow("http://evil.example/")


def test_contacts_are_no_links() -> None:
    customer = {"webpush": "https://push.example/1", "first_name": "https://evil.example"}
    cleaned, remarks = sanitize_urls({"customer": customer}, SHOP, OWN)
    assert cleaned["customer"] == {**customer, "first_name": SHOP}
    assert len(remarks) == 1
