"""Rules about who enters, and how often."""

from __future__ import annotations

from collections.abc import Iterator

from kaskad.domain.journeys.entry_trigger import DateTrigger
from kaskad.domain.journeys.journey import Purpose
from kaskad.services.linting.rule import Finding, LintContext, Rule, Severity

PRODUCT = "product"


def _product_by_product(context: LintContext) -> Iterator[Finding]:
    if not any(part.path.split(".")[0] == PRODUCT for part in context.journey.enter.once_per):
        return
    for placed, step in context.sends():
        if step.together:
            continue
        topic, purpose = context.topic(step), context.purpose(step)
        capped = any(cap.topic in (None, topic) for cap in context.project.policy.caps)
        if not (capped and purpose is Purpose.MARKETING) and purpose is not Purpose.TRANSACTIONAL:
            reason = "no cap holds for what was asked for" if capped else "policy.yaml has no cap for it"
            text = f"a customer with ten products gets '{step.message}' ten times: {reason}"
            yield Finding((*placed.at, "send"), text)


def _date_without_relevance(context: LintContext) -> Iterator[Finding]:
    if not isinstance(context.journey.enter, DateTrigger):
        return
    for placed, step in context.sends():
        if not placed.waited and step.relevant_for is None:
            text = f"'{step.message}' is about a date, and nothing says how long it stays relevant: 'relevant_for'"
            yield Finding((*placed.at, "send"), text)


PRODUCT_BY_PRODUCT = Rule(
    "product_by_product",
    Severity.WARNING,
    why="With `once_per: product` a customer is in the journey once for each product. Ten products that change on"
    " the same day are ten messages, unless they are put together or a cap holds.",
    fix="Write `together: 3d` at the step, so that they make one message, or add a cap for the topic to policy.yaml.",
    check=_product_by_product,
)
DATE_WITHOUT_RELEVANCE = Rule(
    "date_without_relevance",
    Severity.WARNING,
    why="A birthday greeting that was held by a cap, an outage or a silent feed goes out when it can, days later.",
    fix="Add `relevant_for` to the step, like `relevant_for: 10h`: what is late then is dropped.",
    check=_date_without_relevance,
)
