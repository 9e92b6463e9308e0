"""Jinja survives MJML: whatever stands where is found again where a customer reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kaskad.content import Renderer, compile_message
from kaskad.domain.channel import Channel
from kaskad.domain.errors import InvalidFiles

EMAIL = "<mjml><mj-head><mj-title>Hi</mj-title></mj-head><mj-body>{}</mj-body></mjml>"
COLUMN = EMAIL.format("<mj-section><mj-column>{}</mj-column></mj-section>")
TEXT = COLUMN.format("<mj-text>{}</mj-text>")


def rendered(tmp_path: Path, mjml: str, **event: Any) -> dict[str, str]:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "email.mjml").write_text(mjml, "utf-8")
    message = compile_message(tmp_path / "m")
    return Renderer().render(message, Channel.EMAIL, "en", data={"event": event})


@pytest.mark.parametrize(
    ("mjml", "event", "there", "absent"),
    [
        pytest.param(
            TEXT.format("a{% if event.x %}YES{% else %}NO{% endif %}z"), {"x": 1}, ["aYESz"], ["NO"], id="text"
        ),
        pytest.param(
            TEXT.format('t{% if event.n > 1 and "<b>" != event.s %}YES{% endif %}'),
            {"n": 2, "s": "x"},
            ["tYES"],
            ["&gt;"],
            id="comparison",
        ),
        pytest.param(
            TEXT.format('<a href="{{ event.url }}">go</a>'),
            {"url": 'https://x/?a=1&b="'},
            ['href="https://x/?a=1&amp;b=&#34;"'],
            [],
            id="expression in an attribute",
        ),
        pytest.param(
            COLUMN.format(
                '<mj-button href="{% if event.x %}https://yes{% else %}https://no{% endif %}">go</mj-button>'
            ),
            {"x": 0},
            ['href="https://no"'],
            ["https://yes"],
            id="statement in an attribute",
        ),
        pytest.param(
            TEXT.format("""<p title="it's > {% if event.x %}1{% endif %}">t</p>"""),
            {"x": 1},
            ["""<p title="it's &gt; 1">t</p>"""],
            [],
            id="quotes and brackets in a value",
        ),
        pytest.param(
            TEXT.format('<p class="{% if event.x %}big{% endif %}" id="p{{ event.x }}">t</p>'),
            {"x": 1},
            ['<p class="big" id="p1">t</p>'],
            [],
            id="statement in a value of HTML",
        ),
        pytest.param(
            EMAIL.format(
                "{% for n in event.list %}<mj-section><mj-column><mj-text>N{{ n }}</mj-text></mj-column></mj-section>"
                "{% endfor %}"
            ),
            {"list": [1, 2]},
            ["N1", "N2"],
            [],
            id="loop around a section",
        ),
        pytest.param(
            COLUMN.format("{% if event.x %}<mj-text>YES</mj-text>{% else %}<mj-text>NO</mj-text>{% endif %}"),
            {"x": 0},
            ["NO"],
            ["YES"],
            id="between elements of a column",
        ),
        pytest.param(
            COLUMN.format("<mj-table><tr>{% for n in event.list %}<td>N{{ n }}</td>{% endfor %}</tr></mj-table>"),
            {"list": [1, 2]},
            ["<tr><td>N1</td><td>N2</td></tr>"],
            [],
            id="inside a table",
        ),
        pytest.param(
            TEXT.format("a  {%- if event.x -%}  b  {%- endif -%}  c"), {"x": 1}, ["abc"], [], id="trim markers"
        ),
        pytest.param(
            TEXT.format("""{{ "}}" }}{% if event.x == '%}' %}YES{% endif %}"""),
            {"x": "%}"},
            ["}}YES"],
            [],
            id="quoted ends",
        ),
        pytest.param(
            TEXT.format("{# a {{ note }} #}t<!-- {{ event.gone }} -->"), {}, ["t"], ["note", "<!-- "], id="comments"
        ),
        pytest.param(
            COLUMN.format("<mj-raw><!--[if mso]><b>{{ event.x }}</b><![endif]--></mj-raw><mj-text>t</mj-text>"),
            {"x": "OUTLOOK"},
            ["<!--[if mso]><b>OUTLOOK</b><![endif]-->"],
            [],
            id="Outlook's comments",
        ),
    ],
)
def test_what_is_written_is_what_is_read(
    tmp_path: Path, mjml: str, event: dict[str, Any], there: list[str], absent: list[str]
) -> None:
    html = rendered(tmp_path, mjml, **event)["html"]
    body = html[html.index("<body") :]
    assert [text for text in there if text not in body] == []
    assert [text for text in absent if text in body.replace("<!--[if", "")] == []


IN_ATTRIBUTES = EMAIL.replace(
    "</mj-head>", "<mj-attributes>\n {% if event.x %}<mj-all color='red' />{% endif %}</mj-attributes></mj-head>"
).replace("{}", "")
AMONG = "may not stand among attributes: put it into the quotes of one"


@pytest.mark.parametrize(
    ("mjml", "expected"),
    [
        pytest.param(TEXT.format("\n<p {{ event.x }}>t</p>"), f"2:4: {{{{ event.x }}}} {AMONG}", id="expression"),
        pytest.param(
            TEXT.format("\n<a href={{ event.x }}>t</a>"), f"2:9: {{{{ event.x }}}} {AMONG}", id="without quotes"
        ),
        pytest.param(
            TEXT.format("\n<p {% if event.x %}class='big'{% endif %}>t</p>"),
            f"2:4: {{% if event.x %}} {AMONG}",
            id="statement",
        ),
        pytest.param(
            COLUMN.format("\n<mj-text {% if event.x %}color='red'{% endif %}>t</mj-text>"),
            f"2:10: {{% if event.x %}} {AMONG}",
            id="statement in MJML",
        ),
        pytest.param(
            IN_ATTRIBUTES, "2:2: {% if event.x %} would be lost here: put it into text, or between", id="lost"
        ),
    ],
)
def test_what_mjml_would_lose_or_move_is_an_error_at_its_place(tmp_path: Path, mjml: str, expected: str) -> None:
    with pytest.raises(InvalidFiles) as caught:
        rendered(tmp_path, mjml)
    assert str(caught.value).startswith(f"{tmp_path.as_posix()}/m/email.mjml:{expected}")


def test_text_part_follows_the_same_statements_and_writes_links_out(tmp_path: Path) -> None:
    mail = rendered(
        tmp_path,
        EMAIL.replace("Hi", "{{{{ event.who }}}} &amp; co").format(
            "<mj-section><mj-column>{% for n in event.list %}<mj-text><h1>N{{ n }}</h1>is <b>bold</b>&nbsp;and"
            '   <a href="https://x/{{ n }}?a=1&amp;b=2">linked</a></mj-text>{% endfor %}'
            '<mj-image src="https://x/i.png" href="https://x" alt="picture" />'
            "<mj-button href='https://x'>Go</mj-button></mj-column></mj-section>"
        ),
        who="<Ann>",
        list=[1, 2],
    )
    assert mail["subject"] == "<Ann> & co"
    assert "&lt;Ann&gt; &amp; co" in mail["html"]
    paragraph = "N{n}\n\nis bold\N{NO-BREAK SPACE}and linked: https://x/{n}?a=1&b=2"
    assert mail["text"] == "\n\n".join([paragraph.format(n=1), paragraph.format(n=2), "Go: https://x"])
