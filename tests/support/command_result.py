"""What a command of `kaskad` left behind, wherever it was run."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Said:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The JSON object on the last line."""
        return json.loads(self.out.splitlines()[-1])
