"""The versions of a journey, with the number of customers in each."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from kaskad.api.dependencies import TheRuntime
from kaskad.services.publishing import version_history


class VersionShown(BaseModel):
    """One version: who published it first, when, from which commit, who approved it, and how many are inside."""

    model_config = ConfigDict(from_attributes=True)

    number: int = Field(examples=[3])
    hash: str = Field(description="Of its content: what an approval is of.")
    state: Literal["current", "proposed", "past"]
    at: datetime
    by: str = Field(examples=["anna@shop.example"])
    commit: str | None = Field(description="git's HEAD, where the files lay in a checkout.")
    edited: bool | None = Field(description="Whether the files differed from that commit.")
    inside: int = Field(description="How many wait to enter it, or are in it now.")
    needs: tuple[str, ...] = Field(description="Why it needed a second person's word.")
    approved_by: str | None
    approved_at: datetime | None


async def versions_shown(name: str, runtime: TheRuntime) -> list[VersionShown]:
    """Every version, the newest first."""
    return [VersionShown.model_validate(line) for line in await version_history.list_versions(runtime, name)]
