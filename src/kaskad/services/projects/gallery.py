"""The gallery: journeys and campaigns that come with Kaskad, copied into a project with everything that they need."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from ruamel.yaml import YAML

import kaskad
from kaskad.config.yaml.scalars import NAME
from kaskad.domain.errors import NotFound, Rejected

DEFINITION_FILES = (
    "senders",
    "sources",
    "topics",
    "cascades",
    "segments",
    "promos",
    "webhooks",
    "events",
    "attributes",
)
CUSTOMER_PREFIX = "customer."
SHARED = "_shared"
ALWAYS_COPIED = {"default"}  # the cascade of messages that name none


@dataclass(frozen=True, slots=True)
class GalleryItem:
    """One journey or campaign of the gallery. `root` is the folder that contains its templates."""

    name: str
    kind: Literal["journey", "campaign"]
    title: str
    file: Path
    root: Path


@dataclass(slots=True)
class GalleryCopy:
    """The result of a copy: new files with their content, and additions to existing files, by key."""

    files: dict[Path, bytes] = field(default_factory=dict)
    additions: dict[Path, dict[str, str]] = field(default_factory=dict)

    def write(self) -> None:
        """Writes all files: first those that others refer to."""
        for path, blocks in self.additions.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            there = path.read_text() if path.exists() else ""
            with path.open("a") as file:
                file.write("" if not there or there.endswith("\n") else "\n")
                file.writelines(blocks.values())
        for path, content in self.files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def list_items() -> dict[str, GalleryItem]:
    """Returns the whole gallery by name: journeys, then campaigns, each sorted."""
    gallery, shop = _find_folders()
    found = [
        *_list_folder(gallery / "journeys", "journey", gallery),
        *_list_folder(shop / "configs" / "journeys", "journey", shop),
        *_list_folder(gallery / "campaigns", "campaign", gallery),
    ]
    return {item.name: item for item in sorted(found, key=lambda item: (item.kind != "journey", item.name))}


def _list_folder(folder: Path, kind: Literal["journey", "campaign"], root: Path) -> Iterator[GalleryItem]:
    for file in folder.glob("*.yaml"):
        yield GalleryItem(file.stem, kind, _read(file)["title"], file, root)


def plan_copy(name: str, project: Path, called: str | None = None) -> GalleryCopy:
    """Returns what a copy into the project would write, under the item's own name or as `called`; writes nothing.

    Templates and definitions that the project has stay as they are. Raises NotFound for a name that the gallery does
    not have, Rejected if the project has one of that name already, or if it is not a valid name.
    """
    known = list_items()
    if name not in known:
        near = get_close_matches(name, known, n=1)
        raise NotFound(f"the gallery has no '{name}'" + (f", did you mean '{near[0]}'?" if near else ""))
    exhibit, called = known[name], name if called is None else called
    if not NAME.match(called):
        raise Rejected(f"'{called}' is no name of a {exhibit.kind}: small letters a–z, digits and _")
    target = project / "configs" / f"{exhibit.kind}s" / f"{called}.yaml"
    if target.exists():
        there = target.relative_to(project).as_posix()
        raise Rejected(f"{there} is there already: give the new one a name of its own with --as")
    taken = GalleryCopy({target: exhibit.file.read_bytes()})
    tests = exhibit.file.parent / "tests" / exhibit.file.name
    if tests.exists():
        taken.files[target.parent / "tests" / target.name] = tests.read_bytes()
    words = ALWAYS_COPIED | set(_words(_read(exhibit.file)))
    words |= _templates(taken, words, exhibit, project=project)
    _definitions(taken, words, project)
    return taken


def _templates(taken: GalleryCopy, words: set[str], exhibit: GalleryItem, *, project: Path) -> set[str]:
    """Adds the named messages, and the parts that all messages share; returns the words of those messages."""
    shop = _find_folders()[1] / "templates"
    found: set[str] = set()
    for source in (exhibit.root / "templates", shop):
        for folder in sorted(source.glob("*")):
            if folder.name not in words | {SHARED} or (folder.name != SHARED and _has_message(project, folder.name)):
                continue
            for file in sorted(path for path in folder.rglob("*") if path.is_file()):
                target = project / "templates" / file.relative_to(source)
                if not target.exists():
                    taken.files.setdefault(target, file.read_bytes())
                if file.name == "message.yaml":
                    found |= set(_words(_read(file)))
    return found


def _has_message(project: Path, message: str) -> bool:
    return (project / "templates" / message).is_dir()


def _definitions(taken: GalleryCopy, words: set[str], project: Path) -> None:
    """Adds the definitions of the shop's files under one of the words, if the project does not define it."""
    shop = _find_folders()[1]
    words |= set(_words_of_segments(words, _read(shop / "configs" / "segments.yaml")))
    for kind in DEFINITION_FILES:
        source, target = shop / "configs" / f"{kind}.yaml", project / "configs" / f"{kind}.yaml"
        if not source.exists():
            continue
        there = _read(target) if target.exists() else {}
        wanted = {key: block for key, block in _blocks(source).items() if key in words and key not in there}
        if wanted:
            taken.additions[target] = wanted
        for file in (source.parent / word for key in wanted for word in _words(_read(source)[key])):
            beside = target.parent / file.relative_to(source.parent)
            if file.is_file() and not beside.exists():
                taken.files[beside] = file.read_bytes()


def _blocks(file: Path) -> dict[str, str]:
    """Returns each definition of a file as it is written, by its key; comments between definitions belong to none."""
    blocks: dict[str, str] = {}
    key = ""
    for line in file.read_text().splitlines(keepends=True):
        if line[:1] not in (" ", "#", "\n"):
            key = line.partition(":")[0]
        elif not line.startswith(" "):
            key = ""
        if key:
            blocks[key] = blocks.get(key, "") + line
    return blocks


def _words_of_segments(words: set[str], segments: dict[str, Any]) -> Iterator[str]:
    """Yields the words in named segments: they may ask for events, attributes and other segments."""
    for name in words & segments.keys():
        mentioned = set(_words(segments[name]))
        yield from mentioned
        yield from _words_of_segments(mentioned - {name}, segments)


def _words(value: Any) -> Iterator[str]:
    """Yields every key and text of a YAML tree; of a customer's attribute its name alone too."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _words(str(key))
            yield from _words(part)
    elif isinstance(value, list):
        for part in value:
            yield from _words(part)
    elif isinstance(value, str):
        yield value
        if value.startswith(CUSTOMER_PREFIX):
            yield value.removeprefix(CUSTOMER_PREFIX)


def _read(file: Path) -> dict[str, Any]:
    return YAML(typ="safe", pure=True).load(file.read_text()) or {}


def _find_folders() -> tuple[Path, Path]:
    """Returns the gallery and the shop that come with Kaskad: in the installed package, else in the checkout."""
    package = Path(kaskad.__file__).parent
    if (installed := package / "gallery").is_dir():
        return installed, installed / "shop"
    checkout = package.parents[1]
    return checkout / "gallery", checkout
