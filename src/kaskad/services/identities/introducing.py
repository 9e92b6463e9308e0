"""Finds whose the events of a whole script are, before the first of them happens."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import islice

from kaskad.domain.identities.people import Known, Speaker, Tie
from kaskad.domain.identities.resolver import Resolver
from kaskad.domain.identities.rules import Identity
from kaskad.domain.journeys.project import Project
from kaskad.services.identities import joining
from kaskad.storage.database import Connection
from kaskad.storage.ingestion import identities

AT_ONCE = 10_000  # identities of so many events are looked up together


async def introduce(
    connection: Connection, speakers: Iterable[Speaker], project: Project, *, now: datetime
) -> list[int]:
    """Returns the customer of each event, in their order; new customers and their identities are stored.

    Customers that the script joins are one from the start. An identity that changes hands is whose it is at first.
    """
    resolver, taken, first = Resolver(project.identities, Known()), list[int](), dict[Identity, tuple[int, Tie]]()
    coming = iter(speakers)
    while part := list(islice(coming, AT_ONCE)):
        resolver.add_known(await joining.load_known(connection, part, project))
        for speaker in part:
            taken.append(resolver.take(speaker))
            for name in islice(reversed(resolver.plan.fresh), len(speaker.identities)):
                first.setdefault(name, resolver.plan.fresh[name])
    owners = [resolver.customer(owner) for owner in taken]
    newcomers = dict.fromkeys(owner for owner in owners if owner < 0)
    made = dict(zip(newcomers, await identities.create(connection, len(newcomers), now), strict=True))
    held = {name: (resolver.customer(owner), tie) for name, (owner, tie) in first.items()}
    await identities.attach(connection, {name: (made.get(owner, owner), tie) for name, (owner, tie) in held.items()})
    return [made.get(owner, owner) for owner in owners]
