"""How many of the messages that were sent of late a new or changed `never_about` would have stopped."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from kaskad.domain.decisions.never_about import PurchaseRule, asks_about_purchases, find_forbidding_purchase
from kaskad.domain.journeys.policy import Policy
from kaskad.domain.journeys.version import Version
from kaskad.storage import clock
from kaskad.storage.database import Connection
from kaskad.storage.facts.customer_history import Purchases, query_purchases, read_purchases
from kaskad.storage.publishing import sent_lately, versions
from kaskad.storage.publishing.sent_lately import SentMessage

LOOKBACK = timedelta(days=30)
LIMIT = 20_000  # messages; the plan is not kept waiting for more, and says of how many it speaks
CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class StoppedMessages:
    """Of `messages` that were sent, `stopped` would not have been; of `unknown` nobody can tell: their cart changed."""

    messages: int = 0
    stopped: int = 0
    unknown: int = 0


async def count_stopped(
    connection: Connection, policy: Policy, old_policy: Policy | None, *, wanted: Iterable[Version]
) -> dict[str, StoppedMessages]:
    """Returns the counts of each journey for which another rule holds than before, and that has sent something."""
    if policy.never_about is None:
        return {}
    changed = await _changed_journeys(connection, policy, old_policy, wanted=wanted)
    now = await clock.read_now(connection)
    sent = await sent_lately.list_sent(connection, changed, since=now - LOOKBACK, limit=LIMIT) if changed else []
    found: dict[str, StoppedMessages] = defaultdict(StoppedMessages)
    for message in sent:
        known = found[message.journey]
        found[message.journey] = replace(
            known, messages=known.messages + 1, unknown=known.unknown + int(message.changed)
        )
    for several in _rounds([message for message in sent if not message.changed]):
        ids, ats = [message.enrollment for message in several], [message.at for message in several]
        purchases = await read_purchases(await query_purchases(connection, ids, ats, rule=policy.never_about))
        for message in several:
            narrowed = changed[message.journey].journey.never_about
            rule = PurchaseRule(policy.never_about, narrowed, message.purpose, message.at)
            of = purchases.get(message.enrollment, Purchases())
            if find_forbidding_purchase(of.bought, of.cart_things, rule):
                known = found[message.journey]
                found[message.journey] = replace(known, stopped=known.stopped + 1)
    return dict(found)


async def _changed_journeys(
    connection: Connection, policy: Policy, old_policy: Policy | None, *, wanted: Iterable[Version]
) -> Mapping[str, Version]:
    """Returns the versions by journey for which another rule holds than for the one that is live."""
    current = await versions.list_current_versions(connection)
    same_policy = old_policy is not None and old_policy.never_about == policy.never_about
    found = {}
    for version in wanted:
        name = version.journey.name
        if name not in current or not asks_about_purchases(version.journey):
            continue
        live = (await versions.load_version(connection, current[name][0])).version.journey
        if not same_policy or live.never_about != version.journey.never_about:
            found[name] = version
    return found


def _rounds(sent: Sequence[SentMessage]) -> Iterator[list[SentMessage]]:
    """Yields the messages in chunks of which each has one message of an enrollment at most."""
    rounds: list[list[SentMessage]] = []
    seen: dict[int, int] = defaultdict(int)
    for message in sent:
        turn = seen[message.enrollment]
        seen[message.enrollment] += 1
        if turn == len(rounds):
            rounds.append([])
        rounds[turn].append(message)
    for messages in rounds:
        for start in range(0, len(messages), CHUNK):
            yield messages[start : start + CHUNK]
