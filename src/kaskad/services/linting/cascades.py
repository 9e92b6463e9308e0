"""Rules about cascades: whether a message reaches the customers it is meant for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

from kaskad.domain.channel import Channel
from kaskad.domain.journeys.cascade import ChannelStep
from kaskad.domain.journeys.condition import MessageState
from kaskad.services.linting.rule import Finding, LintContext, Rule, Severity
from kaskad.services.wording import channel_label, format_duration, join_words

BY_PERMISSION = frozenset({Channel.PUSH, Channel.WEBPUSH})


def _late_fallback(context: LintContext) -> Iterator[Finding]:
    for placed, step in context.sends():
        if step.relevant_for is None:
            continue
        passed, late = timedelta(), []
        channel_steps = context.channel_steps(step)
        for before, channel_step in pairwise(channel_steps):
            passed += _silence(before)
            if passed >= step.relevant_for.longest:
                late.append(channel_label(channel_step.channel))
        if late:
            limit = format_duration(step.relevant_for)
            text = f"{join_words(late)} may come too late: the channels before stay silent longer than {limit}"
            yield Finding((*placed.at, "relevant_for"), text)


def _silence(channel_step: ChannelStep) -> timedelta:
    """Returns how long the channel step waits after it was sent; nothing if being sent is its success."""
    return timedelta() if channel_step.success is MessageState.SENT else channel_step.fallback_after.shortest


def _channel_without_template(context: LintContext) -> Iterator[Finding]:
    for placed, step in context.sends():
        channels = [channel_step.channel for channel_step in context.cascade(step).channels]
        missing = [
            channel_label(each) for each in channels if each not in context.messages_by_name[step.message].channels
        ]
        if missing and len(missing) < len(channels):
            text = f"'{step.message}' has no template for {join_words(missing)}, which its cascade names: passed over"
            yield Finding((*placed.at, "send"), text)


def _no_channel_at_all(context: LintContext) -> Iterator[Finding]:
    for placed, step in context.sends():
        if not context.channel_steps(step):
            channels = join_words(
                [channel_label(channel_step.channel) for channel_step in context.cascade(step).channels]
            )
            text = f"'{step.message}' reaches nobody: it has no template for any channel of its cascade ({channels})"
            yield Finding((*placed.at, "send"), text)


def _nobody_without_consent(context: LintContext) -> Iterator[Finding]:
    for placed, step in context.sends():
        channels = {channel_step.channel for channel_step in context.channel_steps(step)}
        if channels and channels <= BY_PERMISSION:
            allowed = join_words(sorted(map(channel_label, channels)))
            text = f"'{step.message}' reaches only those who allowed {allowed} themselves"
            yield Finding((*placed.at, "send"), text)


LATE_FALLBACK = Rule(
    "late_fallback",
    Severity.WARNING,
    why="A channel that comes later in the cascade than the message is relevant is never tried for those who are "
    "reachable in the channels before it and stay silent there.",
    fix="Give the step a longer `relevant_for`, or a `cascade` of its own with shorter `fallback_after`. Where "
    "those who are silent shall hear no more of it, say so beside an `# lint: ignore late_fallback`.",
    check=_late_fallback,
)
CHANNEL_WITHOUT_TEMPLATE = Rule(
    "channel_without_template",
    Severity.WARNING,
    why="A channel of the cascade for which the message has no template is passed over, silently: whoever is "
    "reachable there alone gets nothing.",
    fix="Add the template to the message's folder, or give the step a `cascade` without that channel.",
    check=_channel_without_template,
)
NO_CHANNEL_AT_ALL = Rule(
    "no_channel_at_all",
    Severity.ERROR,
    why="A message that has no template for any channel of its cascade reaches nobody.",
    fix="Add a template for one of the channels, or give the step a `cascade` that the message has templates for.",
    check=_no_channel_at_all,
)
NOBODY_WITHOUT_CONSENT = Rule(
    "nobody_without_consent",
    Severity.WARNING,
    why="Push and web push reach only the few who allowed them in their phone or browser. A cascade of these "
    "alone reaches nobody else, whatever address or number is known.",
    fix="Add e-mail, Viber or SMS to the cascade, with its template.",
    check=_nobody_without_consent,
)
