"""The calls of Segment's format, with examples for the OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kaskad.domain.rejection import CODE_MEANINGS, WARNING_CODES, RejectionCode

REJECTED = tuple(code for code in RejectionCode if code not in WARNING_CODES)
WHO = {"userId": "kolya", "messageId": "6f9619ff-8b86-d011-b42d-00cf4fc964ff", "timestamp": "2027-03-02T12:00:00+03:00"}
TRACK = {
    **WHO,
    "event": "Product Added",
    "properties": {"cart_id": "k1", "product_id": "pepperoni", "name": "Pepperoni", "price": 1500, "quantity": 1},
}
IDENTIFY = {**WHO, "traits": {"firstName": "Kolya", "email": "kolya@customer.example", "timezone": "Europe/Moscow"}}
SECURITY: list[dict[str, list[str]]] = [{"write key": []}]
SCHEME = {"type": "http", "scheme": "basic", "description": "The source's write key as the user name, no password."}


@dataclass(frozen=True, slots=True)
class EventCall:
    """One kind of call: its path, its short path, its purpose, and an example."""

    kind: str
    alias: str
    summary: str
    description: str
    example: Mapping[str, Any]

    @property
    def openapi(self) -> dict[str, Any]:
        """The part of the OpenAPI document that the signature does not give, since the body is read by hand."""
        content = {"application/json": {"schema": {"type": "object"}, "example": self.example}}
        return {"requestBody": {"required": True, "content": content}, "security": SECURITY}


EVENT_CALLS = (
    EventCall(
        "track",
        "t",
        "Something happened",
        "One event of one customer. `messageId` makes it count once, however often it is sent; without one, what is "
        "the same in all of it, `timestamp` too, counts once. `userId`, `anonymousId` or `context.externalIds` say "
        "whose it is.",
        TRACK,
    ),
    EventCall(
        "identify",
        "i",
        "Who somebody is",
        "Traits of one customer: name, addresses, locale, time zone. An address that is null or empty is taken back; "
        "what is not named stays as it is.",
        IDENTIFY,
    ),
    EventCall(
        "batch",
        "b",
        "Many calls at once",
        "Up to 500 KB and 2,500 calls, 32 KB each; gzip is welcome. 200 means that all are stored but for those in "
        "`rejected`. After 503 send all of them again: what was stored already is not counted twice. `sentAt` corrects "
        "a clock that is wrong.",
        {
            "batch": [{"type": "identify", **IDENTIFY}, {"type": "track", **TRACK, "messageId": "a-second-id"}],
            "sentAt": "2027-03-02T12:00:01+03:00",
        },
    ),
    EventCall(
        "page",
        "p",
        "A page was seen",
        "Stored as the event `page_viewed`, with the page's address and its campaign.",
        {**WHO, "name": "Cart", "properties": {"path": "/cart", "url": "https://shop.example/cart?utm_source=mail"}},
    ),
    EventCall("screen", "s", "A screen was seen", "Stored as the event `screen_viewed`.", {**WHO, "name": "Cart"}),
    EventCall(
        "group", "g", "Somebody belongs to a group", "Stored as the event `group_joined`.", {**WHO, "groupId": "g1"}
    ),
    EventCall("alias", "a", "Somebody has another id", "Stored as the event `aliased`.", {**WHO, "previousId": "k0"}),
)


def describe_stored() -> dict[str, Any]:
    """The answer 200 for OpenAPI: all events were stored, or all except those that are named."""
    codes = "; ".join(f"`{code}`: {meaning}" for code, meaning in CODE_MEANINGS.items() if code in REJECTED)
    rejection: dict[str, Any] = {
        "type": "object",
        "required": ["index", "code", "detail"],
        "properties": {
            "index": {"type": "integer", "description": "The event's place in the batch, from 0."},
            "code": {"type": "string", "enum": list(REJECTED), "description": codes},
            "detail": {"type": "string", "description": "This very problem, in a sentence."},
        },
    }
    passed_over = {
        **rejection,
        "description": "An address that a source that is not public told: the rest of the event is stored.",
        "properties": {**rejection["properties"], "code": {"const": RejectionCode.CONTACT_NOT_ALLOWED}},
    }
    schema = {
        "type": "object",
        "required": ["success"],
        "properties": {
            "success": {"const": True},
            "rejected": {"type": "array", "items": rejection},
            "passed_over": {"type": "array", "items": passed_over},
        },
    }
    example = {
        "index": 3,
        "code": RejectionCode.BAD_TIME,
        "detail": "'timestamp' must be an ISO 8601 time, not '29.11.2026 10:00'",
    }
    examples = {
        "all": {"value": {"success": True}},
        "all but one": {"value": {"success": True, "rejected": [example]}},
    }
    description = "Stored, but for what `rejected` names: sending that again does not help."
    return {"description": description, "content": {"application/json": {"schema": schema, "examples": examples}}}
