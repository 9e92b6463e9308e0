"""How the sandbox answers in place of a shop's customers."""

from __future__ import annotations

from kaskad.domain.channel import Channel
from kaskad.sandbox.providers import Behaviour, Rates

SEED = 20_260_301
# How a shop's customers answer, approximately; every choice is a hash of the seed and the message.
DEFAULT_BEHAVIOUR = Behaviour(
    seed=SEED,
    channels={
        Channel.PUSH: Rates(refuse=0.04, open=0.45, click=0.2, retry=0.01),
        Channel.EMAIL: Rates(refuse=0.02, open=0.35, click=0.12, machine_open=0.2, retry=0.01),
        Channel.WEBPUSH: Rates(refuse=0.05, click=0.15),
        Channel.VIBER: Rates(swallow=0.25, open=0.6, click=0.1),
        Channel.SMS: Rates(refuse=0.01, click=0.05),
    },
)


def sandbox_providers() -> dict[Channel, str]:
    """The provider's name of each channel in the shipped configs, for the addresses of their webhooks."""
    return {channel: f"sandbox_{channel.value}" for channel in Channel if channel is not Channel.CALL}
