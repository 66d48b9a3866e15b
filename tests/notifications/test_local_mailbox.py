"""The mailbox in a folder that the demo reads."""

import mailbox
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.billing.errors import NotFound
from app.billing.mail import Mail, Mailer, MailFailed
from app.notifications.local_mailbox import LocalMailbox
from tests.notifications.clock import NOON, StoppedClock

MAIL = Mail(
    message_id="<outbox-1@bpm.example>",
    recipient="anna@example.com",
    subject="Счёт на 1 490,00 ₽",
    html="<p>Здравствуйте!</p>\n",
    text="Здравствуйте!\n\nСчёт: 1\n",
    language="ru",
)


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def box(tmp_path: Path, clock: StoppedClock) -> LocalMailbox:
    return LocalMailbox(tmp_path / "instance" / "mailbox", clock)


def test_a_mail_is_read_as_it_was_sent(box: LocalMailbox) -> None:
    mailer: Mailer = box
    mailer.send(MAIL)
    (entry,) = box.list_messages()
    assert (entry.recipient, entry.subject, entry.sent_at) == (MAIL.recipient, MAIL.subject, NOON)
    assert (entry.text, entry.html) == (MAIL.text, MAIL.html)
    assert box.get(entry.key) == entry


def test_an_empty_mailbox(box: LocalMailbox) -> None:
    assert box.list_messages() == []


def test_the_newest_comes_first_even_within_a_second(box: LocalMailbox, clock: StoppedClock) -> None:
    for number in (3, 1, 2):
        box.send(replace(MAIL, message_id=f"<outbox-{number}@bpm.example>", subject=f"No. {number}"))
        clock.move(timedelta(milliseconds=1))
    assert [entry.subject for entry in box.list_messages()] == ["No. 2", "No. 1", "No. 3"]


def test_the_same_message_id_replaces(box: LocalMailbox, clock: StoppedClock, tmp_path: Path) -> None:
    box.send(MAIL)
    clock.move(timedelta(minutes=5))
    box.send(replace(MAIL, text="Ещё раз\n"))
    (entry,) = box.list_messages()
    assert (entry.text, entry.sent_at) == ("Ещё раз\n", NOON + timedelta(minutes=5))
    assert list((tmp_path / "instance" / "mailbox" / "tmp").iterdir()) == []


def test_other_mails_are_kept(box: LocalMailbox) -> None:
    box.send(MAIL)
    box.send(replace(MAIL, message_id="<outbox-2@bpm.example>"))
    assert len(box.list_messages()) == 2


def test_several_writers_at_once_lose_and_double_nothing(tmp_path: Path, clock: StoppedClock) -> None:
    def write() -> None:
        own = LocalMailbox(tmp_path / "mailbox", clock)
        for number in range(20):
            own.send(replace(MAIL, message_id=f"<outbox-{number}@bpm.example>"))

    writers = [threading.Thread(target=write) for _ in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(LocalMailbox(tmp_path / "mailbox", clock).list_messages()) == 20


def test_it_is_a_maildir_that_other_programs_can_read(box: LocalMailbox, tmp_path: Path) -> None:
    box.send(MAIL)
    (message,) = mailbox.Maildir(tmp_path / "instance" / "mailbox", create=False)
    assert message["Message-ID"] == MAIL.message_id


def test_it_survives_being_opened_again(box: LocalMailbox, clock: StoppedClock, tmp_path: Path) -> None:
    box.send(MAIL)
    assert len(LocalMailbox(tmp_path / "instance" / "mailbox", clock).list_messages()) == 1


@pytest.mark.parametrize("key", ["", "unknown", "../../../etc/passwd", ".", "new", "\x00"])
def test_an_unknown_key_is_not_found(box: LocalMailbox, key: str) -> None:
    box.send(MAIL)
    with pytest.raises(NotFound):
        box.get(key)


def test_it_refuses_what_a_server_would_refuse(box: LocalMailbox) -> None:
    with pytest.raises(MailFailed):
        box.send(replace(MAIL, subject="Hi\r\nBcc: evil@example.com"))
    assert box.list_messages() == []
