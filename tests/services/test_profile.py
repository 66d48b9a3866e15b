"""Contact data and the payer (A2)."""

import pytest

from app.billing.documents.invoice import InvoiceDocument
from app.billing.documents.snapshot import from_snapshot
from app.bootstrap import Container
from app.models import AuditEntry, Customer, Document, Payer, PayerKind
from app.services.profile import ContactData, InvalidPayer, PayerDetails, payer_problems, save_contact_data
from tests.factories import create_customer, create_payer, order, rows
from tests.parallel import at_once

COMPANY = {
    "kind": PayerKind.COMPANY,
    "name": "ООО «Ромашка»",
    "country": "RU",
    "inn": "7707083893",
    "kpp": "770701001",
}
TRADER = {"kind": PayerKind.SOLE_TRADER, "name": "ИП Иванов", "country": "RU", "inn": "500100732259"}
PERSON = {"kind": PayerKind.INDIVIDUAL, "name": "Иванов", "country": "RU"}
ABROAD = {"kind": PayerKind.FOREIGN_COMPANY, "name": "Acme", "country": "DE"}
ACCOUNT = {"bank_bik": "044525225", "bank_account": "40702810138250123017"}


def problems(details: dict[str, object], **changes: object) -> dict[str, str]:
    return payer_problems(PayerDetails(**(details | changes)))  # type: ignore[arg-type]  # fields by name


@pytest.mark.parametrize(
    "details",
    [
        COMPANY,
        COMPANY | ACCOUNT,
        COMPANY | {"ogrn": "1027700132195", "bank_bik": "044525225"},
        TRADER,
        TRADER | {"ogrn": "304500116000157"},
        PERSON,
        PERSON | {"inn": "500100732259"},
        ABROAD,
        ABROAD | {"kind": PayerKind.FOREIGN_INDIVIDUAL},
    ],
)
def test_good_payers(details: dict[str, object]) -> None:
    assert problems(details) == {}


@pytest.mark.parametrize(
    ("details", "changes", "found"),
    [
        (COMPANY, {"inn": None}, {"inn": "REQUIRED"}),
        (COMPANY, {"inn": "7707083894"}, {"inn": "BAD_INN"}),
        (COMPANY, {"inn": "500100732259"}, {"inn": "BAD_INN"}),
        (COMPANY, {"kpp": None}, {"kpp": "REQUIRED"}),
        (COMPANY, {"kpp": "77"}, {"kpp": "BAD_KPP"}),
        (COMPANY, {"ogrn": "1027700132196"}, {"ogrn": "BAD_OGRN"}),
        (COMPANY, {"country": "DE"}, {"country": "COUNTRY_MISMATCH"}),
        (COMPANY, {"bank_bik": "123"}, {"bank_bik": "BAD_BIK"}),
        (COMPANY, {"bank_account": ACCOUNT["bank_account"]}, {"bank_bik": "REQUIRED"}),
        (COMPANY, ACCOUNT | {"bank_account": "40702810138250123018"}, {"bank_account": "BAD_ACCOUNT"}),
        (TRADER, {"inn": None}, {"inn": "REQUIRED"}),
        (TRADER, {"inn": "7707083893"}, {"inn": "BAD_INN"}),
        (TRADER, {"kpp": "770701001"}, {"kpp": "BAD_KPP"}),
        (PERSON, {"inn": "123"}, {"inn": "BAD_INN"}),
        (PERSON, {"ogrn": "1027700132195"}, {"ogrn": "BAD_OGRN"}),
        (ABROAD, {"country": "RU"}, {"country": "COUNTRY_MISMATCH"}),
        (COMPANY, {"inn": None, "kpp": None}, {"inn": "REQUIRED", "kpp": "REQUIRED"}),
        (COMPANY, {"exchange_id": "2BM-7736050003-773601001"}, {}),
        (COMPANY, {"exchange_id": "2BM/7736"}, {"exchange_id": "BAD_EXCHANGE_ID"}),
    ],
)
def test_bad_payers(details: dict[str, object], changes: dict[str, object], found: dict[str, str]) -> None:
    assert problems(details, **changes) == found


def test_a_customer_has_one_payer(container: Container) -> None:
    customer_id = create_customer(container)

    outcomes = at_once(*[lambda: create_payer(container, customer_id)] * 4)

    assert set(outcomes.results) == {rows(container, Payer)[0].id}
    assert create_payer(container, customer_id, name="ООО «Лютик»") == outcomes.results[0]
    (payer,) = rows(container, Payer)
    assert (payer.name, payer.created_at) == ("ООО «Лютик»", container.clock.now())
    assert len(rows(container, AuditEntry, action="payer.save", customer_id=customer_id)) == 5


def test_a_bad_payer_is_not_stored(container: Container) -> None:
    customer_id = create_customer(container)
    with pytest.raises(InvalidPayer) as refusal:
        create_payer(container, customer_id, inn="7707083894")
    assert refusal.value.problems == {"inn": "BAD_INN"}
    assert "7707083894" not in str(refusal.value)
    assert rows(container, Payer) == []


def test_an_issued_document_keeps_the_details_of_its_day(container: Container, alice: int) -> None:
    order(container, alice, "crm-connector")

    create_payer(container, alice, name="ООО «Лютик»")

    (document,) = rows(container, Document)
    printed = from_snapshot(document.snapshot)
    assert isinstance(printed, InvoiceDocument)
    assert printed.payer.name == "ООО «Ромашка»"


def test_contact_data(container: Container) -> None:
    customer_id = create_customer(container)

    save_contact_data(
        container.transactions,
        customer_id=customer_id,
        contact=ContactData(name="Alice B.", phone="+7 900 000-00-00", language="en"),
        now=container.clock.now(),
    )

    (customer,) = rows(container, Customer)
    assert (customer.name, customer.phone, customer.language) == ("Alice B.", "+7 900 000-00-00", "en")
    assert rows(container, AuditEntry, action="customer.contact_data")[0].details == {}
