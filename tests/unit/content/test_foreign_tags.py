"""A tag of another product is told where it stands, with what would be right: no reader ever sees one."""

from __future__ import annotations

from pathlib import Path

import pytest

from kaskad.content import Renderer, compile_message
from kaskad.content.foreign_tags import find_foreign_tags
from kaskad.domain.channel import Channel
from kaskad.domain.errors import InvalidFiles

MAIL = """<mjml><mj-head><mj-title>T</mj-title></mj-head><mj-body><mj-section><mj-column>
<mj-text>w {}</mj-text></mj-column></mj-section></mj-body></mjml>"""
FIRST, OUT = "write {{ customer.first_name }}", "write {{ links.unsubscribe }}"
TAGS = [
    ("{{{unsubscribe}}}", OUT),
    ("{{{ first_name }}}", FIRST),
    ("*|UNSUB|*", OUT),
    ("*|FNAME|*", FIRST),
    ("*|IF:LNAME|*", "write {{ customer.last_name }}"),
    ("%%unsubscribe%%", OUT),
    ("%%First Name%%", FIRST),
    ("%%=v(@firstName)=%%", FIRST),
    ("[[name]]", FIRST),
    ("[[+name]]", FIRST),
    ("%% First Name %%", FIRST),
    ("%FACE_NAME%", FIRST),
    ("[[ data:mail:'' ]]", "write {{ customer.email }}"),
    ("{$name}", FIRST),
    ("{$customer.city|escape}", "write {{ customer.city }}"),
    ("%recipient.name%", FIRST),
    ("%FIRSTNAME%", FIRST),
    ("%date%", "write what is known of the customer like {{ customer.first_name }}"),
    ("${name}", FIRST),
    ("${profile.phone_number}", "write {{ customer.phone }}"),
    ("{first_name}", FIRST),
    ("%{name}", FIRST),
    ("#{user.name}", FIRST),
    ("<%= name %>", FIRST),
    ("@@NAME@@", FIRST),
    ("##unsubscribe_url##", OUT),
    ('{{ customer.first_name | default: "x" }}', 'write | default("x")'),
    ("{{ cart.total | round: 2 | money }}", "write | round(2)"),
    ("{{#if name}}", "written {% if … %} … {% endif %}"),
    ("{{/each}}", "{% for … in … %} … {% endfor %}"),
    ("{{else}}", "written {% if … %} … {% endif %}"),
    ("{% assign x = 1 %}", "write {% set … = … %}"),
    ("{%- unless customer.city -%}", "write {% if not … %}"),
    ("{% endcase %}", "write {% endif %}"),
    ("@{Recipient.FirstName}", FIRST),
    ("@{if Recipient.Sex.IsMale}", "written {% if … %} … {% endif %}"),
    ("@{end if}", "written {% if … %} … {% endif %}"),
    ("[% anketa.base.firstName %]", FIRST),
    ("[% IF anketa.base.email %]", "written {% if … %} … {% endif %}"),
    ("%FIRSTNAME|друг%", FIRST),
    ("%LASTNAME|%", "write {{ customer.last_name }}"),
    ("$[FNAME]$", FIRST),
    ("$[LNAME|Customer]$", "write {{ customer.last_name }}"),
    ("$FIRSTNAME$", FIRST),
    ("$lookup(EMAIL_ADDRESS)$", "write {{ customer.email }}"),
    ("@FIRSTNAME@", FIRST),
    ("@MOBILENUMBER@", "write {{ customer.phone }}"),
    ("[firstname,fallback=x]", FIRST),
    ("[City, fallback=]", "write {{ customer.city }}"),
    ("<unsubscribe>", OUT),
    ('<unsubscribe style="color:red">', OUT),
    ("[FIRSTNAME]", FIRST),
    ("[EMAIL]", "write {{ customer.email }}"),
    ("[unsubscribe_url]", OUT),
    ("[Last Name]", "write {{ customer.last_name }}"),
    ("{contactfield=firstname|x}", FIRST),
    ("{contactfield=city}", "write {{ customer.city }}"),
    ("{!firstname_fix}", FIRST),
    ("{!Contact.Email}", "write {{ customer.email }}"),
    ("#NAME#", FIRST),
    ("#EMAIL_TO#", "write {{ customer.email }}"),
    ("#user_name#", FIRST),
]
OURS = [
    "50 % off, 20% now, 100%!",
    "https://shop.example/?q=%D0%BFtext%20x",
    "{{ '*|UNSUB|*' }} {{ \"[[so]]\" }}",
    "{{ customer.first_name | default(': x') }}",
    "{{ 'abc'[1 | int:] }}",
    "{{ {'a': 1}['a'] }}",
    "[sale] {50} a*b|c #1 ${{ cart.total }} %{{ cart.total }}% [{{ cart.total }}]",
    "https://ru.wikipedia.org/wiki/%D0%9A%D0%BE%D1%82_(%D0%B7%D0%B2%D0%B5%D1%80%D1%8C)",
    "x (%e2%9c%93) '%F0%9F%98%80.png' %CF%F0%E8%E2%E5%F2",
    "100%% cotton, 50%% wool, 20 %% silk, 3 %% rest",
    '{"g": [[1,2]], "h": [[-1.5, 2]], "i": [[null]]}',
    "{# {{{unsubscribe}}} *|UNSUB|* #}",
    "$5, $10 $USD, US$ and A$, 5$a$6",
    "#SALE #NEW #SALE#NEW, C# and F#, No #12#",
    "[1] [ок] [SALE] [VIP] [link] [rename] [our email] [email](https://shop.example)",
    "a@b.example, c@d.example, @ivan@social.example, @shop @ivan",
    "https://shop.example/?filter[name]=x&sort[email]=1#A#",
    "{ x = 1 } ! a = { b } 5%|6% 10%a|b%",
]


def problems_of(folder: Path, name: str, text: str) -> list[str]:
    """What is wrong with the message's one file."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, "utf-8")
    with pytest.raises(InvalidFiles) as caught:
        compile_message(folder)
    return [str(each).removeprefix(f"{folder.as_posix()}/") for each in caught.value.problems]


@pytest.mark.parametrize(("tag", "advice"), TAGS)
def test_a_tag_of_another_product_is_an_error_at_its_place(tmp_path: Path, tag: str, advice: str) -> None:
    (mail,) = problems_of(tmp_path / "mail", "email.mjml", MAIL.format(tag))
    assert mail.startswith(f"email.mjml:2:12: {tag} is a tag of another product") and advice in mail
    (block,) = problems_of(tmp_path / "sms", "sms.yaml", f"text: |\n  one\n  two {tag}\n")
    assert block.startswith(f"sms.yaml:3:7: {tag} is a tag of another product") and advice in block


def test_wherever_it_stands(tmp_path: Path) -> None:
    body = '<a href="https://x.example/?e=%%email%%">a</a><!--[if mso]>[[name]]<![endif]-->\n{{ cart.totl }}'
    first, second, third = problems_of(tmp_path / "m", "email.mjml", MAIL.format(body))
    assert first.startswith("email.mjml:2:42: %%email%% is a tag") and second.startswith("email.mjml:2:71: [[name]] is")
    assert third == "email.mjml:3:4: unknown field 'cart.totl', did you mean 'cart.total'?"
    subject = MAIL.format("").replace("<mj-title>T", "<mj-title>Hi *|FNAME|*")
    assert problems_of(tmp_path / "m", "email.mjml", subject)[0].startswith("email.mjml:1:29: *|FNAME|* is a tag")


def test_in_a_shared_file_it_is_told_there(tmp_path: Path) -> None:
    (tmp_path / "_shared").mkdir()
    (tmp_path / "_shared" / "footer.mjml").write_text("<p>\n *|UNSUB|*</p>")
    (problem,) = problems_of(tmp_path / "m", "email.mjml", MAIL.format('<mj-include path="../_shared/footer.mjml" />'))
    assert problem.startswith(f"{tmp_path.as_posix()}/_shared/footer.mjml:2:2: *|UNSUB|* is a tag")


@pytest.mark.parametrize("text", OURS)
def test_what_only_looks_like_one_is_sent_as_it_stands(tmp_path: Path, text: str) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "call.yaml").write_text(f"script: |\n  a {text}\n", "utf-8")
    (tmp_path / "m" / "email.mjml").write_text(MAIL.format(text), "utf-8")
    message = compile_message(tmp_path / "m")
    data = {"customer": {"first_name": "Ann"}, "cart": {"total": 5}}
    said = Renderer().render(message, Channel.CALL, "en", data=data)["script"]
    mail = Renderer().render(message, Channel.EMAIL, "en", data=data)["text"]
    assert said.partition(" ")[2] == mail.partition(" ")[2].strip() or said == "a"


@pytest.mark.parametrize(
    "text",
    [
        "<mj-style>[name], [email] > a, a[data_url], *[name] { color: #FFF }</mj-style>",
        "<style>@media (min-width:1px) { [email]{margin:0} }</style>",
        '<script type="application/ld+json">{"@type": "Offer", "name": "[NAME]", "a": ["$price$"]}</script>',
        "<mj-selector path='.a[name]'>",
        "https://shop.example/%D0%9A%D0%BE|%D1%82?a=%5Bname%5D",
    ],
)
def test_a_selector_and_data_are_no_tags(text: str) -> None:
    assert find_foreign_tags(text) == []


def test_each_tag_is_told_once_and_in_order() -> None:
    text = "@{if a}x@{end if} [%name%] ##unsubscribe_url## [[name]] $[FNAME]$ ${name} @@NAME@@ {$name} %%A|x%% #{b}"
    assert " ".join(foreign.tag for foreign in find_foreign_tags(text)) == text.replace("x@", " @", 1)


@pytest.mark.parametrize("text", ["[[a]] %%b%% {x} *|C|*", "{% endif %} {{#if a}}", "{{{ c }}}"])
def test_what_is_marked_to_stand_as_it_is_stands_so(tmp_path: Path, text: str) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "sms.yaml").write_text(f"text: |\n  a {{%- raw -%}} {text} {{%- endraw %}}\n", "utf-8")
    assert Renderer().render(compile_message(tmp_path / "m"), Channel.SMS, "en", data={})["text"].strip() == f"a{text}"


@pytest.mark.parametrize("value", ["*|CAMPAIGN|*", "%%name%%", "{{ cart.id }}", "{% if x %}"])
def test_utm_parameters_are_no_templates(tmp_path: Path, value: str) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "sms.yaml").write_text("text: a\n")
    (problem,) = problems_of(tmp_path / "m", "message.yaml", f'utm:\n  source: a\n  campaign: "{value}"\n')
    assert problem.startswith(f"message.yaml:3:3: {value} ")
