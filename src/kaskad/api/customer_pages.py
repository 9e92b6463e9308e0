"""The small pages that customers see: plain HTML for phones and screen readers, with nothing from other hosts."""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from fastapi import Request, Response

from kaskad.api.page_texts import PageTexts, choose_language, get_texts
from kaskad.domain.channel import Channel

STYLE = (
    ":root{color-scheme:light dark}"
    "body{max-width:32rem;margin:0 auto;padding:3rem 1.25rem;font:1.125rem/1.5 system-ui,sans-serif}"
    "h1{font-size:1.5rem;line-height:1.25}"
    "h2{font-size:1.25rem;line-height:1.25;margin-top:3rem}"
    "fieldset{margin:1.5rem 0;padding:0;border:0}"
    "legend{padding:0;font-weight:600}"
    "label{display:block;padding:.5rem 0}"
    "input[type=checkbox],input[type=radio]{width:1.5rem;height:1.5rem;margin:0 .5rem 0 0;vertical-align:middle}"
    ".above{font-weight:600}"
    "select,textarea{box-sizing:border-box;width:100%;min-height:3rem;padding:.5rem;font:inherit}"
    "button{min-height:3rem;margin-top:1rem;padding:.75rem 1.5rem;border:0;border-radius:.5rem;font:inherit}"
    "button{background:#0b57d0;color:#fff}"
    "[role=status]{padding:.75rem;border-left:.25rem solid #0b57d0}"
    ":focus-visible{outline:3px solid;outline-offset:3px}"
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
    """The small pages that exist: the part of the language's file, and the name in it."""

    QUESTION = ("unsubscribe", "question")
    TOPIC = ("unsubscribe", "topic")
    CHANNEL = ("unsubscribe", "channel")
    JOURNEY = ("unsubscribe", "journey")
    NOTHING = ("unsubscribe", "nothing")
    DAMAGED = ("unsubscribe", "damaged")
    LATER = ("unsubscribe", "later")
    CONFIRM = ("confirm", "question")
    CONFIRMED = ("confirm", "done")
    OTHER_ADDRESS = ("confirm", "other_address")
    CONFIRM_LATER = ("confirm", "later")
    PREFERENCES_LATER = ("preferences", "later")


WITH_BUTTON = frozenset({Page.QUESTION, Page.LATER, Page.CONFIRM, Page.CONFIRM_LATER})


def choose_texts(request: Request, locale: str | None = None) -> PageTexts:
    """The texts in the language of the customer, if it is known, else in the one that the browser prefers."""
    return get_texts(choose_language(request.headers.get("accept-language", ""), locale=locale))


def describe_subject(said: PageTexts, channel: Channel, title: str | None) -> dict[str, str]:
    """The values of the placeholders: the channel, and the topic with this title, in the language of the texts."""
    topic = said.document["titled"].format(title=html.escape(title)) if title else said.document["topic"]
    return {"channel": said.document["channels"][channel.value], "topic": topic}


def render_page(
    status: int,
    said: PageTexts,
    page: Page,
    *,
    headers: Mapping[str, str] | None = None,
    spoken_of: Mapping[str, str] = MappingProxyType({}),
) -> Response:
    """The page of that name."""
    part, name = page.value
    texts = said.document[part]
    form = FORM.format(button=texts["button"]) if page in WITH_BUTTON else ""
    title, text = texts[name]["title"], texts[name]["text"].format_map(spoken_of)
    document = DOCUMENT.format(language=said.language, title=title, text=text, style=STYLE, form=form)
    return respond(status, said.language, document, headers=headers)


def respond(status: int, language: str, document: str, *, headers: Mapping[str, str] | None = None) -> Response:
    """The HTML. Its Content-Security-Policy allows only its own style, and its forms may post only to this API."""
    own = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    return Response(
        document,
        status,
        {
            "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{own}'; form-action 'self'; "
            "base-uri 'none'; frame-ancestors 'none'",
            "Content-Language": language,
            "Vary": "Accept-Language",
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            **(headers or {}),
        },
        "text/html",
    )
