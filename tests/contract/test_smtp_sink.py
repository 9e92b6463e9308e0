"""SMTP against a server that was written by others, and built to fail."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from kaskad.domain.channel import Refused, Retry, SendResult, Sent, Unknown
from tests.contract.world import sent_by_mail

pytestmark = pytest.mark.anyio
SINK = shutil.which("smtp-sink") or shutil.which("smtp-sink", path="/usr/sbin:/usr/lib/postfix/sbin")


@asynccontextmanager
async def sink(*options: str) -> AsyncIterator[int]:
    """Postfix's own faulty server, written by others."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    account = ("-u", "nobody") if os.geteuid() == 0 else ()  # it refuses to run as root
    process = await asyncio.create_subprocess_exec(str(SINK), *account, *options, f"127.0.0.1:{port}", "16")
    try:
        assert await _listening(port)
        yield port
    finally:
        process.kill()
        await process.wait()


async def _listening(port: int) -> bool:
    for _ in range(200):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.02)
        else:
            writer.close()
            return True
    return False


@pytest.mark.skipif(SINK is None, reason="smtp-sink is not installed (Debian: postfix)")
@pytest.mark.parametrize(
    ("options", "means"),
    [
        ((), Sent),
        (("-r", "MAIL"), Retry),
        (("-r", "RCPT"), Retry),
        (("-r", "DATA"), Retry),
        (("-r", "."), Retry),
        (("-f", "MAIL"), Retry),  # about who sends: an outage
        (("-f", "RCPT"), Refused),
        (("-f", "DATA"), Refused),
        (("-f", "."), Refused),
        (("-Q", "RCPT"), Retry),
        (("-Q", "."), Retry),
        (("-q", "CONNECT"), Retry),
        (("-q", "MAIL"), Retry),
        (("-q", "RCPT"), Retry),
        (("-q", "."), Unknown),
        (("-w", "3"), Unknown),
    ],
    ids=lambda value: "".join(value) or "sound" if isinstance(value, tuple) else value.__name__,
)
async def test_faults_of_a_server_written_by_others(options: tuple[str, ...], means: type[SendResult]) -> None:
    async with sink(*options) as port:
        assert isinstance(await sent_by_mail(port, timeout=0.5), means)
