"""Value types of mails: what they refuse, where the mistake is made."""

from datetime import UTC, datetime

import pytest

from app.billing.errors import BillingError
from app.billing.mail import MailFailed, MailKind, is_web_address, message_id
from app.billing.mail_data import MAIL_DATA, ApiKeyWaitingMail, PasswordChangedMail

NOON = datetime(2026, 11, 22, 9, tzinfo=UTC)


def test_every_kind_has_data_of_its_own() -> None:
    assert set(MAIL_DATA) == set(MailKind)
    assert {data.kind for data in MAIL_DATA.values()} == set(MailKind)


def test_a_repeated_mail_has_the_same_message_id() -> None:
    assert message_id(123, "bpm-centr.ru") == "<outbox-123@bpm-centr.ru>"
    assert message_id(123, "bpm-centr.ru") == message_id(123, "bpm-centr.ru")
    assert message_id(124, "bpm-centr.ru") != message_id(123, "bpm-centr.ru")


@pytest.mark.parametrize("domain", ["", "a b", "host>", "host\r\nBcc: x", "хост", ".host", "host-"])
def test_a_message_id_takes_only_a_domain_name(domain: str) -> None:
    with pytest.raises(ValueError, match="domain"):
        message_id(1, domain)


@pytest.mark.parametrize(
    "address", ["https://bpm.example/a?b=1&c=%20#d", "http://127.0.0.1:8000/x", "https://[::1]/"]
)
def test_web_addresses(address: str) -> None:
    assert is_web_address(address)


@pytest.mark.parametrize(
    "address",
    [
        None,
        "",
        "/relative",
        "//host/x",
        "ftp://host/x",
        "javascript:alert(1)",
        "https://",
        "https:///path",
        "https://host/a b",
        'https://host/"onclick=',
        "https://host/<script>",
        "https://host/\r\nx",
        "https://хост/",
    ],
)
def test_what_is_no_web_address(address: object) -> None:
    assert not is_web_address(address)


def test_data_refuses_a_relative_link() -> None:
    with pytest.raises(ValueError, match="reveal_url"):
        ApiKeyWaitingMail(reveal_url="/keys")


def test_data_refuses_a_naive_instant() -> None:
    naive = NOON.replace(tzinfo=None)
    with pytest.raises(ValueError, match="changed_at"):
        PasswordChangedMail(changed_at=naive, reset_url="https://bpm.example/")


def test_a_failure_carries_its_code_and_whether_to_try_again() -> None:
    failure = MailFailed("MAIL_REFUSED", permanent=True, detail="550")
    assert isinstance(failure, BillingError)
    assert (failure.code, failure.permanent, str(failure)) == ("MAIL_REFUSED", True, "MAIL_REFUSED 550")
    assert str(MailFailed("MAIL_DEFERRED", permanent=False)) == "MAIL_DEFERRED"
