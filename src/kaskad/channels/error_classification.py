"""Classifies the error texts of providers: about the shop's account, or about the recipient.

An account error affects every message, and says nothing about the recipient. So a text with two meanings never
counts as an account error: one recipient who has blocked the shop must not stop its mail to all others.
"""

from __future__ import annotations

import re
from enum import Enum, auto

from kaskad.channels import http_words as tables


class ErrorSubject(Enum):
    """What an error text is about.

    `REPEATED`: it may have been sent already. `TOO_FAST`: only the rate. `REFUSED`: the recipient refuses messages.
    `GONE`: the address does not exist. `RECIPIENT`: anything else about the recipient.
    """

    REPEATED = auto()
    TOO_FAST = auto()
    ACCOUNT = auto()
    REFUSED = auto()
    GONE = auto()
    RECIPIENT = auto()
    NOBODY = auto()


_CAPITALS = re.compile(r"(?<=[a-zа-я0-9])(?=[A-ZА-Я])")
_JOINTS = re.compile(r"[\s_/\"<>'’‘`-]+")
_NONE = re.compile(r"(?!)")
# The error that is most final for this message is first; the account's, which stops all messages, is last. The third
# value of each is a similar text that is removed before matching.
_FIRST = (
    (ErrorSubject.REPEATED, tables.REPEATED, tables.DOUBLED),
    (ErrorSubject.REFUSED, tables.OPTED_OUT, tables.OWN_LISTED),
    (ErrorSubject.GONE, tables.GONE, tables.KEYS),
    (ErrorSubject.TOO_FAST, tables.TOO_FAST, _NONE),
)


def classify_error_text(words: str) -> ErrorSubject:
    """What the text is about; if it names the recipient too, it is not about the account."""
    said = normalize_text(words)
    for fate, table, alike in _FIRST:
        if table.search(alike.sub(" ", said)):
            return fate
    own = tables.OWN_NUMBER.search(said) and not tables.OTHER_NUMBER.search(said)
    if tables.RECIPIENT.search(said) or (not own and tables.NUMBER.search(said)):
        return ErrorSubject.RECIPIENT
    return ErrorSubject.ACCOUNT if tables.ACCOUNT.search(said) else ErrorSubject.NOBODY


def is_broken(words: str) -> bool:
    """Whether the text reports an internal error of the provider; the message may have been sent before it."""
    return tables.BROKEN.search(normalize_text(words)) is not None


def normalize_text(words: str) -> str:
    """The text in lower case with single spaces: `sending_limit`, `SendingLimit` and `Sending-Limit` become equal."""
    return _JOINTS.sub(" ", _CAPITALS.sub(" ", words[:4_000])).casefold().strip()
