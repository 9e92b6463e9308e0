"""E-mail over SMTP."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from kaskad.channels.base import Adapter, Clock, ProviderConfig
from kaskad.channels.mime import Envelope, build_envelope
from kaskad.channels.options import SmtpOptions
from kaskad.channels.smtp_pool import SmtpPool
from kaskad.channels.smtp_response import SmtpResponse, SmtpStage, classify_response
from kaskad.domain.channel import OutboundMessage, Refused, SendResult

# as a server that does not know SMTPUTF8 would say it (RFC 6531): about this message, not about the mailbox
_CANNOT_CARRY = SmtpResponse(SmtpStage.RCPT, "5.6.7 the server does not know SMTPUTF8, which the address needs", 553)


class SmtpProvider(Adapter[Envelope, SmtpResponse]):
    """`smtp://host:port` (TLS if offered), `smtps://…` (TLS from the start); `user@` logs in with the secret.

    It never logs in without TLS. Receipts come over the signed webhook of the server's operator.
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
        return build_envelope(message, self._now())

    async def _post(self, prepared: Envelope) -> SmtpResponse:
        stage = SmtpStage.CONNECT
        try:
            async with self._pool.take() as line:
                stage = SmtpStage.MAIL
                if not prepared.is_ascii and not line.supports_extension("smtputf8"):
                    return _CANNOT_CARRY
                await line.mail(prepared.sender, options=[] if prepared.is_ascii else ["SMTPUTF8"], encoding="utf-8")
                stage = SmtpStage.RCPT
                await line.rcpt(prepared.recipient, encoding="utf-8")
                stage = SmtpStage.DATA
                taken = await line.data(prepared.content)
                stage = SmtpStage.TAKEN
        except SMTPResponseException as error:
            return SmtpResponse(stage, error.message, error.code)
        except (SMTPException, OSError, ValueError) as error:
            if stage is not SmtpStage.TAKEN:  # later errors of the connection say nothing about the message
                return SmtpResponse(stage, f"{type(error).__name__}: {error}")
        return SmtpResponse(SmtpStage.TAKEN, taken.message, taken.code)

    def _classify(self, answer: SmtpResponse) -> SendResult:
        return classify_response(answer)

    async def _connect(self) -> SMTP:
        secure, user = self._url.scheme == "smtps", unquote(self._url.username or "")
        client = SMTP(
            hostname=self._url.hostname,
            port=self._url.port or (465 if secure else 587),
            username=user or None,
            password=self._config.secret if user else None,
            use_tls=secure,
            start_tls=True if user and not secure else None,  # None: if the server offers it
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
