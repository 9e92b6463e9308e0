"""What a row says of consent: yes, no, nothing, or a word that is none of these."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kaskad.domain.importing.import_map import Column
from kaskad.domain.rejection import EventRejected, RejectionCode
from kaskad.services.importing.values import ColumnReader
from kaskad.services.ingestion.consenting.consent_answers import denies, is_no, is_nothing, is_yes

Answer = Callable[[Any], bool | None]


def answer_of(column: Column, reader: ColumnReader) -> Answer:
    """What reads the answer of a row's fields; None: it says nothing. Raises EventRejected for a word that is unclear.

    A word that `names` lacks never grants. Where no word of `names` grants, it is an opt-out column: there, such a word
    that says yes is a no.
    """
    if column.name is None:
        return lambda _: _meant(column.constant)
    get = reader.raw(column)
    read = _read_plain if column.names is None and column.filled is None else _read_named

    def answer(fields: Any) -> bool | None:
        said = get(fields)
        word = "" if said is None else str(said).strip().casefold()
        if column.names is not None and word in column.names:
            return _meant(column.names[word])
        if said is None:
            return _meant(column.default)
        if column.filled is not None:
            return _meant(column.filled) and not (is_no(said, frozenset()) or is_nothing(said))
        return read(said, column)

    return answer


def _read_plain(said: Any, column: Column) -> bool | None:
    """An answer by the words that everybody knows. Under a name like `Unsubscribed` a yes is a no."""
    if not denies(column.name or ""):
        return _meant(said)
    if is_nothing(said):
        return None
    return False if is_yes(said) else _meant(said)


def _read_named(said: Any, column: Column) -> bool | None:
    """An answer that `names` lacks."""
    if is_yes(said):
        if _grants(column.names or {}):
            raise _unclear(said)
        return False
    return _meant(said)


def _grants(names: Mapping[str, Any]) -> bool:
    return any(is_yes(meant) for meant in names.values())


def _meant(said: Any) -> bool | None:
    """Whether it says yes; None for nothing. Whatever looks like a no is one."""
    if said is None or isinstance(said, bool):
        return said
    if is_yes(said):
        return True
    if is_no(said, frozenset()) or is_nothing(said):
        return False
    raise _unclear(said)


def _unclear(said: Any) -> EventRejected:
    hint = "name the word in the map (granted: {column: …, names: {…}})"
    return EventRejected(RejectionCode.GRANT_UNCLEAR, f"{said!r:.60} is neither yes nor no: {hint}")
