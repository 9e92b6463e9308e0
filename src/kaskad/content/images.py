"""The images of messages: found in `images/` folders, named by the hash of their content, linked in templates.

A template writes `image("hero.png")` in Jinja, or `images/hero.png` in place of an address: in an attribute,
in `url(…)`, or as a field of YAML. Both become `{{ links.images }}/<hash>/hero.png`, so an edited image gets a new
address, and e-mails that were sent still show the old image.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from hashlib import blake2b
from pathlib import Path

from kaskad.content.message import ImageRef
from kaskad.domain.errors import Problem

FOLDER = "images"
KINDS = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp"}
SIMILARITY = 0.75  # for difflib: the same file ending alone makes any two names of images similar
MAX_BYTES = 5 * 1024 * 1024  # bytes: no mail program waits for more
_NAMED = re.compile(
    r"""\bimage\(\s*(?P<quote>["'])(?P<called>[^"'\n]*)(?P=quote)\s*\)"""
    r"""|(?P<before>["'(]|\A\s*)images/(?P<written>[^"'()\s{}]+)(?=["')]|\s*\Z)"""
)
_CALLED = re.compile(r"""\bimage\((?!\s*(["'])[^"'\n]*\1\s*\))""")
_JINJA = re.compile(r"\{[{%].*?[%}]\}", re.DOTALL)
_SIGNATURES = {
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/gif": re.compile(rb"GIF8[79]a"),
    "image/webp": re.compile(rb"RIFF....WEBP", re.DOTALL),
}


@dataclass(frozen=True, slots=True)
class Image:
    """One image's bytes, with what names them. `hash` is blake2b over the content, 32 hex digits."""

    ref: ImageRef
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Images:
    """The images that the message in `folder` may use: its own, then those of the shared folders beside it."""

    folder: Path

    @cached_property
    def found(self) -> Mapping[str, Path]:
        """The files by the name that templates use: the path within `images/`."""
        shared = sorted(path for path in self.folder.parent.glob("_*") if path.is_dir())
        places = [place / FOLDER for place in (*reversed(shared), self.folder)]
        return {
            path.relative_to(place).as_posix(): path
            for place in places
            for path in sorted(place.rglob("*"))
            if path.is_file() and not path.name.startswith(".")
        }

    def problems(self, text: str, report: Callable[[int, str], Problem]) -> list[Problem]:
        """A problem for every image of the text that cannot be shown; `report` takes an offset and a text."""
        problems = [report(at, wrong) for name, at in find_named(text) if (wrong := self._wrong(name))]
        for jinja in _JINJA.finditer(text):
            for call in _CALLED.finditer(jinja[0]):
                problems.append(report(jinja.start() + call.start(), 'image takes a file\'s name: image("hero.png")'))
        return problems

    def put_into(self, text: str) -> str:
        """The template with the address of each image that exists."""

        def address(found: re.Match[str]) -> str:
            path = self.found.get(found["called"] or found["written"] or "")
            if path is None:
                return found[0]
            ref = read_image(path).ref
            if found["called"]:
                return f"(links.images ~ '/{ref.address}')"
            return f"{found['before']}{{{{ links.images }}}}/{ref.address}"

        return _NAMED.sub(address, text)

    def used_by(self, texts: Iterable[str]) -> tuple[ImageRef, ...]:
        """The images that the sources use, each once."""
        names = {name for text in texts for name, _ in find_named(text) if name in self.found}
        refs = {read_image(self.found[name]).ref for name in names}
        return tuple(sorted(refs, key=lambda ref: ref.path))

    def _wrong(self, name: str) -> str:
        path = self.found.get(name)
        if path is None:
            near = get_close_matches(name, self.found, n=1, cutoff=SIMILARITY)
            advice = f"did you mean {near[0]!r}?" if near else f"put it into {self.folder.name}/{FOLDER}/"
            return f"there is no image {name!r}, {advice}"
        kind = KINDS.get(path.suffix.lower().removeprefix("."))
        if kind is None:
            return f"{name!r} is no image that mail programs show: there are {', '.join(sorted(KINDS))}"
        size = path.stat().st_size
        if size > MAX_BYTES:
            return f"{name!r} has {size / 2**20:.1f} MB, the most is {MAX_BYTES // 2**20} MB"
        with path.open("rb") as file:
            if not _SIGNATURES[kind].match(file.read(16)):
                return f"{name!r} does not hold what its name says: it is no {kind.removeprefix('image/')}"
        return ""


def mask_images(text: str) -> str:
    """The text with one common address in place of each image, for other checks."""
    return _CALLED.sub("(", _NAMED.sub(lambda found: "links.images" if found["called"] is not None else found[0], text))


def find_named(text: str) -> list[tuple[str, int]]:
    """The names of the images that a source uses, each with its offset."""
    found = []
    for match in _NAMED.finditer(text):
        group = "called" if match["called"] is not None else "written"
        found.append((match[group], match.start(group) - (len(f"{FOLDER}/") if group == "written" else 0)))
    return found


def read_image(path: Path) -> Image:
    """The image in a file below `templates/…/images/`. Raises OSError."""
    content = path.read_bytes()
    kind = KINDS[path.suffix.lower().removeprefix(".")]
    place = next(parent for parent in path.parents if parent.name == FOLDER)
    shown = path.relative_to(place.parent.parent).as_posix()
    hash_ = blake2b(content, digest_size=16).hexdigest()
    return Image(ImageRef(hash=hash_, path=shown, media_type=kind, size=len(content)), content)
