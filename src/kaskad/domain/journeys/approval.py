"""Decides when a version needs the approval of a second person before it goes live. Pure."""

from __future__ import annotations

from kaskad.domain.channel import Channel
from kaskad.domain.journeys.journey import Purpose
from kaskad.domain.journeys.policy import ApprovalPolicy
from kaskad.domain.journeys.step import CallStep
from kaskad.domain.journeys.version import Version


def approval_reasons(approval: ApprovalPolicy, version: Version, *, first: bool, audience: int) -> tuple[str, ...]:
    """The cases of the policy that apply to the version; empty if it needs no approval. `first`: never live before."""
    cases = ["its first publish"] if first and approval.first_publish else []
    cases += [f"purpose {purpose}" for purpose in approval.purposes if purpose in version_purposes(version)]
    if approval.audience_over is not None and audience > approval.audience_over:
        cases.append(f"an audience over {approval.audience_over:,}: {audience:,} people")
    return tuple(cases)


def version_purposes(version: Version) -> frozenset[Purpose]:
    """The purposes of the version's messages: the journey's, and those of messages that have one of their own."""
    own = {template.purpose for template in version.templates.values() if template.purpose}
    return frozenset({version.journey.purpose, *own})


def version_channels(version: Version) -> tuple[Channel, ...]:
    """The channels of the version's messages: those that are in one of its cascades and have a template."""
    found: set[Channel] = set()
    for step in version.program.sends():
        if isinstance(step, CallStep):
            found.add(Channel.CALL)
            continue
        cascade = step.cascade or version.journey.cascade
        found |= {channel_step.channel for channel_step in cascade.channels} & set(
            version.templates[step.message].channels
        )
    return tuple(sorted(found))


def is_same_person(name: str, other: str) -> bool:
    """Whether two names are the same person's, in any spelling."""
    return name.strip().casefold() == other.strip().casefold()
