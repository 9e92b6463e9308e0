"""Rejected events: the closed list of codes, and the error for one event."""

from __future__ import annotations

from enum import StrEnum

from kaskad.domain.errors import Rejected


class RejectionCode(StrEnum):
    """Why an event was rejected, or a warning for its source about an event that was stored."""

    NOT_AN_EVENT = "not_an_event"
    BAD_SHAPE = "bad_shape"
    UNKNOWN_TYPE = "unknown_type"
    BAD_NAME = "bad_name"
    BAD_MESSAGE_ID = "bad_message_id"
    NOBODY = "nobody"
    WITHDRAWAL_LOST = "withdrawal_lost"
    BAD_TIME = "bad_time"
    BAD_NUMBER = "bad_number"
    BAD_TEXT = "bad_text"
    TOO_LONG = "too_long"
    TOO_DEEP = "too_deep"
    TOO_LARGE = "too_large"
    UNSTORABLE = "unstorable"
    NO_PRODUCT = "no_product"
    REPEATED = "repeated"
    BEHAVIOUR_NOT_ALLOWED = "behaviour_not_allowed"
    PROFILE_NOT_ALLOWED = "profile_not_allowed"
    CONSENT_NOT_ALLOWED = "consent_not_allowed"
    ORDER_NOT_ALLOWED = "order_not_allowed"
    CATALOGUE_NOT_ALLOWED = "catalogue_not_allowed"
    RECEIPT_NOT_ALLOWED = "receipt_not_allowed"
    # the codes below are about events that were stored
    WITHDRAWAL_WIDENED = "withdrawal_widened"
    GRANT_UNCLEAR = "grant_unclear"
    CONTACT_UNCLEAR = "contact_unclear"
    ID_UNCLEAR = "id_unclear"
    SPOILED = "spoiled"
    CONTACT_NOT_ALLOWED = "contact_not_allowed"
    CART_UNCLEAR = "cart_unclear"
    IDENTITY_CONFLICT = "identity_conflict"


CODE_MEANINGS = {
    RejectionCode.NOT_AN_EVENT: "it is no JSON object",
    RejectionCode.BAD_SHAPE: "properties, traits or context are no object",
    RejectionCode.UNKNOWN_TYPE: "its type is none of track, identify, page, screen, group and alias",
    RejectionCode.BAD_NAME: "it has no name, or one that is raised here and never tracked",
    RejectionCode.BAD_MESSAGE_ID: "its messageId is no text of 1 to 200 characters; leave it out to have one derived",
    RejectionCode.NOBODY: "it names nobody",
    RejectionCode.WITHDRAWAL_LOST: "somebody said no, and nothing tells who: they are still written to",
    RejectionCode.BAD_TIME: "its timestamp is no time between 1970 and 2200 that its source can write",
    RejectionCode.BAD_NUMBER: "a number is not finite, larger than an amount can be, or a quantity below zero",
    RejectionCode.BAD_TEXT: "a text holds U+0000, half a character, or bytes that are not UTF-8",
    RejectionCode.TOO_LONG: "an id, a name, a key or a list is too long",
    RejectionCode.TOO_DEEP: "it is nested too deeply",
    RejectionCode.TOO_LARGE: "it is longer than 32 KB",
    RejectionCode.UNSTORABLE: "the database does not take it",
    RejectionCode.NO_PRODUCT: "an offer of a feed names no product",
    RejectionCode.REPEATED: "an offer is in its feed twice: the first counts",
    RejectionCode.BEHAVIOUR_NOT_ALLOWED: "its source may not tell behaviour",
    RejectionCode.PROFILE_NOT_ALLOWED: "its source may not tell profiles",
    RejectionCode.CONSENT_NOT_ALLOWED: "its source may not tell consents: nothing was granted",
    RejectionCode.ORDER_NOT_ALLOWED: "its source may not tell orders",
    RejectionCode.CATALOGUE_NOT_ALLOWED: "its source may not tell the catalogue",
    RejectionCode.RECEIPT_NOT_ALLOWED: "its source may not tell what became of messages",
    RejectionCode.WITHDRAWAL_WIDENED: (
        "a withdrawal that was not understood in full took back the widest that it can mean"
    ),
    RejectionCode.GRANT_UNCLEAR: "a grant that was not understood in full granted nothing",
    RejectionCode.CONTACT_UNCLEAR: "an address that is none was passed over",
    RejectionCode.ID_UNCLEAR: "a text that is nobody's id, like 'undefined', was left out",
    RejectionCode.SPOILED: "a value that is not of its property's type was left out",
    RejectionCode.CONTACT_NOT_ALLOWED: "a public source was to change an address that another source told",
    RejectionCode.CART_UNCLEAR: "a cart was told without its lines: nothing in it changed",
    RejectionCode.IDENTITY_CONFLICT: "two customers were named as one, and were not joined: `kaskad identities`",
}
WARNING_CODES = frozenset(
    {
        RejectionCode.WITHDRAWAL_WIDENED,
        RejectionCode.GRANT_UNCLEAR,
        RejectionCode.CONTACT_UNCLEAR,
        RejectionCode.ID_UNCLEAR,
        RejectionCode.SPOILED,
        RejectionCode.CONTACT_NOT_ALLOWED,
        RejectionCode.CART_UNCLEAR,
        RejectionCode.IDENTITY_CONFLICT,
    }
)


class EventRejected(Rejected):
    """One event cannot be stored: `code` says why, `str()` says it in a sentence."""

    def __init__(self, code: RejectionCode, detail: str) -> None:
        self.code = code
        super().__init__(detail)
