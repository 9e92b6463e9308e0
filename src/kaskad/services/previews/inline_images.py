"""Images of a page without other files: the message's own from their files, those of examples drawn."""

from __future__ import annotations

import base64
import html
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from kaskad.content import CompiledMessage
from kaskad.services.previews import example_customers

COLOURS = ("#8fb8a8", "#c9a27e", "#8ea4c8", "#c58f9f", "#a9a3c9")
EXAMPLE_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 240" width="240" height="240">'
    '<rect width="240" height="240" fill="{colour}"/><circle cx="78" cy="84" r="22" fill="#fff" opacity=".75"/>'
    '<path d="M24 196l62-70 42 44 34-34 54 60z" fill="#fff" opacity=".75"/></svg>'
)
EXAMPLE = re.compile(rf"https://[\w.:-]+{example_customers.IMAGE_PATH}(\d+)\.jpg")


@dataclass(frozen=True)
class InlineImages:
    """The replacement of each image URL. `base` is where images would be served."""

    templates: Path
    message: CompiledMessage
    base: str

    def put_into(self, text: str) -> str:
        """Returns the text with every known URL replaced by the image itself."""
        for address, data in self._own.items():
            text = text.replace(address, data)
        return EXAMPLE.sub(lambda found: _draw_example(int(found[1])), text)

    @cached_property
    def _own(self) -> dict[str, str]:
        found = {}
        for ref in self.message.images:
            content = base64.b64encode((self.templates / ref.path).read_bytes()).decode()
            data = f"data:{ref.media_type};base64,{content}"
            address = f"{self.base}/{ref.address}"
            found[address] = found[html.escape(address)] = data
        return found


def _draw_example(number: int) -> str:
    return f"data:image/svg+xml,{quote(EXAMPLE_SVG.format(colour=COLOURS[number % len(COLOURS)]))}"
