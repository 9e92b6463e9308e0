"""The tables. No default reads a clock: the code that writes a row gives every time."""

from __future__ import annotations

from kaskad.storage.tables.addresses import Address, AddressTouch, SuppressionKey, SuppressionLift
from kaskad.storage.tables.alerts import Alert
from kaskad.storage.tables.api_keys import ApiKey
from kaskad.storage.tables.enrollments import Decision, Enrollment, Fanout, PastEntry
from kaskad.storage.tables.entrances import EntranceScan, SegmentMember
from kaskad.storage.tables.erasures import Erasure
from kaskad.storage.tables.events import Event, EventSeen, Source
from kaskad.storage.tables.feeds import FeedOffer, FeedState
from kaskad.storage.tables.imports import ImportedRow, ImportRun
from kaskad.storage.tables.merges import CustomerMerge, SharedTouch
from kaskad.storage.tables.messages import CallTask, Message
from kaskad.storage.tables.offers import BoughtTogether, PromoCode, PromoRedemption
from kaskad.storage.tables.people import (
    Attribute,
    Consent,
    Contact,
    Customer,
    CustomerIdentity,
    Device,
    RefusedAddress,
    Suppression,
)
from kaskad.storage.tables.provider_health import ProviderHealth
from kaskad.storage.tables.published import (
    Clock,
    ConfigGeneration,
    Image,
    Journey,
    JourneyVersion,
    PastFiles,
    Publication,
    Stop,
    Template,
)
from kaskad.storage.tables.rejected import RejectCount, RejectedEvent, UnknownEvent
from kaskad.storage.tables.shop import Cart, Product
from kaskad.storage.tables.webhooks import WebhookCall

__all__ = [
    "Address",
    "AddressTouch",
    "Alert",
    "ApiKey",
    "Attribute",
    "BoughtTogether",
    "CallTask",
    "Cart",
    "Clock",
    "ConfigGeneration",
    "Consent",
    "Contact",
    "Customer",
    "CustomerIdentity",
    "CustomerMerge",
    "Decision",
    "Device",
    "Enrollment",
    "EntranceScan",
    "Erasure",
    "Event",
    "EventSeen",
    "Fanout",
    "FeedOffer",
    "FeedState",
    "Image",
    "ImportRun",
    "ImportedRow",
    "Journey",
    "JourneyVersion",
    "Message",
    "PastEntry",
    "PastFiles",
    "Product",
    "PromoCode",
    "PromoRedemption",
    "ProviderHealth",
    "Publication",
    "RefusedAddress",
    "RejectCount",
    "RejectedEvent",
    "SegmentMember",
    "SharedTouch",
    "Source",
    "Stop",
    "Suppression",
    "SuppressionKey",
    "SuppressionLift",
    "Template",
    "UnknownEvent",
    "WebhookCall",
]
