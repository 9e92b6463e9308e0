"""Providers, webhooks and channels: how the project reaches customers and other systems."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field

from kaskad.domain.channel import Channel
from kaskad.domain.duration import Duration
from kaskad.domain.model import Model


class SuccessRule(Model):
    """How a provider's response shows that it accepted the message. Fields that are not set are not checked.

    `status`: one of these 2xx codes. `body: any`: any body. `text`: the whole body is one of these, in any case;
    `starts`: it begins with one. `document`: JSON with one of these values at each path. `id` is the path of the
    provider's own id.
    """

    status: tuple[int, ...] = ()
    body: Literal["any"] | None = None
    text: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()
    document: dict[str, tuple[str | int | float | bool | None, ...]] = {}
    id: str = "id"


class ProviderSpec(Model):
    """A provider: which adapter, where, and the environment variable that holds its secret."""

    name: str
    adapter: str
    url: str
    secret_env: str = ""
    keeps_keys: Duration = Duration()  # for how long it recognizes a second call with the same idempotency key
    options: dict[str, Any] = {}
    success: SuccessRule | None = None  # default: JSON that does not report an error


class WebhookSpec(Model):
    """Another system that journeys can call. `secret_env` is the variable with the key that signs the calls.

    `on_unknown`: a call with unknown outcome is sent again with its key, which the other system recognizes; or never.
    """

    name: str
    title: str
    url: str
    secret_env: str
    method: Literal["POST", "PUT", "PATCH", "DELETE"] = "POST"
    headers: dict[str, str] = {}
    timeout: Duration = Duration(seconds=10)
    on_unknown: Literal["resend", "never_resend"] = "resend"


class ChannelSpec(Model):
    """A channel's providers in failover order, its price and its rate.

    `rate` is messages per second of each provider, all workers together; `concurrency` is parallel calls per worker.
    """

    channel: Channel
    providers: tuple[str, ...] = ()
    cost: Decimal = Decimal(0)
    currency: str = "RUB"
    rate: Annotated[float, Field(gt=0)] = 100.0
    concurrency: Annotated[int, Field(ge=1)] = 50
    on_unknown: Literal["never_resend", "resend"] = "never_resend"
    deadline: Duration = Duration(seconds=86_400)
