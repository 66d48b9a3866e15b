"""Registers as tables: columns of the forms and cells of the rows, the same for page and files (J4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Generic, TypeAlias, TypeVar

from app.billing.documents.parties import DocumentReference
from app.billing.registers import TOTALLED, Buyer, PurchaseRow, RateAmount, Register, SalesRow

Cell: TypeAlias = str | int | date | Decimal | None
"""None is an empty cell. Sums are decimals in whole units of the currency."""
Row = TypeVar("Row")


class CellKind(StrEnum):
    """What stands in a column."""

    TEXT = "text"
    COUNT = "count"
    DAY = "day"
    SUM = "sum"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its number in the form, a name for machines, and its heading."""

    number: str
    name: str
    title: str
    kind: CellKind = CellKind.TEXT
    totalled: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table to be shown or written: `rows` are made while they are read, once."""

    name: str
    """For machines and file names: a-z and «_»."""
    title: str
    facts: tuple[tuple[str, str], ...]
    """What stands above the table: names and values."""
    columns: tuple[Column, ...]
    rows: Iterable[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class _Field(Generic[Row]):
    column: Column
    cell: Callable[[Row], Cell]


def _text(number: str, name: str, title: str, cell: Callable[[Row], Cell]) -> _Field[Row]:
    return _Field(Column(number, name, title), cell)


def _sum(
    number: str, name: str, title: str, cell: Callable[[Row], Cell], *, totalled: bool = True
) -> _Field[Row]:
    return _Field(Column(number, name, title, CellKind.SUM, totalled), cell)


def reference(document: DocumentReference | None) -> str | None:
    """«№ и дата» of a document as one cell."""
    return None if document is None else f"{document.number} от {document.issued_on:%d.%m.%Y}"


def correction(document: DocumentReference | None) -> str | None:
    """«№ и дата исправления» of a document as one cell."""
    if document is None or document.correction is None:
        return None
    return f"{document.correction.number} от {document.correction.issued_on:%d.%m.%Y}"


def _references(documents: Iterable[DocumentReference]) -> str | None:
    return "; ".join(str(reference(each)) for each in documents) or None


def _inn_and_kpp(buyer: Buyer | None) -> str | None:
    if buyer is None or buyer.inn is None:
        return None
    return f"{buyer.inn}/{buyer.kpp}" if buyer.kpp else buyer.inn


def _currency(row: SalesRow) -> str | None:
    return None if row.foreign is None else f"{row.foreign.currency}, {CURRENCY_CODES[row.foreign.currency]}"


def _at(row: SalesRow, rate: int | None) -> RateAmount | None:
    return next((each for each in row.amounts if each.rate == rate), None)


def _net(rate: int | None) -> Callable[[SalesRow], Cell]:
    def cell(row: SalesRow) -> Cell:
        amount = _at(row, rate)
        return None if amount is None or row.is_advance else amount.net.decimal

    return cell


def _vat(rate: int | None) -> Callable[[SalesRow], Cell]:
    def cell(row: SalesRow) -> Cell:
        amount = _at(row, rate)
        return None if amount is None else amount.vat.decimal

    return cell


CURRENCY_CODES: Mapping[str, str] = MappingProxyType({"USD": "840", "EUR": "978"})
"""ОКВ of the currencies that are sold in."""
RATE_NAMES: Mapping[int | None, tuple[str, str]] = MappingProxyType(
    {
        2200: ("22", "22 процента"),
        2000: ("20", "20 процентов"),
        1000: ("10", "10 процентов"),
        500: ("5", "5 процентов"),
        700: ("7", "7 процентов"),
        0: ("0", "0 процентов"),
    }
)


def _by_rate() -> Iterator[_Field[SalesRow]]:
    for rate, (net, _tax) in TOTALLED.items():
        if rate is None:
            continue
        name, title = RATE_NAMES[rate]
        heading = f"Стоимость продаж, облагаемых налогом по ставке {title}, без НДС"
        yield _sum(str(net), f"net_{name}", heading, _net(rate))
    for rate, (_value, tax) in TOTALLED.items():
        if tax is not None:
            name, title = RATE_NAMES[rate]
            yield _sum(tax, f"vat_{name}", f"Сумма НДС по ставке {title}", _vat(rate))
    yield _sum("19", "exempt", "Стоимость продаж, освобождаемых от налога", _net(None))


_SALES: tuple[_Field[SalesRow], ...] = (
    _text("2", "code", "Код вида операции", lambda row: row.code.value or None),
    _text("3", "invoice", "№ и дата счёта-фактуры", lambda row: reference(row.invoice)),
    _text("4", "correction", "№ и дата исправления счёта-фактуры", lambda row: correction(row.invoice)),
    _text("5", "adjustment", "№ и дата корректировочного счёта-фактуры",
          lambda row: reference(row.adjustment)),
    _text("6", "adjustment_correction", "№ и дата исправления корректировочного счёта-фактуры",
          lambda row: correction(row.adjustment)),
    _text("7", "buyer", "Наименование покупателя", lambda row: row.buyer.name if row.buyer else None),
    _text("8", "buyer_inn_kpp", "ИНН/КПП покупателя", lambda row: _inn_and_kpp(row.buyer)),
    _text("11", "payment", "№ и дата документа, подтверждающего оплату",
          lambda row: _references(row.payments)),
    _text("11а", "advances", "№ и дата счёта-фактуры на аванс", lambda row: _references(row.advances)),
    _text("12", "currency", "Наименование и код валюты", _currency),
    _sum("13а", "gross_in_currency", "Стоимость продаж с НДС в валюте счёта-фактуры",
         lambda row: row.foreign.decimal if row.foreign else None, totalled=False),
    _sum("13б", "gross", "Стоимость продаж с НДС в рублях и копейках", lambda row: row.gross.decimal),
    *_by_rate(),
)  # fmt: skip

_PURCHASES: tuple[_Field[PurchaseRow], ...] = (
    _text("2", "code", "Код вида операции", lambda row: row.code.value),
    _text("3", "invoice", "№ и дата счёта-фактуры продавца", lambda row: reference(row.invoice)),
    _text("4", "correction", "№ и дата исправления счёта-фактуры", lambda row: correction(row.invoice)),
    _text("5", "adjustment", "№ и дата корректировочного счёта-фактуры",
          lambda row: reference(row.adjustment)),
    _text("6", "adjustment_correction", "№ и дата исправления корректировочного счёта-фактуры",
          lambda row: correction(row.adjustment)),
    _text("7", "payment", "№ и дата документа, подтверждающего возврат", lambda row: reference(row.payment)),
    _Field(Column("8", "accepted_on", "Дата принятия на учёт", CellKind.DAY), lambda row: row.on),
    _text("", "buyer", "Покупатель (для справки)", lambda row: row.buyer.name if row.buyer else None),
    _sum("15", "gross", "Стоимость по счёту-фактуре с НДС, руб.", lambda row: row.gross.decimal),
    _sum("16", "vat", "Сумма НДС, принимаемая к вычету, руб.", lambda row: row.vat.decimal),
)  # fmt: skip

_NUMBER = Column("1", "number", "№ п/п", CellKind.COUNT)
SALES_COLUMNS = (_NUMBER, *(field.column for field in _SALES))
PURCHASE_COLUMNS = (
    _NUMBER,
    *(field.column for field in _PURCHASES[:7]),
    Column("9", "seller", "Наименование продавца"),
    Column("10", "seller_inn_kpp", "ИНН/КПП продавца"),
    *(field.column for field in _PURCHASES[7:]),
)
TITLES: Mapping[Register, str] = MappingProxyType(
    {
        Register.SALES: "Книга продаж",
        Register.ADDITIONAL: "Дополнительный лист книги продаж",
        Register.PURCHASES: "Книга покупок: вычеты продавца",
        Register.WITHOUT_VAT: "Продажи без НДС",
    }
)


def sales_cells(rows: Iterable[SalesRow]) -> Iterator[tuple[Cell, ...]]:
    """Cells of numbered rows, as `SALES_COLUMNS` names them."""
    for number, row in enumerate(rows, start=1):
        yield number, *(field.cell(row) for field in _SALES)


def purchase_cells(rows: Iterable[PurchaseRow], seller: Buyer) -> Iterator[tuple[Cell, ...]]:
    """Cells of numbered rows, as `PURCHASE_COLUMNS` names them. The seller of every row are we ourselves."""
    own = (seller.name, _inn_and_kpp(seller))
    for number, row in enumerate(rows, start=1):
        cells = [field.cell(row) for field in _PURCHASES]
        yield number, *cells[:7], *own, *cells[7:]


class Totals:
    """Passes rows on and adds up the columns that have totals."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._places = [place for place, column in enumerate(columns) if column.totalled]
        self._sums = {place: Decimal(0) for place in self._places}
        self._width = len(columns)
        texts = (place for place, column in enumerate(columns) if column.kind is CellKind.TEXT)
        self._text = next(texts, None)

    @property
    def any(self) -> bool:
        """Whether any column has a total."""
        return bool(self._places)

    def adding(self, rows: Iterable[Sequence[Cell]]) -> Iterator[Sequence[Cell]]:
        """The same rows."""
        for row in rows:
            for place in self._places:
                cell = row[place]
                if isinstance(cell, Decimal):
                    self._sums[place] += cell
            yield row

    def cells(self, label: str) -> tuple[Cell, ...]:
        """The row of totals of all rows that were passed on; the label stands in the first column of text."""
        return tuple(
            self._sums.get(place, label if place == self._text else None) for place in range(self._width)
        )
