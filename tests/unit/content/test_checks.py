"""The content checks of all channels, on tables: what each says, and where; and that the docs say the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kaskad.content import compile_message
from kaskad.content.checks import CHECKS, CheckedMessage, RenderedExample, RenderFailure, collect_links, run_checks
from kaskad.domain.channel import Channel
from tests.support.paths import ROOT
from tests.unit.content import test_mail_checks
from tests.unit.content.checked_messages import OWN, PNG, PUSH, SHOP, SMS, USUAL, VIBER, found, push

DOCS = ROOT / "docs" / "content-checks.md"
CASES = [
    ("sms_segments", {"sms.yaml": f"text: {'a' * 160}"}, []),
    (
        "sms_segments",
        {"sms.yaml": f"text: {'a' * 161}"},
        [f"{SMS}:1:1: 2 segments (161 GSM 03.38 characters, 160 fit into one), 4.00 RUB a message{USUAL}"],
    ),
    ("sms_segments", {"sms.yaml": f"text: {'я' * 70}"}, []),
    (
        "sms_segments",
        {"sms.yaml": f"text: {'я' * 135}"},
        [f"{SMS}:1:1: 3 segments (135 UCS-2 characters, 70 fit into one), 6.00 RUB a message{USUAL}"],
    ),
    ("sms_unicode", {"sms.yaml": "text: Your cart waits"}, []),
    ("sms_unicode", {"sms.yaml": "text: Ваша корзина ждёт"}, []),
    (
        "sms_unicode",
        {"sms.yaml": f'text: "{"a" * 80} – b"'},
        [
            f"{SMS}:1:89: '–' (en dash, write '-') makes the whole text UCS-2: 70 characters fit, not 160;"
            " 2 segments instead of 1, 4.00 RUB a message"
        ],
    ),
    (
        "sms_unicode",
        {"sms.yaml": 'text: "a 🛒"'},
        [f"{SMS}:1:10: '🛒' (shopping trolley) makes the whole text UCS-2: 70 characters fit, not 160"],
    ),
    ("push_cut_off", {"push.yaml": push(title="t" * 50, body="b" * 178)}, []),
    (
        "push_cut_off",
        {"push.yaml": push(title="t" * 66)},
        [f"{PUSH}:1:1: the title is cut off: 66 characters, iOS shows 50, Android shows 65: '{'t' * 50}…'{USUAL}"],
    ),
    (
        "push_cut_off",
        {"push.yaml": push(body="b" * 179)},
        [f"{PUSH}:2:1: the body is cut off: 179 characters, iOS shows 178: '{'b' * 178}…'{USUAL}"],
    ),
    ("too_large", {"push.yaml": push(body="b" * 3000)}, []),
    (
        "too_large",
        {"push.yaml": push(body="ы" * 2100)},
        [f"{PUSH}:2:1: the body has 4,200 bytes, 3,000 are sent{USUAL}"],
    ),
    (
        "too_large",
        {"push.yaml": push(body="b" * 3000, url=f"{SHOP}/{'x' * 1500}")},
        [f"{PUSH}:2:1: about 4,558 bytes: a push carries 4,096"],
    ),
    ("too_large", {"viber.yaml": f"text: {'a' * 1000}\nbutton: {'b' * 30}"}, []),
    (
        "too_large",
        {"viber.yaml": f"text: a\nbutton: {'b' * 31}"},
        [f"{VIBER}:2:1: the button has 31 characters, 30 are sent{USUAL}"],
    ),
    ("strange_link", {"viber.yaml": "text: a\nurl: myapp://cart\nimage: https://x.example/a.png"}, []),
    (
        "strange_link",
        {"push.yaml": push(url="{{ 'myapp' ~ '://cart' }}")},
        [f"{PUSH}:3:1: 'myapp://cart' is no address of the web: the link leads to the shop"],
    ),
    ("image_address", {"viber.yaml": "text: a\nimage: https://x.example/a.png"}, []),
    (
        "image_address",
        {"viber.yaml": "text: a\nimage: http://x.example/a.png"},
        [
            f"{VIBER}:2:8: the image's address 'http://x.example/a.png' is not encrypted, and many programs do not"
            " load it: write https://…, or images/… for one of your own"
        ],
    ),
    ("image_heavy", {"viber.yaml": "text: a\nimage: images/a.png", "images/a.png": PNG + bytes(200 * 1024 - 8)}, []),
    (
        "image_heavy",
        {"viber.yaml": "text: a\nimage: images/a.png", "images/a.png": PNG + bytes(300 * 1024)},
        ["templates/hello/images/a.png:1:1: 300 KB, 200 are enough"],
    ),
    ("missing_utm", {"push.yaml": push(), "message.yaml": "utm: {campaign: x}"}, []),
    ("missing_utm", {"push.yaml": push(), "message.yaml": "purpose: requested"}, []),
    ("missing_utm", {"push.yaml": push(url="https://elsewhere.example")}, []),
    (
        "missing_utm",
        {"push.yaml": push()},
        ["templates/hello/message.yaml:1:1: links to the shop and no `utm:` — its orders will count for nobody"],
    ),
    ("untracked_link", {"push.yaml": push(), "message.yaml": "utm: {campaign: x}"}, []),
    ("untracked_link", {"sms.yaml": f"text: see {SHOP}/cart", "message.yaml": "utm: {campaign: x}"}, []),
    (
        "untracked_link",
        {"push.yaml": push(url=f"{SHOP}/cart?a=1"), "message.yaml": "utm: {campaign: x}"},
        [f"{PUSH}:3:27: {SHOP}/cart carries no UTM parameters"],
    ),
]


@pytest.mark.parametrize(("check", "files", "expected"), CASES)
def test_what_a_check_says(tmp_path: Path, check: str, files: dict[str, str | bytes], expected: list[str]) -> None:
    assert found(tmp_path, check, files) == expected


@pytest.mark.parametrize(
    ("locales", "expected"),
    [
        ({"en"}, []),
        ({"en", "ru"}, [f"{SMS}:1:1: sms.ru.yaml is missing: who reads 'ru' gets 'en'"]),
        ({"en", "ru", "de"}, [
            f"{PUSH}:1:1: push.de.yaml is missing: who reads 'de' gets 'en'",
            f"{SMS}:1:1: sms.de.yaml is missing: who reads 'de' gets 'en'",
            f"{SMS}:1:1: sms.ru.yaml is missing: who reads 'ru' gets 'en'",
        ]),
    ],
)  # fmt: skip
def test_a_channel_without_a_language_that_readers_have(tmp_path: Path, locales: set[str], expected: list[str]) -> None:
    files: dict[str, str | bytes] = {"push.yaml": push(), "push.ru.yaml": push(), "sms.yaml": "text: a"}
    assert found(tmp_path, "missing_translation", files, locales=frozenset(locales)) == expected


def test_links_are_asked_once_and_told_where_they_stand(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"push.yaml": push(url=f"{SHOP}/gone#top"), "sms.yaml": f"text: {SHOP}/gone."}
    lines = found(tmp_path, "dead_link", files, dead={f"{SHOP}/gone": "answers 404"})
    assert lines == [
        f"{PUSH}:3:27: {SHOP}/gone#top answers 404",
        f"{SMS}:1:27: {SHOP}/gone answers 404",
    ]
    message = compile_message(tmp_path / "templates" / "hello")
    said = [
        RenderedExample(Channel.PUSH, "", "usual", {"url": f"{SHOP}/gone#top"}),
        RenderedExample(Channel.SMS, "", "usual", {"text": f"{SHOP}/gone, {SHOP}/products/x {OWN[0]}t"}),
    ]
    examined = CheckedMessage(message, tmp_path, said, own=OWN, made_up=(f"{SHOP}/products/",))
    assert collect_links(examined) == {f"{SHOP}/gone"}


def test_who_would_get_nothing(tmp_path: Path) -> None:
    message = tmp_path / "hello"
    message.mkdir()
    (message / "sms.yaml").write_text("text: a")
    examined = CheckedMessage(
        compile_message(message), message, unsaid=[RenderFailure(Channel.SMS, "", "little_known", "no name")]
    )
    (finding,) = run_checks(examined)
    assert (finding.check.name, finding.check.severity) == ("cannot_be_rendered", "error")
    assert finding.problem.text == "the example customer 'little_known' gets nothing: no name"


def test_the_docs_say_what_the_checks_are() -> None:
    sections = re.findall(
        r"^## (\w+)\n\n(\w+)\. (.*?)\n\n\*\*How to mend it\.\*\* (.*?)\n", DOCS.read_text(), re.MULTILINE
    )
    assert sections == [(check.name, check.severity.capitalize(), check.why, check.fix) for check in CHECKS]


def test_every_check_has_a_case() -> None:
    tried = {case[0] for case in (*CASES, *test_mail_checks.CASES) if case[2]}
    assert tried | {"missing_translation", "dead_link", "cannot_be_rendered"} == {check.name for check in CHECKS}
