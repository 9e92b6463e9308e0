"""The small pages that customers see: plain HTML for phones and screen readers, with nothing from other hosts."""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from fastapi import Response

from kaskad.domain.channel import Channel

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
    """The pages that exist."""

    QUESTION = "question"
    TOPIC = "topic"
    CHANNEL = "channel"
    JOURNEY = "journey"
    NOTHING = "nothing"
    DAMAGED = "damaged"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class PageTexts:
    """All texts in one language: (title, text) of each page, the button, and the names of topics and channels.

    `{topic}` and `{channel}` are placeholders for the page's subject. `topic` is used for a topic without a title.
    """

    language: str
    button: str
    pages: Mapping[Page, tuple[str, str]]
    channels: Mapping[Channel, str]
    topic: str
    titled: str


ENGLISH = PageTexts(
    "en",
    "Unsubscribe",
    {
        Page.QUESTION: ("Unsubscribe?", "Press the button if you want no more messages like this one."),
        Page.TOPIC: (
            "You are unsubscribed",
            "Whoever has this address with us now will get no more advertising {topic}.",
        ),
        Page.CHANNEL: (
            "You are unsubscribed",
            "Whoever has this address with us now will get no more advertising {channel}.",
        ),
        Page.JOURNEY: ("You are unsubscribed", "We will send no more messages of this kind {channel} to this address."),
        Page.NOTHING: ("This was a test", "The message was a test of ours. Nothing was changed."),
        Page.DAMAGED: (
            "This link does not work",
            "It is damaged or incomplete. Please open it from our message again.",
        ),
        Page.LATER: ("Not done yet", "We could not unsubscribe you just now. Please try again in a minute."),
    },
    {
        Channel.PUSH: "by notifications of the app",
        Channel.EMAIL: "by e-mail",
        Channel.WEBPUSH: "by notifications of the browser",
        Channel.VIBER: "by Viber",
        Channel.SMS: "by SMS",
        Channel.CALL: "by phone",
    },
    "on the topic of this message",
    "on this topic: {title}",
)
RUSSIAN = PageTexts(
    "ru",
    "Отписаться",
    {
        Page.QUESTION: ("Отписаться?", "Нажмите кнопку, если не хотите больше таких сообщений."),
        Page.TOPIC: ("Вы отписались", "Те, у кого сейчас указан этот адрес, больше не получат от нас рекламу {topic}."),
        Page.CHANNEL: (
            "Вы отписались",
            "Те, у кого сейчас указан этот адрес, больше не получат от нас рекламу {channel}.",
        ),
        Page.JOURNEY: ("Вы отписались", "Мы больше не будем присылать такие сообщения {channel} на этот адрес."),
        Page.NOTHING: ("Это была проверка", "Сообщение было нашей проверкой. Ничего не изменилось."),
        Page.DAMAGED: ("Ссылка не работает", "Она повреждена или неполна. Откройте её из нашего сообщения ещё раз."),
        Page.LATER: ("Пока не получилось", "Сейчас мы не смогли вас отписать. Попробуйте ещё раз через минуту."),
    },
    {
        Channel.PUSH: "в уведомлениях приложения",
        Channel.EMAIL: "по электронной почте",
        Channel.WEBPUSH: "в уведомлениях браузера",
        Channel.VIBER: "в Viber",
        Channel.SMS: "по СМС",
        Channel.CALL: "по телефону",
    },
    "на тему этого сообщения",
    "на тему: {title}",
)


def get_texts(language: str) -> PageTexts:
    """The texts in this language, `ru` or `en`."""
    return RUSSIAN if language == RUSSIAN.language else ENGLISH


def choose_language(accept: str) -> str:
    """The available language that `Accept-Language` prefers; English if it accepts none (RFC 9110, 12.5.4)."""
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


def describe_subject(said: PageTexts, channel: Channel, title: str | None) -> dict[str, str]:
    """The values of the placeholders: the channel, and the topic with this title, in the language of the texts."""
    topic = said.titled.format(title=html.escape(title)) if title else said.topic
    return {"channel": said.channels[channel], "topic": topic}


def render_page(
    status: int,
    said: PageTexts,
    page: Page,
    *,
    headers: Mapping[str, str] | None = None,
    spoken_of: Mapping[str, str] = MappingProxyType({}),
) -> Response:
    """The page. Its Content-Security-Policy allows only its own style, and its form may post only to this API."""
    title, text = said.pages[page]
    text = text.format_map(spoken_of)
    form = FORM.format(button=said.button) if page in (Page.QUESTION, Page.LATER) else ""
    document = DOCUMENT.format(language=said.language, title=title, text=text, style=STYLE, form=form)
    own = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    return Response(
        document,
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
