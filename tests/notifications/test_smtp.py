"""The SMTP adapter against real servers: what arrives, what is tried again, what is given up (fault 40)."""

import smtplib
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from urllib.parse import quote

import pytest
from aiosmtpd.smtp import Envelope

from app.billing.mail import Mail, Mailer, MailFailed
from app.notifications.smtp import SmtpMailer, SmtpServer, parse_smtp_url
from tests.notifications.clock import NOON, StoppedClock
from tests.notifications.smtp_servers import (
    LOGIN,
    Inbox,
    answering,
    check_login,
    client_tls,
    free_port,
    running,
    server_tls,
)

SENDER = "BPM Centr <billing@bpm.example>"
CREDENTIALS = f"{LOGIN.login.decode()}:{quote(LOGIN.password.decode(), safe='')}"
MAIL = Mail(
    message_id="<outbox-1@bpm.example>",
    recipient="anna@example.com",
    subject="Счёт на 1 490,00 ₽",
    html="<p>Здравствуйте!</p>\n",
    text="Здравствуйте!\n.\nFrom here\n",
    language="ru",
)


def mailer(port: int, *, scheme: str = "smtp", credentials: str = "", timeout: float = 5) -> Mailer:
    at = f"{credentials}@" if credentials else ""
    return SmtpMailer(
        f"{scheme}://{at}127.0.0.1:{port}", SENDER, StoppedClock(), timeout=timeout, tls=client_tls()
    )


def failure_of(port: int, mail: Mail = MAIL, *, timeout: float = 5, **options: str) -> tuple[str, bool]:
    with pytest.raises(MailFailed) as failure:
        mailer(port, timeout=timeout, **options).send(mail)
    assert "anna" not in str(failure.value)
    return failure.value.code, failure.value.permanent


def test_a_mail_arrives_as_it_was_written() -> None:
    inbox = Inbox()
    with running(inbox) as port:
        mailer(port).send(MAIL)
    (envelope,) = inbox.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == ("billing@bpm.example", ["anna@example.com"])
    message = message_from_bytes(content_of(envelope), policy=default)
    assert (message["Message-ID"], message["Subject"]) == (MAIL.message_id, MAIL.subject)
    assert (message["From"], message["To"]) == (SENDER, MAIL.recipient)
    assert message["Date"].datetime == NOON.replace(microsecond=0)
    text, html = message.iter_parts()
    assert text.get_content().splitlines() == MAIL.text.splitlines()
    assert html.get_content().splitlines() == MAIL.html.splitlines()


def content_of(envelope: Envelope) -> bytes:
    assert isinstance(envelope.content, bytes)
    return envelope.content


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("450 mailbox busy", ("MAIL_DEFERRED", False)),
        ("421 going down", ("MAIL_DEFERRED", False)),
        ("452 too many", ("MAIL_DEFERRED", False)),
        ("550 no such user anna@example.com", ("MAIL_REFUSED", True)),
        ("554 refused", ("MAIL_REFUSED", True)),
    ],
)
def test_4xx_is_tried_again_and_5xx_is_given_up(answer: str, expected: tuple[str, bool]) -> None:
    for inbox in (Inbox(on_recipient=answer), Inbox(on_data=answer)):
        with running(inbox) as port:
            assert failure_of(port) == expected
        assert inbox.envelopes == []


def test_no_server() -> None:
    assert failure_of(free_port()) == ("MAIL_SERVER_UNREACHABLE", False)


def test_an_unknown_host() -> None:
    unknown = SmtpMailer("smtp://no-such-host.invalid", SENDER, StoppedClock(), timeout=5)
    with pytest.raises(MailFailed) as failure:
        unknown.send(MAIL)
    assert not failure.value.permanent


def test_a_silent_server() -> None:
    with answering(b"") as port:
        assert failure_of(port, timeout=0.2) == ("MAIL_SERVER_TIMEOUT", False)


def test_a_server_that_falls_silent_after_its_greeting() -> None:
    with answering(b"220 hello\r\n") as port:
        assert failure_of(port, timeout=0.2) == ("MAIL_SERVER_TIMEOUT", False)


def test_a_server_that_takes_the_mail_too_slowly() -> None:
    with running(Inbox(delay=1)) as port:
        assert failure_of(port, timeout=0.2) == ("MAIL_SERVER_TIMEOUT", False)


def test_a_server_that_turns_everybody_away_is_not_the_mails_fault() -> None:
    with answering(b"554 your address is blocked\r\n") as port:
        assert failure_of(port) == ("MAIL_SERVER_UNREACHABLE", False)


def test_something_that_speaks_no_smtp() -> None:
    with answering(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        assert failure_of(port) == ("MAIL_SERVER_UNREACHABLE", False)


def test_a_lost_goodbye_is_no_failure() -> None:
    inbox = Inbox(bye_delay=1)
    with running(inbox) as port:
        mailer(port, timeout=0.3).send(MAIL)
    assert len(inbox.envelopes) == 1


def test_starttls_is_used_where_it_is_offered() -> None:
    inbox = Inbox()
    with running(inbox, tls_context=server_tls()) as port:
        mailer(port).send(MAIL)
    assert inbox.encrypted == [True]


def test_tls_from_the_first_byte() -> None:
    inbox = Inbox()
    with running(inbox, ssl_context=server_tls()) as port:
        mailer(port, scheme="smtps").send(MAIL)
    assert len(inbox.envelopes) == 1


def test_a_certificate_that_nobody_vouches_for() -> None:
    inbox = Inbox()
    with running(inbox, tls_context=server_tls()) as port:
        strict = SmtpMailer(f"smtp://127.0.0.1:{port}", SENDER, StoppedClock(), timeout=5)
        with pytest.raises(MailFailed) as failure:
            strict.send(MAIL)
    assert (failure.value.code, failure.value.permanent) == ("MAIL_SERVER_UNREACHABLE", False)
    assert inbox.envelopes == []


def test_a_login() -> None:
    inbox = Inbox()
    with running(inbox, tls_context=server_tls(), authenticator=check_login, auth_required=True) as port:
        mailer(port, credentials=CREDENTIALS).send(MAIL)
        assert failure_of(port, credentials="bpm:wrong") == ("MAIL_LOGIN_FAILED", False)
        assert len(inbox.envelopes) == 1


def test_a_password_is_never_sent_unencrypted() -> None:
    with running(Inbox(), authenticator=check_login, auth_require_tls=False) as port:
        assert failure_of(port, credentials=CREDENTIALS) == ("MAIL_TLS_MISSING", False)


def test_an_address_that_the_server_cannot_carry() -> None:
    with running(Inbox(), enable_SMTPUTF8=False) as port:
        assert failure_of(port, replace(MAIL, recipient="анна@example.com")) == ("MAIL_ADDRESS_INVALID", True)


def test_an_address_in_cyrillic_letters_where_the_server_can() -> None:
    inbox = Inbox()
    with running(inbox) as port:
        mailer(port).send(replace(MAIL, recipient="анна@почта.рф"))
    assert inbox.envelopes[0].rcpt_tos == ["анна@xn--80a1acny.xn--p1ai"]


def test_a_second_recipient_does_not_get_in() -> None:
    inbox = Inbox()
    with running(inbox) as port:
        hostile = replace(MAIL, recipient="anna@example.com>\r\nRCPT TO:<evil@example.com")
        assert failure_of(port, hostile) == ("MAIL_HEADER_UNSAFE", True)
    assert inbox.envelopes == []


def test_smtplib_would_say_so_if_the_server_were_deaf() -> None:
    """The control of this file: the servers are real, a plain client reaches them."""
    inbox = Inbox()
    with running(inbox) as port, smtplib.SMTP("127.0.0.1", port, timeout=5) as client:
        client.sendmail("a@example.com", ["b@example.com"], b"Subject: x\r\n\r\ny")
    assert len(inbox.envelopes) == 1


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", SmtpServer("mail.example", 587, encrypted=False)),
        ("smtps://mail.example", SmtpServer("mail.example", 465, encrypted=True)),
        ("smtp://localhost:1025", SmtpServer("localhost", 1025, encrypted=False)),
        (
            "smtps://user%40bpm:p%3Aw%2F@mail.example:25",
            SmtpServer("mail.example", 25, encrypted=True, username="user@bpm", password="p:w/"),
        ),
    ],
)
def test_addresses_of_servers(url: str, server: SmtpServer) -> None:
    assert parse_smtp_url(url) == server


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example",
        "http://mail.example",
        "smtp://",
        "smtp://:25",
        "imap://secret@h",
        "smtp://h:99999",
        "smtp://u:%D0%BF@h",
    ],
)
def test_what_is_no_address_of_a_server(url: str) -> None:
    with pytest.raises(ValueError, match=r"smtp|Port") as error:
        parse_smtp_url(url)
    assert "secret" not in str(error.value)


def test_a_password_does_not_show() -> None:
    assert "hush" not in repr(parse_smtp_url("smtp://user:hush@mail.example"))


def test_a_bad_sender_is_found_at_start() -> None:
    with pytest.raises(MailFailed):
        SmtpMailer("smtp://mail.example", "nobody", StoppedClock())
