"""Journey tests: the customer, the events, and the expected messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kaskad.config.yaml.node import SourcePosition
from kaskad.domain.channel import Channel, ReceiptKind
from kaskad.domain.outcome import Reason


@dataclass(frozen=True, slots=True)
class CaseCustomer:
    """The customer of a case. `reachable`: channels with an address; `consents`: channels that marketing may use."""

    time_zone: str
    locale: str
    reachable: tuple[Channel, ...] = (Channel.PUSH, Channel.EMAIL)
    consents: tuple[Channel, ...] | None = None
    refuses: tuple[Channel, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """One line of `when`: an event with its properties, or a receipt of a message."""

    at: datetime
    event: str = ""
    source: str = "site"
    properties: Mapping[str, Any] = field(default_factory=dict)
    receipt: str = ""
    was: ReceiptKind | None = None
    channel: Channel | None = None
    by_machine: bool = False


@dataclass(frozen=True, slots=True)
class ExpectedMessage:
    """One line of `expect`: a message that is sent then; or, with `because` and no time, one that is not sent."""

    place: SourcePosition
    message: str
    channel: Channel | None = None
    at: datetime | None = None
    fails: bool = False
    because: Reason | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One test: given this, when that happens, this is expected. Times are aware."""

    journey: str
    title: str
    place: SourcePosition
    start: datetime
    customer: CaseCustomer
    products: Mapping[str, Mapping[str, Any]]
    when: tuple[CaseEvent, ...]
    expect: tuple[ExpectedMessage, ...]
    ends: str | None = None
    because: str | None = None


@dataclass(frozen=True, slots=True)
class JourneyTests:
    """All cases of a journey, and the other journeys that run (`beside`)."""

    journey: str
    beside: tuple[str, ...]
    cases: tuple[Case, ...]
