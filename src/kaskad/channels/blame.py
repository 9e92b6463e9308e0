"""Whom a provider's words speak of: the shop's account, or the one it was to reach.

A fault of the account meets every message alike: it says nothing of the recipient. So what could be read both ways
is never taken for the account's: one recipient who has blocked the shop must not stop its mail to all others.
"""

from __future__ import annotations

import re
from enum import Enum, auto


class Blame(Enum):
    """Whom the words speak of. `REFUSED`: the recipient does not want it. `RECIPIENT`: anything else about them."""

    ACCOUNT = auto()
    REFUSED = auto()
    RECIPIENT = auto()
    NOBODY = auto()


def _any(*phrases: str) -> re.Pattern[str]:
    return re.compile("|".join(phrases))


GAP = r"(?:[\w ,:'()\[\]-]|\.(?=\w)){0,40}?\b"  # a few words of the same sentence
PEOPLE = r"\b(?:user|recipient|subscriber|customer|contact|addressee|person|member)"
BLOCKED = r"(?:suspended|blocked|disabled|deactivated|inactive|locked|banned|restricted|frozen|terminated|closed)"
BLOCKLIST = r"(?:block ?list\w*|black ?list\w*|dnsbl|rbl|spamhaus|spamcop|barracuda\w*|sorbs)"
OURS = r"(?:account|sub ?account|workspace|subscription|ip|ip address(?:es)?|domain|sender|client|profile|project)"

_REFUSED = _any(
    r"\bunsubscribed\b",
    r"\bopted ?out\b",
    r"\bopt ?out list\b",
    rf"\b(?:blocked|muted|stopped|banned) by (?:the |this |a )?{PEOPLE}",
    rf"{PEOPLE} (?:has |have )?blocked (?:you|the|this|your|our|all|messages|bot|sender)\b",
    r"\b(?:stop ?list|suppression list|do not (?:contact|call|disturb|email|text))\b",
    rf"{PEOPLE}(?:\(s\)|s)? (?:\w+ ){{0,4}}marked as inactive\b|\binactive recipients?\b",
    rf"(?:{PEOPLE}|\b(?:number|phone|msisdn|destination))\b{GAP}(?:black ?list|suppressed)",
    r"violates a blacklist rule",
    r"стоп ?лист|ч[её]рн\w+ спис\w+|отписал",
)
_RECIPIENT = _any(
    rf"{PEOPLE}(?: s)?(?: account)? {GAP}{BLOCKED}",
    rf"\b(?:mailbox|inbox|storage|{PEOPLE[2:]})\b{GAP}(?:full|quota|storage|over limit)",
    r"\bover ?quota\b|\bmailbox size\b",
    rf"\bto (?:this|the|that|a) (?:{PEOPLE[2:]}|number|phone|destination|address|region|country)\b",
    r"(?<!from )\b(?:phone )?number\b(?! of)|(?<!from )\bphone\b|\bmsisdn\b|\brecipient address\b",
    r"\b(?:device|registration|push) token\b|\bbad ?device ?token\b|\bsender ?id ?mismatch\b",
    r"на этот номер|номер телефона|номер\w* получател",
)
_ACCOUNT = _any(
    rf"\b(?:sending|daily|hourly|weekly|monthly|plan|account|trial|subscription)\b{GAP}(?:limit|quota|credits?)\b",
    rf"\b(?:limit|quota|credits?)\b{GAP}(?:for|of|on) (?:your|this|the) {OURS}\b",
    rf"\bquota ?exceeded\b|\bexceeded (?:your|its){GAP}(?:quota|limit)\b",
    r"\b(?:insufficient|not enough|no enough|not|no|low|lack of|out of|without|negative|zero)"
    r" (?:account )?(?:funds?|balance|credits?|money)\b",
    r"\b(?:ran|run|running) out of (?:sms|e ?mail|message)? ?(?:credits?|messages|sms|money)\b",
    r"\bbalance (?:is )?(?:too low|insufficient|exhausted|negative|empty)\b",
    r"\b(?:credits?|balance) (?:exceeded|exhausted|expired)\b|\bunpaid\b|\boverdue\b|\bpayment required\b",
    rf"\b(?:invalid|wrong|bad|incorrect|missing|unknown|expired|revoked|inactive){GAP}(?:api ?(?:key|token|id|secret)"
    r"|credentials?|(?:access|auth|provider|server|bearer) ?token|authentication|authori[sz]ation|password|login)\b",
    r"\b(?:api ?(?:key|token|id)|(?<!idempotency )(?<!collapse )(?<!registration )key|credentials?|authori[sz]e"
    r"|(?:access|auth|provider|server) token|authentication|authori[sz]ation|password|login)\b"
    rf"{GAP}(?:invalid|wrong|incorrect|expired|revoked|failed|failure|missing|required|disabled"
    r"|not (?:found|valid|recogni[sz]ed))\b",
    r"\b(?:authori[sz](?:e|ation)|authentication|login) error\b",
    r"\bfrom (?:phone )?(?:number|address)\b",
    r"\bunauthori[sz]ed\b|\bunauthenticated\b|\bnot authenticated\b|\bbad credentials\b",
    rf"\b(?:your|this|the|sending)?\b ?\b{OURS}\b{GAP}"
    rf"(?:{BLOCKED}|not active\w*|pending approval|under review|not approved|(?:not |un)verified|{BLOCKLIST})\b",
    rf"\b{BLOCKED} (?:(?:your|this|the) )?(?:account|ip|sender|domain|api ?key)\b",
    rf"\b(?:blocked|listed|rejected|denied)\b{GAP}{BLOCKLIST}\b",
    r"\bsender ?(?:id|name|address|signature|identity|domain|e ?mail)?"
    rf"{GAP}(?:not (?:allowed|verified|approved|registered|authori[sz]ed|confirmed|found)|rejected|invalid|denied)\b",
    r"\b(?:invalid|unverified|unregistered|unapproved|unknown|bad|illegal) sender\b",
    r"\bnot (?:allowed|permitted|authori[sz]ed|able) to send\b",
    r"(?:недостаточно|не хватает|закончил\w*) (?:средств|денег)|нулев\w+ баланс",
    r"(?:неверн|неправильн)\w+ (?:api|логин|парол|ключ|токен)",
    r"(?:\bip\b|аккаунт|уч[её]тн\w+ запис\w+|отправител)[\w ]{0,40}(?:заблокирован|приостановлен|отключ|не согласован"
    r"|не подтвержд)",
    r"превышен\w*[\w ]{0,40}(?:лимит|квот)",
)
_CAPITALS = re.compile(r"(?<=[a-zа-я0-9])(?=[A-ZА-Я])")
_JOINTS = re.compile(r"[\s_/\"<>-]+|(?<=\w)['’](?=s\b)")


def blame(words: str) -> Blame:
    """Whom the words speak of; what speaks of the recipient as well speaks of nobody else."""
    said = plain(words)
    if _REFUSED.search(said):
        return Blame.REFUSED
    if _RECIPIENT.search(said):
        return Blame.RECIPIENT
    return Blame.ACCOUNT if _ACCOUNT.search(said) else Blame.NOBODY


def plain(words: str) -> str:
    """The words in small letters with single spaces: `sending_limit`, `SendingLimit` and `Sending-Limit` are one."""
    return _JOINTS.sub(" ", _CAPITALS.sub(" ", words[:4_000])).casefold().strip()
