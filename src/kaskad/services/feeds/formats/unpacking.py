"""The document of a feed as a stream of bytes: unpacked, and no longer than it may be."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, cast

from kaskad.services.feeds.problems import FeedProblem, FeedRefused

GZIP = b"\x1f\x8b"
MAX_LAYERS = 2  # a packed file that its server packs again


class LimitedStream(io.RawIOBase):
    """Reads another stream, up to so many bytes. Raises FeedRefused for more, and for what cannot be unpacked."""

    def __init__(self, stream: IO[bytes], most: int) -> None:
        self._stream, self._left, self._most = stream, most, most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        try:
            data = self._stream.read(len(view))
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise FeedRefused(
                FeedProblem.BROKEN, f"the packed document ends too early or is damaged: {error}"
            ) from None
        self._left -= len(data)
        if self._left < 0:
            megabytes = self._most // 1_000_000
            raise FeedRefused(FeedProblem.TOO_LARGE, f"it is longer than {megabytes:,} MB ('max_megabytes')")
        view[: len(data)] = data
        return len(data)


@contextmanager
def open_document(path: Path, most: int) -> Iterator[LimitedStream]:
    """The document, unpacked if it is a gzip."""
    with ExitStack() as stack:
        stream: IO[bytes] = stack.enter_context(path.open("rb"))
        for _ in range(MAX_LAYERS):
            head = _peek(stream)
            if head != GZIP:
                break
            stream = cast(IO[bytes], stack.enter_context(gzip.open(stream, "rb")))
        yield LimitedStream(stream, most)


def _peek(stream: IO[bytes]) -> bytes:
    """The first two bytes; the stream is where it was."""
    try:
        head = stream.read(len(GZIP))
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise FeedRefused(FeedProblem.BROKEN, f"the packed document is damaged: {error}") from None
    stream.seek(0)
    return head
