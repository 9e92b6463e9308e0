"""The closed vocabulary of what happened and why. Every status knows where it may go next."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Reason(StrEnum):
    """Why a person did not enter, why a message did not go, or why an enrollment ended. One word per outcome."""

    # an entrance refused
    WHERE_FALSE = "where_false"
    IF_FALSE = "if_false"
    AGAIN_TOO_SOON = "again_too_soon"
    DATE_CHANGED = "date_changed"
    HOLDOUT = "holdout"
    CONTROL_GROUP = "control_group"
    # a message held or dropped
    UNKNOWN_VALUE = "unknown_value"
    NO_CONTACT = "no_contact"
    ADDRESS_DEAD = "address_dead"
    SUPPRESSED = "suppressed"
    NO_CONSENT = "no_consent"
    TOPIC_OPTED_OUT = "topic_opted_out"
    NO_TEMPLATE = "no_template"
    STATE_CHANGED = "state_changed"
    QUIET_HOURS = "quiet_hours"
    SEND_WINDOW = "send_window"
    CAP = "cap"
    STALE_SOURCE = "stale_source"
    STOPPED = "stopped"
    PAUSED = "paused"
    EXPIRED = "expired"
    OTHER_DAY = "other_day"
    OTHER_ENTRIES = "other_entries"
    EDITED = "edited"
    MISSING_DATA = "missing_data"
    BOUGHT = "bought"
    NO_CODE = "no_code"
    UNKNOWN_SENDER = "unknown_sender"
    TEMPLATE_ERROR = "template_error"
    FAULT = "fault"
    QUARANTINED = "quarantined"
    PROVIDER_REFUSED = "provider_refused"
    PROVIDER_DOWN = "provider_down"
    NO_ANSWER = "no_answer"
    EXHAUSTED = "exhausted"
    SUPERSEDED = "superseded"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    # a step passed by
    CONDITION_FALSE = "condition_false"
    TOGETHER = "together"
    ONLY_A_TEST = "only_a_test"
    # an enrollment ended
    LEFT = "left"
    LEFT_BY_STEP = "left_by_step"
    REACHED = "reached"
    FINISHED = "finished"


class EnrollmentStatus(StrEnum):
    """A customer's life in a journey."""

    CANDIDATE = "candidate"
    ACTIVE = "active"
    LEFT = "left"
    DONE = "done"
    REFUSED = "refused"
    QUARANTINED = "quarantined"


LIVE_STATUSES = (EnrollmentStatus.CANDIDATE, EnrollmentStatus.ACTIVE)

ENROLLMENT_TRANSITIONS: Mapping[EnrollmentStatus, frozenset[EnrollmentStatus]] = {
    EnrollmentStatus.CANDIDATE: frozenset(
        {
            EnrollmentStatus.ACTIVE,
            EnrollmentStatus.LEFT,
            EnrollmentStatus.DONE,
            EnrollmentStatus.REFUSED,
            EnrollmentStatus.QUARANTINED,
        }
    ),
    EnrollmentStatus.ACTIVE: frozenset({EnrollmentStatus.LEFT, EnrollmentStatus.DONE, EnrollmentStatus.QUARANTINED}),
    EnrollmentStatus.LEFT: frozenset(),
    EnrollmentStatus.DONE: frozenset(),
    EnrollmentStatus.REFUSED: frozenset(),
    EnrollmentStatus.QUARANTINED: frozenset(LIVE_STATUSES),
}


class MessageStatus(StrEnum):
    """A message's life. `held` is decided again; the last three end it.

    Only what was being sent can become `unknown`. An unknown that is to be tried again may have gone already: where
    that is not wanted any more it is unknown again, never dropped.
    """

    QUEUED = "queued"
    CLAIMED = "claimed"
    SENDING = "sending"
    HELD = "held"
    UNKNOWN = "unknown"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"


# Of what waits to be tried again: a late receipt tells what became of it, or it is not tried after all.
_AFTER_RETRY = (MessageStatus.SENT, MessageStatus.FAILED, MessageStatus.UNKNOWN)

MESSAGE_TRANSITIONS: Mapping[MessageStatus, frozenset[MessageStatus]] = {
    MessageStatus.QUEUED: frozenset({MessageStatus.CLAIMED, MessageStatus.HELD, MessageStatus.DROPPED, *_AFTER_RETRY}),
    MessageStatus.CLAIMED: frozenset(
        {MessageStatus.QUEUED, MessageStatus.SENDING, MessageStatus.HELD, MessageStatus.DROPPED, *_AFTER_RETRY}
    ),
    MessageStatus.SENDING: frozenset(
        {MessageStatus.QUEUED, MessageStatus.SENT, MessageStatus.FAILED, MessageStatus.UNKNOWN}
    ),
    MessageStatus.HELD: frozenset({MessageStatus.QUEUED, MessageStatus.DROPPED, *_AFTER_RETRY}),
    MessageStatus.UNKNOWN: frozenset(
        {MessageStatus.SENT, MessageStatus.FAILED, MessageStatus.QUEUED, MessageStatus.HELD}
    ),
    MessageStatus.SENT: frozenset({MessageStatus.FAILED}),  # a bounce after acceptance
    MessageStatus.FAILED: frozenset(),
    MessageStatus.DROPPED: frozenset(),
}

# What counts in caps: everything that may have reached the customer, or still will.
COUNTED_IN_CAPS = (
    MessageStatus.QUEUED,
    MessageStatus.CLAIMED,
    MessageStatus.SENDING,
    MessageStatus.SENT,
    MessageStatus.UNKNOWN,
)
