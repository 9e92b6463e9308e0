"""Resolves a send or call step: adds the defaults of its journey and its template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from kaskad.domain.channel import Channel
from kaskad.domain.decisions.facts import Enrollment
from kaskad.domain.duration import Duration
from kaskad.domain.journeys.cascade import Cascade, ChannelStep
from kaskad.domain.journeys.journey import Purpose
from kaskad.domain.journeys.program import Node
from kaskad.domain.journeys.step import CallStep, SendStep
from kaskad.domain.journeys.version import TemplateRef, Version

DEFAULT_RELEVANT_FOR = Duration(seconds=7 * 86_400)  # if the step sets none


@dataclass(frozen=True, slots=True)
class ResolvedSend:
    """A send or a call, with the journey's defaults filled in."""

    message: str
    cascade: Cascade
    template: TemplateRef
    expires_at: datetime
    purpose: Purpose
    topic: str | None
    sender: str


def resolve_send(
    version: Version, node: Node, enrollment: Enrollment, *, zone: ZoneInfo, now: datetime
) -> ResolvedSend:
    """The send with its cascade and its end; the template's settings override the journey's."""
    step, journey = node.step, version.journey
    assert isinstance(step, SendStep | CallStep)
    if isinstance(step, CallStep):
        message, relevant = step.script, step.within
        cascade = Cascade(name="call", channels=(ChannelStep(channel=Channel.CALL),))
    else:
        message, relevant = step.message, step.relevant_for or DEFAULT_RELEVANT_FOR
        cascade = step.cascade or journey.cascade
    template = version.templates[message]
    return ResolvedSend(
        message,
        cascade,
        template,
        expires_at=relevant.after(enrollment.step_since or now, zone),
        purpose=template.purpose or enrollment.purpose,
        topic=template.topic or journey.topic,
        sender=_sender(step, template, enrollment),
    )


def _sender(step: SendStep | CallStep, template: TemplateRef, enrollment: Enrollment) -> str:
    """The sender: of the step, else of the template, else of the journey."""
    if isinstance(step, SendStep) and step.sender:
        return resolve_sender(step.sender, enrollment.entry)
    return template.sender or enrollment.sender


def resolve_sender(sender: str, properties: Mapping[str, Any]) -> str:
    """The sender's name; `event.<field>` takes it from the event."""
    root, _, field = sender.partition(".")
    return str(properties.get(field) or "") if root == "event" and field else sender
