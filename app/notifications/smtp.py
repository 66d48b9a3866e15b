"""Sends mails through an SMTP server."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Final
from urllib.parse import unquote, urlsplit

from app.billing.mail import Mail, MailFailed
from app.billing.ports import Clock
from app.notifications.message import BAD_ADDRESS, build_message, recipient_of, sender_of

TIMEOUT_SECONDS: Final = 20.0
"""For each step of the talk with the server; a mail has few, so a worker is never held for long."""

DEFAULT_PORTS: Final = {"smtp": 587, "smtps": 465}

REFUSED: Final = "MAIL_REFUSED"
DEFERRED: Final = "MAIL_DEFERRED"
UNREACHABLE: Final = "MAIL_SERVER_UNREACHABLE"
TIMED_OUT: Final = "MAIL_SERVER_TIMEOUT"
LOGIN_FAILED: Final = "MAIL_LOGIN_FAILED"
TLS_MISSING: Final = "MAIL_TLS_MISSING"


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where the server is and how to talk to it."""

    host: str
    port: int
    encrypted: bool
    username: str = ""
    password: str = field(default="", repr=False)


def parse_smtp_url(url: str) -> SmtpServer:
    """Read `smtp://user:password@host:587` (STARTTLS) or `smtps://…` (TLS from the first byte).

    Raises ValueError, whose message never holds the password.
    """
    parts = urlsplit(url)
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise ValueError("the mail server is written smtp://host:port or smtps://host:port")
    username, password = unquote(parts.username or ""), unquote(parts.password or "")
    if not (username + password).isascii():
        raise ValueError("smtplib can log in with ASCII names and passwords only")
    return SmtpServer(
        host=parts.hostname,
        port=parts.port or DEFAULT_PORTS[parts.scheme],
        encrypted=parts.scheme == "smtps",
        username=username,
        password=password,
    )


class SmtpMailer:
    """Mailer over SMTP, one connection for each mail.

    A refusal of this mail by a 5xx answer is permanent; everything else may pass: 4xx, no connection,
    silence, a refused login (a mistake in our settings must not lose mails). A password is never sent
    unencrypted. Without a password STARTTLS is used where the server offers it.
    """

    def __init__(
        self,
        url: str,
        sender: str,
        clock: Clock,
        *,
        timeout: float = TIMEOUT_SECONDS,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._server = parse_smtp_url(url)
        self._sender = sender
        self._envelope_sender = sender_of(sender).addr_spec
        self._clock = clock
        self._timeout = timeout
        self._tls = tls or ssl.create_default_context()

    def send(self, mail: Mail) -> None:
        """Hand the mail to the server; on return the server has accepted it. Raises MailFailed."""
        message = build_message(mail, self._sender, self._clock.now())
        with _failures():
            connection = self._connect()
            try:
                self._secure(connection)
                self._deliver(connection, message, recipient_of(mail.recipient).addr_spec)
            finally:
                # After DATA was accepted a lost goodbye must not make us send the mail again.
                with suppress(smtplib.SMTPException, OSError):
                    connection.quit()
                connection.close()

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        if server.encrypted:
            return smtplib.SMTP_SSL(server.host, server.port, timeout=self._timeout, context=self._tls)
        return smtplib.SMTP(server.host, server.port, timeout=self._timeout)

    def _secure(self, connection: smtplib.SMTP) -> None:
        connection.ehlo_or_helo_if_needed()
        if not self._server.encrypted and connection.has_extn("starttls"):
            connection.starttls(context=self._tls)
            connection.ehlo_or_helo_if_needed()
        elif not self._server.encrypted and self._server.username:
            raise MailFailed(TLS_MISSING, permanent=False)
        if self._server.username:
            connection.login(self._server.username, self._server.password)

    def _deliver(self, connection: smtplib.SMTP, message: EmailMessage, recipient: str) -> None:
        connection.send_message(message, from_addr=self._envelope_sender, to_addrs=[recipient])


@contextmanager
def _failures() -> Iterator[None]:
    """Turn what smtplib and the network raise into MailFailed. Server texts stay out: they name addresses."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        raise _refusal(next(iter(error.recipients.values()))[0]) from error
    except smtplib.SMTPAuthenticationError as error:
        raise MailFailed(LOGIN_FAILED, permanent=False, detail=str(error.smtp_code)) from error
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        raise _refusal(error.smtp_code) from error
    except smtplib.SMTPNotSupportedError as error:
        # The address has letters that this server can't carry (SMTPUTF8), or it offers no login.
        raise MailFailed(BAD_ADDRESS, permanent=True) from error
    except (smtplib.SMTPException, OSError) as error:
        # smtplib turns a timeout while it reads an answer into "disconnected".
        timed_out = isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)
        code = TIMED_OUT if timed_out else UNREACHABLE
        raise MailFailed(code, permanent=False, detail=type(error).__name__) from error


def _refusal(code: int) -> MailFailed:
    permanent = 500 <= code <= 599
    return MailFailed(REFUSED if permanent else DEFERRED, permanent=permanent, detail=str(code))
