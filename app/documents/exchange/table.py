"""ТаблСчФакт: the table of a счёт-фактура and its total."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

from app.billing.documents.files import ExchangeFileInvalid
from app.billing.documents.tax_document import TaxDocument, TaxLine
from app.billing.money import Money
from app.documents.exchange.elements import amount, element, optional_day, price, write_notes
from app.documents.exchange.texts import Notes, clean, requisite

RATES: Mapping[int | None, str] = MappingProxyType(
    {
        None: "без НДС",
        0: "0%",
        500: "5%",
        700: "7%",
        1000: "10%",
        1800: "18%",
        2000: "20%",
        2200: "22%",
    }
)
"""НалСт by the rate in basis points."""

ADVANCE_RATES: Mapping[int | None, str] = MappingProxyType(
    {500: "5/105", 700: "7/107", 1000: "10/110", 1800: "18/118", 2000: "20/120", 2200: "22/122"}
)
"""The calculated rates of an advance (п. 4 ст. 164 НК)."""

_SERVICE = "3"
"""ПрТовРаб."""


def write_table(parent: Any, document: TaxDocument, function: Literal["СЧФ", "СЧФДОП", "ДОП"]) -> None:
    """A row for each line and the row «Всего к оплате»."""
    table = element(parent, "ТаблСчФакт")
    on_advance = document.form == "advance_invoice"
    for place, line in enumerate(document.lines, start=1):
        _write_line(table, place, line, on_advance=on_advance, invoice=function != "ДОП")
    taxed = any(line.vat_rate is not None for line in document.lines)
    whole = element(
        table,
        "ВсегоОпл",
        СтТовБезНДСВсего=None if on_advance else amount(document.net_total),
        СтТовУчНалВсего=amount(document.total),
    )
    _write_tax(whole, "СумНалВсего", document.vat_total if taxed else None)


def _write_line(parent: Any, place: int, line: TaxLine, *, on_advance: bool, invoice: bool) -> None:
    notes = Notes()
    rates = ADVANCE_RATES if on_advance else RATES
    if line.vat_rate not in rates:
        raise ExchangeFileInvalid("СведТов/@НалСт: a rate that the format does not know")
    row = element(
        parent,
        "СведТов",
        НомСтр=str(place),
        НаимТов=notes.fitted(line.description, 2000, "Наименование"),
        **({} if on_advance else _measures(line, notes, invoice=invoice)),
        НалСт=rates[line.vat_rate],
        СтТовУчНал=amount(line.gross),
    )
    if not on_advance:
        element(row, "ДопСведТов", ПрТовРаб=_SERVICE)
        element(element(row, "Акциз"), "БезАкциз").text = "без акциза"
    _write_tax(row, "СумНал", None if line.vat_rate is None else line.vat)
    _tell_period(line, notes)
    write_notes(row, "ИнфПолФХЖ2", notes)


def _measures(line: TaxLine, notes: Notes, *, invoice: bool) -> dict[str, str | None]:
    """Columns 2 to 5. A счёт-фактура has no quantity without a price above zero: a free one is a note."""
    net = line.net if line.net is not None else line.gross - line.vat
    unit = clean(line.unit or "")
    quantity, unit_price = line.quantity or None, line.unit_price
    if invoice and not (quantity and unit_price):
        if quantity:
            notes.add("Количество", f"{quantity} {unit}")
        quantity = unit_price = None
    coded = bool(line.unit_code and unit and quantity)
    return {
        "ОКЕИ_Тов": requisite(line.unit_code, "СведТов/@ОКЕИ_Тов", limit=4) if coded else None,
        "НаимЕдИзм": notes.fitted(unit, 255, "Единица") if unit else None,
        "КолТов": str(quantity) if quantity else None,
        "ЦенаТов": None if unit_price is None or not quantity else price(unit_price),
        "СтТовБезНДС": amount(net),
    }


def _tell_period(line: TaxLine, notes: Notes) -> None:
    first, last = optional_day(line.service_from), optional_day(line.service_to)
    if first and last:
        notes.add("Период оказания услуги", f"{first} – {last}")


def _write_tax(parent: Any, tag: str, tax: Money | None) -> None:
    """A sum, or «без НДС»: no tax and a tax of nothing are different things."""
    holder = element(parent, tag)
    if tax is None:
        element(holder, "БезНДС").text = "без НДС"
    else:
        element(holder, "СумНал").text = amount(tax)
