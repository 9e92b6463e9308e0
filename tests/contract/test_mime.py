"""E-mail as it is written: readable as it was meant, and closed to injected headers."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest

from kaskad.channels.mime import Envelope, build_envelope
from kaskad.domain.channel import Channel, Refused
from kaskad.sandbox.providers import Sandbox
from tests.contract.world import NOW, mail_provider, message

pytestmark = pytest.mark.anyio
LINK = "<https://shop.example/u/" + "a" * 200 + ">"


def test_a_message_can_be_read_as_it_was_meant() -> None:
    outgoing = message(
        Channel.EMAIL,
        fields={"subject": "Очень длинная тема, " * 9 + "конец", "text": "Раз\n.\nдва", "html": "<p>Раз</p>\n" * 900},
        headers={"List-Unsubscribe": LINK, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
    )
    written = build_envelope(outgoing, NOW)
    assert isinstance(written, Envelope)
    mail = message_from_bytes(written.content, policy=default)
    assert (written.sender, written.recipient) == ("hello@shop.example", "kolya@mail.example")
    assert mail["From"] == "Магазин <hello@shop.example>"
    assert mail["To"] == "kolya@mail.example"
    assert mail["Subject"] == outgoing.fields["subject"]
    assert mail["Date"].datetime == NOW
    assert mail["Message-ID"] == f"<{outgoing.id}@shop.example>"
    parts = {part.get_content_type(): part.get_content().replace("\r\n", "\n") for part in mail.iter_parts()}
    assert parts == {"text/plain": outgoing.fields["text"], "text/html": outgoing.fields["html"]}
    assert not any(part.defects for part in mail.walk())
    # a link that was folded or encoded is one that no mail program follows
    assert f"\r\nList-Unsubscribe: {LINK}\r\n".encode() in written.content
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in written.content
    assert max(map(len, written.content.split(b"\r\n"))) <= 998
    assert b"\n" not in written.content.replace(b"\r\n", b"")


def test_the_same_message_is_the_same_bytes() -> None:
    outgoing = message(Channel.EMAIL)
    assert build_envelope(outgoing, NOW) == build_envelope(outgoing, NOW)


@pytest.mark.parametrize(
    ("domain", "ascii_domain"),
    [
        ("почта.рф", "xn--80a1acny.xn--p1ai"),
        ("ПОЧТА.РФ", "xn--80a1acny.xn--p1ai"),
        # these letters are their own: what they once were made into is another one's domain
        ("straße.example", "xn--strae-oqa.example"),
        ("Fußball.EXAMPLE", "xn--fuball-cta.EXAMPLE"),
        ("νέος.example", "xn--ixa5ahm.example"),
        ("mail_1.münchen.example", "mail_1.xn--mnchen-3ya.example"),
        ("XN--strae-oqa.example", "XN--strae-oqa.example"),
    ],
)
def test_a_domain_in_letters_of_its_own_goes_as_ascii(domain: str, ascii_domain: str) -> None:
    written = build_envelope(message(Channel.EMAIL, address=f"kolya@{domain}", sender=f"Shop <shop@{domain}>"), NOW)
    assert isinstance(written, Envelope)
    assert (written.recipient, written.sender) == (f"kolya@{ascii_domain}", f"shop@{ascii_domain}")
    assert f"\r\nTo: kolya@{ascii_domain}\r\n".encode() in written.content


@pytest.mark.parametrize(
    "changes",
    [
        {"fields": {"subject": "Hello\r\nBcc: all@mail.example", "text": ""}},
        {"fields": {"subject": "Hello\nthere", "text": ""}},
        {"fields": {"subject": "Hello\0there", "text": ""}},
        {"fields": {"subject": "Hello\u2028there", "text": ""}},
        {"headers": {"X-A": "1\r\nBcc: all@mail.example"}},
        {"headers": {"X-A\r\nBcc": "all@mail.example"}},
        {"headers": {"Bcc:": "all@mail.example"}},
        {"headers": {"to": "all@mail.example"}},
        {"headers": {"Content-Type": "text/html"}},
        {"headers": {"X-A": "ё"}},
        {"headers": {"X-A": "a" * 2000}},
        {"address": "kolya@mail.example\r\nRCPT TO:<all@mail.example>"},
        {"address": "kolya@mail.example>, <all@mail.example"},
        {"address": "kolya@mail.example, all@mail.example"},
        {"address": "коля b@mail.example"},
        {"address": "kolya"},
        {"address": "@mail.example"},
        {"address": "kolya@mail..example"},
        {"address": "kolya@" + "x" * 64 + ".example"},
        {"address": "kolya@" + "ü" * 64 + ".example"},
        {"address": "kolya@-ü.example"},
        {"address": ""},
        {"sender": "Shop <hello@shop.example> <other@shop.example>"},
        {"sender": "Shop"},
        {"fields": {"subject": "", "text": "\ud800"}},
    ],
)
async def test_what_cannot_be_written_safely_is_refused_and_never_sent(
    sandbox: Sandbox, changes: dict[str, Any]
) -> None:
    mail = mail_provider(sandbox.smtp_port)
    result = await mail.send(message(Channel.EMAIL, **changes))
    assert isinstance(result, Refused)
    assert not result.address_dead
    assert (sandbox.received, sandbox.open_connections) == ([], 0)
