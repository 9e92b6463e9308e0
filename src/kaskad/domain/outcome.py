"""The closed list of outcomes and reasons. Every status knows the statuses that may follow it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Reason(StrEnum):
    """Why a customer did not enter, why a message was not sent, or why an enrollment ended. One word per outcome."""

    # entry refused
    WHERE_FALSE = "where_false"
    IF_FALSE = "if_false"
    AGAIN_TOO_SOON = "again_too_soon"
    DATE_CHANGED = "date_changed"
    HOLDOUT = "holdout"
    CONTROL_GROUP = "control_group"
    # message held or dropped
    UNKNOWN_VALUE = "unknown_value"
    NO_CONTACT = "no_contact"
    ADDRESS_DEAD = "address_dead"
    SUPPRESSED = "suppressed"
    NO_CONSENT = "no_consent"
    UNCONFIRMED = "unconfirmed"
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
    MERGED = "merged"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    SAME_ADDRESS = "same_address"
    BETWEEN_MESSAGES = "between_messages"
    # step skipped
    CONDITION_FALSE = "condition_false"
    TOGETHER = "together"
    ONLY_A_TEST = "only_a_test"
    # enrollment ended
    LEFT = "left"
    LEFT_BY_STEP = "left_by_step"
    REACHED = "reached"
    FINISHED = "finished"
    FORGOTTEN = "forgotten"


class Mode(StrEnum):
    """Who gets the messages of an enrollment: the customer, or for a test the journey's owner."""

    LIVE = "live"
    TEST = "test"


class EnrollmentStatus(StrEnum):
    """The status of an enrollment."""

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
    EnrollmentStatus.QUARANTINED: frozenset({*LIVE_STATUSES, EnrollmentStatus.LEFT}),
}


class MessageStatus(StrEnum):
    """The status of a message. `held` is decided again; the last three are final.

    Only a message that was being sent can become `unknown`. An unknown that is tried again may have been sent already:
    if it is not wanted any more it becomes unknown again, never dropped.
    """

    QUEUED = "queued"
    CLAIMED = "claimed"
    SENDING = "sending"
    HELD = "held"
    UNKNOWN = "unknown"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"


# For a message that waits to be tried again: a late receipt reports its outcome, or it is not tried after all.
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

# The statuses that count in caps: the message may have reached the customer, or still can.
COUNTED_IN_CAPS = (
    MessageStatus.QUEUED,
    MessageStatus.CLAIMED,
    MessageStatus.SENDING,
    MessageStatus.SENT,
    MessageStatus.UNKNOWN,
)
