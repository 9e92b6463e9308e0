"""E-mail messages as bytes, ready for SMTP's DATA."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from kaskad.channels.base import has_control_characters
from kaskad.domain.channel import OutboundMessage, Refused
from kaskad.domain.hostname import ascii_host

_LOCAL, _DOMAIN = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}", r"[\w-]+(?:\.[\w-]+)*"
_ADDRESS = re.compile(
    rf"(?P<bare>{_LOCAL})@(?P<host>{_DOMAIN})|(?P<name>[^<>]*)<(?P<local>{_LOCAL})@(?P<domain>{_DOMAIN})>"
)
# a recipient in other letters: whoever carries the message has to know SMTPUTF8
_OTHER_LETTERS = re.compile(rf"(?P<local>(?:[\w.!#$%&'*+/=?^`{{|}}~-]){{1,64}})@(?P<domain>{_DOMAIN})")
_HEADER = re.compile(
    r"(?!(?:From|To|Subject|Date|Message-ID|MIME-Version|Content-.*):)[A-Za-z0-9-]+: [ -~]{1,900}", re.I
)


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message for one address; `content` has CRLF line ends and lines of at most 998 bytes."""

    sender: str
    recipient: str
    content: bytes

    @property
    def is_ascii(self) -> bool:
        """False if only servers that know SMTPUTF8 can carry it."""
        return self.recipient.isascii()


def build_envelope(message: OutboundMessage, now: datetime) -> Envelope | Refused:
    """The message with its text and HTML as alternatives, or a refusal if it can never be written.

    The Message-ID comes from the message's id, so it is the same each time.
    """
    if has_control_characters(message.fields.get("subject", "")):
        return Refused("control characters in the subject")
    try:
        sender, recipient = _address(message.sender), _recipient(message.address)
        content = _head(message, sender, recipient, now=now) + _body(message)
    except (ValueError, MessageError) as error:  # our checks and the e-mail package's
        return Refused(f"cannot be written as an e-mail: {error}")
    return Envelope(sender.addr_spec, recipient.addr_spec, content)


def _head(message: OutboundMessage, sender: Address, recipient: Address, *, now: datetime) -> bytes:
    """The headers. Only those for people use the e-mail package: it would encode a long link so that it breaks."""
    read = EmailMessage(policy=SMTP)
    read["From"], read["Subject"] = sender, message.fields.get("subject", "")
    exact = [
        f"To: {recipient.addr_spec}",
        f"Date: {format_datetime(now)}",
        f"Message-ID: <{message.id}@{sender.domain}>",
        "MIME-Version: 1.0",
        *(_header(name, value) for name, value in message.headers.items()),
    ]
    return read.as_bytes().rstrip(b"\r\n") + "\r\n".join(["", *exact, ""]).encode(
        "ascii" if recipient.addr_spec.isascii() else "utf-8"
    )


def _body(message: OutboundMessage) -> bytes:
    """The content with its own headers, in base64 by C: the package takes ten times as long for a large message."""
    text = _part("plain", message.fields.get("text", ""))
    if not (html := message.fields.get("html")):
        return text
    line = b"--=_" + message.id.hex.encode()  # never in base64
    head = b'Content-Type: multipart/alternative; boundary="' + line[2:] + b'"\r\n\r\n'
    return head + line + b"\r\n" + text + line + b"\r\n" + _part("html", html) + line + b"--\r\n"


def _part(kind: str, text: str) -> bytes:
    crlf = text.replace("\r\n", "\n").replace("\n", "\r\n")
    lines = base64.encodebytes(crlf.encode()).replace(b"\n", b"\r\n")
    head = f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return head.encode() + lines


def _header(name: str, value: str) -> str:
    line = f"{name}: {value}"
    if _HEADER.fullmatch(line) is None:
        raise ValueError(f"the header {name!r} is not one that a message may add, or too long")
    return line


def _recipient(text: str) -> Address:
    """The recipient's address; its name before the @ may be in other letters. Raises ValueError."""
    match = None if text.isascii() else _OTHER_LETTERS.fullmatch(text.strip())
    if match is None or match["local"].isascii():
        return _address(text)
    return Address(username=match["local"], domain=ascii_host(match["domain"]))


def _address(text: str) -> Address:
    """The address in `name <local@domain>` or a bare one; the domain in ASCII. Raises ValueError.

    Narrower than RFC 5322: no quoted local parts; those in other letters are for recipients alone.
    """
    match = _ADDRESS.fullmatch(text.strip())
    if match is None:
        raise ValueError("not an address that SMTP can carry")
    name, local, domain = match["name"] or "", match["bare"] or match["local"], match["host"] or match["domain"]
    return Address(name.strip().strip('"'), username=local, domain=ascii_host(domain))
