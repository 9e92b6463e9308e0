"""The content checks of e-mails, on tables: what each says, and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.content.checked_messages import HTML, SHOP, USUAL, found, mail

CASES = [
    ("subject_long", {"email.mjml": mail(subject="s" * 60)}, []),
    (
        "subject_long",
        {"email.mjml": mail(subject="s" * 61)},
        [f"{HTML}:1:16: the subject has 61 characters, 60 are shown on a desk and 40 on a phone: '{'s' * 40}…'{USUAL}"],
    ),
    ("preheader", {"email.mjml": mail()}, []),
    (
        "preheader",
        {"email.mjml": mail(preview="")},
        [f"{HTML}:1:1: no preheader: mailboxes show the e-mail's first words instead"],
    ),
    (
        "preheader",
        {"email.mjml": mail(preview="<mj-preview>YOUR CART</mj-preview>")},
        [f"{HTML}:1:46: the preheader says the same as the subject"],
    ),
    ("gmail_clips", {"email.mjml": mail("<mj-text>a</mj-text>")}, []),
    (
        "gmail_clips",
        {"email.mjml": mail(f"<mj-text>{'a' * 120_000}</mj-text>")},
        [f"{HTML}:1:110: the HTML has 121 KB of 102: Gmail clips it, with the unsubscribe link{USUAL}"],
    ),
    ("contrast", {"email.mjml": mail('<mj-text color="#767676">a</mj-text>')}, []),
    (
        "contrast",
        {"email.mjml": mail('<mj-text color="#999999">a</mj-text>')},
        [f"{HTML}:4:17: #999999 on #ffffff has a contrast of 2.8, 4.5 is needed: write #767676"],
    ),
    ("contrast", {"email.mjml": mail('<mj-text color="#949494" font-size="24px">a</mj-text>')}, []),
    (
        "contrast",
        {
            "email.mjml": mail('<mj-text color="#eee" background-color="#111">a</mj-text>').replace(
                ' background-color="#111"', ""
            )
        },
        [f"{HTML}:4:17: #eee on #ffffff has a contrast of 1.2, 4.5 is needed: write #767676"],
    ),
    (
        "contrast",
        {"email.mjml": mail(background="#000000")},
        [f"{HTML}:3:17: #111111 on #000000 has a contrast of 1.1, 4.5 is needed: write #757575"],
    ),
    (
        "contrast",
        {
            "email.mjml": mail(
                '<mj-text>see <a href="https://x.example">it</a></mj-text>',
                css=".none a { color: red } a { color: #fefefe }",
            )
        },
        [f"{HTML}:1:123: #fefefe on #ffffff has a contrast of 1.0, 4.5 is needed: write #767676"],
    ),
    ("alt_text", {"email.mjml": mail('<mj-image src="https://x.example/a.png" alt="A kettle" />')}, []),
    (
        "alt_text",
        {"email.mjml": mail('<mj-image src="https://x.example/a.png" href="https://x.example" />')},
        [f"{HTML}:4:34: a link that is only a picture says nothing where pictures are off: https://x.example/a.png"],
    ),
    ("link_text", {"email.mjml": mail('<mj-text><a href="https://x.example">My cart</a></mj-text>')}, []),
    (
        "link_text",
        {"email.mjml": mail('<mj-text><a href="https://x.example">Click here</a></mj-text>')},
        [f"{HTML}:4:38: the link says only 'Click here'"],
    ),
    (
        "image_address",
        {"email.mjml": mail('<mj-image src="a.png" alt="x" />')},
        [f"{HTML}:4:16: the image's address 'a.png' leads nowhere: write https://…, or images/… for one of your own"],
    ),
    (
        "untracked_link",
        {
            "email.mjml": mail(
                '<mj-text><a href="{{ links.unsubscribe }}">no</a> <a href="{{ shop.url }}/sale">a</a></mj-text>'
            ),
            "message.yaml": "utm: {campaign: x}",
        },
        [f"{HTML}:4:74: {SHOP}/sale carries no UTM parameters"],
    ),
]


@pytest.mark.parametrize(("check", "files", "expected"), CASES)
def test_what_a_check_says(tmp_path: Path, check: str, files: dict[str, str | bytes], expected: list[str]) -> None:
    assert found(tmp_path, check, files) == expected
