"""Texts that programs write where an id should stand: `undefined`, `[object Object]`, `{{user_id}}`, the zero UUID.

They are nobody's id: everybody whose program failed in this way would be one customer, and all their orders one order.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote

from kaskad.domain.cleaning import folded

# by their letters and digits only: `(not set)`, `NOT_SET`, `<no value>`, `"null"`
WORDS = frozenset(
    (
        # what languages and libraries write for nothing
        *("undefined", "null", "none", "nil", "nan", "novalue", "noid", "dbnull", "nullptr"),
        *("objectobject", "objectundefined", "objectnull", "systemobject", "undefinedundefined", "nullnull"),
        *("true", "false"),
        # what is said of somebody who is not known
        *("guest", "anonymous", "anon", "unknown", "unidentified", "notset", "unset", "notavailable", "notapplicable"),
        *("notspecified", "notprovided", "notdefined", "notauthenticated", "notloggedin", "loggedout"),
        *("гость", "аноним", "неизвестно", "неизвестный", "неуказан", "неуказано", "незадано", "неопределено"),
        # the name of an id in its place
        *("id", "uid", "userid", "anonymousid", "customerid", "clientid", "distinctid", "externalid", "visitorid"),
        *("messageid", "orderid", "cartid", "productid", "sku"),
    )
)
EXACT = frozenset(("-1", "-1.0", "n/a", "#n/a", r"\n"))  # their letters alone are ids
MAX_LENGTH = 200  # characters; nothing of the kind is longer
MAX_SAID = 1_000  # characters, with the blanks around it
# Letters with a digit: most ids, and nothing of the list
# Not `2,90001E+12`, as tables write long numbers: all ids that begin alike would be one.
_ROUNDED = r"\d[.,]\d+[Ee]\+\d+"
_ID = re.compile(rf"(?!\s*{_ROUNDED}\s*\Z)(?=[^1-9]*[1-9])\w[\w.:@/ +=|,~-]*")
# A template that was not filled in, also inside of an id: all who read `shop-{{ id }}` would be one.
_TEMPLATE = re.compile(r"\{\{.*\}\}|\{%.*%\}|[$#]\{.*\}|<%.*%>|\*\|.*\|\*|%%.+%%|\[\[.*\]\]|\[object \w+\]", re.DOTALL)
_NAME = re.compile(r"(?:\{([^{}]*)\}|<([^<>@]*)>|\[([^\[\]]*)\]|%([^%]*)%)")  # a name in brackets: `<user_id>`
_ZEROS = re.compile(r"0+")
# One digit again and again, perhaps after the code of a country: what people type where a card or a number is asked for
_RUN = re.compile(r"(\d)\1{6,}|\d{1,3}(\d)\2{8,}")
_SEPARATORS = re.compile(r"[\s()+.-]+")


def is_placeholder(said: str) -> bool:
    """Whether the text stands where an id should, and is none. One without a letter or a digit is none either."""
    return len(said) <= MAX_SAID and not _ID.fullmatch(said) and _is_placeholder(said)


def is_filler(said: str) -> bool:
    """Whether it is one digit again and again: `1111111`, `+7 999 999-99-99`. Of customers only: orders are counted."""
    return len(said) <= MAX_LENGTH and _RUN.fullmatch(_SEPARATORS.sub("", said)) is not None


@lru_cache(maxsize=10_000)  # an id that does not look like one stands in each event of its visitor
def _is_placeholder(said: str) -> bool:
    text = said.strip()
    if len(text) > MAX_LENGTH or _ID.fullmatch(text):
        return False
    if "%" in text and (plain := unquote(text)) != text:
        return is_placeholder(plain)
    if re.fullmatch(_ROUNDED, text):
        return True
    letters = folded(text)
    if not letters or letters in WORDS or _ZEROS.fullmatch(letters) or text.casefold() in EXACT:
        return True
    named = _NAME.fullmatch(text)
    return bool(_TEMPLATE.search(text) or (named and not any(map(str.isdigit, letters))))
