"""The calls of Segment's format, as the API describes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

IGNORED = "Accepted, so that stock clients work; nothing is stored: no journey asks for it."
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
class Call:
    """One kind of call: its path, its short path, what it is for, and an example."""

    kind: str
    alias: str
    summary: str
    description: str
    example: Mapping[str, Any]

    @property
    def openapi(self) -> dict[str, Any]:
        """The part of the OpenAPI document that the signature does not tell: the body is read by hand."""
        content = {"application/json": {"schema": {"type": "object"}, "example": self.example}}
        return {"requestBody": {"required": True, "content": content}, "security": SECURITY}


CALLS = (
    Call(
        "track",
        "t",
        "Something happened",
        "One event of one customer. `messageId` makes it count once, however often it is sent; "
        "`userId`, `anonymousId` or `context.externalIds` say whose it is.",
        TRACK,
    ),
    Call("identify", "i", "Who somebody is", "Traits of one customer: name, addresses, locale, time zone.", IDENTIFY),
    Call(
        "batch",
        "b",
        "Many calls at once",
        "Up to 500 KB of calls, 32 KB each; gzip is welcome. 200 means that all are stored. After 503 send all of "
        "them again: what was stored already is not counted twice. `sentAt` corrects a clock that is wrong.",
        {
            "batch": [{"type": "identify", **IDENTIFY}, {"type": "track", **TRACK, "messageId": "a-second-id"}],
            "sentAt": "2027-03-02T12:00:01+03:00",
        },
    ),
    Call("page", "p", "A page was seen", IGNORED, {**WHO, "name": "Cart"}),
    Call("screen", "s", "A screen was seen", IGNORED, {**WHO, "name": "Cart"}),
    Call("group", "g", "Somebody belongs to a group", IGNORED, {**WHO, "groupId": "g1"}),
    Call("alias", "a", "Somebody has another id", IGNORED, {**WHO, "previousId": "k0"}),
)
