"""Reads mailboxes: of owners, and of the senders of e-mail."""

from __future__ import annotations

import re

from kaskad.config.yaml.node import Node
from kaskad.config.yaml.scalars import read_text
from kaskad.domain.addresses.mailbox import parse_mailbox

LIKE_A_MAILBOX = re.compile(r"[^@\s]+@[^@\s]+\Z")  # what editors check; the reader is stricter
_NAMED = re.compile(r"(?P<name>[^<>]*)<(?P<mailbox>[^<>]*)>")


def read_mailbox(node: Node) -> str:
    """The mailbox, as mail is sent to it."""
    if (found := parse_mailbox(read_text(node))) is None:
        raise node.error(f"{node.said} is not an e-mail address: write one like crm@shop.example")
    return found


def read_mail_sender(node: Node) -> str:
    """`Shop <hello@shop.example>`, or the mailbox alone, as mail is sent from it."""
    written = read_text(node).strip()
    named = _NAMED.fullmatch(written)
    found = parse_mailbox(named["mailbox"] if named else written)
    if found is None or not found.isascii():  # servers on the way need not know other letters before the @
        raise node.error(f"{node.said} is not a sender of e-mail: write one like Shop <hello@shop.example>")
    return f"{named['name']}<{found}>" if named else found
