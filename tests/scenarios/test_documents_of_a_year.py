"""A yearly subscription bought in November 2025, walked month by month over the change of the rate (J2, J3).

What is paid is the same for all; what is printed follows from who sells and who buys.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.billing.documents.kinds import DocumentKind, ServicePaper
from app.billing.documents.tax_document import TaxDocument
from app.billing.exchange_rates import ExchangeRate, RateFile
from app.billing.money import Money
from app.billing.periods import BillingInterval, add_months, start_of_local_day
from app.billing.tax import TaxRegime
from app.bootstrap import Container
from app.models import Document, DocumentAdvance, ExchangeRateDay, LedgerEntry, PayerKind, Subscription
from app.services.exchange_rates import import_rates
from app.services.sweep import sweep
from tests.clock import ManualClock
from tests.factories import FACTORY, buy, create_connector, create_customer, create_payer, create_seller, rows
from tests.ledger_rows import assert_everything_ties, registered
from tests.services.issuing.papers import documents, printed, regime

BOUGHT = datetime(2025, 11, 15, 9, 0, tzinfo=UTC)
LAST_DAYS = [add_months(date(2025, 11, 15), month, 15) for month in range(1, 13)]
PRICE = 10_098_00
COMPANY: dict[str, Any] = {}
SOLE_TRADER = {
    "kind": PayerKind.SOLE_TRADER,
    "name": "ИП Петров Пётр Петрович",
    "inn": "500100732259",
    "kpp": None,
}
PERSON = {"kind": PayerKind.INDIVIDUAL, "name": "Сидорова Анна", "inn": None, "kpp": None}
ABROAD = {"kind": PayerKind.FOREIGN_COMPANY, "name": "Hans GmbH", "country": "DE", "inn": None, "kpp": None}


def lived(container: Container, clock: ManualClock, payer: dict[str, Any], currency: str = "RUB") -> None:
    """Buy the year and let every day of its months' ends pass, with a sweep on each."""
    clock.move_to(BOUGHT)
    create_connector(container, monthly=Money(990_00, currency))
    country = payer.get("country", "RU")
    customer_id = create_customer(container, country=country, currency=currency)
    registered(container, customer_id)
    create_payer(container, customer_id, **payer)
    buy(container, customer_id, "crm-connector", interval=BillingInterval.YEAR)
    with container.transactions.begin(FACTORY) as work:
        (row,) = work.subscriptions.of_customer(customer_id)
        row.auto_renew, row.renewal_due_at = False, None
    sweep(container.billing_run())
    for last_day in LAST_DAYS:
        clock.move_to(start_of_local_day(last_day))
        sweep(container.billing_run())


def service(container: Container, kind: DocumentKind) -> list[TaxDocument]:
    return [printed(row) for row in documents(container, kind)]


def booked(container: Container, kind: str) -> int:
    return sum(entry.amount_minor for entry in rows(container, LedgerEntry, kind=kind))


def vat(papers: Sequence[Document]) -> int:
    return sum(row.vat_minor for row in papers)


def kinds(container: Container) -> dict[str, int]:
    found = [row.kind.value for row in documents(container)]
    return {kind: found.count(kind) for kind in sorted(set(found))}


@pytest.mark.parametrize("payer", [COMPANY, SOLE_TRADER], ids=["company", "sole trader"])
def test_a_business_of_a_seller_with_vat(
    container: Container, clock: ManualClock, payer: dict[str, Any]
) -> None:
    create_seller(container)
    lived(container, clock, payer)

    assert kinds(container) == {"advance_invoice": 1, "receipt": 1, "transfer": 12}
    (advance,) = documents(container, DocumentKind.ADVANCE_INVOICE)
    paper: TaxDocument = printed(advance)
    assert (advance.number, advance.issued_on) == ("А-2025-000001", date(2025, 11, 15))
    assert [(line.vat_rate, line.gross.minor, line.vat.minor) for line in paper.lines] == [
        (2000, PRICE, PRICE * 20 // 120)
    ]
    assert paper.payments[0].issued_on == date(2025, 11, 15)

    months = documents(container, DocumentKind.TRANSFER)
    assert [row.number for row in months] == [
        "СФ-2025-000001",
        *(f"СФ-2026-{n:06d}" for n in range(1, 12)),
    ]
    assert [row.issued_on for row in months] == [row.supplied_on for row in months] == LAST_DAYS
    for row, month, day in zip(months, service(container, DocumentKind.TRANSFER), LAST_DAYS, strict=True):
        rate = 2000 if day.year == 2025 else 2200
        assert (month.status, month.transferred_on) == (1, day)
        assert [line.vat_rate for line in month.lines] == [rate]
        assert month.vat_total == month.total.share(rate, 10_000 + rate)
        assert [(each.number, each.issued_on) for each in month.advances] == [
            ("А-2025-000001", date(2025, 11, 15))
        ]
        assert [each.number for each in month.shipments] == [row.number]
        assert [line.unit_code for line in month.lines] == ["362"]
    assert sum(row.total_minor for row in months) == PRICE

    uses = rows(container, DocumentAdvance)
    assert {use.advance_id for use in uses} == {advance.id}
    assert sum(use.gross_minor for use in uses) == PRICE
    assert sum(use.vat_minor for use in uses) == advance.vat_minor == booked(container, "advance_vat")
    assert advance.vat_minor == booked(container, "advance_vat_deducted")
    assert vat(months) == booked(container, "service_vat")
    assert_everything_ties(container)


def test_a_business_of_a_seller_of_5_percent(container: Container, clock: ManualClock) -> None:
    create_seller(container)
    regime(container, TaxRegime.SIMPLIFIED_5)
    lived(container, clock, COMPANY)

    assert kinds(container) == {"advance_invoice": 1, "receipt": 1, "transfer": 12}
    (advance,) = documents(container, DocumentKind.ADVANCE_INVOICE)
    assert advance.vat_minor == round(PRICE * 5 / 105)
    assert {line.vat_rate for month in service(container, DocumentKind.TRANSFER) for line in month.lines} == {
        500
    }
    assert vat(documents(container, DocumentKind.TRANSFER)) == booked(container, "service_vat")
    assert_everything_ties(container)


def test_a_business_of_a_seller_without_vat(container: Container, clock: ManualClock) -> None:
    create_seller(container)
    regime(container, TaxRegime.SIMPLIFIED)
    lived(container, clock, COMPANY)

    assert kinds(container) == {"receipt": 1, "transfer": 12}
    months = service(container, DocumentKind.TRANSFER)
    assert {month.status for month in months} == {2}
    assert {month.vat_exemption for month in months} == {"УСН, п. 1 ст. 145 НК РФ"}
    assert [month.number for month in months][:2] == ["УПД-2025-000001", "УПД-2026-000001"]
    assert {(month.shipments, month.advances) for month in months} == {((), ())}
    assert vat(documents(container)) == 0
    assert_everything_ties(container)


def test_a_person_gets_acts_with_vat_and_no_tax_invoice(container: Container, clock: ManualClock) -> None:
    create_seller(container)
    lived(container, clock, PERSON)

    assert kinds(container) == {"act": 12, "receipt": 1}
    acts = documents(container, DocumentKind.ACT)
    assert vat(acts) == booked(container, "service_vat") > 0
    assert [line.vat_rate for act in service(container, DocumentKind.ACT) for line in act.lines] == [
        2000, *[2200] * 11,
    ]  # fmt: skip
    assert rows(container, DocumentAdvance) == []
    assert_everything_ties(container)


def test_a_buyer_abroad_gets_english_acts_with_rouble_values(
    container: Container, clock: ManualClock
) -> None:
    create_seller(container)
    clock.move_to(BOUGHT)
    for number, day in enumerate([BOUGHT.date(), *LAST_DAYS]):
        clock.move_to(start_of_local_day(day))
        rate = ExchangeRate("USD", day, 1, Decimal(80 + number))
        import_rates(
            container.transactions, actor=FACTORY, file=RateFile((rate,), {day: day}), now=clock.now()
        )
    lived(container, clock, ABROAD, currency="USD")

    assert kinds(container) == {"act": 12, "receipt": 1}
    for number, act in enumerate(documents(container, DocumentKind.ACT), start=1):
        assert (act.rouble_minor, act.rouble_vat_minor) == (act.total_minor * (80 + number), 0)
    first = service(container, DocumentKind.ACT)[0]
    assert (first.language, first.buyer.country, first.vat_total) == ("en", "DE", Money(0, "USD"))
    assert first.vat_exemption is not None
    assert "Art. 148" in first.vat_exemption
    assert len(rows(container, ExchangeRateDay)) == 13
    assert_everything_ties(container)


def test_a_seller_who_gives_acts_beside_tax_invoices(container: Container, clock: ManualClock) -> None:
    create_seller(container)
    with container.transactions.begin(FACTORY) as work:
        work.sellers.current().service_paper = ServicePaper.INVOICE_AND_ACT
    lived(container, clock, COMPANY)

    assert kinds(container) == {"act": 12, "advance_invoice": 1, "receipt": 1, "vat_invoice": 12}
    acts, invoices = (service(container, kind) for kind in (DocumentKind.ACT, DocumentKind.VAT_INVOICE))
    for act, invoice in zip(acts, invoices, strict=True):
        assert [(each.title, each.number) for each in invoice.shipments] == [("Акт", act.number)]
        assert (act.total, act.vat_total) == (invoice.total, invoice.vat_total)
        assert (len(invoice.advances), act.advances) == (1, ())
    assert vat(documents(container, DocumentKind.VAT_INVOICE)) == booked(container, "service_vat")
    assert len(rows(container, DocumentAdvance)) == 12
    assert_everything_ties(container)


def test_the_subscription_is_over_and_nothing_more_comes(container: Container, clock: ManualClock) -> None:
    create_seller(container)
    lived(container, clock, COMPANY)
    before = len(rows(container, Document))
    clock.advance(days=400)
    sweep(container.billing_run())
    assert len(rows(container, Document)) == before
    assert [row.status.value for row in rows(container, Subscription)] == ["expired"]
