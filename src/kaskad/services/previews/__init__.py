"""Messages as they will look: every channel side by side, on one page without other files."""

from __future__ import annotations

from kaskad.services.previews.page import render_page
from kaskad.services.previews.preview import Preview, build_preview
from kaskad.services.previews.readers import Reader, build_example_reader, find_reader, is_example

__all__ = ["Preview", "Reader", "build_example_reader", "build_preview", "find_reader", "is_example", "render_page"]
