"""An invalid file is never released: by the schema, by our rules, and without telling anybody's data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from app.billing.documents.files import ExchangeFileInvalid
from app.documents.exchange import writer as writing
from app.documents.exchange.content import written
from app.documents.exchange.rules import RULES
from app.documents.exchange.validation import ExchangeSchemaUnreadable, compiled_schema, require_valid
from app.documents.exchange.writer import TaxServiceWriter
from tests.documents.exchange.cases import COMPANY, FOREIGN, document, write, writer
from tests.documents.exchange.official import PRESENT, SCHEMA

Change = Callable[[Any], object]


def removed(path: str) -> Change:
    def change(root: Any) -> None:
        place = root.find(path)
        place.getparent().remove(place)

    return change


def told(path: str, **attributes: str | None) -> Change:
    def change(root: Any) -> None:
        place = root.find(path)
        for name, value in attributes.items():
            if value is None:
                del place.attrib[name]
            else:
                place.set(name, value)

    return change


def put(path: str, text: str) -> Change:
    def change(root: Any) -> None:
        root.find(path).text = text

    return change


def added(path: str, tag: str) -> Change:
    return lambda root: etree.SubElement(root.find(path), tag)


LINE, TOTAL, PARTY = ".//СведТов", ".//ВсегоОпл", ".//СвПокуп"

BROKEN: list[tuple[str, str, Change]] = [
    ("NUMBERS", "act", told(LINE, СтТовУчНал="-1.00")),
    ("NUMBERS", "advance", told(TOTAL, СтТовУчНалВсего="1e3")),
    ("NUMBERS", "act", put(".//СведТов/СумНал/СумНал", "")),
    ("TABLE", "transfer with invoice", removed("Документ/ТаблСчФакт")),
    ("TABLE", "invoice", removed("Документ/ТаблСчФакт")),
    ("TRANSFER", "transfer with invoice", removed("Документ/СвПродПер")),
    ("TRANSFER", "act", removed("Документ/СвПродПер")),
    ("TITLE", "act", told("Документ", НаимДокОпр=None)),
    ("TITLE", "invoice", told("Документ", НаимДокОпр="Акт")),
    ("SHIPMENT", "invoice", removed(".//ДокПодтвОтгрНом")),
    ("ADDRESS", "transfer with invoice", removed(f"{PARTY}/Адрес")),
    ("ADDRESS", "advance", removed(".//СвПрод/Адрес")),
    ("CIRCUMSTANCES", "advance", told(".//ДопСвФХЖ1", СпОбстФДОП="00001")),
    ("FOREIGN_PARTY", "foreign", told(".//СвИнНеУч", Идентиф=None)),
    ("LINE_NAME", "act", told(LINE, НаимТов=None)),
    ("UNIT_NAME", "act", told(LINE, НаимЕдИзм=None)),
    ("QUANTITY", "invoice", told(LINE, КолТов=None)),
    ("PRICE", "transfer with invoice", told(LINE, ЦенаТов="0.00")),
    ("PRICE", "transfer with invoice", told(LINE, ЦенаТов=None)),
    ("GROSS", "act", told(LINE, СтТовУчНал=None)),
    ("GROSS", "advance", told(TOTAL, СтТовУчНалВсего=None)),
    ("NET", "invoice", told(LINE, СтТовБезНДС=None)),
    ("NET", "transfer", told(TOTAL, СтТовБезНДСВсего=None)),
    ("ADVANCE_DASHES", "advance", told(LINE, СтТовБезНДС="1.00")),
    ("RATE", "act", told(LINE, НалСт="22/122")),
    ("RATE", "advance", told(LINE, НалСт="22%")),
    ("WITHOUT_VAT", "act", told(LINE, НалСт="без НДС")),
    ("TRANSFER_DAY", "act", told(".//СвПер", ДатаНачПер=None)),
    ("TRANSFER_DAY", "act", told(".//СвПер", ДатаПер=None, ДатаНачПер=None, ДатаОконПер=None)),
    ("POWERS", "act", told(".//Подписант", СпосПодтПолном="3")),
    ("POWERS", "act", told(".//Подписант", СпосПодтПолном="5")),
    ("POWERS", "act", added("Документ/Подписант", "СвДоверБум")),
    ("TOTALS", "act", told(TOTAL, СтТовУчНалВсего="2990.01")),
    ("TOTALS", "act", told(TOTAL, СтТовБезНДСВсего="1.00")),
    ("TOTALS", "act", put(".//СумНалВсего/СумНал", "539.19")),
    ("LINE_SUM", "act", put(".//СведТов/СумНал/СумНал", "539.19")),
    ("PLACES", "act", told(LINE, НомСтр="2")),
    ("STRUCTURE", "act", removed("Документ/СвСчФакт")),
    ("STRUCTURE", "act", removed("Документ")),
    ("FILE_NAME", "act", told(".", ИдФайл="other")),
]


def broken_file(kind: str, change: Change) -> tuple[bytes, str]:
    file = write(document("act", buyer=FOREIGN) if kind == "foreign" else document(kind))
    root = etree.fromstring(file.content)
    change(root)
    content: Any = etree.tostring(root, encoding="windows-1251")
    return content, file.name


@pytest.mark.parametrize(("rule", "kind", "change"), BROKEN)
def test_each_rule_catches_its_break(rule: str, kind: str, change: Change) -> None:
    content, name = broken_file(kind, change)
    expected = "TOTALS" if rule == "LINE_SUM" else rule
    with pytest.raises(ExchangeFileInvalid, match=f"^{expected} at /Файл") as refused:
        require_valid(content, name)
    message = str(refused.value)
    assert all(value not in message for value in (str(COMPANY.name), str(COMPANY.inn), "2990"))


def test_every_rule_has_a_break() -> None:
    assert {rule.name for rule in RULES} == {name for name, *_ in BROKEN} - {"STRUCTURE", "FILE_NAME"}


def test_a_line_that_does_not_add_up_is_caught_by_itself() -> None:
    def shifted(root: Any) -> None:
        put(".//СведТов/СумНал/СумНал", "539.19")(root)
        put(".//СумНалВсего/СумНал", "539.19")(root)

    with pytest.raises(ExchangeFileInvalid, match=r"^LINE_SUM at /Файл/Документ/ТаблСчФакт/СведТов"):
        require_valid(*broken_file("act", shifted))


def test_a_good_file_passes_all() -> None:
    file = write(document())
    require_valid(file.content, file.name)


@pytest.mark.parametrize("content", [b"", b"<a", "<Файл/>".encode("cp1251")])
def test_what_is_no_xml_is_refused(content: bytes) -> None:
    with pytest.raises(ExchangeFileInvalid, match="not well-formed"):
        require_valid(content, "x.xml")


def test_no_entity_is_read_from_anywhere(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("канарейка")
    file = write(document())
    outside = f'<!DOCTYPE Файл [<!ENTITY x SYSTEM "{secret.as_uri()}">]>\n<Файл'.encode("cp1251")
    content = file.content.replace("<Файл".encode("cp1251"), outside, 1)
    with pytest.raises(ExchangeFileInvalid, match=r"^DOCTYPE") as refused:
        require_valid(content.replace(b"539.18</", b"&x;</"), file.name)
    assert "канарейка" not in str(refused.value)


def test_a_defect_of_the_writer_releases_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def defective(*arguments: Any) -> bytes:
        return written(*arguments).replace("НаимТов".encode("cp1251"), "НаимТоv".encode("cp1251"))

    monkeypatch.setattr(writing, "written", defective)
    for each in (TaxServiceWriter(), writer()):
        with pytest.raises(ExchangeFileInvalid):
            each.write(document())


class TestSchema:
    """The tax service's own, or a small one of ours where it is absent."""

    SMALL = (
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="Файл"><xs:complexType>'
        '<xs:attribute name="ИдФайл" type="xs:integer"/></xs:complexType></xs:element></xs:schema>'
    )

    def small(self, tmp_path: Path, text: str = SMALL) -> Path:
        file = tmp_path / "ON_NSCHFDOPPR_1_997_01_05_03_05.xsd"
        file.write_text(text, encoding="utf-8")
        return file

    def test_it_refuses_by_rule_and_place_without_values(self, tmp_path: Path) -> None:
        file = write(document())
        with pytest.raises(ExchangeFileInvalid) as refused:
            require_valid(file.content, file.name, compiled_schema(self.small(tmp_path)))
        message = str(refused.value)
        assert message.startswith("SCHEMAV_CVC_")
        assert "/Файл" in message
        assert str(COMPANY.exchange_id) not in message

    def test_the_official_one_catches_what_our_rules_let_pass(self) -> None:
        content, name = broken_file("act", told(".//СвЮЛУч", ИННЮЛ="12345"))
        require_valid(content, name)
        if PRESENT:
            with pytest.raises(ExchangeFileInvalid, match=r"^SCHEMAV_CVC_\w+ at /Файл.*ИННЮЛ") as refused:
                require_valid(content, name, compiled_schema(SCHEMA))
            assert "12345" not in str(refused.value)

    @pytest.mark.parametrize("text", ["", "no xml", "<a/>", SMALL.replace("integer", "nothing")])
    def test_what_is_no_schema_is_refused(self, tmp_path: Path, text: str) -> None:
        with pytest.raises(ExchangeSchemaUnreadable, match=r"ON_NSCHFDOPPR_1_997_01_05_03_05\.xsd"):
            compiled_schema(self.small(tmp_path, text))

    def test_a_schema_that_went_away_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ExchangeSchemaUnreadable):
            compiled_schema(tmp_path / "gone.xsd")
