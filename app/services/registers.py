"""Registers of VAT as tables: the sales book, its additional sheet, deductions, sales without VAT (J4)."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row

from app.billing.documents.kinds import DocumentKind
from app.billing.documents.parties import DocumentReference
from app.billing.money import Money
from app.billing.periods import local_date
from app.billing.registers import (
    ROUBLE,
    Buyer,
    OperationCode,
    PurchaseRow,
    RateAmount,
    Register,
    RegisteredDocument,
    SalesRow,
    corrected,
    price_lowered_row,
    sales_row,
)
from app.billing.registers_ledger import (
    IndividualsFlow,
    VatFlow,
    consolidated_purchases,
    consolidated_sales,
)
from app.billing.registers_table import (
    PURCHASE_COLUMNS,
    SALES_COLUMNS,
    TITLES,
    Cell,
    Column,
    Table,
    purchase_cells,
    sales_cells,
)
from app.models import Seller
from app.repositories.registers import Stretch
from app.services.unit_of_work import Repositories, Transactions

NO_DOCUMENT = DocumentReference("Счёт-фактура на аванс", "не выставлен", date.min)
"""What stands where the счёт-фактура of an advance is missing; the ties of VAT tell of it."""


@dataclass(frozen=True, slots=True)
class RegisterRequest:
    """Which register of which seller, and from which day to which, both included."""

    register: Register
    seller_id: int
    first: date
    last: date

    def stretch(self) -> Stretch:
        """The days, as queries take them."""
        return Stretch(self.seller_id, self.first, self.last)


@contextmanager
def open_register(transactions: Transactions, *, wanted: RegisterRequest) -> Iterator[Table]:
    """The register as a table, of one moment. Its rows are read from the database while they are taken, so
    that a long one needs no memory; they can be taken once, while the block is open.

    Raises NotFound for an unknown seller; taking a row may raise RoubleValueMissing or RateUnknown.
    """
    with transactions.reading() as repositories:
        repositories.ledger.read_one_moment()
        seller = repositories.sellers.get(wanted.seller_id)
        columns, rows = _columns_and_rows(repositories, seller, wanted)
        yield Table(
            name=wanted.register.value,
            title=TITLES[wanted.register],
            facts=(
                ("Продавец", seller.name),
                ("ИНН/КПП", f"{seller.inn}/{seller.kpp}" if seller.kpp else seller.inn),
                ("Период", f"{wanted.first:%d.%m.%Y} – {wanted.last:%d.%m.%Y}"),
            ),
            columns=columns,
            rows=rows,
        )


def sales_rows(repositories: Repositories, seller: Seller, wanted: RegisterRequest) -> Iterator[SalesRow]:
    """Rows of a register of sales in the order of their days."""
    stretch, register = wanted.stretch(), wanted.register
    if register is Register.ADDITIONAL:
        return _sales(repositories.registers.additional(stretch), register)
    taxed = register is Register.SALES
    read = repositories.registers.sales if taxed else repositories.registers.without_vat
    individuals = consolidated_sales(
        individuals_flows(repositories, stretch), seller.dated_tax_regimes(), taxed=taxed
    )
    return heapq.merge(_sales(read(stretch), register), individuals, key=lambda row: row.on)


def purchase_rows(
    repositories: Repositories, seller: Seller, wanted: RegisterRequest
) -> Iterator[PurchaseRow]:
    """Deductions in the order of their days: advances used and returned, prices lowered, individuals."""
    stretch = wanted.stretch()
    individuals = consolidated_purchases(individuals_flows(repositories, stretch), seller.dated_tax_regimes())
    # One connection streams one query at a time: what is short is read before what is long.
    lowered = [
        row
        for document in map(registered, repositories.registers.adjustments(stretch))
        if (row := price_lowered_row(document)) is not None
    ]
    returned = [_returned(row) for row in repositories.register_ledger.advances_returned(stretch)]
    used = (_used(row) for row in repositories.registers.advances_used(stretch))
    return heapq.merge(used, returned, lowered, individuals, key=lambda row: row.on)


def individuals_flows(repositories: Repositories, stretch: Stretch) -> list[IndividualsFlow]:
    """What individuals come to, as the rules take it."""
    return [
        IndividualsFlow(
            VatFlow(row.flow), row.on, row.paid_on, row.rate, Money(row.gross, ROUBLE), Money(row.vat, ROUBLE)
        )
        for row in repositories.register_ledger.individuals(stretch)
    ]


def registered(row: Row[Any]) -> RegisteredDocument:
    """A document as the registers take it."""
    original = None
    if row.original_number is not None:
        original = _reference(row, "original_")
    roubles = None
    if row.rouble_minor is not None:
        vat = Money(row.rouble_vat_minor, ROUBLE)
        roubles = RateAmount(None, Money(row.rouble_minor, ROUBLE), vat)
    return RegisteredDocument(
        kind=DocumentKind(row.kind),
        on=row.on,
        sign=row.sign,
        reference=_reference(row, ""),
        original=original,
        buyer=_buyer(row),
        payments=_references(row.payments),
        advances=_references(row.advances),
        lines=tuple(
            RateAmount(rate, Money(int(gross), row.currency), Money(int(vat), row.currency))
            for rate, gross, vat in row.lines
        ),
        roubles=roubles,
    )


def _columns_and_rows(
    repositories: Repositories, seller: Seller, wanted: RegisterRequest
) -> tuple[tuple[Column, ...], Iterable[Sequence[Cell]]]:
    if wanted.register is Register.PURCHASES:
        own = Buyer(seller.name, seller.inn, seller.kpp)
        return PURCHASE_COLUMNS, purchase_cells(purchase_rows(repositories, seller, wanted), own)
    return SALES_COLUMNS, sales_cells(sales_rows(repositories, seller, wanted))


def _sales(rows: Iterable[Row[Any]], register: Register) -> Iterator[SalesRow]:
    for row in rows:
        made = sales_row(registered(row), register)
        if made is not None:
            yield made


def _reference(row: Row[Any], prefix: str) -> DocumentReference:
    number, issued_on, correction, corrected_on = (
        getattr(row, f"{prefix}{name}") for name in ("number", "issued_on", "correction", "corrected_on")
    )
    return corrected(DocumentReference("", number, issued_on), correction, corrected_on)


def _references(told: Sequence[dict[str, Any]] | None) -> tuple[DocumentReference, ...]:
    """References as a snapshot holds them."""
    return tuple(
        DocumentReference(each["title"], each["number"], date.fromisoformat(each["issued_on"]))
        for each in told or ()
    )


def _buyer(row: Row[Any]) -> Buyer:
    return Buyer(row.buyer_name, row.buyer_inn, row.buyer_kpp)


def _used(row: Row[Any]) -> PurchaseRow:
    return PurchaseRow(
        code=OperationCode.ADVANCE_DEDUCTED,
        on=row.on,
        invoice=_reference(row, ""),
        adjustment=None,
        payment=None,
        buyer=_buyer(row),
        gross=Money(row.gross_minor, ROUBLE),
        vat=Money(row.vat_minor, ROUBLE),
    )


def _returned(row: Row[Any]) -> PurchaseRow:
    payment = None
    if row.reference is not None and row.sent_at is not None:
        payment = DocumentReference("", row.reference, local_date(row.sent_at))
    invoice = NO_DOCUMENT if row.number is None else DocumentReference("", row.number, row.issued_on)
    return PurchaseRow(
        code=OperationCode.ADVANCE_DEDUCTED,
        on=row.on,
        invoice=invoice,
        adjustment=None,
        payment=payment,
        buyer=_buyer(row),
        gross=Money(row.gross_minor, ROUBLE),
        vat=Money(row.vat_minor, ROUBLE),
    )
