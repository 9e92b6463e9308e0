"""Answers as public mail servers give them: about the mailbox, about the message, or about who sends.

`dead` ends the contact for good, `refused` speaks of this message alone, `ours` opens the breaker and burns nobody.
"""

from __future__ import annotations

import pytest

from kaskad.channels.smtp_response import MAX_CHARACTERS, SmtpResponse, SmtpStage, classify_response
from tests.contract.troubled_servers import scripted
from tests.contract.world import kind, sent_by_mail

pytestmark = pytest.mark.anyio

ANSWERS: list[tuple[str, str, str]] = [
    # nobody there
    ("RCPT", "550 No such user here", "dead"),
    ("RCPT", "550 No such user (anna@mail.example)", "dead"),
    ("RCPT", "550 user unknown", "dead"),
    ("RCPT", "550 Unknown user", "dead"),
    ("RCPT", "550 mailbox unavailable", "dead"),
    ("RCPT", "550 Requested action not taken: mailbox unavailable", "dead"),
    ("RCPT", "550 5.5.0 Requested action not taken: mailbox unavailable", "dead"),
    ("RCPT", "550 <anna@mail.example>: Recipient address rejected: User unknown in virtual mailbox table", "dead"),
    ("RCPT", "550-5.1.1 The email account that you tried to reach\r\n550 5.1.1 does not exist.", "dead"),
    ("RCPT", "550 5.1.1 <anna@mail.example>: Recipient address rejected: User unknown", "dead"),
    ("RCPT", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", "dead"),
    ("RCPT", "550 5.1.0 Address rejected", "dead"),
    ("RCPT", "550 5.1.0 <anna@mail.example> User unknown", "dead"),
    ("RCPT", "550 Unrouteable address", "dead"),
    ("RCPT", "551 5.1.6 The recipient has moved", "dead"),
    ("RCPT", "551 No such account", "dead"),
    ("RCPT", "553 5.1.2 We weren't able to find the recipient domain", "dead"),
    ("RCPT", "553 5.1.3 Invalid address format", "dead"),
    ("RCPT", "554 5.2.1 disabled", "dead"),
    ("RCPT", "550 5.2.1 The email account that you tried to reach is disabled", "dead"),
    ("RCPT", "550 5.2.1 Mailbox suspended due to inactivity", "dead"),
    ("RCPT", "550 5.4.4 Host not found: nowhere.example", "dead"),
    ("RCPT", "501 5.1.3 Bad recipient address syntax", "dead"),
    ("RCPT", "550 invalid mailbox", "dead"),
    ("RCPT", "550 Message was not accepted -- invalid mailbox. Local mailbox anna@mail.ru is unavailable", "dead"),
    ("RCPT", "554 delivery error: dd This user doesn't have a yahoo.com account (anna@yahoo.com)", "dead"),
    (".", "554 delivery error: dd This account has been disabled or discontinued [#102].", "dead"),
    (".", "554 5.1.1 anna@mail.example no longer here", "dead"),
    (".", "550 5.2.1 mailbox closed", "dead"),
    (".", "554 5.4.4 Unable to route: no MX", "dead"),
    ("RCPT", "550 5.7.1 No such user!", "dead"),
    (".", "550 5.7.1 No such user!", "dead"),
    ("RCPT", "550 5.7.1 No such user here", "dead"),
    ("RCPT", "550 5.7.0 Recipient unknown", "dead"),
    ("RCPT", "550 5.7.1 Mailbox does not exist", "dead"),
    ("RCPT", "550 Inactive MailBox", "dead"),
    ("RCPT", "550 The MailBox is disabled", "dead"),
    ("RCPT", "550 closed mailbox", "dead"),
    ("RCPT", "550 mailbox no longer valid", "dead"),
    ("RCPT", "550 This address is no longer in use", "dead"),
    ("RCPT", "554 The user anna@mail.example no longer exists", "dead"),
    (
        ".",
        "554 delivery error: dd This user doesn't have a yahoo.com account (anna@yahoo.com) [0] - mta1.mail.example",
        "dead",
    ),
    ("RCPT", "550 5.7.1 Authentication failed: user unknown", "ours"),
    # somebody who does not want it, or takes letters of some senders alone
    (".", "554 5.7.1 The recipient definitively does not want your mail", "refused"),
    ("RCPT", "550 5.7.1 The recipient has blocked your IP", "refused"),
    ("RCPT", "550 5.2.1 This user doesn't want to hear from your domain", "refused"),
    ("RCPT", "550 5.1.1 This recipient has blocked messages from you", "refused"),
    ("RCPT", "550 5.7.124 RESOLVER.RST.SenderNotInAllowedSendersList", "refused"),
    ("RCPT", "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required", "refused"),
    ("RCPT", "550 5.7.134 RESOLVER.RST.SenderNotAuthenticatedForMailbox; authentication required", "refused"),
    ("RCPT", "550 5.7.136 authentication required", "refused"),
    ("RCPT", "550 5.7.1 You are not in the allowed senders list of this group", "refused"),
    # too much of it at once; or a host that wants to be asked again
    (
        "RCPT",
        "550-5.2.1 The user you are trying to contact is receiving mail at a rate that\r\n"
        "550 5.2.1 prevents additional messages from being delivered.",
        "later",
    ),
    ("RCPT", "450 4.2.1 The user you are trying to contact is receiving mail too quickly", "later"),
    ("RCPT", "550 5.2.1 receiving mail too quickly", "later"),
    (".", "550 5.7.1 rate limit exceeded", "later"),
    ("RCPT", "554 Too many messages, throttled", "later"),
    ("RCPT", "550 5.7.28 your IP address is sending too many messages", "ours"),
    ("RCPT", "550 Greylisted, please come back later", "later"),
    ("RCPT", "554 5.7.1 Greylisting in action for your host", "later"),
    ("RCPT", "550 5.2.1 gray-listed", "later"),
    ("RCPT", "451 4.7.1 Greylisted", "later"),
    ("RCPT", "550 5.2.1 Mail from our IP was refused: blacklisted", "ours"),
    ("RCPT", "521 5.2.1 : AOL will not accept delivery of this message.", "ours"),
    (".", "521 5.2.1 : (CON:B1) https://postmaster.example/errors/521conb1", "ours"),
    ("RCPT", "521 host does not accept mail", "ours"),
    # taken before
    (".", "554 5.5.0 Duplicate message", "unknown"),
    (".", "550 this message was already delivered", "unknown"),
    (".", "451 4.3.0 duplicate message", "unknown"),
    (".", "554 5.7.1 message with this id already exists", "unknown"),
    ("RCPT", "550 duplicate recipient", "refused"),
    # full, or for this time
    ("RCPT", "552 5.2.2 Mailbox full", "refused"),
    ("RCPT", "550 5.2.2 The recipient's inbox is out of storage space", "refused"),
    ("RCPT", "552 mailbox quota exceeded", "refused"),
    ("RCPT", "554 user over quota", "refused"),
    ("RCPT", "552 5.2.3 Message exceeds this mailbox's size limit", "refused"),
    ("RCPT", "550 no", "refused"),
    ("RCPT", "550 Blocked", "refused"),
    ("RCPT", "550 5.4.1 Recipient address rejected: Access denied. [AM6.eop-eur05.prod]", "refused"),
    ("RCPT", "550 5.7.25 No such user here", "refused"),
    ("RCPT", "550 5.3.2 No such user here", "refused"),
    ("RCPT", "550 5.7.1 The address is unknown", "refused"),
    ("RCPT", "550 5.1.0 message rejected as spam", "refused"),
    ("RCPT", "550 5.1.0 Sender rejected", "ours"),
    ("RCPT", "450 4.1.1 User unknown", "later"),
    # the message
    (".", "554 5.7.1 Message rejected under suspicion of SPAM", "refused"),
    (".", "554 5.7.1 [2] Message rejected under suspicion of SPAM; https://ya.cc/1IrBc", "refused"),
    (".", "550 spam message rejected. Please visit http://help.mail.ru/notspam-support/id?c=abc", "refused"),
    (".", "550-5.7.1 Our system has detected that this message is\r\n550 5.7.1 likely unsolicited mail.", "refused"),
    (".", "554 5.7.9 Message not accepted for policy reasons.", "refused"),
    (".", "552 5.3.4 Message size exceeds fixed limit", "refused"),
    (".", "554 5.6.0 Malformed headers", "refused"),
    (".", "550 5.7.1 This message contains a virus", "refused"),
    ("MAIL", "552 5.3.4 Message size exceeds fixed limit", "refused"),
    ("MAIL", "552 message size exceeds limit", "refused"),
    ("MAIL", "553 5.6.7 Must use SMTPUTF8 to send to this address", "refused"),
    ("RCPT", "550 SMTPUTF8 is not supported here", "refused"),
    # who sends
    (".", "554 5.7.0 Sending limit exceeded for your account", "ours"),
    ("RCPT", "554 5.7.0 Sending limit exceeded for your account", "ours"),
    ("MAIL", "550 5.4.5 Daily user sending limit exceeded.", "ours"),
    (".", "550 5.4.5 Daily user sending quota exceeded.", "ours"),
    ("RCPT", "554 5.7.1 <anna@mail.example>: Recipient address rejected: You have exceeded your quota", "ours"),
    (".", "554 Message rejected: Email address is not verified. Sender identities failed the check", "ours"),
    (".", "554 5.7.1 Your account is suspended", "ours"),
    ("RCPT", "550 5.7.1 Service unavailable, Client host [10.0.0.1] blocked using Spamhaus", "ours"),
    ("RCPT", "554 5.7.1 Service unavailable; Client host [10.0.0.1] blocked using zen.example.org", "ours"),
    (
        "RCPT",
        "550 5.7.1 Unfortunately, messages from [10.0.0.1] weren't sent: your network is on our block list",
        "ours",
    ),
    ("RCPT", "550 5.7.606 Access denied, banned sending IP [10.0.0.1]", "ours"),
    ("RCPT", "550 5.7.1 Relaying denied", "ours"),
    ("RCPT", "554 5.7.1 <anna@mail.example>: Relay access denied", "ours"),
    ("RCPT", "550 relay not permitted", "ours"),
    ("RCPT", "551 5.7.1 User not local; relaying denied", "ours"),
    (
        "RCPT",
        "550-Verification failed for <hello@shop.example>\r\n550-Unrouteable address\r\n550 Sender verify failed",
        "ours",
    ),
    ("RCPT", "550 5.7.1 Sender rejected", "ours"),
    ("RCPT", "553 5.7.1 <hello@shop.example>: Sender address rejected: not owned by user shop", "ours"),
    ("RCPT", "550 5.1.8 Sender address rejected: Domain not found", "ours"),
    ("RCPT", "550 5.1.0 <hello@shop.example> is not allowed to send from 10.0.0.1 per its SPF record", "ours"),
    ("MAIL", "550 5.1.8 bad sender", "ours"),
    ("MAIL", "553 5.1.7 The sender's address is wrong", "ours"),
    ("MAIL", "550 5.7.1 Sender rejected", "ours"),
    ("MAIL", "550 No such user", "ours"),
    ("MAIL", "501 5.5.4 Syntax", "ours"),
    (
        ".",
        "550-5.7.26 Unauthenticated email from shop.example is not accepted due to\r\n550 5.7.26 DMARC policy",
        "ours",
    ),
    (".", "550 5.7.1 very low reputation of the sending IP address", "ours"),
    (".", "550 5.7.1 Authentication required", "ours"),
    (".", "535 5.7.8 Username and Password not accepted", "ours"),
    (".", "550 5.7.705 Access denied, tenant has exceeded threshold", "ours"),
    ("RCPT", "550 Access denied, tenant has exceeded threshold", "ours"),
    ("RCPT", "550 5.7.708 Service unavailable. Access denied, traffic not accepted from this IP", "ours"),
    ("RCPT", "550 5.1.8 Access denied, bad outbound sender", "ours"),
    ("RCPT", "550 5.1.8 sender blocked", "ours"),
    ("RCPT", "550 5.7.501 Access denied, spam abuse detected from the mailbox", "ours"),
    ("RCPT", "550 5.7.649 Access denied", "ours"),
    # a number about addresses, and words about who sends
    ("RCPT", "550 5.1.1 mail from your IP was rejected", "ours"),
    ("RCPT", "550 5.1.1 sender address does not exist", "ours"),
    ("RCPT", "550 5.4.4 your domain not found", "ours"),
    ("RCPT", "550 5.1.2 the sender's domain cannot be resolved", "ours"),
    (".", "550 5.1.1 No such sender", "ours"),
    ("RCPT", "550 5.4.4 domain in MAIL FROM has no MX", "ours"),
    ("RCPT", "550 5.1.1 User unknown; is your domain right?", "refused"),
    ("RCPT", "550 5.1.1 Recipient address rejected: your server is unknown to us", "refused"),
    ("RCPT", "550 5.1.1 anna@mail.example not listed in Domino Directory", "dead"),
    ("RCPT", "550 User anna not listed in public Name & Address Book", "dead"),
    # what may be said of either is the recipient's
    ("RCPT", "550 5.7.1 Recipient's account is closed", "refused"),
    ("RCPT", "550 5.7.1 Recipient\u2019s account is suspended", "refused"),
    ("RCPT", "550 Account blocked", "refused"),
    ("RCPT", "550 This account is locked", "refused"),
    ("RCPT", "554 5.7.1 Domain suspended", "refused"),
    (".", "554 blocked account", "refused"),
    ("RCPT", "550 5.7.1 Account limit reached", "refused"),
    ("RCPT", "550 5.7.1 The recipient has blocked your domain", "refused"),
    ("RCPT", "550 5.7.1 Blocked by the recipient, your host is not welcome", "refused"),
    ("RCPT", "550 5.7.1 Blocked by the recipient's server: your host is on a blacklist", "ours"),
    ("RCPT", "550 5.7.1 The sending account is blocked", "ours"),
    ("RCPT", "550 5.7.1 SMTP account suspended", "ours"),
    ("RCPT", "550 Invalid credentials, account locked", "ours"),
    # of no use
    ("RCPT", "354 what", "later"),
    ("RCPT", "999 No such user", "later"),
    ("RCPT", "199 No such user", "later"),
    ("MAIL", "354 go on", "later"),
    ("DATA", "250 ok", "unknown"),
    (".", "354 more", "unknown"),
    (".", "600 what", "unknown"),
    ("RCPT", "550-\r\n550-No such\r\n550 user", "dead"),
    ("RCPT", "550 Пользователь не найден, user unknown", "dead"),
    ("RCPT", "550 10.5.1.1 listed elsewhere", "refused"),
]


@pytest.mark.parametrize(
    ("stage", "said", "means"), ANSWERS, ids=[f"{n}-{answer[1][:30]}" for n, answer in enumerate(ANSWERS)]
)
async def test_whom_an_answer_speaks_of(stage: str, said: str, means: str) -> None:
    async with scripted({stage: said}) as (port, _):
        result = await sent_by_mail(port)
    assert kind(result) == means, result


def test_no_more_of_an_answer_is_looked_into_than_its_start() -> None:
    for words, means in ((" no such user", "dead"), (" your account is suspended", "ours")):
        for before, meant in (
            (MAX_CHARACTERS - len(words), means),
            (MAX_CHARACTERS - 5, "refused"),
            (5_000_000, "refused"),
        ):
            assert kind(classify_response(SmtpResponse(SmtpStage.RCPT, "." * before + words, 550))) == meant, (
                words,
                before,
            )


async def test_all_text_of_an_answer_is_cleaned(tmp_path: object) -> None:
    for said in (
        "550 a\x00b no such user",
        "550 a\udcffb no such user",
        "550-a\u2028\r\n550-\u202eb\r\n550 no such user",
    ):
        async with scripted({"RCPT": said}) as (port, _):
            result = await sent_by_mail(port)
        assert kind(result) == "dead"
        assert result.why.isprintable()  # type: ignore[union-attr]
        result.why.encode()  # type: ignore[union-attr]
