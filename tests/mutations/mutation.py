"""A rule undone: what stands in the source, what is put in its place, and who must notice."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

SOURCE = Path("src", "kaskad")


@dataclass(frozen=True, slots=True)
class Mutation:
    """One rule, undone by replacing one text in one file. Every test that is named must see to it that this is red."""

    rule: str
    file: str  # below src/kaskad
    old: str
    new: str
    tests: tuple[str, ...]  # below tests/, as pytest names them

    def found(self, root: Path) -> int:
        """How often the text stands in the project at `root`; anything but once means that the list has rotted."""
        file = root / SOURCE / self.file
        return file.read_text().count(self.old) if file.exists() else 0

    def undo(self, root: Path) -> None:
        """Undoes the rule in the project at `root`."""
        file = root / SOURCE / self.file
        file.write_text(file.read_text().replace(self.old, self.new))

    @property
    def changes_the_schema(self) -> bool:
        """Whether tests need databases of its own."""
        return "migrations" in self.file
