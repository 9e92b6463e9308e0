"""Links for customers: each carries a signed message id and nothing else."""

from __future__ import annotations

import base64
import hmac
from enum import StrEnum
from uuid import UUID

from kaskad.domain.errors import InvalidSignature

SIGNATURE = 16  # bytes of HMAC-SHA256


class LinkKind(StrEnum):
    """What a link is for. The signature contains it: a link for one thing does not do another."""

    UNSUBSCRIBE = "unsubscribe"
    PREFERENCES = "preferences"
    CONFIRM = "confirm"


PATHS = {LinkKind.UNSUBSCRIBE: "u", LinkKind.PREFERENCES: "p", LinkKind.CONFIRM: "c"}


class Links:
    """Makes and reads the tokens of `/u/{token}`, `/p/{token}` and `/c/{token}`."""

    def __init__(self, public_url: str, secret: str) -> None:
        self._public_url = public_url.rstrip("/")
        self._secret = secret.encode()

    def unsubscribe(self, message: UUID) -> str:
        """Returns the URL of the message's one-click unsubscribe (RFC 8058: POST acts, GET only asks)."""
        return self.url(message, LinkKind.UNSUBSCRIBE)

    def url(self, message: UUID, kind: LinkKind) -> str:
        """Returns the message's URL of that kind; on each of them POST acts and GET only asks."""
        token = base64.urlsafe_b64encode(message.bytes + self._sign(message, kind)).decode().rstrip("=")
        return f"{self._public_url}/{PATHS[kind]}/{token}"

    def of(self, message: UUID) -> dict[str, str]:
        """Returns the `links` of templates: the message's own URLs by kind, and where images are served, by hash."""
        return {**{kind.value: self.url(message, kind) for kind in LinkKind}, "images": f"{self._public_url}/images"}

    def message_of(self, token: str, kind: LinkKind = LinkKind.UNSUBSCRIBE) -> UUID:
        """Returns the message that the token of this kind was made for. Raises InvalidSignature."""
        try:
            raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
            message = UUID(bytes=raw[:16])
        except ValueError:
            raise InvalidSignature("the link is damaged") from None
        if not hmac.compare_digest(raw[16:], self._sign(message, kind)):
            raise InvalidSignature("the signature of the link does not hold")
        return message

    def _sign(self, message: UUID, kind: LinkKind) -> bytes:
        return hmac.digest(self._secret, kind.value.encode() + message.bytes, "sha256")[:SIGNATURE]
