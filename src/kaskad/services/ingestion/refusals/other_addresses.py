"""Addresses of whoever says no, under keys that nobody foresaw: any text that is wholly an address, but not ours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import islice
from typing import Any

from kaskad.domain.cleaning import word_set
from kaskad.services.ingestion import event_limits
from kaskad.services.ingestion.consenting.consent_answers import is_yes, normalize_word, words_of

MAX_DEPTH, MOST = 5, 500  # levels, and texts, of one event
# Whose address it is, if not the customer's.
OURS = word_set(
    "reply replyto support manager shop store company brand operator agent admin owner author seller"
    " vendor merchant friend referrer referral referred inviter staff employee assigned assignee"
    " created updated cc bcc partner courier bot shared gift service provider api менеджер магазин"
)
FROM = word_set("from sender source originator")
TO = frozenset(("to", "recipient", "destination"))
NUMBERED = (
    FROM
    | TO
    | word_set(
        "phone phones tel telephone mobile cell msisdn number numbers sms viber whatsapp waid wa rcpt"
        " contact subscriber user customer client person address addresses recipients телефон номер"
        " клиент контакт"
    )
)
NO_NUMBERS = word_set(
    "order card invoice track tracking count of bonus code zip tax account campaign message list"
    " contract id заказ заказа карта карты"
)
MAILED = word_set("email emails mail mailbox recipient recipients rcpt subscriber почта")
STATES = word_set("status state subscribed issubscribed subscriptionstatus subscriptionstate")
LEAST_DIGITS = 10  # of a number that nothing but its key shows to be one


@dataclass(frozen=True, slots=True)
class Text:
    """A text or number in the event, under its key; `said`: the words of its key and of those above it."""

    key: str
    said: AbstractSet[str]
    value: str | int | float

    def is_likely(self, *, inbound: bool) -> bool:
        """Returns whether it is likely the customer's: they are the sender of what came in, else never that."""
        return not self.said & ((TO - {"recipient"}) if inbound else FROM)

    @property
    def is_number(self) -> bool:
        """Returns whether a telephone number may stand there."""
        if isinstance(self.value, str) and self.value.strip().startswith("+"):
            return True
        digits = len(re.findall(r"\d", str(self.value)))
        named = self.said & NUMBERED and not self.said & (NO_NUMBERS - ({"id"} if self.said & {"wa"} else set()))
        return bool(named) and digits >= LEAST_DIGITS


def texts(raw: Mapping[str, Any]) -> Iterator[Text]:
    """Yields what may be the address of the event's customer, at any depth of properties and traits."""
    context = raw.get("context")
    parts = (raw.get("properties"), raw.get("traits"), context.get("traits") if isinstance(context, dict) else None)
    found = (text for part in parts if isinstance(part, dict) for text in _below(part, frozenset(), 0))
    return islice(found, MOST)


def _below(part: Mapping[str, Any], path: frozenset[str], depth: int) -> Iterator[Text]:
    if depth and any(is_yes(value) and normalize_word(str(key)) in STATES for key, value in part.items()):
        return  # one of several subscriptions, and it stands
    for key, given in part.items():
        if not isinstance(key, str) or len(key) > event_limits.MAX_KEY_LENGTH:
            continue
        said = path | words_of(key)
        if said & OURS:
            continue
        for value in given if isinstance(given, list) else [given]:
            if isinstance(value, dict) and depth < MAX_DEPTH:
                yield from _below(value, said, depth + 1)
            elif isinstance(value, str | int | float) and not isinstance(value, bool):
                yield Text(key, said, value)
