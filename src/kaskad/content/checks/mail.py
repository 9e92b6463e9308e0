"""Checks of e-mails: subject, preheader, and how much of the e-mail Gmail shows."""

from __future__ import annotations

from collections.abc import Iterator

from kaskad.content.checks.check import Check, CheckedMessage, Severity
from kaskad.domain.channel import Channel
from kaskad.domain.errors import Problem

SUBJECT, ON_PHONES = 60, 40  # characters: Outlook and most others on a desk; phones
GMAIL_LIMIT = 102 * 1024  # bytes of HTML, after which Gmail shows a link "View entire message"
WARN_SHARE = 0.9


def _check_subject(examined: CheckedMessage) -> Iterator[Problem]:
    for said in examined.by(Channel.EMAIL):
        if len(subject := said.fields["subject"]) > SUBJECT:
            words = (
                f"the subject has {len(subject)} characters, {SUBJECT} are shown on a desk and {ON_PHONES} on a phone"
            )
            cut = f"'{subject[:ON_PHONES].rstrip()}…'"
            yield examined.at(said, "subject", text=f"{words}: {cut}, for the example customer '{said.example}'")


def _check_preheader(examined: CheckedMessage) -> Iterator[Problem]:
    for said in examined.by(Channel.EMAIL):
        preheader = said.fields.get("preheader", "")
        if not preheader:
            yield examined.at(said, "preheader", text="no preheader: mailboxes show the e-mail's first words instead")
        elif preheader.casefold() == said.fields["subject"].casefold():
            yield examined.at(said, "preheader", text="the preheader says the same as the subject")


def _check_clipped(examined: CheckedMessage) -> Iterator[Problem]:
    for said in examined.by(Channel.EMAIL):
        size = len(said.fields["html"].encode())
        if size > GMAIL_LIMIT * WARN_SHARE:
            words = (
                "Gmail clips it, with the unsubscribe link" if size > GMAIL_LIMIT else "close to where Gmail clips it"
            )
            text = f"the HTML has {size / 1024:.0f} KB of {GMAIL_LIMIT // 1024}: {words}"
            yield examined.at(said, "html", text=f"{text}, for the example customer '{said.example}'")


SUBJECT_LONG = Check(
    "subject_long",
    Severity.WARNING,
    "Mail programs cut a subject off at about 60 characters, phones at about 40.",
    "Say the point in the first 40 characters; the preheader has room for the rest.",
    _check_subject,
)
PREHEADER = Check(
    "preheader",
    Severity.HINT,
    "Mailboxes show the preheader beside the subject. Without one they show the first words of the e-mail, often the"
    " shop's name or “open in browser”.",
    "Write `<mj-preview>` in `<mj-head>`, with something that the subject does not say.",
    _check_preheader,
)
GMAIL_CLIPS = Check(
    "gmail_clips",
    Severity.WARNING,
    "Gmail shows the first 102 KB of the HTML and hides the rest behind a link: the unsubscribe link and the pixel that"
    " counts opens go with it.",
    "Show fewer products (`at_most` in message.yaml), or leave sections out.",
    _check_clipped,
)
