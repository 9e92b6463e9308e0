"""Customers of a script who share an address: what one is sent counts for the others, so they move in order of time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime

from kaskad.domain.addresses.address_key import address_key
from kaskad.domain.events import IDENTIFY
from kaskad.services.ingestion import contacts
from kaskad.services.simulation.script import ScriptEvent

NextAt = Callable[[int], datetime | None]


class SharedMailboxes:
    """Groups of customers who have, or will have, an address in common."""

    def __init__(self, owners: Sequence[int], happened: Sequence[ScriptEvent], region: str | None) -> None:
        self._groups = _find_groups(owners, happened, region)

    def find_waiting(self, waiting: AbstractSet[int], stop: datetime, next_at: NextAt) -> set[int]:
        """Returns those who wait in this round: something happens earlier to another one of their group."""
        held: set[int] = set()
        for group in self._groups:
            times = {customer: at for customer in group if (at := next_at(customer)) is not None and at <= stop}
            first = min(times.values(), default=stop)
            held |= {customer for customer, at in times.items() if at > first and customer in waiting}
        return held

    def limits(self, stop: datetime, next_at: NextAt) -> Mapping[int, datetime]:
        """Returns for each who shares an address how far events may be taken together: until another one's time."""
        found: dict[int, datetime] = {}
        for group in self._groups:
            times = {customer: next_at(customer) or stop for customer in group}
            for customer in group:
                found[customer] = min((times[other] for other in group if other != customer), default=stop)
        return found


def _find_groups(owners: Sequence[int], happened: Sequence[ScriptEvent], region: str | None) -> list[list[int]]:
    """Returns the groups of at least two customers; whoever shares with two joins both. `region` is the shop's."""
    holders: dict[tuple[str, str], set[int]] = defaultdict(set)
    for owner, script_event in zip(owners, happened, strict=True):
        event = script_event.event
        if event.name == IDENTIFY:
            traits = contacts.collect_traits(event.traits, event.context)
            for channel, address in contacts.read_addresses(traits, region=region):
                if address and (key := address_key(channel, address)):
                    holders[channel, key].add(owner)
    return _join(shared for shared in holders.values() if len(shared) > 1)


def _join(shared: Iterable[set[int]]) -> list[list[int]]:
    group_of: dict[int, set[int]] = {}
    for customers in shared:
        joined = set(customers).union(*(group_of.get(customer, ()) for customer in customers))
        group_of.update(dict.fromkeys(joined, joined))
    return sorted(sorted(group) for group in {id(group): group for group in group_of.values()}.values())
