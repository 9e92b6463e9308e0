"""What each reason means, in a sentence for people."""

from __future__ import annotations

from collections.abc import Mapping

from kaskad.domain.outcome import Reason

REASON_TEXTS: Mapping[Reason, str] = {
    Reason.WHERE_FALSE: "what happened does not meet `where` of the entrance",
    Reason.IF_FALSE: "the customer does not meet `if` of the entrance",
    Reason.AGAIN_TOO_SOON: "the last entry that sent something is too recent (`again_after`)",
    Reason.DATE_CHANGED: "the date has been changed, or is not known any more",
    Reason.HOLDOUT: "the customer is in the holdout, which hears nothing, to measure what the journey earns",
    Reason.CONTROL_GROUP: "the customer is in the control group, which hears no marketing, to measure its worth",
    Reason.UNKNOWN_VALUE: "a value that a condition asks for is not known; unknown is neither yes nor no",
    Reason.NO_CONTACT: "there is no address in this channel",
    Reason.ADDRESS_DEAD: "the address does not work any more",
    Reason.SUPPRESSED: "somebody at this address complained, or unsubscribed from this journey",
    Reason.NO_CONSENT: "the customer has not consented to marketing here",
    Reason.UNCONFIRMED: "the customer has consented, but has not confirmed the address yet (`double_opt_in`)",
    Reason.TOPIC_OPTED_OUT: "the customer does not want this topic, or has not agreed to it yet",
    Reason.NO_TEMPLATE: "the message has no template for this channel",
    Reason.STATE_CHANGED: "`only_while` does not hold any more",
    Reason.QUIET_HOURS: "these are the customer's quiet hours",
    Reason.SEND_WINDOW: "it is outside the journey's hours for sending (`send_window`)",
    Reason.CAP: "the customer has had as many messages as the policy allows",
    Reason.STALE_SOURCE: "a source that the decision depends on has been silent for too long (`fresh_data`)",
    Reason.STOPPED: "an emergency stop is active",
    Reason.PAUSED: "the journey is paused",
    Reason.EXPIRED: "the message is stale: `relevant_for` is over",
    Reason.OTHER_DAY: "it was decided for another day of the customer's calendar",
    Reason.EDITED: "the journey was edited, and this was decided again by its new version",
    Reason.MISSING_DATA: "what the message is to show is not there",
    Reason.BOUGHT: "the customer bought this, or its like, not long ago (`never_about` of the policy)",
    Reason.NO_CODE: "the promo has no code for it",
    Reason.UNKNOWN_SENDER: "nobody of that name writes: it stands in no line of senders.yaml",
    Reason.TEMPLATE_ERROR: "the template cannot be filled in",
    Reason.FAULT: "what is known of the customer, or what the journey's files say, cannot be worked with",
    Reason.QUARANTINED: "the customer is set aside in this journey, until somebody has looked at a fault",
    Reason.PROVIDER_REFUSED: "the provider refused it for good",
    Reason.PROVIDER_DOWN: "no provider of this channel answers; another channel takes it, or it goes when one is back",
    Reason.EXHAUSTED: "every channel of the cascade was tried, none got an answer",
    Reason.SUPERSEDED: "the journey had gone on by then",
    Reason.MERGED: "the customer turned out to be the same person as another one; what that one has counts as well",
    Reason.COMPLAINED: "the customer complained about this message: it goes through no other channel either",
    Reason.UNSUBSCRIBED: "the customer unsubscribed by this message: it goes through no other channel either",
    Reason.SAME_ADDRESS: "another customer with the same address was sent this: it goes there once, by no other way",
    Reason.BETWEEN_MESSAGES: "another customer with the same address was sent an advertisement a short time before",
    Reason.NO_ANSWER: "nobody can tell whether it was taken, and it is asked no more",
    Reason.OTHER_ENTRIES: "it is about several entries, and these are others by now: it is put together again",
    Reason.TOGETHER: "the customer was written to about this together with another entry",
    Reason.ONLY_A_TEST: "in a test nobody's profile is changed and no other system is told",
    Reason.LEFT_BY_STEP: "the journey says that it ends here",
    Reason.CONDITION_FALSE: "the step's `if` does not hold",
    Reason.LEFT: "the customer has left the journey",
    Reason.REACHED: "the customer was reached",
    Reason.FINISHED: "every step was taken",
    Reason.FORGOTTEN: "the customer's data were erased",
}


def reason_text(reason: str | None) -> str:
    """Returns the reason in words."""
    return REASON_TEXTS[Reason(reason)] if reason else "no reason was noted"
