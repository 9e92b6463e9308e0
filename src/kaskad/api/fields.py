"""Types of what requests say, which several routes share."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from kaskad.services.ingestion import event_limits


def _check_storable(text: str) -> str:
    """The text. Raises ValueError if the database could not look for it: it has a character that no text has."""
    if not event_limits.fits_index(text):
        raise ValueError("it has a character that cannot be stored, or is too long")
    return text


Storable = Annotated[str, AfterValidator(_check_storable)]
