"""Sends of which nobody can tell: providers that cannot be asked, what a channel does then, and how it ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from uuid import UUID

from kaskad.domain.channel import Channel, OutboundMessage, SendResult, Unknown
from kaskad.domain.duration import Duration
from kaskad.domain.journeys.project import Project
from kaskad.sandbox.providers import Behaviour, Rates
from tests.support.delivering import Hook, Watched, everybody
from tests.support.stack import Stack

LOSING = Behaviour(default=Rates(lose=1.0))  # processed, but the line drops in place of an answer


class Mute(Watched):
    """A provider that cannot be asked what became of a message."""

    async def get_delivery_status(self, message: UUID) -> SendResult | None:
        return None


def mute(stack: Stack, **doors: Hook) -> Mute:
    """The push channel's provider, which cannot be asked."""
    return Mute(stack.runtime.providers["sandbox_push"], **doors)


def push(on_unknown: str, keeps: int = 0, deadline: int = 86_400) -> Callable[[Project], Project]:
    """Everybody, the policy of the push channel, and how long its provider keeps keys; in seconds."""

    def edit(project: Project) -> Project:
        project = everybody(project)
        spec = project.channels[Channel.PUSH].model_copy(
            update={"on_unknown": on_unknown, "deadline": Duration(seconds=deadline)}
        )
        carrier = project.providers["sandbox_push"].model_copy(update={"keeps_keys": Duration(seconds=keeps)})
        update = {
            "channels": {**project.channels, Channel.PUSH: spec},
            "providers": {**project.providers, "sandbox_push": carrier},
        }
        return project.model_copy(update=update)

    return edit


async def lost(_: OutboundMessage) -> Unknown:
    """The line goes dead before the provider has it."""
    return Unknown("the line went dead")


async def settled(stack: Stack) -> list[tuple[str, str | None]]:
    """(status, settled_by) of every message, in the order in which they were decided."""
    rows = await stack.rows("SELECT status, settled_by FROM message ORDER BY decided_at, channel, id")
    return [(row["status"], row["settled_by"]) for row in rows]


def calls(stack: Stack) -> Counter[str]:
    """What the provider made of each call."""
    return Counter(record.outcome.value for record in stack.sandbox.received)
