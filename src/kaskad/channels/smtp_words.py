"""Meanings of texts from mail servers, one table per outcome; `smtp_response` has their order.

All of them are normalized as by `normalize_text`: lower case, single spaces, no quotes.
"""

from __future__ import annotations

import re

from kaskad.channels.http_words import BLOCKED, BLOCKLIST, GAP, PEOPLE


def _any(*phrases: str) -> re.Pattern[str]:
    return re.compile("|".join(phrases))


# The e-mail itself: its size, its characters.
OF_MESSAGE = _any(r"\bsmtputf8\b", r"\bmessage (?:size|too (?:large|big))", r"\bsize (?:limit|exceeds)")
# Its content or its form.
CONTENT = _any(r"\bspam\b", r"\bvirus\b", r"\bpolicy\b", r"\bunsolicited\b", r"\bmessage (?:was )?rejected\b")
# The mailbox exists, but is full.
FULL = _any(
    r"\b(?:mailbox|inbox|storage|user|recipient|account|he|she|disk)\b[\w ,:.'()-]{0,40}?"
    r"(?:\bfull\b|\bquota\b|\bover (?:the )?limit\b)",
    r"\bover ?quota\b|\bquota exceeded\b.{0,20}\bmailbox\b",
)
# Greylisting: a new sender has to try again; it says nothing about the recipient, whatever else it names.
GREY = _any(r"\bgr[ae]y ?list\w*")
# Too many messages at once, for the mailbox or for the server.
TOO_FAST = _any(
    r"\breceiving (?:e ?)?mail (?:at a rate|too (?:fast|quickly))\b",
    r"\brate limit|\b(?:message|sending) rate\b|\bthrottl\w*",
    r"\btoo many (?:messages|e ?mails|connections|sessions)\b",
)
# A recipient who has blocked the shop, or accepts only some senders. Not: their server.
BY_THEM = _any(
    rf"\b(?:blocked|banned) by (?:the |this )?{PEOPLE}\b(?! s\b| \w*(?:server|domain|host|system))",
    rf"{PEOPLE} (?:has |have )?(?:blocked|banned) (?:you|the|this)",
    rf"{PEOPLE} (?:has |have )?(?:blocked|banned) (?:e ?mails?|mails?|messages|letters) from\b",
    rf"{PEOPLE} (?:\w+ ){{0,2}}(?:does not|doesn t|do not) (?:want|wish)\b",
    r"\bnot (?:in|on) (?:the |an? )?(?:list of )?allowed senders?\b|\bnot authenticated for (?:group|mailbox|user)\b",
)
# Clearly the sender: the account, its address, its server.
OURS = _any(
    r"\brelay(?:ing)?\b",
    rf"\b{BLOCKLIST}\b|\bblocked using\b|(?<!not )\blisted (?:at|by|in|on)\b",
    r"\b(?:un)?authenticat\w*|\bspf\b|\bdkim\b|\bdmarc\b|\breverse dns\b|\bptr record|\brdns\b",
    r"\breputation of (?:the |your )?(?:sending )?(?:ip|domain|server|sender)",
    rf"\bsender\b{GAP}(?:rejected|denied|refused|blocked|unknown|verif\w*|invalid|not exist|suspended)\b",
    r"\b(?:no such|unknown|invalid|bad|non ?existent) sender\b|\benvelope (?:from|sender)\b|\breturn path\b",
    r"\bverification failed\b|\bsender verify\b|\bsend(?:er|ing)(?: s)? (?:domain|address|ip|host|server)\b",
    r"\bmail from (?:ip|your|host|server|address|domain)\b|\bin mail from\b"
    r"|\byour (?:ip|account|domain|server|host|sending)\b",
    r"\b(?:ip|client host|connections?|network)\b[\w ,:.'()\[\]-]{0,60}\b(?:blocked|banned|not accepted)\b",
    r"\b(?:sending|daily|hourly|monthly) [\w ]{0,30}(?:limit|quota)\b|\bexceeded (?:your|its)\b",
    r"\b(?:address|domain|identit\w+) (?:is |are )?not verified\b",
    r"\btoo many (?:invalid|bad|unknown)\b",
    rf"\btenant\b{GAP}(?:threshold|exceeded|blocked|suspended|disabled)\b|\btraffic not accepted\b",
    r"\bbanned send(?:er|ing)\b|\bbad outbound sender\b",
)
# Texts about the recipient or the shop, if neither is named.
EITHERS = re.compile(
    rf"\b(?:account|domain|address|profile|subscription)\b{GAP}"
    rf"(?:{BLOCKED}|limit\w*|quota|not active\w*|pending approval|under review|not approved"
    rf"|(?:not |un)verified|{BLOCKLIST})\b|\b{BLOCKED} (?:(?:this|the) )?(?:account|domain)\b"
)
# Words that name one of the two.
WHO_SENDS = re.compile(r"\b(?:you|your|our|send(?:er|ing)|ip|smtp|client|host|server)\b")
WHO_GETS = re.compile(rf"{PEOPLE}|\b(?:mailbox|inbox|local part)\b")
# The mailbox does not exist, or not any more.
NOBODY_THERE = re.compile(
    r"\bno such (?:user|recipient|mailbox|person|address|account|local|domain|host)"
    r"|\b(?:user|recipient|mailbox|address(?:ee)?|account|domain|host|local part)\b[\w <>@.,:'()\[\]+-]{0,80}?"
    r"(?:\bunknown\b|\b(?:does not|do(?:es)?n t|does nt|did not) exist\b|\bnot (?:found|exist|known|listed)\b)"
    r"|\b(?:unknown|invalid|nonexistent|non existent) (?:user|recipient|mailbox|address|account|local part)"
    r"|\bmailbox (?:is )?(?:unavailable|disabled|not available|inactive|closed)\b|\bunrouteable address\b"
    r"|\b(?:user|account)\b[\w ]{0,20}\b(?:disabled|discontinued|deactivated|terminated|closed|inactive)\b"
    r"|\bdoes(?: not|n t) have an? [\w.-]*\s?account\b|\bno mailbox\b|\bnot a valid (?:mailbox|user|recipient)\b"
    r"|\b(?:inactive|closed|disabled|deactivated|expired) (?:mailbox|recipient|user)\b"
    r"|\b(?:user|recipient|mailbox|address(?:ee)?|e ?mail account)\b[\w <>@.,:()+-]{0,60}?\bno longer"
    r" (?:valid|active|exists?|in use|in service|available|accepts?|accepting|here|with)\b"
)
# The same, if the code is about permissions: there it has only this meaning.
PLAINLY_NOBODY = _any(
    r"\bno such (?:user|recipient|mailbox|person|account)\b",
    r"\b(?:user|recipient|mailbox)(?: is)? (?:unknown|not found|not exist)\b",
    r"\b(?:user|recipient|mailbox) (?:does not|doesn t|did not) exist\b",
    r"\bunknown (?:user|recipient|mailbox)\b",
)
