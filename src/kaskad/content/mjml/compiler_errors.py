"""Converts errors of third-party compilers to a problem of the file, so that the other files are still compiled."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kaskad.domain.errors import InvalidFiles, Problem

PASS_THROUGH = (InvalidFiles, KeyboardInterrupt, SystemExit, GeneratorExit)


@contextmanager
def convert_compiler_errors(problem: Callable[[BaseException], Problem]) -> Iterator[None]:
    """Raises InvalidFiles with the problem for any error inside; a panic in Rust is not an Exception."""
    try:
        yield
    except PASS_THROUGH:
        raise
    except BaseException as error:
        raise InvalidFiles([problem(error)]) from error


def locate_element(error: BaseException, mjml: str) -> tuple[int, str]:
    """The offset and name of the first element that the error may be about; the beginning if it is not known."""
    trace, names = error.__traceback__, []
    while trace is not None:
        name = getattr(trace.tb_frame.f_locals.get("self"), "component_name", None)
        names += [name] if isinstance(name, str) else []
        trace = trace.tb_next
    for name in reversed(names):
        if found := re.search(rf"<{re.escape(name)}\b", mjml):
            return found.start(), name
    return 0, ""
