"""Rules of the format that an XSD cannot say, checked on every file.

Sources, by the letters that stand with each rule: Ф is the format of order ЕД-7-26/970@ with the conditions
that its tables put on an element («обязателен при…»); П is Постановление 1137; А is arithmetic that both take
for granted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from app.documents.exchange.invoice_part import ON_AN_ADVANCE
from app.documents.exchange.table import ADVANCE_RATES, RATES

_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]{1,11})?")

Found = Iterator[Any]
"""Elements that break a rule; none when it holds."""


@dataclass(frozen=True, slots=True)
class File:
    """A parsed file."""

    root: Any

    @property
    def document(self) -> Any:
        """Документ."""
        return self.root.find("Документ")

    @property
    def function(self) -> str:
        """СЧФ, СЧФДОП or ДОП."""
        return str(self.document.get("Функция"))

    @property
    def has_invoice(self) -> bool:
        """Whether a счёт-фактура is inside."""
        return self.function in ("СЧФ", "СЧФДОП")

    @property
    def on_advance(self) -> bool:
        """Whether it is the счёт-фактура of an advance."""
        extra = self.document.find("СвСчФакт/ДопСвФХЖ1")
        return extra is not None and extra.get("СпОбстФСЧФ") == ON_AN_ADVANCE

    @property
    def lines(self) -> list[Any]:
        """Rows of the table."""
        return list(self.document.iterfind("ТаблСчФакт/СведТов"))


class Rule(NamedTuple):
    """A rule by its name, its source and what breaks it."""

    name: str
    source: str
    broken: Callable[[File], Found]


def _number_wrong(file: File) -> Found:
    """The first of the rules: the others reckon with these numbers."""
    names = ("КолТов", "ЦенаТов", "СтТовБезНДС", "СтТовУчНал", "СтТовБезНДСВсего", "СтТовУчНалВсего")
    for holder in file.document.xpath("ТаблСчФакт/СведТов | ТаблСчФакт/ВсегоОпл"):
        told = [holder.get(name, "0") for name in names]
        taxes = [tax.text or "" for tax in holder.iterfind("*/СумНал")]
        if not all(_NUMBER.fullmatch(text) for text in told + taxes):
            yield holder


def _table_missing(file: File) -> Found:
    if file.has_invoice and file.document.find("ТаблСчФакт") is None:
        yield file.document


def _transfer_missing(file: File) -> Found:
    if file.function != "СЧФ" and file.document.find("СвПродПер") is None:
        yield file.document


def _title_wrong(file: File) -> Found:
    if (file.document.get("НаимДокОпр") is None) != (file.function == "СЧФ"):
        yield file.document


def _shipment_missing(file: File) -> Found:
    facts = file.document.find("СвСчФакт")
    if file.function == "СЧФ" and not file.on_advance and facts.find("ДокПодтвОтгрНом") is None:
        yield facts


def _address_missing(file: File) -> Found:
    for party in file.document.xpath("СвСчФакт/СвПрод | СвСчФакт/СвПокуп"):
        if file.has_invoice and party.find("Адрес") is None:
            yield party


def _circumstances_wrong(file: File) -> Found:
    owners = {"СпОбстФСЧФ": "СЧФ", "СпОбстФСЧФДОП": "СЧФДОП", "СпОбстФДОП": "ДОП"}
    for extra in file.document.iterfind("СвСчФакт/ДопСвФХЖ1"):
        if any(extra.get(name) is not None and file.function != owner for name, owner in owners.items()):
            yield extra


def _foreign_unknown(file: File) -> Found:
    for party in file.document.iter("СвИнНеУч", "ДаннИно"):
        if not party.get("Идентиф") and not party.get("ИныеСвед"):
            yield party


def _name_missing(file: File) -> Found:
    yield from (line for line in file.lines if not line.get("НаимТов"))


def _unit_name_missing(file: File) -> Found:
    yield from (line for line in file.lines if line.get("ОКЕИ_Тов") and not line.get("НаимЕдИзм"))


def _quantity_missing(file: File) -> Found:
    if file.has_invoice:
        yield from (line for line in file.lines if line.get("ОКЕИ_Тов") and not line.get("КолТов"))


def _price_missing(file: File) -> Found:
    if file.has_invoice:
        yield from (line for line in file.lines if line.get("КолТов") and not _sum(line, "ЦенаТов") > 0)


def _gross_missing(file: File) -> Found:
    totals = list(file.document.iterfind("ТаблСчФакт/ВсегоОпл"))
    yield from (line for line in file.lines if line.get("СтТовУчНал") is None)
    yield from (whole for whole in totals if whole.get("СтТовУчНалВсего") is None)


def _net_missing(file: File) -> Found:
    if not file.on_advance:
        totals = list(file.document.iterfind("ТаблСчФакт/ВсегоОпл"))
        yield from (line for line in file.lines if line.get("СтТовБезНДС") is None)
        yield from (whole for whole in totals if whole.get("СтТовБезНДСВсего") is None)


def _told_of_an_advance(file: File) -> Found:
    dashes = ("ОКЕИ_Тов", "НаимЕдИзм", "КолТов", "ЦенаТов", "СтТовБезНДС")
    if file.on_advance:
        yield from (line for line in file.lines if any(line.get(name) for name in dashes))


def _rate_wrong(file: File) -> Found:
    known = ADVANCE_RATES if file.on_advance else RATES
    yield from (line for line in file.lines if line.get("НалСт") not in known.values())


def _tax_wrong(file: File) -> Found:
    for line in file.lines:
        without = line.find("СумНал/БезНДС") is not None
        if without != (line.get("НалСт") == RATES[None]):
            yield line


def _day_missing(file: File) -> Found:
    for transfer in file.document.iterfind("СвПродПер/СвПер"):
        first, last = transfer.get("ДатаНачПер"), transfer.get("ДатаОконПер")
        if (first is None) != (last is None) or not (transfer.get("ДатаПер") or (first and last)):
            yield transfer


def _powers_wrong(file: File) -> Found:
    for signatory in file.document.iterfind("Подписант"):
        for powers, tag in (("3", "СвДоверЭл"), ("5", "СвДоверБум")):
            if (signatory.get("СпосПодтПолном") == powers) != (signatory.find(tag) is not None):
                yield signatory


def _sums_wrong(file: File) -> Found:
    for whole in file.document.iterfind("ТаблСчФакт/ВсегоОпл"):
        for in_line, in_total in (("СтТовБезНДС", "СтТовБезНДСВсего"), ("СтТовУчНал", "СтТовУчНалВсего")):
            if sum(_sum(line, in_line) for line in file.lines) != _sum(whole, in_total):
                yield whole
        if sum(_tax(line, "СумНал") for line in file.lines) != _tax(whole, "СумНалВсего"):
            yield whole


def _line_sum_wrong(file: File) -> Found:
    for line in file.lines:
        net = line.get("СтТовБезНДС")
        if net is not None and Decimal(net) + _tax(line, "СумНал") != _sum(line, "СтТовУчНал"):
            yield line


def _places_wrong(file: File) -> Found:
    yield from (line for place, line in enumerate(file.lines, 1) if line.get("НомСтр") != str(place))


def _sum(holder: Any, name: str) -> Decimal:
    return Decimal(holder.get(name) or "0")


def _tax(holder: Any, tag: str) -> Decimal:
    return Decimal(holder.findtext(f"{tag}/СумНал") or "0")


RULES = (
    Rule("NUMBERS", "Ф, КолТов, ЦенаТов, СтТов… и СумНал: числа без знака", _number_wrong),
    Rule("TABLE", "Ф, табл. 5.2: ТаблСчФакт с СЧФ и СЧФДОП", _table_missing),
    Rule("TRANSFER", "Ф, табл. 5.2: СвПродПер с СЧФДОП и ДОП", _transfer_missing),
    Rule("TITLE", "Ф, табл. 5.2: НаимДокОпр с СЧФДОП и ДОП, не с СЧФ", _title_wrong),
    Rule("SHIPMENT", "Ф, ДокПодтвОтгрНом; П, строка 5а", _shipment_missing),
    Rule("ADDRESS", "Ф, УчастникТип/Адрес; П, строки 2а и 6а", _address_missing),
    Rule("CIRCUMSTANCES", "Ф, ДопСвФХЖ1", _circumstances_wrong),
    Rule("FOREIGN_PARTY", "Ф, СвИнНеУчТип: Идентиф или ИныеСвед", _foreign_unknown),
    Rule("LINE_NAME", "Ф, НаимТов; П, графа 1а", _name_missing),
    Rule("UNIT_NAME", "Ф, НаимЕдИзм с ОКЕИ_Тов", _unit_name_missing),
    Rule("QUANTITY", "Ф, КолТов с ОКЕИ_Тов", _quantity_missing),
    Rule("PRICE", "Ф, ЦенаТов больше нуля с КолТов", _price_missing),
    Rule("GROSS", "Ф, СтТовУчНал; П, графа 9", _gross_missing),
    Rule("NET", "Ф, СтТовБезНДС; П, графа 5", _net_missing),
    Rule("ADVANCE_DASHES", "П, графы 2–5 счёта-фактуры на аванс", _told_of_an_advance),
    Rule("RATE", "Ф, НалСт; П, графа 7", _rate_wrong),
    Rule("WITHOUT_VAT", "Ф, СумНДСТип", _tax_wrong),
    Rule("TRANSFER_DAY", "Ф, СвПер: ДатаПер или ДатаНачПер с ДатаОконПер", _day_missing),
    Rule("POWERS", "Ф, Подписант: СпосПодтПолном 3 и 5", _powers_wrong),
    Rule("TOTALS", "А, строка «Всего к оплате»", _sums_wrong),
    Rule("LINE_SUM", "А, графы 5, 8 и 9", _line_sum_wrong),
    Rule("PLACES", "Ф, НомСтр", _places_wrong),
)
