"""Further bank accounts of the seller in the back-office: kept by finance, checked, audited (design §2.7)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.bootstrap import Container
from app.models import SellerBankAccount
from tests.bank import ACCOUNT, DOLLARS, FURTHER_ACCOUNT
from tests.factories import create_seller, rows
from tests.views.conftest import Employee
from tests.views.test_reference_data import audit

Staff = Callable[[str], Employee]
FORM = {
    "seller_id": "1",
    "currency": "RUB",
    "account": FURTHER_ACCOUNT,
    "bank_name": "ПАО Сбербанк",
    "bank_bik": "044525225",
}
ABROAD = {"currency": "EUR", "account": "DE89370400440532013000", "bank_bik": "COBADEFFXXX"}


@pytest.fixture
def finance(staff: Staff, container: Container) -> Employee:
    create_seller(container)
    return staff("Finance")


def test_finance_adds_and_changes_an_account_and_the_audit_masks_it(
    finance: Employee, container: Container
) -> None:
    assert finance.post("/seller-accounts/add", FORM).status_code == 302
    changed = {"bank_name": "АО «Другой банк»"}
    assert finance.post("/seller-accounts/edit/1", FORM | changed).status_code == 302
    (row,) = rows(container, SellerBankAccount)
    assert (row.account, row.currency, row.bank_name, row.is_main) == (
        FURTHER_ACCOUNT, "RUB", "АО «Другой банк»", False,
    )  # fmt: skip
    (added, edited) = audit(container, "seller_bank_account")
    assert (added[0], added[1], added[2]["account"]) == ("staff.create", "finance", [None, "4•••0001"])
    assert (edited[0], edited[2]) == ("staff.update", {"bank_name": ["ПАО Сбербанк", "АО «Другой банк»"]})
    for page in ("/seller-accounts/list/", "/seller-accounts/show/1", "/sellers/show/1"):
        assert FURTHER_ACCOUNT in finance.get(page).text, page


@pytest.mark.parametrize("currency", ["USD", "EUR"])
def test_one_account_of_a_foreign_currency_is_the_main_one(
    finance: Employee, container: Container, currency: str
) -> None:
    foreign = FORM | ABROAD | {"currency": currency, "is_main": "y"}
    assert finance.post("/seller-accounts/add", foreign).status_code == 302
    second = foreign | {"account": "DE02120300000000202051"}
    assert "уже есть основной счёт" in finance.post("/seller-accounts/add", second).text
    assert finance.post("/seller-accounts/add", second | {"is_main": ""}).status_code == 302
    assert finance.post("/seller-accounts/edit/1", foreign | {"bank_name": "Commerzbank"}).status_code == 302
    assert [row.is_main for row in rows(container, SellerBankAccount)] == [True, False]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"account": "40702810200000000002"}, "контрольные"),
        ({"account": ACCOUNT}, "основной счёт продавца"),
        ({"account": "40702810"}, "контрольные"),
        ({"account": DOLLARS}, "контрольные"),
        ({"bank_bik": "044525226"}, "контрольные"),
        ({"bank_bik": "COBADEFFXXX"}, "контрольные"),
        (ABROAD | {"bank_bik": "COB"}, "контрольные"),
        (ABROAD | {"account": "DE89 3704"}, "контрольные"),
        (ABROAD | {"account": "DE88370400440532013000"}, "контрольные"),
        ({"currency": "GBP"}, ""),
        ({"is_main": "y"}, "в рублях"),
        ({"bank_name": ""}, ""),
    ],
)
def test_an_account_with_a_typing_error_is_refused(
    finance: Employee, container: Container, wrong: dict[str, str], told: str
) -> None:
    answer = finance.post("/seller-accounts/add", FORM | wrong)
    assert answer.status_code == 200
    assert told.lower() in answer.text.lower()
    assert rows(container, SellerBankAccount) == []


def test_an_account_stands_once(finance: Employee, container: Container) -> None:
    for _time in range(2):
        finance.post("/seller-accounts/add", FORM)
    assert len(rows(container, SellerBankAccount)) == 1


@pytest.mark.parametrize(("role", "reads"), [("Admin", True), ("Auditor", True), ("Support", False)])
def test_who_reads_and_who_changes(
    finance: Employee, staff: Staff, container: Container, role: str, reads: bool
) -> None:
    employee = staff(role)
    assert (employee.get("/seller-accounts/list/").status_code == 200) is reads
    employee.post("/seller-accounts/add", FORM)
    assert len(rows(container, SellerBankAccount)) == (1 if role == "Admin" else 0)
