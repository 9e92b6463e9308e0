"""Messages as they will look: every channel side by side, on one page that needs nothing but itself."""

from __future__ import annotations

from kaskad.services.previewing.customer import Reader, example_reader, real_reader
from kaskad.services.previewing.page import page
from kaskad.services.previewing.preview import Preview, preview

__all__ = ["Preview", "Reader", "example_reader", "page", "preview", "real_reader"]
