"""MIME messages: headers and addresses that could smuggle anything are refused (fault A7)."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.mail import Mail, MailFailed
from app.notifications.message import build_message, checked_header, recipient_of, sender_of

SENT_AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
SENDER = "BPM Centr <billing@bpm.example>"
MAIL = Mail(
    message_id="<outbox-7@bpm.example>",
    recipient="anna@example.com",
    subject="Счёт СЧ-2026-000042 на 1 490,00 ₽, оплатить до 21 декабря 2026 г.",
    html="<p>Здравствуйте! " + "я" * 2000 + "</p>",
    text="Здравствуйте!\n.\nFrom here\n",
    language="ru",
)

BREAKING = [
    "Hi\r\nBcc: evil@example.com",
    "Hi\nBcc: evil@example.com",
    "Hi\rBcc: evil@example.com",
    "Hi\r\n\r\n<p>a body of their own</p>",
    "Hi\n Bcc: evil@example.com",
    "=?utf-8?q?Hi=0D=0ABcc:_evil@example.com?=",
    "=?utf-8?q?Hi=0ABcc:_evil@example.com?=",
    "=?UTF-8?B?SGkNCkJjYzogZXZpbEBleGFtcGxlLmNvbQ==?=",
    "Hello =?utf-8?q?=0D=0ABcc:?= evil@example.com",
]
"""Each makes a mail program see a line of its own when it is written into a header unchecked."""

STRANGE = [
    "Hi\x00there",
    "Hi\x0bBcc: x",
    "Hi\x0cBcc: x",
    "Hi\x85Bcc: x",
    "Hi\u2028Bcc: x",
    "Hi\u2029Bcc: x",
    "=?utf-8?q?=3D=3Futf-8=3Fq=3F=3D0D=3D0ABcc:=3F=3D?=",  # encoded twice
    "=?utf-7?q?+AA0ACg-Bcc:?=",
    "=?no-such-charset?q?=0D=0A?=",
    "=?utf-8?b?AAA?=",
]
"""Control characters of other kinds, and what can't be read with certainty."""

HARMLESS = [
    "Hi",
    "Счёт на 1 490,00 ₽",
    "a\\r\\nb",
    "%0d%0aBcc: x",
    "=?utf-8?q?Hi?=",
    "= ?x",
    "5 = 5?",
    "«Ёлка» 🎄",
]


def written_unchecked(value: str) -> list[str]:
    """Lines of a message whose subject is decoded and written as it is, as careless code would do it."""
    decoded = str(make_header(decode_header(value)))
    return message_from_bytes(f"Subject: {decoded}\n\nbody".encode(), policy=default).as_string().splitlines()


@pytest.mark.parametrize("value", BREAKING)
def test_the_corpus_is_dangerous(value: str) -> None:
    assert written_unchecked(value) != written_unchecked("Hi")
    assert len(written_unchecked(value)) > len(written_unchecked("Hi"))


@pytest.mark.parametrize("value", BREAKING + STRANGE)
@pytest.mark.parametrize("field", ["subject", "recipient", "message_id", "language"])
def test_no_field_of_a_mail_smuggles_a_header(field: str, value: str) -> None:
    with pytest.raises(MailFailed) as failure:
        build_message(replace(MAIL, **{field: value}), SENDER, SENT_AT)
    assert failure.value.permanent
    assert failure.value.code in {"MAIL_HEADER_UNSAFE", "MAIL_ADDRESS_INVALID"}


@pytest.mark.parametrize("value", BREAKING + STRANGE)
def test_nor_does_the_sender(value: str) -> None:
    with pytest.raises(MailFailed):
        sender_of(f"{value} <billing@bpm.example>")


@pytest.mark.parametrize("value", HARMLESS)
def test_harmless_headers_pass(value: str) -> None:
    assert checked_header(value) == value
    sent = build_message(replace(MAIL, subject=value), SENDER, SENT_AT).as_bytes()
    headers = message_from_bytes(sent, policy=default)
    assert sorted(headers.keys()) == [
        "Auto-Submitted",
        "Content-Language",
        "Content-Type",
        "Date",
        "From",
        "MIME-Version",
        "Message-ID",
        "Subject",
        "To",
    ]


def test_a_message_comes_back_as_it_was_written() -> None:
    sent = build_message(MAIL, SENDER, SENT_AT).as_bytes()
    assert max(map(len, sent.split(b"\r\n"))) <= 78
    assert sent.isascii()
    message = message_from_bytes(sent, policy=default)
    assert message["Subject"] == MAIL.subject
    assert message["To"] == "anna@example.com"
    assert message["From"] == SENDER
    assert message["Message-ID"] == MAIL.message_id
    assert message["Date"].datetime == SENT_AT
    text, html = message.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert text.get_content().splitlines() == MAIL.text.splitlines()
    assert html.get_content().strip() == MAIL.html


@given(st.lists(st.text("абвгд, ₽«»1\u00a0", min_size=1, max_size=12), min_size=1).map(" ".join))
def test_a_subject_loses_nothing_where_it_breaks(subject: str) -> None:
    subject = f"С{subject}."  # spaces around are nobody's
    sent = build_message(replace(MAIL, subject=subject), SENDER, SENT_AT).as_bytes()
    assert max(map(len, sent.split(b"\r\n"))) <= 78
    assert message_from_bytes(sent, policy=default)["Subject"] == subject


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("anna@example.com", "anna@example.com"),
        ("anna+make@sub.example.co.uk", "anna+make@sub.example.co.uk"),
        ("o'neil_9@example.com", "o'neil_9@example.com"),
        ("anna@почта.рф", "anna@xn--80a1acny.xn--p1ai"),
    ],
)
def test_addresses(address: str, written: str) -> None:
    assert recipient_of(address).addr_spec == written


@pytest.mark.parametrize(
    "address",
    [
        "",
        "anna",
        "@example.com",
        "anna@",
        "a@b@example.com",
        "a@example.com,evil@example.com",
        "a@example.com;evil@example.com",
        "a@example.com evil@example.com",
        "Anna <a@example.com>",
        "<a@example.com>",
        "a@example.com(comment)",
        '"a b"@example.com',
        "@evil.example:a@example.com",
        "group:a@example.com;",
        "a@[127.0.0.1]",
        "a@example..com",
        "a" * 250 + "@example.com",
    ],
)
def test_what_is_not_one_plain_mailbox(address: str) -> None:
    with pytest.raises(MailFailed) as failure:
        recipient_of(address)
    assert (failure.value.code, failure.value.permanent) == ("MAIL_ADDRESS_INVALID", True)


def test_a_sender_may_go_without_a_name() -> None:
    assert str(sender_of("billing@bpm.example")) == "billing@bpm.example"
