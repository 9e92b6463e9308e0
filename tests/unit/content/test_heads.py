"""What stands in <mj-head> works as it was written, or is told in words that say what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from kaskad.content import Renderer, compile_message
from kaskad.content.mjml.fonts import BUILT_IN
from kaskad.domain.channel import Channel
from kaskad.domain.errors import InvalidFiles

MAIL = """<mjml><mj-head><mj-title>T</mj-title>
{head}</mj-head><mj-body><mj-section><mj-column>
<mj-text font-family="{family}, Arial">t</mj-text></mj-column></mj-section></mj-body></mjml>"""
LAST = "{{ shop.url }}/last.css"
THEIRS = "https://fonts.googleapis.com"


def html(tmp_path: Path, head: str, family: str) -> str:
    """The HTML of an e-mail with this head, written in that font."""
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "email.mjml").write_text(MAIL.format(head=head, family=family), "utf-8")
    data = {"shop": {"url": "https://shop.example"}}
    return Renderer().render(compile_message(tmp_path / "m"), Channel.EMAIL, "en", data=data)["html"]


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_a_font_that_mjml_brings_along_comes_from_where_the_mail_says(tmp_path: Path, name: str) -> None:
    address = "https://fonts.example/css?family=a&amp;display=swap"
    found = html(tmp_path, f"<mj-font href='{address}'\n name='{name}'></mj-font>", name)
    assert f'<link href="{address}"' in found and f"@import url({address.replace('&amp;', '&')});" in found
    assert THEIRS not in found


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_a_font_that_mjml_brings_along_needs_no_words(tmp_path: Path, name: str) -> None:
    assert f'<link href="{THEIRS}' in html(tmp_path, "", name)


@pytest.mark.parametrize("name", ["Raleway", "Lato", "Open Sans"])
def test_of_a_font_that_stands_twice_the_last_one_holds(tmp_path: Path, name: str) -> None:
    first, last = f"<mj-font name='{name}' href='/first.css'/>", f'<mj-font name="{name}" href="{LAST}"></mj-font>'
    found = html(tmp_path, f"{first}{last}<!-- {first} -->", name)
    assert 'href="https://shop.example/last.css"' in found and "@import url(https://shop.example/last.css)" in found
    assert "first.css" not in found.partition("<body")[0].replace(first, "") and THEIRS not in found


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (
            '<mj-attributes><mj-text color="red" /><mj-text padding="0" /></mj-attributes>',
            "2:39: <mj-text> stands here a second time: write what both say into one",
        ),
        (
            '<mj-attributes><mj-all color="red"/></mj-attributes><mj-attributes><mj-all padding="0"/></mj-attributes>',
            "2:68: <mj-all> stands here a second time: write what both say into one",
        ),
        (
            '<mj-attributes><mj-class name="a" color="red" /><mj-class name="a" padding="0" /></mj-attributes>',
            "2:49: <mj-class name='a'> stands here a second time: write what both say into one",
        ),
        (
            '<mj-html-attributes><mj-selector path=".a"></mj-selector><mj-selector path=".a"></mj-selector>'
            "</mj-html-attributes>",
            "2:58: <mj-selector path='.a'> stands here a second time: write what both say into one",
        ),
        ('<mj-attributes><mj-class color="red" /></mj-attributes>', "2:16: <mj-class> needs its attribute 'name'"),
        (
            "<mj-html-attributes><mj-selector></mj-selector></mj-html-attributes>",
            "2:21: <mj-selector> needs its attribute 'path'",
        ),
        ('<mj-font name="Raleway" />', "2:1: <mj-font> needs its attribute 'href'"),
        ('<mj-font href="https://x" name="" />', "2:1: <mj-font> needs its attribute 'name'"),
        (
            '<mj-include path="a.css" type="css" />',
            '2:1: mj-include takes one attribute, path="…", in quotes; CSS stands in <mj-style> of such a file',
        ),
    ],
)
def test_what_mjml_gives_up_at_is_told_with_what_to_do(tmp_path: Path, head: str, expected: str) -> None:
    with pytest.raises(InvalidFiles) as caught:
        html(tmp_path, head, "Arial")
    assert [str(problem).partition("email.mjml:")[2] for problem in caught.value.problems] == [expected]


def test_what_mjml_takes_may_stand_there(tmp_path: Path) -> None:
    head = """<mj-attributes><mj-all padding="0" /><mj-text color="#123456" /><mj-class name="a" color="red" />
<mj-class name="b" color="blue" /></mj-attributes>
<mj-html-attributes><mj-selector path=".a"><mj-html-attribute name="x">1</mj-html-attribute></mj-selector>
<mj-selector path=".b"><mj-html-attribute name="x">1</mj-html-attribute></mj-selector></mj-html-attributes>"""
    assert "color:#123456" in html(tmp_path, head, "Arial")
