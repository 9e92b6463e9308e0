"""The data that a message requests by name in `data:` of its message.yaml."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from kaskad.domain.duration import Duration
from kaskad.domain.model import Model

NEVER = re.compile(r"bought_or_similar (\d{1,5})([hdw])", re.ASCII)
UNITS = {"h": 3_600, "d": 86_400, "w": 604_800}
CODE_FIELDS = frozenset({"code", "valid_until", "where"})


class DataSpec(Model):
    """The source of a name in a template: a part of the data, a promo's code, or products to recommend.

    With fewer than `at_least` nothing is sent. `never`: for this long, nothing that was bought, and nothing similar.
    """

    source: Annotated[str | None, Field(alias="from", min_length=1)] = None
    promo: Annotated[str | None, Field(min_length=1)] = None
    recommend: Literal["bought_together"] | None = None
    at_least: Annotated[int, Field(ge=0)] = 0
    at_most: Annotated[int, Field(ge=1, le=100)] | None = None
    never: Duration | None = None

    @field_validator("never", mode="before")
    @classmethod
    def _read_never(cls, said: object) -> object:
        if not isinstance(said, str):
            return said
        if not (found := NEVER.fullmatch(said)):
            raise PydanticCustomError("never", "write one like bought_or_similar 30d")
        return Duration(seconds=int(found[1]) * UNITS[found[2]])

    @model_validator(mode="after")
    def _is_one_thing(self) -> DataSpec:
        if sum(each is not None for each in (self.source, self.promo, self.recommend)) != 1:
            raise PydanticCustomError("data", "one of 'from', 'promo' and 'recommend' is needed")
        if self.promo and (self.at_least or self.at_most):
            raise PydanticCustomError("data", "a promo gives one code: at_least and at_most say nothing here")
        if self.never and not self.recommend:
            raise PydanticCustomError("data", "'never' belongs to 'recommend'")
        return self


class PromoCode(str):
    """A promo's code, as templates use it: `code` or `code.code`; with `valid_until` (aware) and `where`."""

    valid_until: datetime
    where: tuple[str, ...]

    @classmethod
    def of(cls, code: str, valid_until: datetime, where: tuple[str, ...]) -> PromoCode:
        """The code with the values that a template may show."""
        made = cls(code)
        made.valid_until, made.where = valid_until, where
        return made

    @property
    def code(self) -> str:
        """The code without the other values."""
        return str(self)
