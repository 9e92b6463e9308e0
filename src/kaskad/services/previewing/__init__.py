"""Messages as they will look: every channel side by side, on one page that needs nothing but itself."""

from __future__ import annotations

from kaskad.services.previewing.customer import Reader, example_reader, is_example, reader_of
from kaskad.services.previewing.page import page
from kaskad.services.previewing.preview import Preview, preview

__all__ = ["Preview", "Reader", "example_reader", "is_example", "page", "preview", "reader_of"]
