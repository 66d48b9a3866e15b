"""Made-up but complete documents: what the printed form looks like when nothing is missing."""

from __future__ import annotations

from datetime import date

from app.billing.documents.invoice import InvoiceDocument, PrintedLine
from app.billing.documents.parties import BankDetails, Party, Signatory
from app.billing.money import Money, total
from app.billing.tax import included_vat

ISSUED_ON = date(2026, 11, 23)
DUE_ON = date(2026, 11, 30)
VAT = 2200

SELLER = Party(
    name="ООО «БПМ Центр»",
    address="119034, г. Москва, Пречистенский пер., д. 12, помещ. 7",
    inn="9742150677",
    kpp="770401001",
    ogrn="1187713508245",
    email="billing@bpm-centr.test",
    phone="+7 495 000-00-00",
)
BANK = BankDetails(
    bank_name="АО «Образцовый банк», г. Москва",
    account="40702810800001300042",
    bic="044525974",
    correspondent_account="30101810145250000974",
)


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
        seller=SELLER,
        bank=BANK,
        payer=Party(
            name="ООО «Северный ветер»",
            address="190000, г. Санкт-Петербург, Невский пр., д. 28, оф. 14",
            inn="9712345019",
            kpp="770101001",
        ),
        lines=lines,
        total=total((line.total for line in lines), "RUB"),
        vat_total=total((line.vat for line in lines), "RUB"),
        payment_method="bank_transfer",
        purpose="Оплата по счёту СЧ-2026-000042 от 23.11.2026 за доступ к коннекторам",
        basis="Публичная оферта",
        signatories=(
            Signatory("Руководитель", "Ветрова М. А."),
            Signatory("Главный бухгалтер", "Соколов Д. И."),
        ),
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
        seller=SELLER,
        bank=BANK,
        payer=Party(name="Müller & Söhne Automation GmbH", address="Friedrichstraße 123, 10117 Berlin"),
        lines=(line,),
        total=line.total,
        vat_total=line.vat,
        payment_method="card",
        purpose="Payment of invoice СЧ-2026-000043 of 23.11.2026 for access to connectors",
        basis="Public offer",
        signatories=(Signatory("Director", "M. Vetrova"),),
        language="en",
        vat_exemption="place of supply outside Russia",
    )


def _line(description: str, price: Money, unit: str, rate: int | None = VAT) -> PrintedLine:
    return PrintedLine(description, 1, unit, price, price, rate, included_vat(price, rate))
