"""Recognizes how a text file is written: its encoding and its delimiter, by the columns that the map names."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Sequence
from pathlib import Path

from kaskad.domain.errors import Rejected

SAMPLE = 64 * 1024  # bytes
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
DELIMITERS = (",", ";", "\t", "|")
OLD_ENCODINGS = ("cp1251", "koi8-r", "cp866", "cp1252", "cp1250")


def find_encoding(path: Path, sample: bytes, wanted: Sequence[str]) -> str:
    """The encoding of the file that begins so. Raises Rejected where nothing tells: the map must name it."""
    for mark, encoding in MARKS:
        if sample.startswith(mark):
            return encoding
    if _decodes(sample, "utf-8"):
        return "utf-8-sig"
    telling = [name for name in wanted if not name.isascii()]
    if telling:
        counts = {encoding: _count(sample, encoding, telling) for encoding in OLD_ENCODINGS}
        best = max(OLD_ENCODINGS, key=lambda encoding: counts[encoding])
        if counts[best]:
            return best
    return _guessed(path, sample)


def find_delimiter(shown: str, wanted: Sequence[str]) -> str:
    """The delimiter by which the first line has most of the wanted columns, or else most columns at all."""

    def fits(delimiter: str) -> tuple[int, int]:
        header = next(csv.reader([shown.splitlines()[0]], delimiter=delimiter), [])
        return len({name.strip() for name in header} & set(wanted)), len(header)

    return max(DELIMITERS, key=fits)


def _decodes(sample: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(sample)  # the last character may be cut in two
    except UnicodeDecodeError:
        return False
    return True


def _count(sample: bytes, encoding: str, telling: Sequence[str]) -> int:
    text = sample.decode(encoding, "replace")
    return sum(name in text for name in telling)


def _guessed(path: Path, sample: bytes) -> str:
    hint = "say which one in the map: `file: {encoding: cp1251}`"
    try:
        from charset_normalizer import from_bytes
    except ImportError:
        raise Rejected(f"{path} is not UTF-8: {hint}") from None
    best = from_bytes(sample[: SAMPLE // 4]).best()
    if best is None:
        raise Rejected(f"{path}: its encoding is not recognized: {hint}")
    return best.encoding
