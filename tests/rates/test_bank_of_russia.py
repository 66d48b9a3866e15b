"""Asking the Bank over HTTP: the right question, and every way to get no answer."""

from __future__ import annotations

from datetime import date

import pytest

from app.billing.errors import InvalidInput
from app.rates.bank_of_russia import BankOfRussia
from app.rates.files import read_rate_file
from tests.rates.bank import FakeBank, bank
from tests.rates.samples import daily

__all__ = ["bank"]

SATURDAY, SUNDAY = date(2026, 2, 28), date(2026, 3, 1)


def test_the_day_is_asked_for_and_its_answer_read(bank: FakeBank) -> None:
    assert BankOfRussia(bank.url).rates_of(SUNDAY) == read_rate_file(daily(SATURDAY), SUNDAY)
    assert bank.asked == ["/scripts/XML_daily.asp?date_req=01/03/2026"]


@pytest.mark.parametrize("status", [302, 403, 404, 500, 503])
def test_anything_but_a_success_is_no_answer_and_no_redirect_is_followed(bank: FakeBank, status: int) -> None:
    bank.status = status
    assert BankOfRussia(bank.url).rates_of(SUNDAY) is None
    assert len(bank.asked) == 1


def test_an_answer_that_is_no_such_file_is_refused(bank: FakeBank) -> None:
    bank.body = b"<html>maintenance</html>"
    with pytest.raises(InvalidInput):
        BankOfRussia(bank.url).rates_of(SUNDAY)


def test_nobody_there_is_no_answer() -> None:
    assert BankOfRussia("http://127.0.0.1:1/scripts", timeout=1).rates_of(SUNDAY) is None


def test_a_server_that_does_not_speak_tls_is_not_believed(bank: FakeBank) -> None:
    assert BankOfRussia(bank.url.replace("http://", "https://"), timeout=2).rates_of(SUNDAY) is None
    assert bank.asked == []
