"""E-mail over SMTP."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from kaskad.channels.base import Adapter, Clock, ProviderConfig
from kaskad.channels.mime import Envelope, envelope
from kaskad.channels.options import SmtpOptions
from kaskad.channels.smtp_answers import Answer, Stage, meaning
from kaskad.channels.smtp_pool import SmtpPool
from kaskad.domain.channel import OutboundMessage, Refused, SendResult


class SmtpProvider(Adapter[Envelope, Answer]):
    """`smtp://host:port` (TLS where offered), `smtps://…` (TLS from the start); `user@` logs in with the secret.

    A log-in is never attempted without TLS. Receipts come over the signed webhook of whoever runs the server.
    """

    def __init__(self, config: ProviderConfig, now: Clock) -> None:
        super().__init__(config, now)
        self._options = SmtpOptions.model_validate(dict(config.options))
        self._url = urlsplit(config.url)
        self._pool = SmtpPool(
            self._connect, connections=self._options.connections, messages=self._options.messages_per_connection
        )

    async def aclose(self) -> None:
        await self._pool.aclose()

    def _build(self, message: OutboundMessage) -> Envelope | Refused:
        return envelope(message, self._now())

    async def _post(self, prepared: Envelope) -> Answer:
        stage = Stage.CONNECT
        try:
            async with self._pool.take() as line:
                stage = Stage.MAIL
                await line.mail(prepared.sender)
                stage = Stage.RCPT
                await line.rcpt(prepared.recipient)
                stage = Stage.DATA
                taken = await line.data(prepared.content)
                stage = Stage.TAKEN
        except SMTPResponseException as error:
            return Answer(stage, error.message, error.code)
        except (SMTPException, OSError, ValueError) as error:
            if stage is not Stage.TAKEN:  # what happens to the connection afterwards says nothing about the message
                return Answer(stage, f"{type(error).__name__}: {error}")
        return Answer(Stage.TAKEN, taken.message, taken.code)

    def _classify(self, answer: Answer) -> SendResult:
        return meaning(answer)

    async def _connect(self) -> SMTP:
        secure, user = self._url.scheme == "smtps", unquote(self._url.username or "")
        client = SMTP(
            hostname=self._url.hostname,
            port=self._url.port or (465 if secure else 587),
            username=user or None,
            password=self._config.secret if user else None,
            use_tls=secure,
            start_tls=True if user and not secure else None,  # None: where the server offers it
            local_hostname=self._options.hostname,
            timeout=self._options.connect_timeout,
        )
        try:
            await client.connect()
        except BaseException:
            client.close()
            raise
        client.timeout = self._options.timeout
        return client
