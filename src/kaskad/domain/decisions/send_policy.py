"""The send policy: consents, topics, quiet hours, caps. Result: allow | defer | refuse, and the reason."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from kaskad.domain.channel import Channel
from kaskad.domain.decisions.experiment import in_control_group
from kaskad.domain.decisions.facts import CustomerFacts
from kaskad.domain.decisions.local_time import complement_window, local_date, next_open, start_of_day
from kaskad.domain.journeys.journey import Purpose, SendWindow, Window
from kaskad.domain.journeys.policy import Cap, Policy
from kaskad.domain.journeys.project import Topic
from kaskad.domain.outcome import Reason
from kaskad.domain.standing_word import Word, standing_word


@dataclass(frozen=True, slots=True)
class Allow:
    """The message may be sent."""


@dataclass(frozen=True, slots=True)
class Defer:
    """The message must wait; it is checked again at `until`."""

    until: datetime
    reason: Reason


@dataclass(frozen=True, slots=True)
class Refuse:
    """The message must not be sent."""

    reason: Reason


Verdict = Allow | Defer | Refuse


def check_policy(
    policy: Policy,
    person: CustomerFacts,
    now: datetime,
    *,
    purpose: Purpose,
    topic: str | None,
    sender: str,
    window: SendWindow | None,
) -> Verdict:
    """Control group, then hours, then caps: a message that must wait for the morning uses up no cap of tomorrow."""
    if purpose is Purpose.TRANSACTIONAL:
        return Allow()
    if in_marketing_control_group(policy, purpose, person):
        return Refuse(Reason.CONTROL_GROUP)
    timed = check_send_hours(policy, window, person.zone, now=now)
    if not isinstance(timed, Allow) or purpose is not Purpose.MARKETING:
        return timed
    return check_caps(policy.caps, person, now, topic=topic, sender=sender)


def in_marketing_control_group(policy: Policy, purpose: Purpose, person: CustomerFacts) -> bool:
    """Whether the message is marketing and the customer is in the control group, which gets no marketing."""
    members = person.outside_as("")
    return purpose is Purpose.MARKETING and in_control_group(person.id, policy.control_group, members=members)


def check_send_hours(policy: Policy, window: SendWindow | None, zone: ZoneInfo, *, now: datetime) -> Verdict:
    """Checks quiet hours and the journey's own window, on the customer's wall clock."""
    quiet = complement_window(policy.quiet_hours) if policy.quiet_hours else None
    if window and next_open([window], now, zone) != now and window.outside == "skip":
        return Refuse(Reason.SEND_WINDOW)
    windows: list[Window] = [w for w in (window, quiet) if w]
    opens = next_open(windows, now, zone)
    if opens is None:
        return Refuse(Reason.SEND_WINDOW)
    if opens > now:
        in_window = not window or next_open([window], now, zone) == now
        return Defer(opens, Reason.QUIET_HOURS if in_window else Reason.SEND_WINDOW)
    return Allow()


def check_caps(caps: Sequence[Cap], person: CustomerFacts, now: datetime, *, topic: str | None, sender: str) -> Verdict:
    """The strictest full cap: a refusal comes before a wait, and a longer wait before a shorter one."""
    verdicts = [verdict for cap in caps if (verdict := _check_cap(cap, person, now, topic=topic, sender=sender))]
    refusal = next((verdict for verdict in verdicts if isinstance(verdict, Refuse)), None)
    deferrals = [verdict for verdict in verdicts if isinstance(verdict, Defer)]
    return refusal or max(deferrals, key=lambda verdict: verdict.until, default=Allow())


def _check_cap(
    cap: Cap, person: CustomerFacts, now: datetime, *, topic: str | None, sender: str
) -> Defer | Refuse | None:
    if cap.topic is not None and cap.topic != topic:
        return None
    today = local_date(now, person.zone)
    first = today - timedelta(days=0 if cap.per == "day" else 6)
    counted = sorted(
        touch.on
        for touch in person.touches
        if first <= touch.on
        and (cap.topic is None or touch.topic == cap.topic)
        and (cap.each is None or touch.sender == sender)
    )
    if len(counted) < cap.at_most:
        return None
    if cap.over == "skip" or cap.at_most == 0:
        return Refuse(Reason.CAP)
    # A touch is free again when the oldest of the last `at_most` touches leaves the window.
    frees = counted[len(counted) - cap.at_most] + timedelta(days=1 if cap.per == "day" else 7)
    return Defer(start_of_day(frees, person.zone), Reason.CAP)


def unreachable_reason(
    person: CustomerFacts,
    channel: Channel,
    purpose: Purpose,
    *,
    topic: Topic | None,
    templates: AbstractSet[Channel],
    sender: str | None = None,
    double_opt_in: Collection[Channel] = (),
) -> Reason | None:
    """Why this channel does not reach the customer; None if it does. The address's state counts for every purpose.

    `double_opt_in`: channels whose address has to be confirmed before a grant of marketing counts.
    """
    if channel not in templates:
        return Reason.NO_TEMPLATE
    state = person.contacts.get(channel)
    if state is None:
        return Reason.NO_CONTACT
    if state == "suppressed":
        return Reason.SUPPRESSED
    if state != "active":
        return Reason.ADDRESS_DEAD
    if purpose is not Purpose.MARKETING:
        return None
    missing = _missing_consent(person.consents, channel, topic, sender=sender)
    if missing is None and channel in double_opt_in and channel not in person.confirmed:
        return Reason.UNCONFIRMED
    return missing


def _missing_consent(
    consents: Sequence[Word], channel: Channel, topic: Topic | None, *, sender: str | None
) -> Reason | None:
    general = standing_word(consents, channel, None, sender=sender)
    if general is None or not general.granted:
        return Reason.NO_CONSENT
    if topic is None or wants_topic(consents, channel, topic, sender=sender):
        return None
    return Reason.TOPIC_OPTED_OUT


def consents_to_marketing(consents: Sequence[Word], channel: Channel) -> bool:
    """Whether the customer agreed to marketing in that channel, from all senders and on no topic in particular."""
    return _missing_consent(consents, channel, None, sender=None) is None


def wants_topic(consents: Sequence[Word], channel: Channel, topic: Topic, *, sender: str | None = None) -> bool:
    """Whether the customer wants the topic in that channel, by their own word or as everybody begins."""
    word = standing_word(consents, channel, topic.name, sender=sender)
    return word.granted if word else topic.starts == "subscribed"


def refuses_sender(consents: Sequence[Word], channel: Channel, sender: str) -> bool:
    """Whether the last word for this sender in that channel is a withdrawal from it alone."""
    word = standing_word(consents, channel, None, sender=sender)
    return word is not None and not word.granted and word.sender == sender


def has_said(person: CustomerFacts, channel: Channel, topic: Topic) -> bool:
    """Whether the customer ever gave or withdrew consent for the topic in that channel."""
    return standing_word(person.consents, channel, topic.name, sender=None) is not None


# If several channels do not reach the customer: the reasons, first the one that a marketer can do most about.
_MOST_ACTIONABLE_FIRST = (
    Reason.TOPIC_OPTED_OUT,
    Reason.UNCONFIRMED,
    Reason.NO_CONSENT,
    Reason.ADDRESS_DEAD,
    Reason.SUPPRESSED,
    Reason.NO_CONTACT,
    Reason.NO_TEMPLATE,
)


def most_actionable_reason(reasons: Mapping[Channel, Reason | None]) -> Reason:
    """The one reason for a cascade that reaches nobody."""
    found = set(reasons.values())
    return next((reason for reason in _MOST_ACTIONABLE_FIRST if reason in found), Reason.NO_CONTACT)
