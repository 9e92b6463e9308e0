"""Words for yes and no in other systems: which values mean which, and under which names an answer is found.

Only known words mean yes. Any words that look like a no mean no.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Any

from kaskad.domain.cleaning import word_set

NO = frozenset(
    (
        "0",
        "no",
        "not",
        "none",
        "never",
        "false",
        "off",
        "denied",
        "deny",
        "declined",
        "decline",
        "refused",
        "refuse",
        "rejected",
        "reject",
        "revoked",
        "revoke",
        "withdrawn",
        "withdraw",
        "unsubscribed",
        "unsubscribe",
        "optout",
        "optedout",
        "stop",
        "disabled",
        "disagree",
        "disagreed",
        "pending",
    )
)
LONGEST = 200  # characters of a name or of an answer
MOST_WORDS = 6  # of an answer; a longer value is a text


YES = word_set(
    "1 yes y true t on ok granted grant given consented consent accepted accept agreed agree allowed allow approved"
    " optin optedin doubleoptin singleoptin subscribed subscribe subscription confirmed confirm active enabled verified"
    " valid oui ja si да согласен согласна подписан подписана дано"
)
NEGATED = frozenset(before + word for before in word_set("not no non un in dis не") for word in YES if len(word) > 3)
REFUSING = (
    NO - word_set("0 no not none never false off stop pending")
    | NEGATED
    | word_set(
        "unsub unsubscribes unsubscription optouts expired suspended blocked blacklisted suppressed bounced cleaned"
        " complained complaint spam removed deleted cancelled canceled invalid failed excluded denies declines"
        " отписка отписался отписалась отписаться отписан отписана отозвано отозван отозвана отказ отказался отказалась"
    )
)
REFUSALS = (NO - {"0"}) | REFUSING | word_set("nein non nie não nao нет ні donotcontact donotdisturb dnc dnd нельзя")
NEGATING = word_set("not no never dont non не нет without")
# What somebody refuses by a plain sentence: `do not email`, `no more letters`, `не беспокоить`, `bitte keine Anrufe`.
REACHED = re.compile(
    "e?mail|sms|text|call|phone|contact|disturb|send|writ|letter|messag|push|bother|market|advert|promo|newslett|solicit"
    "|wish|want|interest|notif|offer|anruf|werb|kontakt|brief|nachricht|беспоко|тревож|писать|пиши|писем|письм|звон"
    "|присыл|отправ|слать|шлите|рассыл|реклам|сообщ|уведом|связыв|контакт|хоч|надо|нужн|жела|интерес|предлаг|смс|пуш"
)
SAYING_NO = word_set(
    "no not never dont don doesnt without stop не нет без никаких никогда хватит kein keine keinen nicht pas"
)
NOTHING = word_set("0 false no none never null nan undefined off n f нет nein non") | {""}
# Names of the answer itself; and words that make a name mean something else.
ANSWERS = word_set(
    "granted given consent consents consented consentgiven accepted accepts agreed agreement allowed approved optin"
    " optedin opt opted subscribed subscribe subscription subscriptions confirmed status state value answer decision"
    " action enabled active choice preference preferences category categories marketing advertising newsletter"
    " newsletters mailing mailings permission permissions result response reply checked ticked selected согласие"
    " подписка рассылка"
)
ABOUT_IT = word_set(
    "at on date datetime day time timestamp id ids text wording version hash source method url uri link ip agent form"
    " page type name title label language lang locale country region code channel channels campaign token number count"
    " expires until reason key"
)
PROOF = word_set("text version hash url uri link ip agent title label wording page language lang locale country region")
PLACES = word_set("country region language lang locale")  # `NO` is Norway
BY_CHANNEL = word_set(
    "email emails mail mails newsletter newsletters sms texts push pushes webpush viber call calls phone whatsapp"
    " telegram inapp рассылка смс"
)
OPTED_OUT = frozenset(("opt", "opted", "opts"))


def normalize_word(word: str) -> str:
    """Returns the word without case, spaces, hyphens and underscores."""
    return _normalize_known(word) if len(word) <= LONGEST else _normalize(word)


def _normalize(word: str) -> str:
    plain = unicodedata.normalize("NFKC", word).casefold()
    return "".join(character for character in plain if character.isalnum() or character == "*") or word.strip()


_normalize_known = lru_cache(maxsize=10_000)(_normalize)  # every event asks for the same few


@lru_cache(maxsize=10_000)
def words_of(text: str) -> frozenset[str]:
    """Returns the words of a name or of an answer: `NOT_SUBSCRIBED`, `notSubscribed` → not, subscribed."""
    return frozenset(_in_order(text))


def _in_order(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", text[:LONGEST])
    spaced = re.sub(r"(?<=[a-zа-я0-9])(?=[A-ZА-Я])", " ", plain)
    return re.findall(r"[^\W\d_]+", spaced.casefold())


def denies(key: str) -> bool:
    """Returns whether the name means a no, like `unsubscribed` and `opted_out`: a yes under it is a no."""
    said = words_of(key)
    if said & PROOF:
        return False
    if normalize_word(key) in REFUSALS or said & (REFUSING | (NEGATING - {"no"})):
        return True
    opted_out = "out" in said and bool(said & OPTED_OUT)
    return opted_out or _in_order(key)[:1] == ["no"]  # `order_no` does not


def asks(key: str) -> bool:
    """Returns whether the name is that of an answer, like `granted` and `consent_status`."""
    said = words_of(key)
    return normalize_word(key) in ANSWERS or (bool(said & ANSWERS) and not said & ABOUT_IT)


def is_yes(value: Any) -> bool:
    """Returns whether the value is a plain yes."""
    return (
        normalize_word(value) in YES if isinstance(value, str) else isinstance(value, bool | int | float) and value == 1
    )


def is_nothing(value: Any) -> bool:
    """Returns whether the value is empty, or says that what its name says is not so."""
    if isinstance(value, str):
        return not value.strip() or normalize_word(value) in NOTHING
    return value is None or value in (False, 0, [], {})


def is_no(value: Any, about: AbstractSet[str]) -> bool:
    """Returns whether the value says no under a name of these words."""
    if not isinstance(value, str):
        return value is False
    if len(value) > LONGEST or about & PLACES:
        return False
    if normalize_word(value) in REFUSALS:
        return True
    said = words_of(value)
    if len(said) > MOST_WORDS or about & PROOF:  # a text that was agreed to may contain a no
        return False
    opted_out = "out" in said and said & OPTED_OUT
    if said & NEGATING and said & (YES | ANSWERS):
        return True
    return bool(said & REFUSING or opted_out) or refuses_plainly(value)


def refuses_plainly(value: Any) -> bool:
    """Returns whether the value is a short sentence that refuses to be written to or called: `Не беспокоить`."""
    if not isinstance(value, str) or len(value) > LONGEST:
        return False
    said = words_of(value)
    return len(said) <= MOST_WORDS and bool(said & SAYING_NO) and any(map(REACHED.match, said))
