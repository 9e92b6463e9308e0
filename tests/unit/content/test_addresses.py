"""An address that data bring is used only where it leads into the web, or where the template says its scheme itself."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaskad.content import CompiledMessage, MessageSpec, RenderedFields, Renderer, compile_message
from kaskad.content.rendering.urls import is_web_url, sanitize_urls
from kaskad.domain.channel import Channel
from kaskad.domain.errors import TemplateError

SHOP = "https://shop.example"
STRANGE = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "  javascript:alert(1)",
    "java\tscript:alert(1)",
    "java\nscript:alert(1)",
    "\x01javascript:alert(1)",
    "\u200bjavascript:alert(1)",
    "\u00a0javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "blob:https://shop.example/1",
    "file:///etc/passwd",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "http:evil.example",
    "https:/evil.example",
    "https://",
    "https:///x",
    "intent://evil#Intent;end",
    "mailto:evil@evil.example",
    "tel:+70000000000",
    "myapp://cart",
    "https://x.example/" + "x" * 3_000,
]
FINE = ["https://x.example/?a=1&copy=2#b", "HTTP://X.example", "http://x.example:8080/", "https://x.example/ä b'\"<"]
MAIL = """<mjml><mj-head><mj-title>T</mj-title></mj-head><mj-body><mj-section><mj-column><mj-text>w {}</mj-text>
{}</mj-column></mj-section></mj-body></mjml>"""


def message(channel: Channel, **fields: str) -> CompiledMessage:
    return CompiledMessage.of("hello", MessageSpec(), {channel: {"": fields}})


def said(channel: Channel, fields: dict[str, str], **event: Any) -> RenderedFields:
    return Renderer().render(message(channel, **fields), channel, "en", data={"event": event, "shop": {"url": SHOP}})


def mail(tmp_path: Path, text: str = "", column: str = "", **event: Any) -> RenderedFields:
    folder = tmp_path / "m"
    folder.mkdir(exist_ok=True)
    (folder / "email.mjml").write_text(MAIL.format(text, column), "utf-8")
    return Renderer().render(compile_message(folder), Channel.EMAIL, "en", data={"event": event, "shop": {"url": SHOP}})


@pytest.mark.parametrize("link", STRANGE)
def test_a_strange_link_leads_to_the_shop_and_a_strange_picture_is_left_out(tmp_path: Path, link: str) -> None:
    text = '<a href="{{ event.x }}">go</a>'
    column = '<mj-button href="{{ event.x }}">b</mj-button><mj-image src="{{ event.x }}" alt="gone" />'
    written = mail(tmp_path, text, column, x=link)
    assert re.findall(r'<a[^>]*href="([^"]*)"', written["html"]) == [SHOP, SHOP]
    assert "gone" not in written["html"] and "evil" not in written["html"]
    assert written["text"] == f"w go: {SHOP}\n\nb: {SHOP}"
    assert written.remarks and "no address of the web" in written.remarks[0].text
    viber = {"text": "t", "url": "{{ event.x }}", "image": "{{ event.x }}", "button": "b"}
    assert said(Channel.VIBER, viber, x=link) == {"text": "t", "url": SHOP, "button": "b"}
    push = said(Channel.PUSH, {"title": "t", "body": "b", "url": "{{ event.x }}"}, x=link)
    assert push["url"] == SHOP and [remark.field for remark in push.remarks] == ["url"]
    webpush = {"title": "t", "body": "b", "url": "{{ event.x | with_utm }}", "icon": "{{ event.x }}"}
    assert said(Channel.WEBPUSH, webpush, x=link) == {"title": "t", "body": "b", "url": SHOP}


@pytest.mark.parametrize("link", FINE)
def test_a_link_into_the_web_is_used_as_it_is(tmp_path: Path, link: str) -> None:
    written = mail(tmp_path, '<a href="{{ event.x }}">go</a>', x=link)
    assert written["text"] == f"w go: {link}" and not written.remarks
    push = said(Channel.PUSH, {"title": "t", "body": "b", "url": "{{ event.x }}"}, x=link)
    assert push["url"] == link and not push.remarks


@pytest.mark.parametrize("link", STRANGE)
def test_where_an_address_is_kept_by_name_no_channel_says_it(link: str) -> None:
    if link.startswith("https://x.example"):
        return  # long, and that is all
    data = {"event": {"url": link, "products": [{"imageUrl": link, "image": link, "name": link}]}}
    cleaned, remarks = sanitize_urls(data, SHOP)
    assert cleaned["event"]["url"] == SHOP
    assert cleaned["event"]["products"] == [{"imageUrl": SHOP, "image": None, "name": link}]
    assert len(remarks) == 2


@pytest.mark.parametrize("value", ["kettle.jpg", "/products/5", "a kettle", "https://x.example/", 5, None, ["a"]])
def test_other_values_are_not_touched(value: object) -> None:
    assert sanitize_urls({"event": {"url": value, "title": value}}, SHOP)[0] == {
        "event": {"url": value, "title": value}
    }


@pytest.mark.parametrize(
    ("source", "x", "read"),
    [
        ("mailto:{{ event.x }}", "a@b.example", "mailto:a@b.example"),
        ("tel:{{ event.x }}", "+7", "tel:+7"),
        ("myapp://product/{{ event.x }}", "javascript:1", "myapp://product/javascript:1"),
        ("{% if event.x %}myapp://cart/{{ event.x }}{% else %}{{ event.y }}{% endif %}", "1", "myapp://cart/1"),
        ("{{ event.y | default('myapp://home') }}", "1", "myapp://home"),
        ("https://cdn.example/{{ event.x }}", "//evil", "https://cdn.example///evil"),
        ("/p/{{ event.x }}", "1", "/p/1"),
        ("myapp://cart", "", "myapp://cart"),
        ("/{{ event.x }}", "/evil.example", SHOP),
        ("{{ event.x }}//evil.example", "https:", "https://evil.example"),
        ("java{{ event.x }}", "script:alert(1)", SHOP),
        ("{{ 'javascript:' ~ event.x }}", "alert(1)", SHOP),
    ],
)
def test_what_the_template_writes_out_counts(tmp_path: Path, source: str, x: str, read: str) -> None:
    assert said(Channel.PUSH, {"title": "t", "body": "b", "url": source}, x=x)["url"] == read
    if not re.match(r"(?:{%.*?%})?myapp:", source):  # an app's own scheme is nothing for a mail
        assert mail(tmp_path, f'<a href="{source}">go</a>', x=x)["text"] == f"w go: {read}"


@pytest.mark.parametrize("place", ['<a href="{{ event.x }}">go</a>', '<img src="{{ event.x }}" alt="a" />'])
@pytest.mark.parametrize(
    ("value", "expected"), [(None, "a value is empty"), (["https://x.example"], "a list cannot"), ({}, "a list cannot")]
)
def test_an_address_that_is_nothing_is_an_error_as_everywhere(
    tmp_path: Path, place: str, value: object, expected: str
) -> None:
    with pytest.raises(TemplateError, match=expected):
        mail(tmp_path, place, x=value)
    with pytest.raises(TemplateError, match="no field 'y'"):
        mail(tmp_path, place.replace("event.x", "event.y"), x=value)


@pytest.mark.parametrize(
    "source", ["{{ event.x }}", "{{- event.x -}}", "{{ event.x if event.x else 1 }}", "{{event.x}}"]
)
def test_however_an_expression_is_written_it_is_checked(tmp_path: Path, source: str) -> None:
    for x, read in (("https://x.example/?a=1&b=<2>", "https://x.example/?a=1&b=<2>"), ("data:1", SHOP), (5, SHOP)):
        assert mail(tmp_path, f'<a href="{source}">go</a>', x=x)["text"] == f"w go: {read}"


def test_without_an_address_of_the_shop_nothing_is_sent(tmp_path: Path) -> None:
    push = message(Channel.PUSH, title="t", body="b", url="{{ event.x }}")
    with pytest.raises(TemplateError, match="url: comes out empty"):
        Renderer().render(push, Channel.PUSH, "en", data={"event": {"x": "data:1"}, "shop": {}})
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "email.mjml").write_text(MAIL.format('<a href="{{ event.x }}">go</a>', ""), "utf-8")
    with pytest.raises(TemplateError, match="a link leads nowhere, and the shop has no address"):
        Renderer().render(compile_message(tmp_path / "m"), Channel.EMAIL, "en", data={"event": {"x": "data:1"}})


def test_data_do_not_break_out_of_a_background(tmp_path: Path) -> None:
    text = """<p style="background: url('{{ event.x }}'); {% if event.x %}margin: 0{% endif %}">t</p>"""
    html = mail(tmp_path, text, x="https://x.example/');color:red;--x:url('")["html"]
    assert "url('https://x.example/%27%29;color:red;--x:url%28%27')" in html.replace("&#39;", "'")
    assert "url('')" in mail(tmp_path, text, x="javascript:1")["html"].replace("&#39;", "'")


def test_outlook_s_links_and_loops_are_guarded_too(tmp_path: Path) -> None:
    column = """<mj-raw><!--[if mso]><v:rect href="{{ event.x }}" /><![endif]--></mj-raw>
        {% for one in event.list %}<mj-image src="{{ one }}" alt="P{{ loop.index }}" />{% endfor %}"""
    html = mail(tmp_path, "", column, x="data:1", list=["https://x.example/1", "data:2", "https://x.example/3"])["html"]
    assert f'<v:rect href="{SHOP}" />' in html
    assert re.findall(r'alt="(P\d)"', html) == ["P1", "P3"]


@given(st.text(max_size=30))
def test_whatever_counts_as_the_web_begins_with_http(address: str) -> None:
    if is_web_url(address):
        seen = "".join(
            character for character in address if character.isprintable() and not character.isspace()
        ).lower()
        assert seen.startswith(("http://", "https://"))
