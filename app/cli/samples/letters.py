"""Samples of счёт, квитанция and акт сверки."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from app.billing.documents.invoice import InvoiceDocument, PrintedLine
from app.billing.documents.parties import DocumentReference, Party, TaxParty
from app.billing.documents.receipt import Receipt, ReceiptLine
from app.billing.documents.reconciliation import ReconciliationAct, ReconciliationRow
from app.billing.money import Money, total
from app.billing.tax import included_vat
from app.cli.samples.parties import (
    BANK,
    BUYER,
    FOREIGN_BUYER,
    SELLER,
    SELLER_ABROAD,
    SIGNATORIES,
    SIGNATORIES_ABROAD,
    VAT,
)

ISSUED_ON = date(2026, 11, 23)
DUE_ON = date(2026, 11, 30)
NOTHING = Money(0, "RUB")


def russian_invoice() -> InvoiceDocument:
    """Two connectors for a Russian company, with VAT."""
    lines = (
        _line("Доступ к коннектору «CRM Connector», 1 месяц с даты оплаты", Money(99_000, "RUB"), "усл."),
        _line("Доступ к коннектору «Ozon Seller», 12 месяцев с даты оплаты", Money(1_825_800, "RUB"), "усл."),
    )
    return InvoiceDocument(
        number="СЧ-2026-000042",
        issued_on=ISSUED_ON,
        due_on=DUE_ON,
        seller=replace(_on_invoice(SELLER), name="ООО «БПМ Центр»"),
        bank=BANK,
        payer=replace(_on_invoice(BUYER), name="ООО «Северный ветер»"),
        lines=lines,
        total=total((line.total for line in lines), "RUB"),
        vat_total=total((line.vat for line in lines), "RUB"),
        payment_method="bank_transfer",
        purpose="Оплата по счёту СЧ-2026-000042 от 23.11.2026 за доступ к коннекторам",
        basis="Публичная оферта № 1 от 01.09.2026",
        signatories=SIGNATORIES,
        language="ru",
    )


def foreign_invoice() -> InvoiceDocument:
    """One connector for a company abroad, without Russian VAT."""
    line = _line(
        "Access to the connector “CRM Connector”, 12 months from the date of payment",
        Money(12_240, "USD"),
        "pcs",
        rate=None,
    )
    return InvoiceDocument(
        number="СЧ-2026-000043",
        issued_on=ISSUED_ON,
        due_on=DUE_ON,
        seller=_on_invoice(SELLER_ABROAD),
        bank=BANK,
        payer=_on_invoice(FOREIGN_BUYER),
        lines=(line,),
        total=line.total,
        vat_total=line.vat,
        payment_method="card",
        purpose="Payment of invoice СЧ-2026-000043 of 23.11.2026 for access to connectors",
        basis="Public offer No. 1 of 1 Sep 2026",
        signatories=SIGNATORIES_ABROAD,
        language="en",
        vat_exemption="place of supply outside Russia",
    )


def payment_receipt() -> Receipt:
    """Money for an invoice, and a little more of it for the balance."""
    lines = tuple(
        ReceiptLine(line.description, line.total, line.vat_rate, line.vat) for line in russian_invoice().lines
    )
    to_balance = Money(50_000, "RUB")
    return Receipt(
        movement="payment",
        number="КВ-2026-000107",
        issued_on=date(2026, 11, 25),
        moved_on=date(2026, 11, 25),
        seller=SELLER,
        buyer=BUYER,
        invoice=DocumentReference("Счёт", "СЧ-2026-000042", ISSUED_ON),
        method="Банковский перевод",
        lines=lines,
        to_balance=to_balance,
        total=total((line.amount for line in lines), "RUB") + to_balance,
        vat_total=total((line.vat for line in lines), "RUB"),
        vat_exemption=None,
        language="ru",
    )


def refund_receipt() -> Receipt:
    """Money that went back to a company abroad."""
    amount = Money(9_180, "USD")
    return Receipt(
        movement="refund",
        number="КВ-2026-000108",
        issued_on=date(2026, 11, 26),
        moved_on=date(2026, 11, 26),
        seller=SELLER_ABROAD,
        buyer=FOREIGN_BUYER,
        invoice=DocumentReference("Invoice", "СЧ-2026-000043", ISSUED_ON),
        method="Visa •••• 4242",
        lines=(ReceiptLine("Unused 9 months of the “CRM Connector”", amount, None, Money(0, "USD")),),
        to_balance=Money(0, "USD"),
        total=amount,
        vat_total=Money(0, "USD"),
        vat_exemption="place of supply outside Russia",
        language="en",
    )


def reconciliation() -> ReconciliationAct:
    """A quarter of dealings with a Russian company, which has paid in advance."""
    rows = (
        _row(
            date(2026, 10, 28),
            "Оплата, платёжное поручение № 518 от 28.10.2026",
            NOTHING,
            Money(1_924_800, "RUB"),
        ),
        _row(date(2026, 10, 31), "УПД № 2026-000038 от 31.10.2026", Money(99_000, "RUB"), NOTHING),
        _row(date(2026, 11, 30), "УПД № 2026-000042 от 30.11.2026", Money(251_150, "RUB"), NOTHING),
        _row(date(2026, 12, 31), "УПД № 2026-000051 от 31.12.2026", Money(251_150, "RUB"), NOTHING),
    )
    opening = Money(99_000, "RUB")
    moved = total((row.debit for row in rows), "RUB") - total((row.credit for row in rows), "RUB")
    return ReconciliationAct(
        number="АС-2026-000003",
        issued_on=date(2027, 1, 12),
        starts_on=date(2026, 10, 1),
        ends_on=date(2026, 12, 31),
        seller=SELLER,
        buyer=BUYER,
        opening=opening,
        rows=rows,
        closing=opening + moved,
        signatories=SIGNATORIES,
        language="ru",
    )


def foreign_reconciliation() -> ReconciliationAct:
    """The same with a company abroad that owes something."""
    debit, nothing = Money(12_240, "USD"), Money(0, "USD")
    return ReconciliationAct(
        number="АС-2026-000004",
        issued_on=date(2027, 1, 12),
        starts_on=date(2026, 10, 1),
        ends_on=date(2026, 12, 31),
        seller=SELLER_ABROAD,
        buyer=FOREIGN_BUYER,
        opening=nothing,
        rows=(_row(date(2026, 11, 30), "Act No. АК-2026-000043 of 30 Nov 2026", debit, nothing),),
        closing=debit,
        signatories=SIGNATORIES_ABROAD,
        language="en",
    )


def _line(description: str, price: Money, unit: str, rate: int | None = VAT) -> PrintedLine:
    return PrintedLine(description, 1, unit, price, price, rate, included_vat(price, rate))


def _row(on: date, text: str, debit: Money, credit: Money) -> ReconciliationRow:
    return ReconciliationRow(on, text, debit, credit)


def _on_invoice(party: TaxParty) -> Party:
    return Party(
        name=party.name,
        address=party.address,
        inn=party.inn,
        kpp=party.kpp,
        ogrn=party.ogrn,
        tax_id=party.tax_id,
        email=party.email,
        phone=party.phone,
    )
