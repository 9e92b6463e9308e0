"""The project's own names, for completion in editors: as many as can be read, even if files have errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kaskad.config.journey_files.entry_triggers import ITEM_PROPERTIES
from kaskad.config.journey_files.product_triggers import PRODUCT_EVENTS
from kaskad.config.journey_files.vocabulary import BUILT_IN_PATHS, CONTEXT_PATHS
from kaskad.config.project_files.files import ProjectFiles
from kaskad.config.yaml.node import Node
from kaskad.domain.journeys.condition import ValueType

PRODUCT_EVENT_PATHS = {
    f"event.{name}": kind for raised in (*PRODUCT_EVENTS.values(), ITEM_PROPERTIES) for name, kind in raised.items()
}
CONTEXT_EVENT_PATHS = {f"event.{path}": kind for path, kind in CONTEXT_PATHS.items()}
PathTypes = Mapping[str, ValueType]


@dataclass(frozen=True, slots=True)
class ProjectNames:
    """The defined names, by the stem of their file; messages; every path with its type. Empty outside a project."""

    defined: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    messages: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    journeys: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()  # `senders` lists
    paths: PathTypes = field(default_factory=lambda: dict(BUILT_IN_PATHS))
    complete: bool = False  # False: more paths than these may exist

    def of(self, stem: str) -> tuple[str, ...]:
        """The names that the file with that stem defines."""
        return self.defined.get(stem, ())


def read_project_names(root: Path) -> ProjectNames:
    """The names of the project in the folder `root`."""
    files = ProjectFiles(root)
    named, journeys, templates = files.named(), files.journeys(), files.templates()
    messages = tuple(name for name in templates if not name.startswith("_"))
    return ProjectNames(
        defined={stem: tuple(_fields(node)) for stem, node in named.items()},
        messages=messages,
        scripts=tuple(name for name in messages if "call.yaml" in templates[name]),
        journeys=tuple(journeys),
        lists=tuple(name for name, each in _fields(named.get("senders")).items() if "list" in _fields(each)),
        paths={
            **BUILT_IN_PATHS,
            **PRODUCT_EVENT_PATHS,
            **CONTEXT_EVENT_PATHS,
            **_properties(named.get("events")),
            **_attributes(named.get("attributes")),
        },
        complete="events" in named and "attributes" in named,
    )


def _fields(node: Node | None) -> dict[str, Node]:
    return node.value if node and isinstance(node.value, dict) else {}


def _attributes(node: Node | None) -> PathTypes:
    return {f"customer.{name}": kind for name, each in _fields(node).items() if (kind := _type(each))}


def _properties(node: Node | None) -> PathTypes:
    """`event.*` of all events together: only the journey shows which event it is."""
    found = {}
    for event in _fields(node).values():
        for name, each in _fields(_fields(event).get("properties")).items():
            if kind := _type(each):
                found[f"event.{name}"] = kind
    return found


def _type(node: Node) -> ValueType | None:
    return next((kind for kind in ValueType if kind == node.value), None)
