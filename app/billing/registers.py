"""Registers of VAT: rows of the sales book, and of the purchase book that a seller of services has.

Forms of прил. 4 and 5 to Постановление 1137, codes of operations of order ММВ-7-3/136@. Sums are in roubles
unless said otherwise; a sale in another currency carries its rouble value (J4).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from app.billing.documents.kinds import DocumentKind
from app.billing.documents.parties import Correction, DocumentReference
from app.billing.errors import Conflict
from app.billing.money import Money, total
from app.billing.month_closing import last_day_of_month

ROUBLE = "RUB"


class Register(StrEnum):
    """The registers, each a table of its own."""

    SALES = "sales"
    """Книга продаж."""
    ADDITIONAL = "additional"
    """The additional sheet of the sales book: what was corrected after its quarter."""
    PURCHASES = "purchases"
    """Книга покупок, as far as sales make rows of it."""
    WITHOUT_VAT = "without_vat"
    """Sales without счета-фактуры: ст. 148 and 149, УСН freed from VAT. Not a part of the book."""


class OperationCode(StrEnum):
    """Kinds of operations."""

    SALE = "01"
    """Service given; its price raised."""
    ADVANCE = "02"
    """Money for service to come."""
    CONSOLIDATED = "26"
    """Individuals, who get no счёт-фактура: all of a month in one row."""
    PRICE_LOWERED = "18"
    ADVANCE_DEDUCTED = "22"
    """Service was given for the advance, or the advance was returned."""
    NONE = ""
    """Of no book."""


class RoubleValueMissing(Conflict):
    """A document in another currency has no rouble value: no register can hold it."""

    code = "ROUBLE_VALUE_MISSING"


class RateUnknown(Conflict):
    """No column of the sales book is for this rate."""

    code = "RATE_WITHOUT_COLUMN"


@dataclass(frozen=True, slots=True)
class RateAmount:
    """What of a row is taxed at one rate, in basis points; None is «Без НДС». Both sums may be below zero."""

    rate: int | None
    gross: Money
    vat: Money

    @property
    def net(self) -> Money:
        """Without VAT."""
        return self.gross - self.vat


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who bought, as the document names them."""

    name: str
    inn: str | None
    kpp: str | None


@dataclass(frozen=True, slots=True)
class RegisteredDocument:
    """A document as registers take it: what it says of itself, and its lines summed by rate.

    `sign` is -1 where the row takes back what another row said (a document that was corrected). `original`
    is the document whose price a КСФ changes. `roubles` are total and VAT of a document in another currency.
    """

    kind: DocumentKind
    on: date
    """The day that the tax falls due."""
    sign: int
    reference: DocumentReference
    original: DocumentReference | None
    buyer: Buyer
    payments: tuple[DocumentReference, ...]
    advances: tuple[DocumentReference, ...]
    lines: tuple[RateAmount, ...]
    """In the document's currency."""
    roubles: RateAmount | None = None
    """Of a document in another currency: the whole of it."""


@dataclass(frozen=True, slots=True)
class SalesRow:
    """A row of the sales book, of its additional sheet, or of the sales without VAT."""

    code: OperationCode
    on: date
    invoice: DocumentReference
    """Columns 3 and 4."""
    adjustment: DocumentReference | None
    """Columns 5 and 6."""
    buyer: Buyer | None
    """None where individuals are taken together."""
    payments: tuple[DocumentReference, ...]
    advances: tuple[DocumentReference, ...]
    foreign: Money | None
    """The sum with VAT in another currency."""
    amounts: tuple[RateAmount, ...]

    @property
    def gross(self) -> Money:
        """The sum with VAT in roubles."""
        return total((each.gross for each in self.amounts), ROUBLE)

    @property
    def is_advance(self) -> bool:
        """Of an advance the book tells no value without tax: nothing was sold yet."""
        return self.code is OperationCode.ADVANCE or self.invoice.title == ADVANCES_OF_INDIVIDUALS


@dataclass(frozen=True, slots=True)
class PurchaseRow:
    """A row of the purchase book: VAT that is deducted."""

    code: OperationCode
    on: date
    invoice: DocumentReference
    """Columns 2 and 3: the счёт-фактура of the advance, or the one whose price was lowered."""
    adjustment: DocumentReference | None
    payment: DocumentReference | None
    """What an advance was returned with."""
    buyer: Buyer | None
    """Not in the form: who it was sold to. The seller of the form are we ourselves."""
    gross: Money
    vat: Money


ADVANCES_OF_INDIVIDUALS = "Сводный документ об авансах физических лиц"
SALES_TO_INDIVIDUALS = "Сводный документ о продажах физическим лицам"

TOTALLED: Mapping[int | None, tuple[str | None, str | None]] = MappingProxyType(
    {
        2200: ("14", "17"),
        2000: ("14а", "17а"),
        1000: ("15", "18"),
        500: ("15а", "18а"),
        700: ("15б", "18б"),
        0: ("16", None),
        None: ("19", None),
    }
)
"""Of every rate the columns of the sales book for the value without tax and for the tax."""


def sales_row(document: RegisteredDocument, register: Register = Register.SALES) -> SalesRow | None:
    """The row of a document, None where it sells nothing: a КСФ that only lowers a price.

    Raises RoubleValueMissing, RateUnknown.
    """
    lines = [line for line in document.lines if not _is_adjustment(document) or _raises(line)]
    if register is Register.WITHOUT_VAT:
        lines = [line for line in document.lines if line.rate is None]
    if not lines:
        return None
    amounts = in_roubles(document, lines)
    foreign = lines[0].gross.currency != ROUBLE
    return SalesRow(
        code=_code_of_sale(document.kind, register),
        on=document.on,
        invoice=document.original or document.reference,
        adjustment=document.reference if document.original else None,
        buyer=document.buyer,
        payments=document.payments,
        advances=document.advances,
        foreign=total((line.gross for line in lines), lines[0].gross.currency) * document.sign
        if foreign
        else None,
        amounts=tuple(_signed(each, document.sign) for each in amounts),
    )


def price_lowered_row(document: RegisteredDocument) -> PurchaseRow | None:
    """The row of a КСФ that lowers a price (п. 13 ст. 171 НК), None for any other document.

    Raises RoubleValueMissing.
    """
    lines = [line for line in document.lines if not _raises(line)]
    if not _is_adjustment(document) or not lines:
        return None
    amounts = [_signed(each, -document.sign) for each in in_roubles(document, lines)]
    return PurchaseRow(
        code=OperationCode.PRICE_LOWERED,
        on=document.on,
        invoice=document.original or document.reference,
        adjustment=document.reference,
        payment=None,
        buyer=document.buyer,
        gross=total((each.gross for each in amounts), ROUBLE),
        vat=total((each.vat for each in amounts), ROUBLE),
    )


def in_roubles(document: RegisteredDocument, lines: Sequence[RateAmount]) -> list[RateAmount]:
    """The lines in roubles: the document's rouble value is split over all of its lines by their sums.

    Raises RoubleValueMissing for another currency without one, RateUnknown for a rate without a column.
    """
    unknown = [line.rate for line in lines if line.rate not in TOTALLED]
    if unknown:
        raise RateUnknown(f"{unknown[0]} in {document.reference.number}")
    if all(line.gross.currency == ROUBLE for line in lines):
        return list(lines)
    if document.roubles is None:
        raise RoubleValueMissing(document.reference.number)
    gross = document.roubles.gross.allocate([abs(line.gross.minor) for line in document.lines])
    vat = _split_vat(document.roubles.vat, document.lines)
    known = zip(document.lines, gross, vat, strict=True)
    return [RateAmount(line.rate, part, tax) for line, part, tax in known if line in lines]


def quarter_of(day: date) -> tuple[date, date]:
    """The first and the last day of the tax period (ст. 163 НК)."""
    first = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    return first, last_day_of_month(first.replace(month=first.month + 2))


def corrected(reference: DocumentReference, number: int, on: date | None) -> DocumentReference:
    """The reference with the number and day of its исправление, if it is one."""
    correction = Correction(number, on) if number and on is not None else None
    return DocumentReference(reference.title, reference.number, reference.issued_on, correction)


def _is_adjustment(document: RegisteredDocument) -> bool:
    return document.kind in {DocumentKind.VAT_ADJUSTMENT, DocumentKind.TRANSFER_ADJUSTMENT}


def _raises(line: RateAmount) -> bool:
    return (line.gross.minor or line.vat.minor) > 0


def _code_of_sale(kind: DocumentKind, register: Register) -> OperationCode:
    if register is Register.WITHOUT_VAT:
        return OperationCode.NONE
    return OperationCode.ADVANCE if kind is DocumentKind.ADVANCE_INVOICE else OperationCode.SALE


def _signed(amount: RateAmount, sign: int) -> RateAmount:
    return RateAmount(amount.rate, amount.gross * sign, amount.vat * sign)


def _split_vat(vat: Money, lines: Sequence[RateAmount]) -> list[Money]:
    weights = [abs(line.vat.minor) for line in lines]
    return vat.allocate(weights) if any(weights) else [Money.zero(ROUBLE) for _line in lines]
