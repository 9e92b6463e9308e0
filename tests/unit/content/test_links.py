"""A link in MJML arrives as it was written, whatever it holds, and wherever a link may stand."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kaskad.content import Renderer, compile_message
from kaskad.content.foreign_tags import find_foreign_tags
from kaskad.domain.channel import Channel
from tests.support.browser import open_tab

EMAIL = "<mjml><mj-head><mj-title>T</mj-title>{head}</mj-head><mj-body>{body}</mj-body></mjml>"
COLUMN = "<mj-section><mj-column>{}</mj-column></mj-section>"
FULL = "https://x.example/?a=1&currency=RUB&section=2&copy=1&lt=3&not&reg&ü=a b%26&q='z'#top"
PLACES = {
    "button": COLUMN.format('<mj-button href="{}">go</mj-button>'),
    "image": COLUMN.format('<mj-image src="https://x.example/i.png" href="{}" alt="a" />'),
    "picture": COLUMN.format('<mj-image src="{}" alt="a" />'),
    "text": COLUMN.format('<mj-text><a href="{}">go</a></mj-text>'),
    "table": COLUMN.format('<mj-table><tr><td><a href="{}">go</a></td></tr></mj-table>'),
    "navbar": COLUMN.format('<mj-navbar><mj-navbar-link href="{}">go</mj-navbar-link></mj-navbar>'),
    "social": COLUMN.format('<mj-social><mj-social-element name="web" href="{}">go</mj-social-element></mj-social>'),
    "carousel": COLUMN.format('<mj-carousel><mj-carousel-image src="{}" /></mj-carousel>'),
    "accordion": COLUMN.format(
        '<mj-accordion><mj-accordion-element icon-wrapped-url="{}"><mj-accordion-title>a</mj-accordion-title>'
        "<mj-accordion-text>b</mj-accordion-text></mj-accordion-element></mj-accordion>"
    ),
    "raw": COLUMN.format('<mj-raw><a href="{}">go</a></mj-raw>'),
    "Outlook": COLUMN.format('<mj-raw><!--[if mso]><a href="{}">go</a><![endif]--></mj-raw>'),
    "without quotes": COLUMN.format("<mj-text><a href={}>go</a></mj-text>"),
}


def written(tmp_path: Path, body: str, head: str = "", **event: str) -> dict[str, str]:
    """The e-mail's fields."""
    folder = tmp_path / "m"
    folder.mkdir(exist_ok=True)
    words = COLUMN.format("<mj-text>w</mj-text>")
    (folder / "email.mjml").write_text(EMAIL.format(head=head, body=words + body), "utf-8")
    data = {"event": event, "shop": {"url": "https://shop.example"}}
    return Renderer().render(compile_message(folder), Channel.EMAIL, "en", data=data)


class Addresses(HTMLParser):
    """The addresses of a document, as programs read them; also those that only Outlook sees."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(re.sub(r"<!--\[if [^\]]*\]>|<!\[endif\]-->", "", html))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {value for name, value in attrs if name in ("href", "src", "background") and value}


@pytest.mark.parametrize("place", PLACES)
def test_a_link_arrives_as_it_was_written_wherever_it_stands(tmp_path: Path, place: str) -> None:
    link = FULL.replace("'", "").replace(" ", "+") if place == "without quotes" else FULL
    mail = written(tmp_path, PLACES[place].format(link))
    assert link in Addresses(mail["html"]).found
    assert "&curren" not in mail["html"] and "¤" not in mail["html"] + mail["text"]


@pytest.mark.parametrize(
    ("source", "read"),
    [
        ("?a=1&amp;b=2", "?a=1&b=2"),
        ("?a=1&amp;copy=2", "?a=1&copy=2"),
        ("?a=1&amp;amp;b=2", "?a=1&amp;b=2"),
        ("?a=1&#38;b=2&#x26;c=3", "?a=1&b=2&c=3"),
        ("?a=&quot;1&quot;", '?a="1"'),
        ("?a=1&unknown;b", "?a=1&unknown;b"),
        ("?a=1&ampere=2", "?a=1&ampere=2"),
        ("?a=1&copy", "?a=1&copy"),
        ("?a=<1>", "?a=<1>"),
    ],
)
def test_a_reference_that_is_written_out_stays_one_character(tmp_path: Path, source: str, read: str) -> None:
    mail = written(tmp_path, PLACES["button"].format(f"https://x.example/{source}"))
    assert f"https://x.example/{read}" in Addresses(mail["html"]).found
    assert mail["text"] == f"w\n\ngo: https://x.example/{read}"


HELD = st.sampled_from([*"&&&=?#/;%+ '<>ä€", "curren", "copy", "lt", "amp", "sect", "not", "reg", "x", "1", "%26"])


WRITTEN = st.lists(HELD, max_size=12).map("".join).filter(lambda text: not re.search(r"&#?\w+;|  ", text))
WRITTEN = WRITTEN.filter(lambda text: not find_foreign_tags(f"?{text}."))


@given(WRITTEN)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_it_holds(tmp_path: Path, query: str) -> None:
    link = f"https://x.example/?{query}."
    mail = written(tmp_path, "".join(PLACES[place].format(link) for place in ("button", "text", "image", "raw")))
    found = Addresses(mail["html"]).found
    assert {address for address in found if address.startswith("https://x.example/?")} == {link}
    assert mail["text"].count(link) == 3


@pytest.mark.anyio
async def test_a_browser_reads_the_links_that_were_written(tmp_path: Path) -> None:
    page = tmp_path / "mail.html"
    body = PLACES["button"].format(FULL) + PLACES["text"].format("{{ event.u }}&currency=RUB&copy=1")
    page.write_text(written(tmp_path, body, u="https://x.example/?sect=1&reg=2")["html"], "utf-8")
    async with open_tab(tmp_path / "profile") as tab:
        await tab.open(page.as_uri())
        found = await tab.read("[...document.links].map(link => link.getAttribute('href'))")
    assert found == [FULL, "https://x.example/?sect=1&reg=2&currency=RUB&copy=1"]


def test_jinja_in_a_link_keeps_what_stands_around_it(tmp_path: Path) -> None:
    source = '{{ event.u }}&currency=RUB&section={{ event.n }}{% if event.n %}&copy={{ event.n ~ "&lt=1" }}{% endif %}'
    mail = written(tmp_path, PLACES["button"].format(source.replace('"', "'")), u="https://x.example/?a=1&reg=2", n="7")
    link = "https://x.example/?a=1&reg=2&currency=RUB&section=7&copy=7&lt=1"
    assert link in Addresses(mail["html"]).found
    assert mail["text"] == f"w\n\ngo: {link}"


def test_links_of_style_sheets_and_backgrounds_arrive(tmp_path: Path) -> None:
    css = "<mj-style>.a > b { background: url(https://x.example/?a=1&copy=2) }</mj-style>"
    inlined = '<mj-style inline="inline">.c { background: url(https://x.example/?a=1&reg=2) }</mj-style>'
    body = '<mj-section background-url="https://x.example/?a=1&sect=2"><mj-column>{}</mj-column></mj-section>'
    text = """<mj-text><p class="c" style="margin: 0">t</p><p style="background: url('https://x.example/?a=1&lt=2')">
        t</p></mj-text>"""
    html = written(tmp_path, body.format(text), css + inlined)["html"]
    assert ".a > b { background: url(https://x.example/?a=1&copy=2) }" in html
    assert "url(https://x.example/?a=1&amp;reg=2);margin: 0" in html
    assert "url('https://x.example/?a=1&amp;sect=2')" in html
    assert 'background="https://x.example/?a=1&amp;sect=2"' in html
    assert "url('https://x.example/?a=1&amp;lt=2')" in html.replace("&#39;", "'")


def test_a_link_that_is_shared_is_one_parameter(tmp_path: Path) -> None:
    social = '<mj-social><mj-social-element name="facebook" href="{}">go</mj-social-element></mj-social>'
    for link in (FULL, "{{ event.u }}&copy=1"):
        mail = written(tmp_path, COLUMN.format(social.format(link)), u="https://x.example/?a=1")
        (shared,) = {address for address in Addresses(mail["html"]).found if "sharer.php" in address}
        assert unquote(shared.partition("?u=")[2]) == link.replace("{{ event.u }}", "https://x.example/?a=1")
        assert "&" not in shared


def test_an_and_in_words_stays_one(tmp_path: Path) -> None:
    text = (
        '<mj-text><p title="a &amp; b &quot;c&quot; &copy=1">'
        "AT&T, https://x.example/?a=1&currency=2 &copy; &lt;b</p></mj-text>"
    )
    mail = written(tmp_path, COLUMN.format(text), "<mj-preview>A&B &amp; C</mj-preview>")
    assert mail["text"] == "w\n\nAT&T, https://x.example/?a=1&currency=2 © <b"
    assert mail["preheader"] == "A&B & C"
    assert 'title="a &amp; b &quot;c&quot; &amp;copy=1"' in mail["html"]
    assert "?a=1&amp;currency=2 © &lt;b" in mail["html"]
