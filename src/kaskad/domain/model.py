"""The base class of everything that marketers write: immutable values, and unknown keys are errors."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """A value read from a file or from the store; equal by content."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
