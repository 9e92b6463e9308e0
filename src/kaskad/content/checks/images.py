"""Checks of images: their size, where they come from, and their alternative text."""

from __future__ import annotations

from collections.abc import Iterator

from kaskad.content.checks.check import Check, CheckedMessage, Severity
from kaskad.content.checks.html import read_elements
from kaskad.domain.channel import Channel
from kaskad.domain.errors import Problem

HEAVY, ALL_TOGETHER = 200 * 1024, 800 * 1024  # bytes: a second or two on a phone
FIELDS = ("image", "icon")


def _check_weight(examined: CheckedMessage) -> Iterator[Problem]:
    templates = examined.folder.parent
    for image in examined.message.images:
        if image.size > HEAVY:
            text = f"{image.size / 1024:.0f} KB, {HEAVY // 1024} are enough"
            yield Problem((templates / image.path).as_posix(), 1, 1, text)
    if (together := sum(image.size for image in examined.message.images)) > ALL_TOGETHER:
        text = f"the images of this message have {together / 1024:.0f} KB together, {ALL_TOGETHER // 1024} are enough"
        yield Problem(examined.folder.as_posix(), 1, 1, text)


def _check_address(examined: CheckedMessage) -> Iterator[Problem]:
    for said in examined.said:
        sources = [(field, said.fields[field]) for field in FIELDS if said.fields.get(field)]
        if said.channel is Channel.EMAIL:
            sources += [
                ("html", image.attributes.get("src", "")) for image in read_elements(said.fields["html"], "img")
            ]
        for field, source in sources:
            if not source.startswith("https://") and not source.startswith(examined.own):
                why = (
                    "is not encrypted, and many programs do not load it"
                    if source.startswith("http:")
                    else "leads nowhere"
                )
                text = f"the image's address {source!r} {why}: write https://…, or images/… for one of your own"
                yield examined.at(said, field, source, text=text)


def _check_alt(examined: CheckedMessage) -> Iterator[Problem]:
    for said in examined.by(Channel.EMAIL):
        for image in read_elements(said.fields["html"], "img"):
            if image.hidden or image.attributes.get("alt", "").strip() or image.attributes.get("width") == "1":
                continue
            source = image.attributes.get("src", "")
            words = "a link that is only a picture says" if "a" in image.inside else "the picture says"
            yield examined.at(
                said, "html", source.rpartition("/")[2], text=f"{words} nothing where pictures are off: {source}"
            )


def _check_link_text(examined: CheckedMessage) -> Iterator[Problem]:
    for said in examined.by(Channel.EMAIL):
        for link in read_elements(said.fields["html"], "a"):
            plain = "".join(character for character in link.text.casefold() if character.isalpha() or character == " ")
            if plain.strip() in ("here", "click here", "сюда", "здесь", "тут", "нажмите здесь"):
                yield examined.at(said, "html", link.text, text=f"the link says only {link.text!r}")


HEAVY_IMAGE = Check(
    "image_heavy",
    Severity.WARNING,
    "Over a phone's network 200 KB take a second or two: until then a frame is empty. An image of more than 5 MB,"
    " one that is not there, or one whose content is not what its name says, is an error when the message is compiled.",
    "Save it no wider than twice the width at which it is shown, as JPEG or WebP for photographs.",
    _check_weight,
)
ADDRESS = Check(
    "image_address",
    Severity.WARNING,
    "Mail programs load images from https:// only, and know no folder of yours.",
    "Put the file into the message's `images/` and write `images/hero.png`: Kaskad serves it.",
    _check_address,
)
ALT = Check(
    "alt_text",
    Severity.WARNING,
    "Outlook shows no pictures until it is asked to, and some readers hear the message read aloud: both get the `alt`"
    " text, or nothing.",
    'Write `alt="…"` with what the picture says.',
    _check_alt,
)
LINK_TEXT = Check(
    "link_text",
    Severity.HINT,
    "Who hears a message read aloud jumps from link to link: “here, here, here” says nothing.",
    "Let the link say where it leads: “See my cart”.",
    _check_link_text,
)
