"""An e-mail that advertises shows everybody the link by which they unsubscribe; one that was asked for needs none."""

from __future__ import annotations

from pathlib import Path

import pytest

from kaskad.domain.errors import InvalidFiles
from kaskad.services.projects import loading
from tests.unit.config.written_project import Written

MAIL = """<mjml><mj-head><mj-title>T</mj-title></mj-head>
<mj-body><mj-section><mj-column>{}</mj-column></mj-section></mj-body></mjml>"""
LINK = '<mj-text><a href="{{ links.unsubscribe }}">Unsubscribe</a></mj-text>'
TOLD = "has no unsubscribe link, which advertising needs"


@pytest.fixture
def project(tmp_path: Path) -> Written:
    written = Written(tmp_path)
    (tmp_path / "templates" / "goodbye" / "sms.yaml").write_text("text: hello\n")
    return written


def said(project: Written, spec: str = "", **bodies: str) -> list[str]:
    """What is wrong with the message whose e-mails (`email__ru`) have these bodies."""
    folder = project.root / "templates" / "hello"
    (folder / "message.yaml").write_text(f"language: en\n{spec}")
    for name, body in bodies.items():
        (folder / f"{name.replace('__', '.')}.mjml").write_text(MAIL.format(body), "utf-8")
    try:
        loading.load_project(project.root)
    except InvalidFiles as error:
        return [str(each).removeprefix("templates/hello/").partition(":")[2] for each in error.problems]
    return []


@pytest.mark.parametrize(
    "body",
    [
        "<mj-text>Buy!</mj-text>",
        "<mj-text>{# {{ links.unsubscribe }} #}Buy!</mj-text>",
        "<mj-text><!-- " + LINK + " -->Buy!</mj-text>",
        "<mj-text><!--[if mso]><a href='{{ links.unsubscribe }}'>Outlook's alone</a><![endif]-->Buy!</mj-text>",
        "<mj-text><a href='{{ links.preferences }}'>Unsubscribe</a></mj-text>",
        "<mj-text><a href='mailto:unsubscribe@shop.example'>Unsubscribe</a></mj-text>",
        "<mj-image src='{{ links.unsubscribe }}' alt='Unsubscribe' />",
        "{% if customer.first_name %}" + LINK + "{% endif %}",
        "{% if customer.city %}" + LINK + "{% elif customer.phone %}" + LINK + "{% endif %}",
        "{% for item in cart.items %}" + LINK + "{% endfor %}",
        "<mj-text><a href='{{ cart.url or links.unsubscribe }}'>Unsubscribe</a></mj-text>",
        "<mj-text>{% set out = links.unsubscribe %}{% set out = cart.url %}<a href='{{ out }}'>Out</a></mj-text>",
        "<mj-text>{% set out = links.unsubscribe %}{% if cart.url %}{% set out = cart.url %}{% endif %}"
        "<a href='{{ out }}'>Out</a></mj-text>",
        "<mj-text><a href='{{ links.unsubscribe }}'></a>Buy!</mj-text>",
        "<mj-text><a href='{{ links.unsubscribe }}'> &nbsp;<span> </span></a>Buy!</mj-text>",
        "<mj-text><a href='{{ links.unsubscribe }}'>{% if customer.city %}Out{% endif %}</a>Buy!</mj-text>",
        "<mj-text><div style='color:red;display: none'><p><a href='{{ links.unsubscribe }}'>No</a></p></div></mj-text>",
        "<mj-text><a style='display:none' href='{{ links.unsubscribe }}'>Out</a></mj-text>",
        "<mj-text><p hidden><a href='{{ links.unsubscribe }}'>Out</a></p></mj-text>",
        "<mj-text><a href='{{ links.unsubscribe }}'><i style='visibility:hidden'>Out</i></a></mj-text>",
        "<mj-text>{% set links = cart %}<a href='{{ links.unsubscribe }}'>Out</a></mj-text>",
        "<mj-text>{% with links = cart %}<a href='{{ links.unsubscribe }}'>Out</a>{% endwith %}</mj-text>",
        "<mj-text>{% if cart %}{% set links = cart %}{% endif %}<a href='{{ links.unsubscribe }}'>Out</a></mj-text>",
        "<mj-text><a href='{{ links.unsubscribe if cart.url else cart.url }}'>Out</a></mj-text>",
    ],
)
def test_an_e_mail_that_advertises_needs_the_link_for_everybody(project: Written, body: str) -> None:
    (problem,) = said(project, email=body)
    assert problem.startswith("2:1: " + TOLD) and 'write <a href="{{ links.unsubscribe }}">' in problem


@pytest.mark.parametrize(
    "body",
    [
        LINK,
        '<mj-button href="{{ links.unsubscribe | with_utm }}">Unsubscribe</mj-button>',
        "<mj-text><A class=x href='{{ links[\"unsubscribe\"] }}?from=mail'>Unsubscribe</A></mj-text>",
        "<mj-text>{% set out = links.unsubscribe %}<a href='{{ out }}'>Out</a></mj-text>",
        "{% if customer.city %}" + LINK + "{% else %}<mj-text>Hi</mj-text>" + LINK + "{% endif %}",
        "<mj-text><a href='{% if customer.city %}{{ links.unsubscribe }}{% else %}{{ links.unsubscribe }}{% endif %}'>"
        "Out</a></mj-text>",
        "{% with u = links.unsubscribe %}<mj-text><a href='{{ u }}'>Out</a></mj-text>{% endwith %}",
        "<mj-text><a href='{{ links.unsubscribe ~ \"&a=1\" }}'>Out</a></mj-text>",
        "<mj-text><a href='{{ links.unsubscribe + \"&a=1\" }}'>Out</a></mj-text>",
        "<mj-text><a href='{{ links.unsubscribe or cart.url }}'>Out</a></mj-text>",
        "<mj-text><p hidden>Hi</p><br><a href='{{ links.unsubscribe }}'><b>{{ cart.id }}</b></a></mj-text>",
        "<mj-text><a href='{{ links.unsubscribe }}'><img src='https://x.example/a.png' alt='Out' /></a></mj-text>",
        '<mj-include path="../_shared/footer.mjml" />',
    ],
)
def test_however_the_link_is_written(project: Written, body: str) -> None:
    shared = project.root / "templates" / "_shared"
    shared.mkdir()
    (shared / "footer.mjml").write_text(LINK)
    assert said(project, email=body) == []


def test_each_language_has_its_own_and_is_told_at_its_own_file(project: Written) -> None:
    assert said(project, email=LINK, email__pt_BR="<mj-text>Compre!</mj-text>") != []
    with pytest.raises(InvalidFiles) as caught:
        loading.load_project(project.root)
    assert [each.path for each in caught.value.problems] == ["templates/hello/email.pt_BR.mjml"]


@pytest.mark.parametrize("purpose", ["requested", "transactional"])
def test_what_was_asked_for_needs_none(project: Written, purpose: str) -> None:
    body = "<mj-text>Your order</mj-text>"
    assert said(project, f"purpose: {purpose}\n", email=body) == []
    project.replace("topic: carts\n", f"topic: carts\npurpose: {purpose}\n")
    assert said(project, "", email=body) == []
    assert len(said(project, "purpose: marketing\n", email=body)) == 1
