"""Whom a provider's words speak of: the shop's account, or the one it was to reach.

A fault of the account meets every message alike: it says nothing of the recipient. So what could be read both ways
is never taken for the account's: one recipient who has blocked the shop must not stop its mail to all others.
"""

from __future__ import annotations

import re
from enum import Enum, auto

from kaskad.channels import http_words as tables


class ErrorSubject(Enum):
    """Whom the words speak of, or what.

    `REPEATED`: it may have gone already. `TOO_FAST`: nobody, but the pace. `REFUSED`: the recipient does not want it.
    `GONE`: nobody is at that address. `RECIPIENT`: anything else about them.
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
# What ends most for this message comes first; the account, which stops all the others, comes last. The third of each
# is what sounds alike and is left out of what is read.
_FIRST = (
    (ErrorSubject.REPEATED, tables.REPEATED, tables.DOUBLED),
    (ErrorSubject.REFUSED, tables.OPTED_OUT, tables.OWN_LISTED),
    (ErrorSubject.GONE, tables.GONE, tables.KEYS),
    (ErrorSubject.TOO_FAST, tables.TOO_FAST, _NONE),
)


def classify_error_text(words: str) -> ErrorSubject:
    """Whom the words speak of; what speaks of the recipient as well speaks of nobody else."""
    said = normalize_text(words)
    for fate, table, alike in _FIRST:
        if table.search(alike.sub(" ", said)):
            return fate
    own = tables.OWN_NUMBER.search(said) and not tables.OTHER_NUMBER.search(said)
    if tables.RECIPIENT.search(said) or (not own and tables.NUMBER.search(said)):
        return ErrorSubject.RECIPIENT
    return ErrorSubject.ACCOUNT if tables.ACCOUNT.search(said) else ErrorSubject.NOBODY


def is_broken(words: str) -> bool:
    """Whether the words tell that something broke at the provider, which may have been after the message went."""
    return tables.BROKEN.search(normalize_text(words)) is not None


def normalize_text(words: str) -> str:
    """The words in small letters with single spaces: `sending_limit`, `SendingLimit` and `Sending-Limit` are one."""
    return _JOINTS.sub(" ", _CAPITALS.sub(" ", words[:4_000])).casefold().strip()
