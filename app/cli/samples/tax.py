"""Samples of счёт-фактура, УПД, акт and of their adjustments."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from app.billing.documents.adjustment import AdjustedLine, AdjustmentDocument, LineAmounts
from app.billing.documents.parties import Correction, DocumentReference
from app.billing.documents.tax_document import TaxDocument, TaxLine
from app.billing.money import Money, total
from app.billing.tax import included_vat
from app.cli.samples.parties import (
    ACT,
    ADVANCE,
    BUYER,
    EXEMPTION,
    FOREIGN_BUYER,
    MONTH,
    OFFER,
    OFFER_ABROAD,
    ORDER,
    SELLER,
    SELLER_ABROAD,
    SIGNATORIES,
    SIGNATORIES_ABROAD,
    SOLE_TRADER,
    TRANSFER,
    VAT,
)

MANY = 100
EXCHANGE_UUID = "5b0c6c1e-3f6b-4c57-9a55-6d5f0e6b1a42"


def transfer() -> TaxDocument:
    """A УПД of status 1: two connectors, paid in advance."""
    lines = (
        _line("Доступ к коннектору «CRM Connector» для Make, тариф «Месяц»", 99_000),
        _line("Доступ к коннектору «Ozon Seller» для Make, тариф «Год», 1 месяц из 12", 152_150),
    )
    return TaxDocument(
        form="transfer",
        status=1,
        number=TRANSFER.number,
        issued_on=MONTH[1],
        correction=None,
        seller=SELLER,
        buyer=BUYER,
        basis=OFFER,
        payments=(ORDER,),
        shipments=(TRANSFER,),
        advances=(ADVANCE,),
        lines=lines,
        vat_total=total((line.vat for line in lines), "RUB"),
        total=total((line.gross for line in lines), "RUB"),
        transferred_on=MONTH[1],
        service_from=MONTH[0],
        service_to=MONTH[1],
        signatories=SIGNATORIES,
        vat_exemption=None,
        language="ru",
        exchange_uuid=EXCHANGE_UUID,
    )


def untaxed_transfer() -> TaxDocument:
    """A УПД of status 2: the seller's programs are in the register of Russian software."""
    line = _line("Доступ к коннектору «CRM Connector» для Make, тариф «Месяц»", 99_000, rate=None)
    untaxed = replace(
        transfer(),
        status=2,
        number="2026-000043",
        shipments=(replace(TRANSFER, number="2026-000043"),),
        advances=(),
        vat_exemption=EXEMPTION,
    )
    return with_lines(untaxed, line)


def corrected_transfer() -> TaxDocument:
    """An исправление of a sole trader's УПД."""
    return replace(
        transfer(),
        seller=SOLE_TRADER,
        signatories=(replace(SIGNATORIES[0], position="Индивидуальный предприниматель"),),
        correction=Correction(1, date(2026, 12, 4)),
    )


def long_transfer() -> TaxDocument:
    """A hundred connectors."""
    lines = [
        _line(f"Доступ к коннектору «Коннектор № {place}» для Make, тариф «Месяц»", 99_000 + place)
        for place in range(1, MANY + 1)
    ]
    itself = replace(TRANSFER, number="2026-000044")
    return with_lines(replace(transfer(), number=itself.number, shipments=(itself,)), *lines)


def vat_invoice() -> TaxDocument:
    """A счёт-фактура of a seller who gives an акт beside it."""
    return replace(transfer(), form="vat_invoice", status=None, number="2026-000045", shipments=(ACT,))


def advance_invoice() -> TaxDocument:
    """A счёт-фактура for a year paid in advance."""
    gross = Money(1_924_800, "RUB")
    line = TaxLine("Предоплата доступа к коннекторам для Make", VAT, included_vat(gross, VAT), gross)
    document = replace(
        transfer(),
        form="advance_invoice",
        status=None,
        number=ADVANCE.number,
        issued_on=ADVANCE.issued_on,
        shipments=(),
        advances=(),
        transferred_on=None,
        service_from=None,
        service_to=None,
    )
    return with_lines(document, line)


def act() -> TaxDocument:
    """An акт for a Russian company, with VAT."""
    return replace(transfer(), form="act", status=None, number=ACT.number, shipments=(), advances=())


def foreign_act() -> TaxDocument:
    """An act for a company abroad, without Russian VAT."""
    whole = Money(1_020, "USD")
    line = TaxLine(
        "Access to the connector “CRM Connector” for Make, yearly plan, 1 month of 12",
        None, Money(0, "USD"), whole, whole, 1, "month", "362", *MONTH,
    )  # fmt: skip
    document = replace(
        act(),
        number="АК-2026-000043",
        seller=SELLER_ABROAD,
        buyer=FOREIGN_BUYER,
        basis=OFFER_ABROAD,
        payments=(DocumentReference("Payment", "pi_3Q42", date(2026, 10, 28)),),
        signatories=SIGNATORIES_ABROAD,
        vat_exemption="place of supply outside Russia, Art. 148 of the Russian Tax Code",
        language="en",
    )
    return with_lines(document, line)


def transfer_adjustment() -> AdjustmentDocument:
    """A УКД: the price of one connector was lowered after the month."""
    line = transfer().lines[1]
    assert line.net is not None
    lowered = Money(91_290, "RUB")
    vat = included_vat(lowered, VAT)
    changed = AdjustedLine(
        place=2,
        description=line.description,
        unit="мес",
        unit_code="362",
        vat_rate=VAT,
        before=LineAmounts(1, line.net, line.vat, line.gross),
        after=LineAmounts(1, lowered - vat, vat, lowered),
        service_from=MONTH[0],
        service_to=MONTH[1],
    )
    return AdjustmentDocument(
        form="transfer_adjustment",
        status=1,
        number="КС-2026-000002",
        issued_on=date(2026, 12, 8),
        correction=None,
        originals=(TRANSFER,),
        seller=SELLER,
        buyer=BUYER,
        basis=DocumentReference("Соглашение об изменении стоимости", "31", date(2026, 12, 7)),
        lines=(changed,),
        signatories=SIGNATORIES,
        vat_exemption=None,
        language="ru",
        exchange_uuid=EXCHANGE_UUID,
    )


def vat_adjustment() -> AdjustmentDocument:
    """A КСФ of the same change."""
    original = DocumentReference("Счёт-фактура", "2026-000045", MONTH[1])
    return replace(
        transfer_adjustment(),
        form="vat_adjustment",
        status=None,
        number="КС-2026-000003",
        originals=(original,),
    )


def with_lines(document: TaxDocument, *lines: TaxLine) -> TaxDocument:
    """The document with these lines and their sums."""
    currency = lines[0].gross.currency
    return replace(
        document,
        lines=lines,
        total=total((line.gross for line in lines), currency),
        vat_total=total((line.vat for line in lines), currency),
    )


def _line(description: str, kopecks: int, rate: int | None = VAT) -> TaxLine:
    gross = Money(kopecks, "RUB")
    vat = included_vat(gross, rate)
    return TaxLine(description, rate, vat, gross, gross - vat, 1, "мес", "362", *MONTH)
