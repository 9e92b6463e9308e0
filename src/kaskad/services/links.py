"""Links for customers: each carries a signed message id and nothing else."""

from __future__ import annotations

import base64
import hmac
from uuid import UUID

from kaskad.domain.errors import InvalidSignature

SIGNATURE = 16  # bytes of HMAC-SHA256


class Links:
    """Makes and reads the tokens of `/u/{token}`."""

    def __init__(self, public_url: str, secret: str) -> None:
        self._public_url = public_url.rstrip("/")
        self._secret = secret.encode()

    def unsubscribe(self, message: UUID) -> str:
        """Returns the URL of the message's one-click unsubscribe (RFC 8058: POST acts, GET only asks)."""
        token = base64.urlsafe_b64encode(message.bytes + self._sign(message)).decode().rstrip("=")
        return f"{self._public_url}/u/{token}"

    def of(self, message: UUID) -> dict[str, str]:
        """Returns the `links` of templates: the message's unsubscribe URL, and where images are served, by hash."""
        return {"unsubscribe": self.unsubscribe(message), "images": f"{self._public_url}/images"}

    def message_of(self, token: str) -> UUID:
        """Returns the message that the token was made for. Raises Forged."""
        try:
            raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
            message = UUID(bytes=raw[:16])
        except ValueError:
            raise InvalidSignature("the link is damaged") from None
        if not hmac.compare_digest(raw[16:], self._sign(message)):
            raise InvalidSignature("the signature of the link does not hold")
        return message

    def _sign(self, message: UUID) -> bytes:
        return hmac.digest(self._secret, b"unsubscribe" + message.bytes, "sha256")[:SIGNATURE]
