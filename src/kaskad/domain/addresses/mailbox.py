"""Mailboxes: the address that mail is sent to, and the key that all spellings of one mailbox have in common."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

ROUNDS = 10  # removing one of them may uncover more
INVISIBLE = "".join(  # nobody sees them between letters: joiners, soft hyphens, marks of direction, variants
    chr(code)
    for code in (*range(0x3000), *range(0xFE00, 0xFE10), *range(0xFEFF, 0x10000))
    if unicodedata.category(chr(code)) == "Cf" or code == 0x34F or 0xFE00 <= code < 0xFE10
)
_UNSEEN = str.maketrans(dict.fromkeys(INVISIBLE))
_SCHEME = re.compile(r"\s*mailto:", re.IGNORECASE)
_PLAIN = re.compile(r"[A-Za-z0-9_+-]{1,64}|(?=.{3,64}\Z)[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)+")
MAX_LENGTH = 250  # characters; of longer ones the library counts the bytes
_DOT = "\u3002"  # the full stop of East Asia, which is also used in domains
_ENCODED = "xn--"


@lru_cache(maxsize=10_000)
def parse_mailbox(written: str) -> str | None:
    """The address as mail is sent to it: ` MAILTO:Info@Straße.example.` → `Info@xn--strae-oqa.example`; else None.

    The name before the @ stays as written; the domain is in lower case and in ASCII by IDNA 2008. No quoted names and
    no numbers for domains: no customer has one, and most servers refuse them. Domains for tests are allowed; nothing
    is looked up.
    """
    local, at, domain = _bare(unicodedata.normalize("NFKC", written.translate(_UNSEEN))).rpartition("@")
    domain = domain.replace(_DOT, ".").removesuffix(".")
    plain = _PLAIN.fullmatch(local) is not None and len(local) + len(domain) < MAX_LENGTH
    there = _domain("a", domain) if plain else _domain(local, domain) if at else None
    return there and f"{local}@{there}"


@lru_cache(maxsize=10_000)
def _domain(local: str, domain: str) -> str | None:
    """The domain in ASCII; None if no mail can arrive at it, or none for that name."""
    try:
        found = validate_email(
            f"{local}@{domain}", check_deliverability=False, strict=True, test_environment=True
        ).ascii_domain.lower()
    except (EmailNotValidError, ValueError):  # half a character, say
        return None
    return found if "." in found else None


@lru_cache(maxsize=10_000)
def mailbox_key(written: str) -> str:
    """The key of the mailbox in any spelling: ` MAILTO:Ivan@xn--80a1acny.xn--p1ai.` → `ivan@почта.рф`. Never raises.

    A text that is no mailbox is normalized in the same way; an empty result says that there is no address.
    """
    for _ in range(ROUNDS):
        plain = _plainer(written)
        if plain == written:
            break
        written = plain
    return written


def _plainer(written: str) -> str:
    text = _bare(unicodedata.normalize("NFKC", written.translate(_UNSEEN)).strip().lower())
    local, at, domain = text.rpartition("@")
    if not at:
        return text
    return f"{local}@{'.'.join(map(_label, domain.replace(_DOT, '.').rstrip('. ').split('.')))}"


def _bare(text: str) -> str:
    """The text without the space around it, and without the scheme and the query of a link."""
    if found := _SCHEME.match(text):
        text = text[found.end() :].partition("?")[0]
    return text.strip()


def _label(label: str) -> str:
    """One label of a domain in Unicode and in one case; each edition of IDNA gives the same result."""
    if not label.startswith(_ENCODED):
        return label.casefold()
    try:
        letters = label.removeprefix(_ENCODED).encode("ascii").decode("punycode")
    except (ValueError, OverflowError):
        return label
    return letters.casefold() if letters.isprintable() and not set("@. ") & set(letters) and letters else label
