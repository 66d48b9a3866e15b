"""A mail as a MIME message. Nothing that could smuggle a header or a second recipient gets through."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from email.errors import HeaderParseError
from email.header import Header, decode_header, make_header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime, parseaddr
from typing import Final

from app.billing.mail import Mail, MailFailed

UNSAFE_HEADER: Final = "MAIL_HEADER_UNSAFE"
BAD_ADDRESS: Final = "MAIL_ADDRESS_INVALID"

LONGEST_ADDRESS: Final = 254
"""Characters of an address (RFC 5321 with its erratum 1690)."""

# One plain mailbox: no display name, list, quoting, route or comment, where a second address can hide.
_ADDRESS = re.compile(r"""([^\s@,;:<>()\[\]\\"]+)@([^\s@,;:<>()\[\]\\"]+)""")
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9.-]+@[A-Za-z0-9.-]+>", re.ASCII)
_LINE_SEPARATORS = {"Zl", "Zp"}


class _WholeSubjects(EmailPolicy):
    """Loses no space where a long subject breaks into lines, as Python 3.11 does (cpython#92081)."""

    def fold(self, name: str, value: str) -> str:
        return super().fold(name, value) if name != "Subject" else self._subject(value)

    def fold_binary(self, name: str, value: str) -> bytes:
        return super().fold_binary(name, value) if name != "Subject" else self._subject(value).encode()

    def _subject(self, value: str) -> str:
        written = Header(str(value), header_name="Subject").encode(linesep=self.linesep)
        return f"Subject: {written}{self.linesep}"


POLICY: Final = _WholeSubjects(linesep=SMTP.linesep)


def build_message(mail: Mail, sender: str, sent_at: datetime) -> EmailMessage:
    """The MIME message of a mail, text first, then HTML; 7-bit safe.

    Raises MailFailed(permanent) when an address is not one plain mailbox, or when a header holds a
    line break or another control character, plain or encoded (fault A7).
    """
    message = EmailMessage(policy=POLICY)
    message["Message-ID"] = _checked_message_id(mail.message_id)
    message["Date"] = format_datetime(sent_at)
    message["From"] = sender_of(sender)
    message["To"] = recipient_of(mail.recipient)
    message["Subject"] = checked_header(mail.subject)
    message["Auto-Submitted"] = "auto-generated"  # no out-of-office answers, please (RFC 3834)
    # base64: lines stay short and 7-bit whatever the text holds, and servers in between may not rewrap it.
    message.set_content(mail.text, cte="base64")
    message.add_alternative(mail.html, subtype="html", cte="base64")
    message["Content-Language"] = checked_header(mail.language)
    return message


def checked_header(value: str) -> str:
    """The value itself when it is one line, also after encoded words in it are decoded.

    Python 3.11 decodes encoded words when a header is set and may then write their line breaks as they
    are (cpython#121650), so both the value and what it decodes to are looked at.
    """
    seen = value
    while True:
        if any(_breaks_lines(character) for character in seen):
            raise MailFailed(UNSAFE_HEADER, permanent=True)
        decoded = _decoded(seen)
        if decoded == seen:
            return value
        seen = decoded


def _breaks_lines(character: str) -> bool:
    category = unicodedata.category(character)
    return category == "Cc" or category in _LINE_SEPARATORS


def _decoded(value: str) -> str:
    try:
        return str(make_header(decode_header(value)))
    except (HeaderParseError, LookupError, UnicodeError, ValueError) as error:
        # An encoded word that we can't read may still be read by somebody else.
        raise MailFailed(UNSAFE_HEADER, permanent=True, detail="undecodable") from error


def recipient_of(address: str) -> Address:
    """The one mailbox that the text names, its domain in ASCII; raises MailFailed(permanent)."""
    checked_header(address)
    match = _ADDRESS.fullmatch(address)
    if match is None or len(address) > LONGEST_ADDRESS:
        raise MailFailed(BAD_ADDRESS, permanent=True)
    local, domain = match.groups()
    try:
        return Address(username=local, domain=domain.encode("idna").decode("ascii"))
    except (UnicodeError, ValueError) as error:
        raise MailFailed(BAD_ADDRESS, permanent=True) from error


def sender_of(sender: str) -> Address:
    """The sender from «Name <address>» or a bare address; raises MailFailed(permanent)."""
    name, address = parseaddr(checked_header(sender))
    mailbox = recipient_of(address)
    return Address(display_name=name, username=mailbox.username, domain=mailbox.domain)


def _checked_message_id(message_id: str) -> str:
    if _MESSAGE_ID.fullmatch(message_id) is None:
        raise MailFailed(UNSAFE_HEADER, permanent=True, detail="Message-ID")
    return message_id
