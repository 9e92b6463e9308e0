"""Where a template itself leads to: a scheme that nobody follows, or that runs something, is an error at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from kaskad.content import compile_message
from kaskad.domain.errors import InvalidFiles

MAIL = """<mjml><mj-head><mj-title>T</mj-title></mj-head><mj-body><mj-section><mj-column>
{}</mj-column></mj-section></mj-body></mjml>"""
PLACES = [
    '<mj-button href="{}">b</mj-button>',
    '<mj-text>w <a href="{}">b</a></mj-text>',
    "<mj-image src='https://x.example/a.png' alt='a' href='{}' />",
    '<mj-raw><!--[if mso]><v:rect href="{}"></v:rect><![endif]--></mj-raw>',
    '<mj-text>w <img src="{}" alt="a" /></mj-text>',
    '<mj-raw><form action="{}"></form></mj-raw>',
]
REFUSED = [
    ("javascript:alert(1)", "javascript"),
    ("JavaScript:alert(1)", "JavaScript"),
    ("java&#115;cript:alert(1)", "javascript"),
    (" java&Tab;script:alert(1)", "javascript"),
    ("data:text/html,x", "data"),
    ("vbscript:x", "vbscript"),
    ("file:///etc/passwd", "file"),
    ("ftp://x.example/", "ftp"),
    ("myapp://cart/{{ cart.id }}", "myapp"),
    ("cid:logo", "cid"),
    ("shop.example:8080/cart", "shop.example"),
    ("{% if cart.id %}javascript:alert(1){% endif %}", "javascript"),
    ("{% if cart.id %}https://x.example{% else %}intent://x{% endif %}", "intent"),
    ("java{# #}script:alert(1)", "javascript"),
]
FINE = [
    "https://x.example/?a=javascript:1",
    "HTTP://x.example",
    "mailto:a@shop.example?subject=a: b",
    "tel:+7{{ shop.phone }}",
    "{{ cart.url }}",
    "{{ cart.url or 'x' }}:8080/a",
    "{% if cart.id %}https://x.example{% else %}mailto:a@shop.example{% endif %}",
    "/cart?a:b",
    "#top",
]


def problems(folder: Path, name: str, text: str) -> list[str]:
    """What is wrong with the message's one file."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, "utf-8")
    try:
        compile_message(folder)
    except InvalidFiles as error:
        return [str(each).removeprefix(f"{folder.as_posix()}/") for each in error.problems]
    return []


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("address", "scheme"), REFUSED)
def test_a_mail_leads_to_the_web_to_a_mailbox_or_to_a_telephone(
    tmp_path: Path, address: str, scheme: str, place: str
) -> None:
    advice = "no mail program follows it: write https://, http://, mailto: or tel:"
    assert problems(tmp_path / "m", "email.mjml", MAIL.format(place.format(address))) == [
        f"email.mjml:2:{place.index('{') + 1}: an address may not begin with '{scheme}:', {advice}"
    ]


@pytest.mark.parametrize("address", FINE)
def test_what_leads_there_is_taken(tmp_path: Path, address: str) -> None:
    assert problems(tmp_path / "m", "email.mjml", MAIL.format(PLACES[0].format(address))) == []


@pytest.mark.parametrize("channel", ["push", "webpush", "viber"])
@pytest.mark.parametrize("scheme", ["javascript", "data", "vbscript"])
def test_no_channel_leads_to_what_runs_something(tmp_path: Path, channel: str, scheme: str) -> None:
    fields = "text: a\n" if channel == "viber" else "title: a\nbody: b\n"
    (problem,) = problems(tmp_path / "m", f"{channel}.yaml", f'{fields}url: "{scheme}:x"\n')
    line = fields.count("\n") + 1
    assert problem == f"{channel}.yaml:{line}:7: nobody may be led to '{scheme}:': write https:// or http://"


def test_an_app_has_a_scheme_of_its_own(tmp_path: Path) -> None:
    assert problems(tmp_path / "m", "push.yaml", 'title: a\nbody: b\nurl: "myapp://cart/{{ cart.id }}"\n') == []
