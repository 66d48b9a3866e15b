"""A mailbox in a folder: where mails go in the demo and in tests, to be read on a page."""

from __future__ import annotations

import mailbox
import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from hashlib import sha256
from pathlib import Path
from typing import Final

from app.billing.errors import NotFound
from app.billing.mail import Mail
from app.billing.ports import Clock
from app.notifications.message import build_message

SENDER: Final = "BPM Centr <no-reply@bpm-centr.invalid>"
"""The sender of mails that never leave the machine."""


@dataclass(frozen=True, slots=True)
class MailboxEntry:
    """A mail as its reader sees it; `sent_at` is UTC."""

    key: str
    recipient: str
    subject: str
    sent_at: datetime
    text: str
    html: str


class LocalMailbox:
    """Mailer that keeps mails in a Maildir, and the reading side of it.

    A file is named after its Message-ID, so that a mail sent again after a crash replaces the first one,
    however many processes write at once.
    """

    def __init__(self, directory: Path, clock: Clock, *, sender: str = SENDER) -> None:
        self._directory = directory
        self._clock = clock
        self._sender = sender
        for part in ("tmp", "new", "cur"):
            (directory / part).mkdir(parents=True, exist_ok=True)

    def send(self, mail: Mail) -> None:
        """Store the mail. Raises MailFailed for what could not leave a real server either."""
        now = self._clock.now()
        content = build_message(mail, self._sender, now).as_bytes()
        key = sha256(mail.message_id.encode()).hexdigest()[:32]
        unfinished = self._directory / "tmp" / f"{key}.{secrets.token_hex(8)}"
        unfinished.write_bytes(content)
        # The Date header knows whole seconds only; the file's time puts mails of one second in order.
        os.utime(unfinished, (now.timestamp(), now.timestamp()))
        unfinished.replace(self._directory / "new" / key)

    def list_messages(self) -> list[MailboxEntry]:
        """All mails, the newest first."""
        box = mailbox.Maildir(self._directory, create=False)
        entries = [_read(box, key) for key in box.keys()]  # noqa: SIM118 - iterating a Maildir gives messages
        return sorted(entries, key=lambda entry: (entry.sent_at, entry.key), reverse=True)

    def get(self, key: str) -> MailboxEntry:
        """The mail with this key; raises NotFound."""
        try:
            return _read(mailbox.Maildir(self._directory, create=False), key)
        except KeyError as error:
            raise NotFound("no such mail") from error


def _read(box: mailbox.Maildir, key: str) -> MailboxEntry:
    message = BytesParser(policy=policy.default).parsebytes(box.get_bytes(key))
    return MailboxEntry(
        key=key,
        recipient=str(message["To"]),
        subject=str(message["Subject"]),
        sent_at=datetime.fromtimestamp(box.get_message(key).get_date(), UTC),
        text=_body(message, "plain"),
        html=_body(message, "html"),
    )


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return "" if part is None else str(part.get_content()).replace("\r\n", "\n")
