"""Grants that say no in clear words, like `granted: false`: they are withdrawals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kaskad.domain.cleaning import word_set
from kaskad.services.ingestion.consenting import consent_answers, consents
from kaskad.services.ingestion.consenting.consent_answers import NO, NOTHING, normalize_word
from kaskad.services.ingestion.refusals import refusal_vocabulary as of
from kaskad.services.ingestion.refusals import refusal_words
from kaskad.services.ingestion.refusals.refusal_words import Words

# Names of the answer to the whole consent; what is listed under the others may be one of several.
ANSWERS = (
    consent_answers.ANSWERS
    - {"advertising", "newsletter", "newsletters", "mailing", "mailings", "preferences", "categories", "category"}
) | {"issubscribed", "reply", "checked", "consentstatus", "consentstate", "marketingconsent", "ответ"}
NOES = of.DENIED & (NO | NOTHING | of.NOT_SUBSCRIBED | of.REVOKED | word_set("denies declines отказ нет"))
PATH = frozenset(("subscription",))  # under it `email: false` is an answer


def find_no(properties: Any) -> Words | None:
    """Returns what the grant takes back, in the terms of a withdrawal; None if it says no nowhere in clear words."""
    said = properties if isinstance(properties, dict) else {}
    found = list(_noes(said))
    if not found:
        return None
    own = {key: value for key, value in said.items() if normalize_word(key) in consents.FOLDED and value is not None}
    return own | _together(found)


def _noes(said: Mapping[str, Any]) -> Iterator[Words]:
    rest = {key: value for key, value in said.items() if normalize_word(key) not in consents.FOLDED}
    for key, value in rest.items():
        word = normalize_word(value) if isinstance(value, str) else None
        said_so = value is False or word in NOES or (word is None and value == 0)
        if normalize_word(key) in ANSWERS and (said_so or consent_answers.refuses_plainly(value)):
            yield {}
    yield from refusal_words.find_denials(rest, PATH)


def _together(found: list[Words]) -> dict[str, Any]:
    """Returns one scope that covers all of these: what one of them leaves open stays open."""
    shared = set.intersection(*(set(words) for words in found))
    return {key: sorted({value for words in found for value in words[key]}) for key in sorted(shared)}
