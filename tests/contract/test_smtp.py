"""SMTP: connections that are used again, and what every fault of a server means."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from kaskad.channels.base import ProviderConfig
from kaskad.channels.smtp import SmtpProvider
from kaskad.domain.channel import Channel, Refused, Retry, SendResult, Sent, Unknown
from kaskad.sandbox.providers import Behaviour, Sandbox
from tests.contract.troubled_servers import Script, scripted
from tests.contract.world import NOW, SECRET, EngineClock, message, sent_by_mail, until
from tests.contract.world import mail_provider as provider

pytestmark = pytest.mark.anyio


async def test_connections_are_used_again_and_bounded(sandbox: Sandbox) -> None:
    mail = provider(sandbox.smtp_port, connections=2)
    sandbox.behaviour = Behaviour.model_validate({"default": {"delay_s": 0.02}})
    widest = 0

    async def send() -> None:
        nonlocal widest
        assert isinstance(await mail.send(message(Channel.EMAIL)), Sent)
        widest = max(widest, sandbox.open_connections)

    await asyncio.gather(*(send() for _ in range(12)))
    assert widest == sandbox.open_connections == 2
    await mail.aclose()
    assert await until(lambda: sandbox.open_connections == 0)


async def test_a_connection_is_given_up_after_its_share_of_messages() -> None:
    async with scripted() as (port, commands):
        mail = provider(port, messages_per_connection=2, connections=1)
        for _ in range(4):
            assert isinstance(await mail.send(message(Channel.EMAIL)), Sent)
    verbs = [command.split()[0].rstrip(":") for command in commands]
    connection = ["EHLO", "MAIL", "RCPT", "DATA", "RSET", "MAIL", "RCPT", "DATA", "QUIT"]
    assert verbs == connection * 2


async def test_a_refused_recipient_does_not_spoil_the_connection(sandbox: Sandbox) -> None:
    mail = provider(sandbox.smtp_port, connections=1)
    sandbox.behaviour = Behaviour.model_validate({"to": {"gone@mail.example": {"refuse": 1}}})
    assert isinstance(await mail.send(message(Channel.EMAIL, address="gone@mail.example")), Refused)
    assert isinstance(await mail.send(message(Channel.EMAIL)), Sent)
    assert [record.outcome.value for record in sandbox.received] == ["refused", "accepted"]
    await mail.aclose()
    async with scripted({"RCPT": "550 5.1.1 nobody"}) as (port, commands):
        mail = provider(port, connections=1)
        for _ in range(3):
            assert isinstance(await mail.send(message(Channel.EMAIL)), Refused)
        await mail.aclose()
    assert sum(command.startswith("EHLO") for command in commands) == 1


async def test_a_stale_connection_is_replaced_before_anything_is_sent(clock: EngineClock) -> None:
    async with Sandbox(None, clock, Behaviour(), secret=SECRET) as before:
        mail, port = provider(before.smtp_port), before.smtp_port
        assert isinstance(await mail.send(message(Channel.EMAIL)), Sent)
    async with Sandbox(None, clock, Behaviour(), smtp_port=port, secret=SECRET) as after:
        assert isinstance(await mail.send(message(Channel.EMAIL)), Sent)
        assert len(after.received) == 1
        await mail.aclose()


FAULTS: list[tuple[Script, Callable[[SendResult], bool]]] = [
    ({"EHLO": None}, lambda it: isinstance(it, Retry)),
    ({"EHLO": "500 what", "HELO": "554 no"}, lambda it: isinstance(it, Retry)),
    ({"MAIL": "421 closing"}, lambda it: isinstance(it, Retry)),
    ({"MAIL": "451 4.3.0 later"}, lambda it: isinstance(it, Retry)),
    ({"MAIL": "503 5.5.1 order"}, lambda it: isinstance(it, Retry)),
    ({"MAIL": "530 5.7.0 log in"}, lambda it: isinstance(it, Retry)),
    ({"MAIL": "550 5.1.8 bad sender"}, lambda it: it == Retry("550 5.1.8 bad sender", outage=True)),
    ({"MAIL": None}, lambda it: isinstance(it, Retry)),
    ({"RCPT": "450 4.2.0 greylisted"}, lambda it: isinstance(it, Retry)),
    ({"RCPT": "452 4.2.2 full"}, lambda it: isinstance(it, Retry)),
    ({"RCPT": "454 4.7.0 later"}, lambda it: isinstance(it, Retry)),
    ({"RCPT": "550 5.1.1 nobody"}, lambda it: it == Refused("550 5.1.1 nobody", address_dead=True)),
    ({"RCPT": "551 5.1.6 moved"}, lambda it: it == Refused("551 5.1.6 moved", address_dead=True)),
    ({"RCPT": "553 5.1.3 syntax"}, lambda it: it == Refused("553 5.1.3 syntax", address_dead=True)),
    ({"RCPT": "550 5.1.10 null MX"}, lambda it: it == Refused("550 5.1.10 null MX", address_dead=True)),
    ({"RCPT": "550 5.7.1 blocked"}, lambda it: it == Refused("550 5.7.1 blocked")),
    ({"RCPT": "550 5.1.8 sender"}, lambda it: it == Retry("550 5.1.8 sender", outage=True)),
    ({"RCPT": "553 5.1.7 sender"}, lambda it: it == Retry("553 5.1.7 sender", outage=True)),
    ({"RCPT": "550 no"}, lambda it: it == Refused("550 no")),
    ({"RCPT": "552 5.2.2 full"}, lambda it: it == Refused("552 5.2.2 full")),
    ({"RCPT": None}, lambda it: isinstance(it, Retry)),
    ({"RCPT": "354 what"}, lambda it: isinstance(it, Retry)),
    ({"DATA": "451 later"}, lambda it: isinstance(it, Retry)),
    ({"DATA": "554 5.7.1 no"}, lambda it: it == Refused("554 5.7.1 no")),
    ({"DATA": None}, lambda it: isinstance(it, Unknown)),
    ({".": "451 4.3.0 later"}, lambda it: isinstance(it, Retry)),
    ({".": "421 closing"}, lambda it: isinstance(it, Retry)),
    ({".": "550 5.1.1 nobody"}, lambda it: it == Refused("550 5.1.1 nobody", address_dead=True)),
    ({".": "550 5.1.8 sender"}, lambda it: it == Retry("550 5.1.8 sender", outage=True)),
    ({".": "550 5.7.0 sender"}, lambda it: it == Refused("550 5.7.0 sender")),
    ({".": "251 hm"}, lambda it: isinstance(it, Unknown)),
    ({".": None}, lambda it: isinstance(it, Unknown)),
    ({"QUIT": None}, lambda it: isinstance(it, Sent)),
]


@pytest.mark.parametrize(("script", "holds"), FAULTS, ids=[str(script) for script, _ in FAULTS])
async def test_what_an_answer_means(script: Script, holds: Callable[[SendResult], bool]) -> None:
    async with scripted(script) as (port, _):
        result = await sent_by_mail(port)
    assert holds(result), result


async def test_a_server_that_greets_with_a_refusal_got_nothing() -> None:
    async with scripted(greeting="554 go away") as (port, _):
        assert isinstance(await sent_by_mail(port), Retry)


async def test_a_log_in_never_goes_out_in_the_clear() -> None:
    async with scripted({"EHLO": "250-hi\r\n250 AUTH PLAIN LOGIN"}) as (port, commands):
        config = ProviderConfig("mail", Channel.EMAIL, "smtp", f"smtp://shop@127.0.0.1:{port}", SECRET)
        result = await SmtpProvider(config, lambda: NOW).send(message(Channel.EMAIL))
    assert isinstance(result, Retry)
    assert not any(command.startswith("AUTH") for command in commands)


IRINA = "ирина@xn--80a1acny.xn--p1ai"


async def test_a_mailbox_in_other_letters_gets_its_mail_where_the_server_knows_them() -> None:
    async with scripted({"EHLO": "250-hi\r\n250-8BITMIME\r\n250 SMTPUTF8"}) as (port, commands):
        mail = provider(port, connections=1)
        assert isinstance(await mail.send(message(Channel.EMAIL, address=IRINA)), Sent)
        assert isinstance(await mail.send(message(Channel.EMAIL)), Sent)
        await mail.aclose()
    mails = [command for command in commands if command.startswith("MAIL")]
    assert [("SMTPUTF8" in command) for command in mails] == [True, False], "only where it is needed"
    assert f"RCPT TO:<{IRINA}>" in commands


async def test_a_mailbox_in_other_letters_is_refused_where_the_server_does_not_know_them() -> None:
    async with scripted() as (port, commands):
        mail = provider(port, connections=1)
        answer = await mail.send(message(Channel.EMAIL, address=IRINA))
        assert isinstance(await mail.send(message(Channel.EMAIL)), Sent), "the connection stays good"
        await mail.aclose()
    assert isinstance(answer, Refused)
    assert not answer.address_dead, "another provider may know them"
    assert "SMTPUTF8" in answer.why
    assert sum(command.startswith("MAIL") for command in commands) == 1, "nothing was begun"
