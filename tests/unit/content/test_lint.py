"""What marketers get told: the file, the line, the column, what is wrong, what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest

from kaskad.content import compile_message
from kaskad.domain.errors import InvalidFiles

HEAD = "<mjml>\n<mj-head><mj-title>T</mj-title></mj-head>\n<mj-body>\n"
TAIL = "\n</mj-body>\n</mjml>"
COLUMN = HEAD + "<mj-section><mj-column>\n{}\n</mj-column></mj-section>" + TAIL


def problems(folder: Path, **files: str) -> list[str]:
    """What is wrong with the files (`email__ru__mjml` is email.ru.mjml), as a person sees it below templates/."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, "utf-8")
    with pytest.raises(InvalidFiles) as caught:
        compile_message(folder)
    return [str(problem).removeprefix(f"{folder.as_posix()}/") for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("mjml", "expected"),
    [
        (COLUMN.format("<mj-text>a"), ["email.mjml:5:1: <mj-text> is not closed"]),
        (COLUMN.format("<mj-text>a</mj-text></mj-text>"), ["email.mjml:5:21: </mj-text> closes nothing"]),
        (COLUMN.format("<mj-text><p>a<br></mj-text>"), ["email.mjml:5:10: <p> is not closed"]),
        (COLUMN.format("<mj-txt>a</mj-txt>"), ["email.mjml:5:1: unknown tag <mj-txt>, did you mean 'mj-text'?"]),
        (
            COLUMN.format("<mj-text\n  colour='red'>a</mj-text>"),
            ["email.mjml:5:1: unknown attribute 'colour' of <mj-text>, did you mean 'color'?"],
        ),
        (
            COLUMN.format("{{ event.long }}<mj-text>a</mj-text>"),
            ["email.mjml:5:1: text directly below <mj-column> would be lost: put it into <mj-text>"],
        ),
        (
            COLUMN.format("<p>a</p>"),
            ["email.mjml:5:1: <p> would be lost here: put it into <mj-text> or <mj-raw>"],
        ),
        (
            HEAD + "<mj-section><mj-text>a</mj-text></mj-section>" + TAIL,
            ["email.mjml:4:13: <mj-text> stands below <mj-column> or <mj-hero>, not below <mj-section>"],
        ),
        (
            COLUMN.format("<mj-text>{% if event.a %}<a class='x' class='y'>b</a>{% endif %}</mj-text>"),
            ["email.mjml:5:26: <a> has 'class' twice: only one would be kept"],
        ),
        (
            COLUMN.format("<mj-text>{% if event.a %}\n{{ event.b }}</mj-text>"),
            ["email.mjml:5:10: Jinja: {% if %} is not closed: {% endif %} is missing"],
        ),
        (
            COLUMN.format("<mj-text>{{ cart.totl }}\n {{ custmer.id | monney }}</mj-text>"),
            [
                "email.mjml:5:13: unknown field 'cart.totl', did you mean 'cart.total'?",
                "email.mjml:6:5: unknown name 'custmer', did you mean 'customer'?",
                "email.mjml:6:18: unknown filter 'monney', did you mean 'money'?",
            ],
        ),
        (
            COLUMN.format("<mj-text>{% include 'x' %}</mj-text>"),
            ["email.mjml:5:10: {% include %} may not stand in a message; shared parts come by mj-include"],
        ),
        (
            COLUMN.format("<mj-text>{% set a = [event.x, event.x] %}</mj-text>"),
            ["email.mjml:5:10: a list written here may hold plain values only"],
        ),
        (
            COLUMN.format("<mj-text>{% for a in event.x recursive %}{% endfor %}</mj-text>"),
            ["email.mjml:5:10: recursive loops may not stand in a message"],
        ),
        (HEAD.replace("T</", "</") + TAIL, ["email.mjml:1:1: an e-mail needs its subject: <mj-title> in <mj-head>"]),
    ],
)
def test_mail(tmp_path: Path, mjml: str, expected: list[str]) -> None:
    assert problems(tmp_path / "m", email__mjml=mjml) == expected


def test_includes_stay_inside_and_tell_problems_in_their_own_file(tmp_path: Path) -> None:
    shared = tmp_path / "_shared"
    shared.mkdir()
    (shared / "text.mjml").write_text("<mj-text>\n{{ nobody }}</mj-text>")
    (shared / "again.mjml").write_text('<mj-include path="again.mjml" />')
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "x.mjml").write_text("<mj-text>x</mj-text>")
    (tmp_path.parent / "secret.txt").write_text("secret")

    def problems_with(path: str) -> list[str]:
        return problems(tmp_path / "m", email__mjml=COLUMN.format(f'<mj-include path="{path}"/>'))

    assert problems_with("../_shared/text.mjml") == [f"{shared.as_posix()}/text.mjml:2:4: unknown name 'nobody'"]
    outside = "email.mjml:5:1: mj-include may not leave the message's folder and the shared ones: "
    for path in ("../../secret.txt", "../other/x.mjml", "/etc/passwd", "../_shared/../../secret.txt", ".."):
        assert problems_with(path) == [outside + path]
    (shared / "link.mjml").symlink_to(tmp_path.parent / "secret.txt")
    assert problems_with("../_shared/link.mjml") == [outside + "../_shared/link.mjml"]
    assert problems_with("../_shared/none.mjml") == ["email.mjml:5:1: there is no file ../_shared/none.mjml to include"]
    assert problems_with("../_shared/again.mjml")[0].endswith("again.mjml:1:1: includes nest deeper than 8: again.mjml")


OPEN = [
    ("{% if event.a %}x", "4:1: Jinja: {% if %} is not closed: {% endif %} is missing"),
    ("{% if event.a %}\n{% if event.b %}{% endif %}", "4:1: Jinja: {% if %} is not closed: {% endif %} is missing"),
    ("x\n {% for a in event.b %}", "5:2: Jinja: {% for %} is not closed: {% endfor %} is missing"),
    ("{% if event.a %}{% for b in event.c %}{% endif %}", "4:17: Jinja: {% for %} is not closed before {% endif %}"),
    ("{% endif %}", "4:1: Jinja: {% endif %} closes nothing"),
    ("{% if event.a %}{% endfi %}", "4:17: Jinja: unknown tag 'endfi', did you mean 'endif'?"),
    ("{% set a %}x", "4:1: Jinja: {% set %} is not closed: {% endset %} is missing"),
    ("{# never", "4:1: Jinja: {# never ends: #} is missing"),
    ("x {{ event.a }", "4:3: Jinja: {{ never ends: }} is missing"),
    ("x {% if event.a }a{% endif %}", "4:3: Jinja: {% never ends: %} is missing"),
    ("{{ 'x }}", "4:1: Jinja: {{ never ends: }} is missing"),
]


@pytest.mark.parametrize(("text", "expected"), OPEN)
def test_what_is_open_is_told_where_it_begins_whatever_comes_after_it(tmp_path: Path, text: str, expected: str) -> None:
    shared = tmp_path / "_shared"
    shared.mkdir()
    footer = "<mj-text>{% if event.b %}b{% endif %}\n{% for c in event.d %}{{ c }}{% endfor %}</mj-text>"
    (shared / "footer.mjml").write_text(footer)
    mjml = HEAD + f"{text}\n" + '<mj-include path="../_shared/footer.mjml" />' + TAIL
    assert problems(tmp_path / "m", email__mjml=mjml) == [f"email.mjml:{expected}"]
    (shared / "footer.mjml").write_text(f"\n\n\n{text}")
    mjml = HEAD + "{% if event.b %}b{% endif %}" + '<mj-include path="../_shared/footer.mjml" />' + TAIL
    assert problems(tmp_path / "m", email__mjml=mjml) == [f"{shared.as_posix()}/footer.mjml:{expected}"]


@pytest.mark.parametrize(
    ("mjml", "expected"),
    [
        ("", "1:1: the file is empty: an e-mail is <mjml> with a <mj-head> and a <mj-body>"),
        (" \n", "1:1: the file is empty: an e-mail is <mjml> with a <mj-head> and a <mj-body>"),
        ("<!-- a -->{# b #}\n", "1:1: the file is empty: an e-mail is <mjml> with a <mj-head> and a <mj-body>"),
        ("<p>a</p>", "1:1: an e-mail stands in <mjml>, with a <mj-head> and a <mj-body>"),
        ("\n<mjml></mjml>", "2:1: <mjml> has no <mj-body>: what the e-mail says stands in it"),
        (HEAD + TAIL + "\n<mjml></mjml>", "7:1: a second <mjml> would be lost: an e-mail has one"),
        (HEAD + "</mj-body>\n<mj-body>" + TAIL, "5:1: a second <mj-body> would be lost: an e-mail has one"),
        (HEAD.replace("<mj-body>", "<mj-head></mj-head>\n<mj-body>") + TAIL,
         "3:1: a second <mj-head> would be lost: an e-mail has one"),
    ],
)  # fmt: skip
def test_a_mail_has_its_frame_once(tmp_path: Path, mjml: str, expected: str) -> None:
    assert problems(tmp_path / "m", email__mjml=mjml) == [f"email.mjml:{expected}"]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            {"push__yaml": "titel: a\nbody: b\nurl: c\n"},
            ["push.yaml:1:1: 'title' is missing", "push.yaml:1:1: unknown key 'titel', did you mean 'title'?"],
        ),
        ({"sms__yaml": "text: 5\n"}, ["sms.yaml:1:7: 'text' must be a text: write it in quotes"]),
        ({"sms__yaml": "\ntext: [a]\n"}, ["sms.yaml:2:7: 'text' must be a text, not several values"]),
        ({"sms__yaml": 'text: ""\n'}, ["sms.yaml:1:7: 'text' is empty: write what it says"]),
        ({"sms__yaml": "at_most: 2\ntext:   ' '\n"}, ["sms.yaml:2:9: 'text' is empty: write what it says"]),
        ({"sms__yaml": "at_most: 2\ntext:\n"}, ["sms.yaml:2:1: 'text' is empty: write what it says"]),
        ({"viber__yaml": "text: a\nbutton: ''\n"}, ["viber.yaml:2:9: 'button' is empty: leave it out, or fill it"]),
        ({"sms__yaml": "text: 'a\n"}, ["sms.yaml:2:1: YAML: found unexpected end of stream"]),
        ({"sms__yaml": "- a\n"}, ["sms.yaml:1:1: must hold `key: value` lines"]),
        ({"sms__yaml": 'text: "Hi {{ cart.totl }}"\n'},
         ["sms.yaml:1:14: unknown field 'cart.totl', did you mean 'cart.total'?"]),
        (
            {"call__yaml": "ask: a\nscript: |\n  one\n  two {{ cart.totl }}\n"},
            ["call.yaml:4:10: unknown field 'cart.totl', did you mean 'cart.total'?"],
        ),
        ({"sms__yaml": "text: a\n", "sns__ru__yaml": "text: a\n"},
         ["sns.ru.yaml:1:1: unknown channel 'sns', did you mean 'sms'?"]),
        ({"sms__xx__yaml": "text: a\n"}, ["sms.xx.yaml:1:1: unknown locale 'xx': write it like ru or pt-BR"]),
        ({"sms__ru__yaml": "text: a\n"}, ["sms.ru.yaml:1:1: sms.yaml is missing: other languages fall back on it"]),
        ({"sms__mjml": "text: a\n"}, ["sms.mjml:1:1: the file of sms ends in .yaml"]),
        (
            {"sms__yaml": "text: a\n", "message__yaml": "topik: carts\ndata:\n  p: {form: cart.items}\n"},
            [
                "message.yaml:1:1: unknown key 'topik', did you mean 'topic'?",
                "message.yaml:3:7: unknown key 'form', did you mean 'from'?",
            ],
        ),
        (
            {"sms__yaml": "text: a\n", "message__yaml": "data:\n  p: {from: cart.items,\n    at_most: 0}\n"},
            ["message.yaml:3:5: 'at_most': input should be greater than or equal to 1"],
        ),
    ],
)  # fmt: skip
def test_yaml(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    assert problems(tmp_path / "m", **files) == expected


def test_not_utf_8(tmp_path: Path) -> None:
    (tmp_path / "sms.yaml").write_bytes("text: привет".encode("cp1251"))
    (tmp_path / "email.mjml").write_bytes("привет".encode("cp1251"))
    assert problems(tmp_path) == [f"{name}:1:1: is not written in UTF-8" for name in ("email.mjml", "sms.yaml")]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for name in ("email.mjml", "sms.yaml"):
        (tmp_path / name).mkdir()
    assert problems(tmp_path) == [f"{name}:1:1: cannot be read: Is a directory" for name in ("email.mjml", "sms.yaml")]


def test_a_message_without_channels_is_none(tmp_path: Path) -> None:
    with pytest.raises(InvalidFiles, match="a message needs at least one channel's file"):
        compile_message(tmp_path / "nothing")
