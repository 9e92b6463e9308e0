"""Template filters: money, dates, plurals, links with UTM parameters, all in the locale of the render."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from copy import copy
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from babel import Locale
from babel.dates import format_date, format_datetime, format_skeleton, format_time
from jinja2 import UndefinedError, pass_context
from jinja2.runtime import Context

from kaskad.content.rendering.context import get_render_context, parse_locale

PLURAL_ORDER = ("zero", "one", "two", "few", "many", "other")  # as Unicode lists the categories
DAY, YEARLESS = re.compile(r"\d{4}-\d\d-\d\d"), re.compile(r"--\d\d-\d\d")
NAMED_FORMS = ("short", "medium", "long", "full")
LETTERS_TOUCH_DIGITS = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")


@pass_context
def money(context: Context, amount: Any, currency: str | None = None) -> str:
    """The amount as people write it, in its own currency: `1 990 ₽`, `$19.90`; whole amounts without decimals."""
    now, number = get_render_context(context), _to_decimal(amount)
    known = currency or getattr(amount, "currency", None) or now.currency
    if not known:
        raise UndefinedError("money needs a currency: shop.currency, or money('EUR')")
    return _money(number, known, now.language)


@lru_cache(maxsize=4096)  # the same prices go to thousands of people, and Babel takes 13 µs each
def _money(amount: Decimal, currency: str, language: str) -> str:
    locale = parse_locale(language)
    pattern = copy(locale.currency_formats["standard"])
    whole = amount == amount.to_integral_value()
    if whole:
        pattern.frac_prec = (0, 0)
    written: str = pattern.apply(amount, locale, currency=currency, currency_digits=not whole)
    return LETTERS_TOUCH_DIGITS.sub("\N{NO-BREAK SPACE}", written)


@pass_context
def plural(context: Context, count: Any, *forms: str) -> str:
    """The plural form for the number: Russian `("товар", "товара", "товаров")`, English `("item", "items")`."""
    language = get_render_context(context).language
    categories = _categories(language)
    if len(forms) == len(categories) + 1:
        categories = (*categories, "other")
    elif len(forms) != len(categories) or len(forms) < 2:
        raise UndefinedError(f"plural takes {len(categories) + 1} forms in {language}")
    form = _category(str(count), language)
    # Slavic fractions ("1,5 товара") take the second form when no fourth is given.
    return forms[categories.index(form)] if form in categories else forms[1]


@lru_cache(maxsize=256)
def _categories(language: str) -> tuple[str, ...]:
    """The language's plural categories without `other`, in Unicode's order."""
    tags = parse_locale(language).plural_form.tags
    return tuple(name for name in PLURAL_ORDER if name in tags)


@lru_cache(maxsize=4096)
def _category(number: str, language: str) -> str:
    """The plural category of a written number: in many languages "1.0" has another category than "1"."""
    category: str = parse_locale(language).plural_form(_to_decimal(number))
    return category


def round_half_up(value: Any, digits: int = 0) -> Decimal:
    """The number rounded to `digits` decimals (at most ten), halves away from zero, as prices are rounded."""
    return _to_decimal(value).quantize(Decimal(1).scaleb(-min(max(digits, 0), 10)), ROUND_HALF_UP)


@pass_context
def local_date(context: Context, value: Any, form: str = "long") -> str:
    """The date in the customer's zone; `form` is short, medium, long, full or a CLDR pattern (`d MMMM`).

    A day is the same in every zone. One without a year (`--03-04`) is written as day and month.
    """
    locale = get_render_context(context).locale
    if isinstance(value, str) and YEARLESS.fullmatch(value):
        return _yearless_date(value, form, locale)
    if isinstance(value, str) and DAY.fullmatch(value):
        value = date.fromisoformat(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return format_date(value, form, locale)
    return format_date(_to_local(context, value).date(), form, locale)


@pass_context
def local_time(context: Context, value: Any, form: str = "short") -> str:
    """The time of day in the customer's zone."""
    now = get_render_context(context)
    return format_time(_to_local(context, value), form, tzinfo=now.zone, locale=now.locale)


@pass_context
def local_datetime(context: Context, value: Any, form: str = "medium") -> str:
    """Date and time in the customer's zone."""
    now = get_render_context(context)
    return format_datetime(_to_local(context, value), form, tzinfo=now.zone, locale=now.locale)


@pass_context
def with_utm(context: Context, url: Any) -> str:
    """The address with the message's UTM parameters, before its `#`."""
    utm = get_render_context(context).utm
    address, mark, fragment = str(url).partition("#")
    if not utm:
        return str(url)
    return f"{address}{'&' if '?' in address else '?'}{utm}{mark}{fragment}"


def _yearless_date(value: str, form: str, locale: Locale) -> str:
    day = date.fromisoformat(f"2000{value[1:]}")  # a leap year
    if form in NAMED_FORMS:
        return format_skeleton("MMMMd", day, locale=locale)
    if "y" in form.lower():
        raise UndefinedError(f"{value!r} has no year: write it as date('d MMMM')")
    return format_date(day, form, locale)


def _to_decimal(value: Any) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation as error:
        raise UndefinedError(f"{value!r} is not a number") from error


def _to_local(context: Context, value: Any) -> datetime:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(get_render_context(context).zone)


OUR_FILTERS: Mapping[str, Callable[..., Any]] = {
    "money": money,
    "plural": plural,
    "round": round_half_up,
    "date": local_date,
    "time": local_time,
    "datetime": local_datetime,
    "with_utm": with_utm,
}
