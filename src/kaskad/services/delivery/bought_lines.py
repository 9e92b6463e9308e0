"""The lines of a cart that are left out of a message, because they were bought, or their like was."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from kaskad.domain.decisions.never_about import PurchaseRule, find_bought_things
from kaskad.domain.journeys.policy import Policy
from kaskad.domain.outcome import Mode
from kaskad.storage import clock
from kaskad.storage.database import Connection
from kaskad.storage.delivery.messages import ClaimedMessage
from kaskad.storage.facts.customer_history import Purchases, query_purchases, read_purchases
from kaskad.storage.publishing.versions import PublishedVersion

TemplateData = Mapping[int, Mapping[str, Any]]


async def leave_out_bought(
    connection: Connection,
    held: Sequence[ClaimedMessage],
    published: Mapping[int, PublishedVersion],
    *,
    data: TemplateData,
    policy: Policy,
) -> TemplateData:
    """Returns each enrollment's data with `left_out`: message → the things of its cart that it does not show."""
    showing = [
        message
        for message in held
        if message.mode is Mode.LIVE
        and published[message.version_id].questions.asks_purchases
        and data[message.enrollment]["items"]
    ]
    if policy.never_about is None or not showing:
        return data
    instants = await clock.read_instants(connection)
    ats = {message.enrollment: instants.of(message.customer) for message in showing}
    purchases = await read_purchases(
        await query_purchases(connection, list(ats), list(ats.values()), rule=policy.never_about)
    )
    left_out: dict[int, dict[str, frozenset[str]]] = defaultdict(dict)
    for message in showing:
        narrowed = published[message.version_id].version.journey.never_about
        rule = PurchaseRule(policy.never_about, narrowed, message.claimed.purpose, ats[message.enrollment])
        bought = purchases.get(message.enrollment, Purchases()).bought
        left_out[message.enrollment][message.claimed.message] = find_bought_things(bought, rule)
    return {id_: {**known, "left_out": left_out.get(id_, {})} for id_, known in data.items()}
