"""No message, however odd, ends in a traceback: what others' compilers raise is an error at its file."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kaskad.content import Renderer, compile_message
from kaskad.content.checks import CHECKS, CheckedMessage, RenderedExample, run_checks
from kaskad.content.mjml.compiler_errors import convert_compiler_errors
from kaskad.content.mjml.elements import load_grammar
from kaskad.domain.channel import Channel
from kaskad.domain.errors import InvalidFiles, Problem, TemplateError
from tests.unit.content.checked_messages import push

COLUMN = (
    "<mjml>\n<mj-head><mj-title>T</mj-title>{head}</mj-head><mj-body><mj-section><mj-column>\n{body}\n"
    "</mj-column></mj-section></mj-body></mjml>"
)
KNOWN = load_grammar()
VALUES = [
    "",
    "x",
    "10px",
    "-1%",
    "100%",
    "1e9px",
    "auto",
    "red",
    "inline",
    "{{ event.x }}",
    "a b c d e",
    "&copy=1",
    "\n",
]
ODD = {
    "a width that is no number": ('<mj-image src="https://x/a.png" width="wide" />', "4:1"),
    "padding of five parts": ('<mj-text padding="1px 2px 3px 4px 5px">t</mj-text>', "4:1"),
    "a border without a width": ('<mj-button border="solid">t</mj-button>', "4:1"),
}


def problems_of(folder: Path, **files: str) -> list[str]:
    """What is wrong with the message of these files; nothing where it compiles, renders and is looked at."""
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, "utf-8", "surrogatepass")
    try:
        message = compile_message(folder)
    except InvalidFiles as error:
        return [str(problem).removeprefix(f"{folder.as_posix()}/") for problem in error.problems]
    data = {"event": {"x": "1"}, "shop": {"url": "https://shop.example"}, "links": {}}
    said = []
    for channel in message.variants:
        try:
            said.append(RenderedExample(channel, "", "usual", Renderer().render(message, channel, "en", data=data)))
        except TemplateError as error:
            return [str(error)]
    return [
        str(finding)
        for finding in run_checks(CheckedMessage(message, folder, said), CHECKS)
        if "cannot be looked" in str(finding)
    ]


def test_what_mjml_raises_is_an_error_at_its_element(tmp_path: Path) -> None:
    odd = '<mj-text>t</mj-text><mj-image src="https://x/a.png" padding="a" />'
    (problem,) = problems_of(tmp_path / "m", email__mjml=COLUMN.format(head="", body=odd))
    assert problem.startswith("email.mjml:3:21: mjml cannot compile this, in <mj-image>: ")


def test_the_other_files_go_on(tmp_path: Path) -> None:
    mail = COLUMN.format(head="", body='<mj-image src="https://x/a.png" padding="a" />')
    problems = problems_of(tmp_path / "m", email__mjml=mail, email__ru__mjml=mail, sms__yaml="text: {{ nobody }}")
    assert [problem.partition(":")[0] for problem in problems] == ["email.mjml", "email.ru.mjml", "sms.yaml"]


class Panic(BaseException):
    """What code in Rust raises where it gives up: no Exception."""


def test_even_a_panic_of_a_compiler_is_an_error_of_the_file() -> None:
    message = r"m/email\.mjml:1:1: .*Panic\('index out of bounds'\)"
    with (
        pytest.raises(InvalidFiles, match=message),
        convert_compiler_errors(lambda error: Problem("m/email.mjml", 1, 1, repr(error))),
    ):
        raise Panic("index out of bounds")
    for ending in (KeyboardInterrupt, SystemExit):
        with pytest.raises(ending), convert_compiler_errors(lambda error: Problem("", 1, 1, "")):
            raise ending


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("sms__yaml", "text: a\x07b"),
        ("sms__yaml", "text: a\ntext: b"),
        ("sms__yaml", "? [1, 2]\n: b"),
        ("sms__yaml", "- a\n- b"),
        ("message__yaml", "data: [1, 2]"),
        ("message__yaml", "data: {a: {promo: x, never: 3}}"),
        ("message__yaml", "utm: {a: {b: c}}"),
        ("message__yaml", "1: 2"),
        ("email__mjml", "<mjml><mj-include path='\0' /></mjml>"),
        ("email__mjml", ""),
        ("email__mjml", "<mjml></mjml>"),
        ("sms__yaml", "text: b" + "{% for a in range(1) %}" * 25 + "a" + "{% endfor %}" * 25),
        ("sms__yaml", "text: '{{ " + "(" * 2000 + "1" + ")" * 2000 + " }}'"),
        ("sms__yaml", "text: '{{ event.x | truncate([]) }}'"),
        ("email__mjml", COLUMN.format(head="", body="<mj-text>" + "<p>" * 500 + "</p>" * 500 + "</mj-text>")),
    ],
)
def test_odd_files_are_errors_too(tmp_path: Path, file: str, text: str) -> None:
    assert problems_of(tmp_path / "m", **{"sms__yaml": "text: a", file: text})


@pytest.mark.parametrize("link", ["http://[", "https://[::1/x", "https://x.example:port/"])
def test_an_odd_link_is_no_trouble_of_the_checks(tmp_path: Path, link: str) -> None:
    assert problems_of(tmp_path / "m", push__yaml=push(url=link), message__yaml="utm: {a: b}") == []


def test_a_check_that_cannot_look_keeps_no_other_from_looking(tmp_path: Path) -> None:
    (tmp_path / "sms.yaml").write_text(f"text: {'a' * 161}")
    message = compile_message(tmp_path)
    spoiled = RenderedExample(Channel.EMAIL, "", "usual", {"html": "<p>"})  # no subject
    said = [spoiled, RenderedExample(Channel.SMS, "", "usual", {"text": "a" * 161})]
    names = [finding.check.name for finding in run_checks(CheckedMessage(message, tmp_path, said))]
    assert "subject_long" in names and "sms_segments" in names


def test_a_damaged_cache_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "sms.yaml").write_text("text: a")
    compiled = compile_message(tmp_path / "m", cache=tmp_path / "cache")
    (entry,) = (tmp_path / "cache").iterdir()
    entry.write_text("{")
    assert compile_message(tmp_path / "m", cache=tmp_path / "cache") == compiled


@st.composite
def element(draw: st.DrawFn, depth: int = 4) -> str:
    """An element of MJML with odd attributes, and odd things in it."""
    tag = draw(st.sampled_from(sorted({*KNOWN.attributes} - {"mj-include", "mjml"})))
    allowed = KNOWN.attributes[tag]
    names = draw(st.lists(st.sampled_from(sorted(allowed or {"x"})), max_size=3, unique=True))
    attributes = "".join(f' {name}="{draw(st.sampled_from(VALUES))}"' for name in names)
    inner = draw(st.lists(element(depth - 1), max_size=2)) if depth else []  # type: ignore[call-arg]
    words = [] if tag in KNOWN.containers else [draw(st.sampled_from(["", "t", "a > b", "{{ event.x }}", "<br>"]))]
    return f"<{tag}{attributes}>{''.join([*words, *inner])}</{tag}>"


@st.composite
def fitting(draw: st.DrawFn, parent: str = "mj-body", depth: int = 5) -> str:
    """An element with odd attributes, where elements like it may stand: what the linter lets through to mjml."""
    children = sorted(tag for tag, parents in KNOWN.parents.items() if parent in parents)
    if not depth or not children:
        return (
            draw(st.sampled_from(["t", "{{ event.x }}", ".a { color: red }"])) if parent not in KNOWN.containers else ""
        )
    parts = []
    for tag in draw(st.lists(st.sampled_from(children), min_size=1, max_size=2)):
        names = draw(st.lists(st.sampled_from(sorted(KNOWN.attributes.get(tag) or {"x"})), max_size=3, unique=True))
        attributes = "".join(f' {name}="{draw(st.sampled_from(VALUES))}"' for name in names)
        parts.append(f"<{tag}{attributes}>{draw(fitting(tag, depth - 1))}</{tag}>")  # type: ignore[call-arg]
    return "".join(parts)


@given(fitting("mj-head"), st.one_of(fitting(), element()))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_odd_nesting_ends_in_a_traceback(tmp_path: Path, head: str, body: str) -> None:
    mail = f"<mjml><mj-head><mj-title>T</mj-title>{head}</mj-head><mj-body>{body}</mj-body></mjml>"
    problems_of(tmp_path / "m", email__mjml=mail)


@pytest.mark.parametrize("what", ODD)
def test_a_value_that_mjml_cannot_read(tmp_path: Path, what: str) -> None:
    problems_of(tmp_path / "m", email__mjml=COLUMN.format(head="", body=ODD[what][0]))
