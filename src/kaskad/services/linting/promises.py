"""Rules about what a message claims to be."""

from __future__ import annotations

from collections.abc import Iterator

from kaskad.domain.journey import Purpose
from kaskad.services.linting.rule import Finding, Rule, Severity, Subject


def _transactional_with_promo(subject: Subject) -> Iterator[Finding]:
    for placed, step in subject.sends():
        gifts = subject.letters[step.message].gifts
        if gifts and subject.purpose(step) is Purpose.TRANSACTIONAL:
            text = f"'{step.message}' is transactional and carries {gifts[0]}: that makes it marketing"
            yield Finding((*placed.at, "send"), text)


TRANSACTIONAL_WITH_PROMO = Rule(
    "transactional_with_promo",
    Severity.ERROR,
    why="Transactional messages go to people who never agreed to marketing, at any hour, above every cap. One "
    "that carries a promo or a recommendation is advertising without consent.",
    fix="Take the promo or the recommendation out of the message's `data`, or send it in a journey of its own "
    "with `purpose: marketing`.",
    check=_transactional_with_promo,
)
