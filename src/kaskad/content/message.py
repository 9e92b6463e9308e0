"""A compiled message: publishing stores it and workers load it, without its source files."""

from __future__ import annotations

import json
from collections.abc import Iterable
from hashlib import blake2b
from urllib.parse import quote

from kaskad.content.data_spec import DataSpec
from kaskad.content.rendering.context import Remark
from kaskad.domain.channel import Channel
from kaskad.domain.journeys.journey import Purpose
from kaskad.domain.model import Model

Fields = dict[str, str]  # field → Jinja source
Variants = dict[Channel, dict[str, Fields]]  # channel → locale, lowercase with "-" ("" is the base) → fields

REQUIRED = {
    Channel.EMAIL: ("subject", "html", "text"),
    Channel.PUSH: ("title", "body", "url"),
    Channel.WEBPUSH: ("title", "body", "url"),
    Channel.VIBER: ("text",),
    Channel.SMS: ("text",),
    Channel.CALL: ("script",),
}
OPTIONAL = {
    Channel.EMAIL: ("preheader",),
    Channel.PUSH: (),
    Channel.WEBPUSH: ("icon",),
    Channel.VIBER: ("button", "url", "image"),
    Channel.SMS: (),
    Channel.CALL: ("ask",),
}

SEGMENTS_KEY = "at_most"  # of sms.yaml: how many segments one SMS may take; stored with the fields, but never sent


class RenderedFields(dict[str, str]):
    """The rendered fields of one message to one customer, with remarks: what was cut, what was left out."""

    remarks: tuple[Remark, ...] = ()
    left_out: frozenset[str] = frozenset()  # the things of the cart that it does not show, because they were bought

    @classmethod
    def of(cls, fields: Fields, remarks: Iterable[Remark]) -> RenderedFields:
        """The fields with their remarks, each once."""
        written = cls(fields)
        written.remarks = tuple(dict.fromkeys(remarks))
        return written


class MessageSpec(Model):
    """The settings of message.yaml: overrides of the journey's topic, purpose and sender; data; UTM parameters.

    `language` is the language of the base files; it decides the form of their dates, amounts and plurals.
    """

    topic: str | None = None
    purpose: Purpose | None = None
    sender: str | None = None
    language: str = "en"
    data: dict[str, DataSpec] = {}
    utm: dict[str, str] = {}


class ImageRef(Model):
    """An image with the hash of its content; `path` is below templates/, `size` is in bytes."""

    hash: str
    path: str
    media_type: str
    size: int

    @property
    def address(self) -> str:
        """The end of the image's address, which changes with its content."""
        return f"{self.hash}/{quote(self.path.rpartition('/')[2])}"


class CompiledMessage(Model):
    """A message in every channel and locale, ready to render. Equal content has an equal `hash`."""

    name: str
    hash: str
    spec: MessageSpec
    variants: Variants
    images: tuple[ImageRef, ...] = ()

    @classmethod
    def of(
        cls, name: str, spec: MessageSpec, variants: Variants, *, images: tuple[ImageRef, ...] = ()
    ) -> CompiledMessage:
        """The message with its hash: blake2b over the canonical JSON of everything else."""
        message = cls(name=name, hash="", spec=spec, variants=variants, images=images)
        content = message.model_dump(mode="json", by_alias=True, exclude={"hash"})
        canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        digest = blake2b(canonical.encode(), digest_size=16).hexdigest()
        return message.model_copy(update={"hash": digest})
