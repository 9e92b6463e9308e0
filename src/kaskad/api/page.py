"""The small pages that customers see: plain HTML for phones and screen readers, with nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from fastapi import Response

STYLE = (
    ":root{color-scheme:light dark}"
    "body{max-width:32rem;margin:0 auto;padding:3rem 1.25rem;font:1.125rem/1.5 system-ui,sans-serif}"
    "h1{font-size:1.5rem;line-height:1.25}"
    "button{min-height:3rem;padding:.75rem 1.5rem;border:0;border-radius:.5rem;font:inherit}"
    "button{background:#0b57d0;color:#fff}"
    "button:focus-visible{outline:3px solid;outline-offset:3px}"
)
FORM = '<form method="post"><button type="submit">{button}</button></form>\n'
DOCUMENT = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p>{text}</p>
{form}</main>
</body>
</html>
"""


class Page(Enum):
    """What there is to say."""

    QUESTION = "question"
    DONE = "done"
    DAMAGED = "damaged"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Words:
    """Every text in one language: (title, text) of each page, and the button."""

    language: str
    button: str
    pages: Mapping[Page, tuple[str, str]]


ENGLISH = Words(
    "en",
    "Unsubscribe",
    {
        Page.QUESTION: ("Unsubscribe?", "Press the button and we will stop sending you messages like this one."),
        Page.DONE: ("You are unsubscribed", "We will not send you messages like this one any more."),
        Page.DAMAGED: (
            "This link does not work",
            "It is damaged or incomplete. Please open it from our message again.",
        ),
        Page.LATER: ("Not done yet", "We could not unsubscribe you just now. Please try again in a minute."),
    },
)
RUSSIAN = Words(
    "ru",
    "Отписаться",
    {
        Page.QUESTION: ("Отписаться?", "Нажмите кнопку, и мы перестанем присылать вам такие сообщения."),
        Page.DONE: ("Вы отписались", "Мы больше не будем присылать вам такие сообщения."),
        Page.DAMAGED: ("Ссылка не работает", "Она повреждена или неполна. Откройте её из нашего сообщения ещё раз."),
        Page.LATER: ("Пока не получилось", "Сейчас мы не смогли вас отписать. Попробуйте ещё раз через минуту."),
    },
)


def words(language: str) -> Words:
    """The texts in that language, `ru` or `en`."""
    return RUSSIAN if language == RUSSIAN.language else ENGLISH


def language_of(accept: str) -> str:
    """Which of our languages an `Accept-Language` likes best; English where it likes none (RFC 9110, 12.5.4)."""
    liked = {ENGLISH.language: 0.0, RUSSIAN.language: 0.0}
    for part in accept.split(","):
        tag, _, parameter = part.strip().partition(";")
        language = tag.strip().lower().partition("-")[0]
        if language in liked:
            liked[language] = max(liked[language], _weight(parameter))
    return max(liked, key=lambda language: liked[language])


def _weight(parameter: str) -> float:
    name, _, value = parameter.replace(" ", "").partition("=")
    try:
        return float(value) if name == "q" else 1.0
    except ValueError:
        return 0.0


def rendered(status: int, said: Words, page: Page, headers: Mapping[str, str] | None = None) -> Response:
    """The page. Its policy lets nothing in but its own style, and lets its form go nowhere but here."""
    title, text = said.pages[page]
    form = FORM.format(button=said.button) if page in (Page.QUESTION, Page.LATER) else ""
    html = DOCUMENT.format(language=said.language, title=title, text=text, style=STYLE, form=form)
    own = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    return Response(
        html,
        status,
        {
            "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{own}'; form-action 'self'; "
            "base-uri 'none'; frame-ancestors 'none'",
            "Content-Language": said.language,
            "Vary": "Accept-Language",
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            **(headers or {}),
        },
        "text/html",
    )
