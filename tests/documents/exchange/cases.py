"""Complete made-up documents of every form, for every kind of buyer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from lxml import etree

from app.billing.documents.files import ExchangeFile
from app.billing.documents.parties import (
    BankDetails,
    DocumentReference,
    PartyKind,
    Signatory,
    TaxParty,
)
from app.billing.documents.tax_document import TaxDocument, TaxLine
from app.billing.money import Money, total
from app.billing.tax import included_vat
from app.documents.exchange.writer import TaxServiceWriter, tax_service_writer
from tests.documents.exchange.official import PRESENT, SCHEMA
from tests.documents.strategies import Form

UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"

SELLER = TaxParty(
    kind=PartyKind.COMPANY,
    name="ООО «БПМ Центр»",
    country="RU",
    address="115035, г. Москва, ул. Садовническая, д. 82, стр. 2, помещ. 4",
    inn="9705123456",
    kpp="770501001",
    ogrn="1187746123454",
    email="billing@bpm-centr.example",
    phone="+7 495 000-00-00",
    bank=BankDetails(
        bank_name="ПАО СБЕРБАНК г. Москва",
        account="40702810138250123017",
        bic="044525225",
        correspondent_account="30101810400000000225",
    ),
    exchange_id="2BM-9705123456-770501001-202601010101010101010",
)

COMPANY = TaxParty(
    kind=PartyKind.COMPANY,
    name="Общество с ограниченной ответственностью «Ромашка и партнёры»",
    country="RU",
    address="620014, Свердловская обл., г. Екатеринбург, ул. 8 Марта, д. 51, офис 1204",
    inn="7707083893",
    kpp="667101001",
    exchange_id="2LT-11001234567",
)
SOLE_TRADER = TaxParty(
    kind=PartyKind.SOLE_TRADER,
    name="Римский-Корсаков Николай Андреевич",
    country="RU",
    address="191011, г. Санкт-Петербург, Загородный пр., д. 28",
    inn="784806113663",
    ogrn="304500116000157",
    exchange_id="2BM-784806113663-20260101010101",
)
INDIVIDUAL = TaxParty(
    kind=PartyKind.INDIVIDUAL,
    name="Мамедов Али Гусейн оглы",
    country="RU",
    address="г. Казань, ул. Баумана, д. 1",
    exchange_id="2BM-555-1",
)
FOREIGN = TaxParty(
    kind=PartyKind.FOREIGN,
    name="Müller & Söhne Automation GmbH",
    country="DE",
    address="Friedrichstraße 123, 10117 Berlin, Germany",
    tax_id="DE123456789",
    exchange_id="2BM-FOREIGN-1",
)
BUYERS = {party.kind.value: party for party in (COMPANY, SOLE_TRADER, INDIVIDUAL, FOREIGN)}

KINDS: dict[str, tuple[Form, Any]] = {
    "advance": ("advance_invoice", None),
    "invoice": ("vat_invoice", None),
    "transfer with invoice": ("transfer", 1),
    "transfer": ("transfer", 2),
    "act": ("act", None),
}

OFFER = DocumentReference("Публичная оферта", "б/н", date(2025, 1, 1))
PAYMENT = DocumentReference("Платёжное поручение", "117", date(2026, 10, 30))
ACT = DocumentReference("Акт об оказании услуг", "АК-2026-000042", date(2026, 11, 30))
ADVANCE = DocumentReference("Счёт-фактура", "А-77", date(2026, 10, 30))


def service(description: str, gross: Money, rate: int | None = 2200, quantity: int = 1) -> TaxLine:
    vat = included_vat(gross, rate)
    period = (date(2026, 11, 1), date(2026, 11, 30))
    return TaxLine(description, rate, vat, gross, gross - vat, quantity, "мес", "362", *period)


def prepayment(description: str, gross: Money, rate: int | None = 2200) -> TaxLine:
    return TaxLine(description, rate, included_vat(gross, rate), gross)


def with_lines(document: TaxDocument, lines: Sequence[TaxLine]) -> TaxDocument:
    currency = lines[0].gross.currency
    return replace(
        document,
        lines=tuple(lines),
        vat_total=total((line.vat for line in lines), currency),
        total=total((line.gross for line in lines), currency),
    )


def document(
    kind: str = "transfer with invoice",
    rate: int | None = 2200,
    buyer: TaxParty = COMPANY,
    description: str = "Доступ к коннектору «Битрикс24» для Make",
    gross: Money | None = None,
) -> TaxDocument:
    """A document of the kind with one line; an advance without VAT is none, so it has the general rate."""
    form, status = KINDS[kind]
    advance = form == "advance_invoice"
    currency = "USD" if buyer.kind is PartyKind.FOREIGN else "RUB"
    gross = gross or Money(299_000, currency)
    line = prepayment(description, gross, rate or 2200) if advance else service(description, gross, rate)
    last = date(2026, 11, 30)
    return TaxDocument(
        form=form,
        status=status,
        number="УПД-2026-000042",
        issued_on=date(2026, 10, 30) if advance else last,
        correction=None,
        seller=SELLER,
        buyer=buyer,
        basis=OFFER,
        payments=(PAYMENT,),
        shipments=() if advance else (ACT,),
        advances=() if advance else (ADVANCE,),
        lines=(line,),
        vat_total=line.vat,
        total=line.gross,
        transferred_on=None if advance else last,
        service_from=None if advance else date(2026, 11, 1),
        service_to=None if advance else last,
        signatories=(
            Signatory("Генеральный директор", "Иванов И. И."),
            Signatory("Главный бухгалтер", "Петрова А. С."),
        ),
        vat_exemption=None if line.vat_rate is not None else "пп. 26 п. 2 ст. 149 НК РФ",
        language="en" if buyer.kind is PartyKind.FOREIGN else "ru",
        exchange_uuid=UUID,
    )


def writer() -> TaxServiceWriter:
    """A writer with the schema, where there is one."""
    return tax_service_writer(SCHEMA if PRESENT else None)


def write(of: TaxDocument) -> ExchangeFile:
    file = writer().write(of)
    assert file is not None
    return file


def parsed(of: TaxDocument) -> Any:
    """Документ of the file."""
    return etree.fromstring(write(of).content).find("Документ")
