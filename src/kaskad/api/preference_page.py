"""The page of the preference centre: what it shows, and what its forms say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from jinja2 import Environment, StrictUndefined, Template

from kaskad.api.customer_pages import STYLE
from kaskad.api.page_texts import PageTexts, in_language, language_of
from kaskad.domain.channel import Channel
from kaskad.domain.cleaning import clean_text
from kaskad.services.preferences.choices import LONGEST_COMMENT, PAUSES, REASONS, Choice, Leave, Pause, Save
from kaskad.services.preferences.state import Preferences

MOST_FIELDS = 2_000
GROUPS = ("channel", "topic", "sender")


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(files("kaskad.api").joinpath("pages", "preferences.html").read_text("utf-8"))


def render_preferences(said: PageTexts, shown: Preferences, *, zone: ZoneInfo, notice: str = "") -> str:
    """Returns the page in this language. Neither a name nor an address is on it: who has the link may be anybody."""
    texts = said.document["preferences"]
    paused = shown.paused_until and texts["paused"].format(date=_date(shown.paused_until, zone, said.language))
    return _template().render(
        language=said.language,
        texts=texts,
        style=STYLE,
        notice=texts[notice] if notice else "",
        paused=paused or "",
        nothing=not shown.gets_marketing,
        groups=[group for group in _groups(said, shown) if group["boxes"]],
        languages=_languages(said, shown),
        pauses=[{"value": days, "label": texts["days"].format(days=days)} for days in PAUSES],
        reasons=[{"value": reason, "label": texts["reasons"][reason]} for reason in REASONS],
        longest=LONGEST_COMMENT,
    )


def read_choice(body: bytes) -> Choice | None:
    """Returns what the form says; None if it is none of the page's forms: then nothing is changed.

    A box that is not ticked is not sent, so each form says which boxes it showed; others stay as they are.
    """
    try:
        form = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return None
    match form.get("action"):
        case ["save"]:
            return _read_save(form)
        case ["pause"]:
            days = form.get("days", [""])[0]
            return Pause(int(days)) if days in {"0", *map(str, PAUSES)} else None
        case ["leave"]:
            reason = form.get("reason", [""])[0]
            comment = clean_text(form.get("comment", [""])[0], LONGEST_COMMENT)
            return Leave(reason if reason in REASONS else None, comment)
    return None


def _read_save(form: Mapping[str, list[str]]) -> Save:
    chosen: dict[str, dict[str, bool]] = {group: {} for group in GROUPS}
    for shown in form.get("shown", ()):
        group, _, value = shown.partition(":")
        if group in chosen:
            chosen[group][value] = value in form.get(group, ())
    known = {channel.value: channel for channel in Channel}
    channels = {known[value]: on for value, on in chosen["channel"].items() if value in known}
    return Save(channels, chosen["topic"], chosen["sender"], _read_locale(form))


def _read_locale(form: Mapping[str, list[str]]) -> str | None:
    """Returns the language that was chosen; None if it is the one that the page showed: nobody chose it."""
    locale = form.get("locale", [""])[0]
    return locale if locale and locale != form.get("locale_shown", [""])[0] else None


def _groups(said: PageTexts, shown: Preferences) -> list[dict[str, Any]]:
    texts = said.document["preferences"]
    ours = [language_of(each) for each in shown.languages]

    def topic_label(name: str) -> str:
        return in_language(shown.titles.get(name, {}), said.language, ours) or name

    def group(name: str, boxes: Mapping[Any, bool], label: Callable[[str], str]) -> dict[str, Any]:
        rows = [{"value": str(value), "label": label(str(value)), "checked": on} for value, on in boxes.items()]
        return {"name": name, "legend": texts[f"{name}s"], "boxes": rows}

    return [
        group("channel", shown.channels, lambda value: texts["in_channel"][value]),
        group("topic", shown.topics, topic_label),
        group("sender", shown.senders, lambda value: shown.sender_names.get(value, value)),
    ]


def _languages(said: PageTexts, shown: Preferences) -> list[dict[str, Any]]:
    """Returns the languages of the shop, each in its own name; the customer's is selected."""
    current = language_of(shown.locale or "") or said.language
    own = next((locale for locale in shown.languages if language_of(locale) == current), None)
    return [{"value": locale, "label": _language_name(locale), "checked": locale == own} for locale in shown.languages]


def _language_name(locale: str) -> str:
    try:
        named = Locale.parse(locale.replace("-", "_"))
        return (named.get_display_name(named) or locale).capitalize()
    except (ValueError, UnknownLocaleError):
        return locale


def _date(at: datetime, zone: ZoneInfo, language: str) -> str:
    try:
        return format_date(at.astimezone(zone), "long", locale=language)
    except (ValueError, UnknownLocaleError):
        return f"{at.astimezone(zone):%Y-%m-%d}"
