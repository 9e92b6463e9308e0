"""What a deployment shows in Prefect. Nothing here imports prefect, so any module may use it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kaskad.domain.outcome import Mode

TAG = "kaskad"  # marks the deployments that Kaskad may update and remove
JOURNEY_ENTRYPOINT = "flows.journey:journey"
SAFETY_NET_SECONDS = 900.0
JOURNEY_PARAMETERS: Mapping[str, Any] = {
    "title": "Parameters",
    "type": "object",
    "properties": {
        "journey": {"title": "Journey", "type": "string", "position": 0},
        "customer": {
            "title": "Customer",
            "description": "One customer's external id: takes this customer alone through the journey, now.",
            "anyOf": [{"type": "string"}, {"type": "null"}],
            "default": None,
            "position": 1,
        },
        "mode": {
            "title": "Mode",
            "description": "live sends to the customer; test sends to the journey's owner only.",
            "type": "string",
            "enum": [mode.value for mode in Mode],
            "default": Mode.LIVE.value,
            "position": 2,
        },
    },
    "required": [],
}


def to_prefect_name(name: str) -> str:
    """The name as Prefect writes it: `abandoned_cart` → `abandoned-cart`."""
    return name.replace("_", "-")


@dataclass(frozen=True, slots=True)
class CronSpec:
    """When a deployment runs on a schedule: five fields of cron, in this time zone."""

    cron: str
    zone: str


@dataclass(frozen=True, slots=True)
class DeploymentSpec:
    """One deployment: the module entrypoint of its flow, its description, and its parameters.

    `every_seconds` None means no safety net; `ticks` are its own schedule; `paused` counts only when it is published
    first.
    """

    name: str
    entrypoint: str
    description: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    parameter_schema: Mapping[str, Any] = field(default_factory=dict)
    tags: Sequence[str] = ()
    version: str | None = None
    every_seconds: float | None = SAFETY_NET_SECONDS
    ticks: CronSpec | None = None
    paused: bool = False

    @property
    def flow_name(self) -> str:
        return to_prefect_name(self.entrypoint.partition(":")[2])


@dataclass(frozen=True, slots=True)
class JourneyDeploymentSpec:
    """One journey as the marketer sees it in Prefect: its name, a description and a Mermaid picture.

    `parameters` are added to the journey's name; `paused` counts only when it is published first.
    """

    name: str
    description: str
    tags: Sequence[str] = ()
    version: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    paused: bool = False
    every_seconds: float | None = SAFETY_NET_SECONDS
    ticks: CronSpec | None = None

    def as_deployment(self) -> DeploymentSpec:
        """The deployment of the flow `journey` that runs this journey."""
        return DeploymentSpec(
            name=self.name,
            entrypoint=JOURNEY_ENTRYPOINT,
            description=self.description,
            parameters={"journey": self.name, **self.parameters},
            parameter_schema=JOURNEY_PARAMETERS,
            tags=(f"journey:{self.name}", *self.tags),
            version=self.version,
            every_seconds=self.every_seconds,
            ticks=self.ticks,
            paused=self.paused,
        )
