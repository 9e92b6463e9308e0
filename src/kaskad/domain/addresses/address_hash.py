"""The keyed hash that closed addresses are stored by: it survives erasing a customer and tells nobody the address."""

from __future__ import annotations

import hmac

from kaskad.domain.errors import Rejected

MIN_KEY = 16  # characters; whoever guesses a shorter key can try out all telephone numbers
DIGITS = 32  # 128 bits: two addresses never meet
HASHED = "#"  # begins every hash, and no address: so one that is still stored in plain is recognized
FINGERPRINT_OF = "fingerprint"  # no channel has this name


class AddressHasher:
    """Hashes addresses with the suppression key of the installation."""

    def __init__(self, key: str) -> None:
        """Raises Rejected if the key is too short, for example because its file is empty."""
        if len(key.strip()) < MIN_KEY:
            raise Rejected(f"the suppression key is shorter than {MIN_KEY} characters: restore it from the backup")
        self._key = key.strip().encode()
        self.is_verified = False  # the database was made with this key

    def hash(self, channel: str, key: str) -> str:
        """The hash of an address by its channel and `address_key`: the same for good, as long as the key is."""
        return HASHED + hmac.digest(self._key, f"{channel}\0{key}".encode(), "sha256").hex()[:DIGITS]

    @property
    def fingerprint(self) -> str:
        """What the database stores to recognize the key."""
        return self.hash(FINGERPRINT_OF, "")
