"""The Jinja environment of templates, with limits on what they may do and how much.

Templates are written by marketers and filled with what customers typed. So they cannot reach Python attributes, can
call only `range` and the loop's own helpers, and cannot run long or grow large.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from itertools import islice
from typing import Any

from jinja2 import StrictUndefined, UndefinedError, nodes, pass_context
from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer
from markupsafe import escape

from kaskad.content.rendering.context import get_render_context
from kaskad.content.rendering.filters import OUR_FILTERS
from kaskad.content.rendering.urls import as_link, as_picture

MAX_RANGE = 1_000
MAX_TEXT = 64 * 1024  # characters of one value
MAX_NUMBER = 10**15
COLLECTIONS = (list, tuple, dict, set, range)
JINJA_FILTERS = (
    "abs capitalize default d e escape first float int join last length lower max min reject rejectattr select"
    " selectattr map sort striptags sum title trim truncate unique upper urlencode wordcount"
)


class TemplateEnvironment(ImmutableSandboxedEnvironment):
    """A limited Jinja environment. `escape_html` is for HTML; subjects, texts and pushes are not HTML."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self, *, escape_html: bool) -> None:
        super().__init__(autoescape=escape_html, undefined=StrictUndefined, finalize=_printable)
        self.filters = {name: FILTERS[name] for name in JINJA_FILTERS.split()}
        self.filters |= {**OUR_FILTERS, "bounded items": _bounded, "join": _join}
        self.filters |= {"as_link": as_link, "as_picture": as_picture}
        self.globals = {"range": _range}

    def getattr(self, obj: Any, attribute: str) -> Any:
        """The field of a mapping, before its Python attributes: `cart.items` is the list, not a method."""
        if type(obj) is dict or isinstance(obj, Mapping):  # checking for an ABC costs more than reading the field
            try:
                return obj[attribute]
            except KeyError:
                return self.undefined(hint=f"there is no field {attribute!r}", obj=obj, name=attribute)
        return super().getattr(obj, attribute)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Whether a template may use the attribute: no methods, except those of the loop."""
        return super().is_safe_attribute(obj, attr, value) and (not callable(value) or isinstance(obj, LoopContext))

    def is_safe_callable(self, obj: Any) -> bool:
        """True only for `range`, `loop.cycle` and `loop.changed`."""
        return obj is _range or isinstance(getattr(obj, "__self__", None), LoopContext)

    # Jinja calls it, by position.
    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:  # noqa: PLR0917
        """The result of an operator on numbers only: `"a" * 10**9` would be a gigabyte."""
        if operator == "**" or not all(_is_small_number(value) for value in (left, right)):
            raise SecurityError(f"{operator} works with plain numbers only; join texts by ~")
        return super().call_binop(context, operator, left, right)

    def program(self, source: str) -> nodes.Template:
        """The parsed template, with a counter in every loop and every concatenation. Raises TemplateSyntaxError."""
        template = self.parse(source)
        _Bounds().visit(template)
        template.set_environment(self)
        return template


class _Bounds(NodeTransformer):
    def visit_For(self, loop: nodes.For) -> nodes.Node:  # noqa: N802 (Jinja's visitors are called by node)
        self.generic_visit(loop)
        loop.iter = nodes.Filter(loop.iter, "bounded items", [], [], None, None, lineno=loop.lineno)
        return loop

    def visit_Concat(self, concat: nodes.Concat) -> nodes.Node:  # noqa: N802
        self.generic_visit(concat)
        texts = nodes.List(concat.nodes, lineno=concat.lineno)
        return nodes.Filter(texts, "join", [], [], None, None, lineno=concat.lineno)


def _is_small_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and -MAX_NUMBER <= value <= MAX_NUMBER


def _range(*bounds: int) -> range:
    numbers = range(*bounds)
    if len(numbers) > MAX_RANGE:
        raise SecurityError(f"range of more than {MAX_RANGE:,} numbers")
    return numbers


def _printable(value: Any) -> Any:
    if value is None:
        raise UndefinedError("a value is empty: ask by `if`, or give a `| default('…', true)`")
    if isinstance(value, COLLECTIONS):
        raise UndefinedError("a list cannot be written out: pick what to show of it, or `| join(', ')`")
    return value


@pass_context
def _bounded(context: Context, items: Iterable[Any]) -> list[Any]:
    counted = get_render_context(context)
    taken = list(islice(items, counted.iterations_left + 1))
    counted.spend(len(taken))
    return taken


def _join(texts: Iterable[Any], between: str = "") -> str:
    parts = [_printable(text) for text in texts]
    if not any(hasattr(part, "__html__") for part in (between, *parts)):
        parts, between = list(map(str, parts)), str(between)
    else:
        parts, between = list(map(escape, parts)), escape(between)
    if sum(map(len, parts)) + len(between) * len(parts) > MAX_TEXT:
        raise SecurityError(f"a text of more than {MAX_TEXT:,} characters")
    return between.join(parts)
