"""`mj-style inline="inline"` is written into the elements, whatever else stands in the message."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kaskad.content import Renderer, compile_message
from kaskad.domain.channel import Channel
from kaskad.domain.errors import InvalidFiles

EMAIL = """<mjml><mj-head><mj-title>T</mj-title>
<mj-style inline="inline">{css}</mj-style></mj-head>
<mj-body><mj-section><mj-column>
{body}
</mj-column></mj-section></mj-body></mjml>"""


def html(tmp_path: Path, css: str, body: str, **event: Any) -> str:
    """The HTML of an e-mail with these rules to inline."""
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "email.mjml").write_text(EMAIL.format(css=css, body=body), "utf-8")
    return Renderer().render(compile_message(tmp_path / "m"), Channel.EMAIL, "en", data={"event": event})["html"]


def test_rules_stand_in_the_elements_and_what_these_say_themselves_wins(tmp_path: Path) -> None:
    body = '<mj-text><p class="a">one</p><p class="a" style="color: blue">two</p></mj-text>'
    found = html(tmp_path, "/* ours */ .a { color: red; margin: 0 } p > b { color: green }", body)
    assert '<p class="a" style="color: red;margin: 0;">one</p>' in found
    assert '<p class="a" style="margin: 0;color: blue">two</p>' in found
    assert "ours" not in found


def test_what_no_element_can_carry_stays_a_style_sheet(tmp_path: Path) -> None:
    css = ".a{margin:0} @media (max-width:9px){.a{color:red}} .a:hover{color:blue} @import url(https://x/?a=1&copy=2);"
    found = html(tmp_path, css, '<mj-text><p class="a">t</p></mj-text>')
    sheets = found[: found.index("<body")]
    for rule in (
        "@media (max-width:9px){.a{color:red}}",
        ".a:hover{color:blue}",
        "@import url(https://x/?a=1&copy=2);",
    ):
        assert rule in sheets
    assert '<p class="a" style="margin: 0;">' in found


@pytest.mark.parametrize(
    ("css", "body", "there"),
    [
        pytest.param(
            ".a{color:{{ event.c }}}", '<mj-text><p class="a">t</p></mj-text>', 'style="color: red;"', id="in css"
        ),
        pytest.param(
            "@media (max-width:9px){.a{color:{{ event.c }}}}",
            '<mj-text><p class="a">t</p></mj-text>',
            ".a{color:red}",
            id="in a media query",
        ),
        pytest.param(
            ".a{margin:0}",
            '<mj-text><p class="a" style="color: {{ event.c }}">t</p></mj-text>',
            'style="margin: 0;color: red"',
            id="an expression in a style",
        ),
        pytest.param(
            ".a{margin:0}",
            '<mj-text><p class="a" style="{% if event.c %}color: {{ event.c }};{% endif %}">t</p></mj-text>',
            'style="margin: 0;color: red;"',
            id="a statement in a style",
        ),
        pytest.param(
            "td{margin:0}",
            "<mj-table>{% for n in event.list %}<tr><td>N{{ n }}</td></tr>{% endfor %}</mj-table>",
            '<tbody><tr><td style="margin: 0;">N1</td></tr><tbody><tr><td style="margin: 0;">N2</td></tr>',
            id="rows of a table",
        ),
        pytest.param(
            ".a{margin:0}",
            '{% if event.c %}<mj-text><a class="a" href="{{ event.u }}&copy=1">t</a></mj-text>{% endif %}',
            'href="https://x.example/?a=1&amp;b=2&amp;copy=1" style="margin: 0;"',
            id="around an element, in a link",
        ),
        pytest.param(
            ".a{margin:0}",
            "<mj-raw><!--[if mso]><b>{{ event.c }}</b><![endif]--></mj-raw><mj-text>t</mj-text>",
            "<!--[if mso]><b>red</b><![endif]-->",
            id="Outlook's comments",
        ),
    ],
)
def test_jinja_survives_inlining(tmp_path: Path, css: str, body: str, there: str) -> None:
    assert there in html(tmp_path, css, body, c="red", list=[1, 2], u="https://x.example/?a=1&b=2")


@pytest.mark.parametrize(
    ("css", "body", "expected"),
    [
        (
            "{% if event.c %}.a{color:red}{% endif %}",
            "<mj-text>t</mj-text>",
            "2:27: {% if event.c %} would be lost here",
        ),
        (
            ".a{color:red}",
            "<mj-table>{{ event.c }}<tr><td>t</td></tr></mj-table>",
            "4:11: {{ event.c }} would be moved or lost by mj-style inline: put it into a cell, or leave inline away",
        ),
    ],
)
def test_what_inlining_would_lose_or_move_is_an_error_at_its_place(
    tmp_path: Path, css: str, body: str, expected: str
) -> None:
    with pytest.raises(InvalidFiles) as caught:
        html(tmp_path, css, body, c=1)
    assert f"email.mjml:{expected}" in str(caught.value)
