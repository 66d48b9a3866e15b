"""Documents of every kind as values: what contradicts itself can't be made, what is made survives as JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.billing.documents.adjustment import AdjustedLine, AdjustmentDocument, LineAmounts
from app.billing.documents.kinds import DocumentKind
from app.billing.documents.parties import (
    BankDetails,
    Correction,
    DocumentReference,
    PartyKind,
    Signatory,
    TaxParty,
)
from app.billing.documents.receipt import Receipt, ReceiptLine
from app.billing.documents.reconciliation import ReconciliationAct, ReconciliationRow
from app.billing.documents.snapshot import SnapshotUnreadable, from_snapshot, kind_of, to_snapshot
from app.billing.documents.tax_document import TaxDocument, TaxLine
from app.billing.errors import InvalidInput
from app.billing.money import Money

DAY = date(2026, 3, 31)
SELLER = TaxParty(
    PartyKind.COMPANY,
    "ООО «Продавец»",
    "RU",
    "Москва",
    inn="7707083893",
    bank=BankDetails("Банк", "40702810138250123017", "044525225", None),
)
BUYER = TaxParty(PartyKind.INDIVIDUAL, "Анна", "RU", None)
OFFER = DocumentReference("Публичная оферта", "б/н", date(2025, 1, 1))


def rub(minor: int) -> Money:
    return Money(minor, "RUB")


LINE = TaxLine("Доступ", 2200, rub(220), rub(1220), rub(1000), 3, "мес", "362", date(2026, 3, 1), DAY)
TRANSFER = TaxDocument(
    form="transfer",
    status=1,
    number="СФ-2026-000001",
    issued_on=DAY,
    correction=Correction(1, DAY),
    seller=SELLER,
    buyer=BUYER,
    basis=OFFER,
    payments=(OFFER,),
    shipments=(),
    advances=(DocumentReference("Счёт-фактура", "А-1", DAY, Correction(2, DAY)),),
    lines=(LINE,),
    vat_total=rub(220),
    total=rub(1220),
    transferred_on=DAY,
    service_from=date(2026, 3, 1),
    service_to=DAY,
    signatories=(Signatory("Руководитель", "Иванов И. И."),),
    vat_exemption=None,
    language="ru",
    exchange_uuid="696558fa-1277-538a-8546-aef5f464ef93",
)
ADVANCE = replace(
    TRANSFER, form="advance_invoice", status=None, lines=(TaxLine("Аванс", 2200, rub(220), rub(1220)),)
)
RECEIPT = Receipt(
    movement="payment",
    number="КВ-1",
    issued_on=DAY,
    moved_on=DAY,
    seller=SELLER,
    buyer=BUYER,
    invoice=OFFER,
    method="Visa •••• 4242",
    lines=(ReceiptLine("Доступ", rub(1220), 2200, rub(220)),),
    to_balance=rub(7),
    total=rub(1227),
    vat_total=rub(220),
    vat_exemption=None,
    language="ru",
)
ACT = ReconciliationAct(
    number="АС-1",
    issued_on=DAY,
    starts_on=date(2026, 1, 1),
    ends_on=DAY,
    seller=SELLER,
    buyer=BUYER,
    opening=rub(10),
    rows=(ReconciliationRow(DAY, "Услуги", rub(5), rub(0)), ReconciliationRow(DAY, "Оплата", rub(0), rub(7))),
    closing=rub(8),
    signatories=(),
    language="ru",
)
BEFORE = LineAmounts(1, rub(1000), rub(220), rub(1220))
ADJUSTMENT = AdjustmentDocument(
    form="transfer_adjustment",
    status=1,
    number="КСФ-1",
    issued_on=DAY,
    correction=None,
    originals=(OFFER,),
    seller=SELLER,
    buyer=BUYER,
    basis=OFFER,
    lines=(
        AdjustedLine(1, "Доступ", "мес", "362", 2200, BEFORE, LineAmounts(1, rub(500), rub(110), rub(610))),
    ),
    signatories=(),
    vat_exemption=None,
    language="ru",
    exchange_uuid="x",
)
EVERY = (
    (TRANSFER, DocumentKind.TRANSFER),
    (replace(TRANSFER, form="act", status=None), DocumentKind.ACT),
    (replace(TRANSFER, form="vat_invoice", status=None), DocumentKind.VAT_INVOICE),
    (ADVANCE, DocumentKind.ADVANCE_INVOICE),
    (RECEIPT, DocumentKind.RECEIPT),
    (ACT, DocumentKind.RECONCILIATION),
    (ADJUSTMENT, DocumentKind.TRANSFER_ADJUSTMENT),
    (replace(ADJUSTMENT, form="vat_adjustment", status=None), DocumentKind.VAT_ADJUSTMENT),
)


@pytest.mark.parametrize(("document", "kind"), EVERY, ids=[kind.value for _, kind in EVERY])
def test_every_kind_survives_the_way_through_json(document: Any, kind: DocumentKind) -> None:
    assert kind_of(document) is kind
    snapshot = json.loads(json.dumps(to_snapshot(document)))
    assert (snapshot["kind"], from_snapshot(snapshot)) == (kind.value, document)


def test_a_snapshot_of_one_kind_is_not_read_as_another_of_its_shape() -> None:
    with pytest.raises(SnapshotUnreadable, match="holds a"):
        from_snapshot(to_snapshot(TRANSFER) | {"kind": "act"})


@pytest.mark.parametrize(
    ("path", "value"), [("kind", "somebody"), ("kind", 7), ("name", None), ("bank", {"bank_name": "x"})]
)
def test_a_damaged_party_is_refused(path: str, value: object) -> None:
    snapshot = json.loads(json.dumps(to_snapshot(TRANSFER)))
    snapshot["document"]["seller"][path] = value
    with pytest.raises(SnapshotUnreadable, match=f"document.seller.{path}"):
        from_snapshot(snapshot)


@pytest.mark.parametrize(
    ("document", "changes"),
    [
        (TRANSFER, {"lines": ()}),
        (TRANSFER, {"status": None}),
        (TRANSFER, {"form": "act"}),
        (TRANSFER, {"total": rub(1221)}),
        (TRANSFER, {"vat_total": rub(219)}),
        (TRANSFER, {"total": Money(1220, "USD")}),
        (TRANSFER, {"lines": (replace(LINE, net=rub(999)),)}),
        (RECEIPT, {"total": rub(1220)}),
        (RECEIPT, {"vat_total": rub(0)}),
        (ACT, {"closing": rub(9)}),
        (ACT, {"starts_on": date(2027, 1, 1)}),
        (ADJUSTMENT, {"lines": ()}),
        (ADJUSTMENT, {"status": None}),
    ],
)
def test_what_contradicts_itself_can_not_be_made(document: Any, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refusal:
        replace(document, **changes)
    assert refusal.value.code == "DOCUMENT_INCONSISTENT"


def test_the_price_of_a_unit_is_told_to_eleven_decimals() -> None:
    assert LINE.unit_price == Decimal("3.33333333333")
    assert ADVANCE.lines[0].unit_price is None
    assert replace(LINE, quantity=None).unit_price is None
    assert TRANSFER.net_total == rub(1000)


def test_turnovers_and_differences_follow_from_the_rows() -> None:
    assert (ACT.debit_turnover, ACT.credit_turnover) == (rub(5), rub(7))
    assert (ADJUSTMENT.decrease.gross, ADJUSTMENT.decrease.vat) == (rub(610), rub(110))
    assert ADJUSTMENT.increase.net == rub(0)
