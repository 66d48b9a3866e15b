"""Every kind of document, read back from its PDF: whatever the law and the parties need is on the page."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from app.billing.documents.files import Enclosures, ExchangeFile
from app.billing.documents.invoice import InvoiceDocument
from app.billing.documents.kinds import DocumentKind
from app.billing.documents.parties import Correction, Party
from app.billing.documents.snapshot import kind_of
from app.billing.money import Money
from app.cli.sample_documents import SAMPLES
from app.cli.samples import letters, tax
from app.cli.samples.parties import ACT, ADVANCE, ORDER, SELLER
from app.cli.samples.stamp import name_of, stamp
from app.documents.renderer import render_document
from app.formatting.dates import format_long_date
from app.formatting.locale import Locale
from app.formatting.money import format_amount
from tests.documents.printed import (
    font_program,
    fonts_of,
    one_line,
    pages_of,
    places_of_text,
    reader,
    text_of,
)

FORM_KINDS = {
    DocumentKind.ADVANCE_INVOICE,
    DocumentKind.VAT_INVOICE,
    DocumentKind.TRANSFER,
    DocumentKind.VAT_ADJUSTMENT,
    DocumentKind.TRANSFER_ADJUSTMENT,
}
EXCHANGE = ExchangeFile(
    "ON_NSCHFDOPPR_1.xml", '<?xml version="1.0" encoding="windows-1251"?><Файл/>'.encode("cp1251")
)
STAMP = stamp()
ENCLOSED = Enclosures(EXCHANGE, {name_of(STAMP): STAMP})

Sample = Callable[[], Any]
"""Gives a document of whatever kind."""

every_sample = pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES.keys())


def total_of(document: Any) -> Any:
    """What the document comes to."""
    match kind_of(document):
        case DocumentKind.VAT_ADJUSTMENT | DocumentKind.TRANSFER_ADJUSTMENT:
            return document.decrease.gross
        case DocumentKind.RECONCILIATION:
            closing = document.closing
            return closing if closing.minor > 0 else -closing
        case _:
            return document.total


def test_there_is_a_sample_of_every_kind() -> None:
    assert {kind_of(sample()) for sample in SAMPLES.values()} == set(DocumentKind)


@every_sample
def test_number_day_parties_and_sum_are_on_the_page(sample: Sample) -> None:
    document = sample()
    locale: Locale = "ru" if kind_of(document) in FORM_KINDS else document.language
    text = text_of(document)
    buyer = document.payer if isinstance(document, InvoiceDocument) else document.buyer
    total = format_amount(total_of(document), locale)
    for expected in (
        document.number,
        format_long_date(document.issued_on, locale),
        document.seller.name,
        buyer.name,
        buyer.address or "",
        document.seller.inn or "",
        total,
    ):
        assert one_line(expected) in text, expected


@every_sample
def test_the_file_is_tagged_pdf_a_with_its_title_language_author_and_fonts(sample: Sample) -> None:
    document = sample()
    pdf = reader(document)
    root: Any = pdf.root_object
    metadata = root["/Metadata"].get_object().get_data().decode()
    assert re.search(r'pdfaid:part="3"', metadata)
    assert re.search(r'pdfaid:conformance="A"', metadata)
    assert root["/MarkInfo"] == {"/Marked": True}
    assert "/StructTreeRoot" in root
    (intent,) = root["/OutputIntents"]
    assert intent.get_object()["/S"] == "/GTS_PDFA1"
    assert str(root["/Lang"]) == ("ru" if kind_of(document) in FORM_KINDS else document.language)
    assert pdf.metadata is not None
    assert document.number in (pdf.metadata.title or "")
    assert pdf.metadata.author == document.seller.name
    fonts = list(fonts_of(pdf))
    assert {str(font["/BaseFont"])[8:] for font in fonts} <= {"PT-Sans", "PT-Sans-Bold"}
    # Six letters and a plus sign mark a font of which only the letters in use are embedded.
    assert all(str(font["/BaseFont"])[7] == "+" and font_program(font) is not None for font in fonts)
    assert all("/ToUnicode" in font for font in fonts)


@pytest.mark.slow
@every_sample
def test_the_exchange_file_comes_out_as_it_was_put_in(sample: Sample) -> None:
    document = sample()
    pdf = reader(document, ENCLOSED)
    assert pdf.attachments == {EXCHANGE.name: [EXCHANGE.content]}
    root: Any = pdf.root_object
    (file,) = root["/AF"]
    assert file.get_object()["/AFRelationship"] == "/Alternative"
    assert "/AF" not in reader(document).root_object


@pytest.mark.slow
@every_sample
def test_equal_documents_give_equal_files(sample: Sample) -> None:
    assert render_document(sample(), ENCLOSED) == render_document(sample(), ENCLOSED)


def test_all_lines_and_columns_of_a_vat_invoice_are_there() -> None:
    text = text_of(tax.vat_invoice())
    assert "СЧЕТ-ФАКТУРА № 2026-000045 от 30 ноября 2026 г. (1)" in text
    assert "ИСПРАВЛЕНИЕ № — от — (1а)" in text
    for line in ("2", "2а", "2б", "3", "4", "5", "5а", "5б", "6", "6а", "6б", "7", "8"):
        assert f"({line})" in text
    assert "1 1а 1б 2 2а 3 4 5 6 7 8 9 10 10а 11" in text
    for expected in (
        "ИНН/КПП продавца 9742150677/770401001 (2б)",
        "Грузоотправитель и его адрес — (3)",
        "К платежно-расчетному документу № 518 от 28.10.2026 (5)",
        "Документ об отгрузке: наименование, № от Акт № АК-2026-000042 от 30.11.2026 (5а)",
        "передачи имущественных прав № А-2026-000017 от 30.10.2026 (5б)",
        "Валюта: наименование, код Российский рубль, 643 (7)",
        "362 мес 1 811,48 811,48",
        "22 % 178,52 990,00 — — —",
        "Всего к оплате (9) 2 058,61 Х 452,89 2 511,50",
        "Ветрова М. А.",
        "Соколов Д. И.",
        "от 23 января 2026 г. № 26",
    ):
        assert expected in text, expected


def test_several_payments_advances_and_their_corrections_are_parted_by_semicolons() -> None:
    advances = (ADVANCE, replace(ADVANCE, number="А-18", correction=Correction(2, ADVANCE.issued_on)))
    document = replace(tax.vat_invoice(), payments=(ORDER, replace(ORDER, number="519")), advances=advances)
    text = text_of(document)
    assert "№ 518 от 28.10.2026; № 519 от 28.10.2026 (5)" in text
    assert "№ А-2026-000017 от 30.10.2026; № А-18 от 30.10.2026, исправление № 2 от 30.10.2026 (5б)" in text


def test_an_advance_invoice_has_dashes_where_nothing_is_given_yet() -> None:
    text = text_of(tax.advance_invoice())
    for expected in (
        "Документ об отгрузке: наименование, № от — (5а)",
        "передачи имущественных прав — (5б)",
        "1 Предоплата доступа к коннекторам для Make — — — — — — — 22/122 3 470,95 19 248,00 — — —",
        "Всего к оплате (9) — Х 3 470,95 19 248,00",
    ):
        assert expected in text, expected


@pytest.mark.parametrize(("rate", "printed"), [(2000, "20/120"), (500, "5/105"), (700, "7/107")])
def test_an_advance_has_the_rate_of_its_day(rate: int, printed: str) -> None:
    document = tax.advance_invoice()
    assert printed in text_of(tax.with_lines(document, replace(document.lines[0], vat_rate=rate)))


def test_a_sole_trader_signs_on_a_line_of_his_own() -> None:
    text = text_of(tax.corrected_transfer())
    assert "Индивидуальный предприниматель Ветрова Мария Андреевна (2)" in text
    assert "ИНН/КПП продавца 500100732259 (2б)" in text
    assert "Исправление № 1 от 4 декабря 2026 г. (1а)" in text
    assert "ОГРНИП 305500910900012" in text
    assert "Соколов" not in text


def test_a_transfer_document_has_its_status_box_and_lines_8_to_19() -> None:
    text = text_of(tax.transfer())
    for expected in (
        "Универсальный передаточный документ Статус: 1",
        "2 – передаточный документ (акт)",
        "А 1 1а 1б 2 2а 3 4 5 6 7 8 9 10 10а 11",
        "Документ составлен на 1 листе",
        "Основание передачи (сдачи) / получения (приемки) Публичная оферта № 1 от 01.09.2026 [8]",
        "Дата отгрузки, передачи (сдачи) 30 ноября 2026 г. [11]",
        "Период оказания услуг: 01.11.2026 – 30.11.2026.",
        "«БПМ Центр», ИНН/КПП 9742150677/770401001 [14]",
        "«Северный ветер», ИНН/КПП 9712345019/770101001 [19]",
    ):
        assert expected in text, expected
    assert all(f"[{line}]" in text for line in range(8, 20))


def test_a_transfer_document_without_tax_names_the_ground_and_leaves_the_heads_unnamed() -> None:
    text = text_of(tax.untaxed_transfer())
    assert "Статус: 2" in text
    assert "без НДС без НДС 990,00" in text
    assert "Всего к оплате (9) 990,00 Х без НДС 990,00" in text
    assert "– 30.11.2026. Без НДС: пп. 26 п. 2 ст. 149 НК РФ." in text
    assert "Соколов" not in text


def test_an_adjustment_shows_four_rows_and_both_totals() -> None:
    for document in (tax.vat_adjustment(), tax.transfer_adjustment()):
        text = text_of(document)
        for expected in (
            "А (до изменения) — 362 мес 1 1 247,13 1 247,13 без акциза 22 % 274,37 1 521,50",
            "748,28 748,28 без акциза 22 % 164,62 912,90",
            "В (увеличение) — Х Х Х Х — Х Х — —",
            "Г (уменьшение) — Х Х Х Х 498,85 Х Х 109,75 608,60",
            "Всего увеличение (сумма строк В) — Х — —",
            "Всего уменьшение (сумма строк Г) 498,85 Х 109,75 608,60",
        ):
            assert expected in text, expected


def test_a_vat_adjustment_names_what_it_adjusts_and_a_transfer_adjustment_its_ground() -> None:
    original = replace(tax.vat_adjustment().originals[0], correction=Correction(1, ADVANCE.issued_on))
    text = text_of(replace(tax.vat_adjustment(), originals=(original,)))
    assert (
        "к СЧЕТУ-ФАКТУРЕ (счетам-фактурам) № 2026-000045 от 30 ноября 2026 г., с учетом исправления № 1"
        " от 30 октября 2026 г. (1б)" in text
    )
    text = text_of(tax.transfer_adjustment())
    assert "К передаточным (отгрузочным) документам УПД № 2026-000042 от 30.11.2026 [5]" in text
    assert "Соглашение об изменении стоимости № 31 от 07.12.2026 [6]" in text
    assert all(f"[{line}]" in text for line in range(5, 16))


def test_an_adjustment_of_an_act_names_it_below_and_no_vat_invoice_above() -> None:
    document = replace(tax.transfer_adjustment(), status=2, originals=(ACT,), vat_exemption="ст. 149 НК РФ")
    text = text_of(document)
    assert "к счету-фактуре (счетам-фактурам) № — от —, с учетом исправления № — от — (1б)" in text
    assert "К передаточным (отгрузочным) документам Акт № АК-2026-000042 от 30.11.2026 [5]" in text
    assert "Без НДС: ст. 149 НК РФ [7]" in text


def test_an_act_tells_the_service_its_period_and_the_sum_in_words() -> None:
    text = text_of(tax.act())
    for expected in (
        "Акт № АК-2026-000042 от 30 ноября 2026 г.",
        "об оказании услуг за период 01.11.2026 – 30.11.2026",
        "Основание Публичная оферта № 1 от 01.09.2026",
        "1 мес 811,48 811,48 22 % 178,52 990,00",
        "В том числе НДС 22 %: 452,89",
        "Всего наименований 2, на сумму 2 511,50 ₽ Две тысячи пятьсот одиннадцать рублей 50 копеек",
        "претензий по объёму, качеству и срокам оказания услуг не имеет",
        "р/с 40702810800001300042, АО «Образцовый банк», г. Москва, БИК 044525974",
        "Генеральный директор",
        "Ветрова М. А.",
    ):
        assert expected in text, expected


def test_a_buyer_abroad_reads_english_and_no_vat() -> None:
    text = text_of(tax.foreign_act())
    for expected in (
        "Act No. АК-2026-000043 of 30 November 2026",
        "Müller & Söhne Automation GmbH",
        "Tax ID DE123456789",
        "1 month 10.20 10.20",
        "No VAT (place of supply outside Russia, Art. 148 of the Russian Tax Code)",
        "Ten dollars and 20 cents",
    ):
        assert expected in text, expected
    assert "ИНН" not in text


def test_a_receipt_tells_the_way_of_the_money_and_what_of_it_is_left() -> None:
    text = text_of(letters.payment_receipt())
    for expected in (
        "Квитанция № КВ-2026-000107 от 25 ноября 2026 г. о получении оплаты",
        "Способ Банковский перевод",
        "Основание Счёт № СЧ-2026-000042 от 23.11.2026",
        "Зачислено на баланс — — 500,00",
        "В том числе НДС 22 %: 3 470,95",
        "Девятнадцать тысяч семьсот сорок восемь рублей 00 копеек",
        "не является кассовым чеком",
    ):
        assert expected in text, expected
    assert "Money returned" in text_of(letters.refund_receipt())
    assert "о возврате денег" in text_of(replace(letters.payment_receipt(), movement="refund"))


def test_a_receipt_of_money_that_paid_nothing_goes_to_the_balance_whole() -> None:
    document = letters.payment_receipt()
    document = replace(document, lines=(), to_balance=document.total, vat_total=Money(0, "RUB"))
    assert "Зачислено на баланс — — 19 748,00" in text_of(document)


def test_a_reconciliation_act_tells_both_sides_who_owes_what() -> None:
    text = text_of(letters.reconciliation())
    for expected in (
        "По данным ООО «БПМ Центр», руб. По данным ООО «Северный ветер», руб.",
        "Сальдо начальное 990,00",
        "28.10.2026 Оплата, платёжное поручение № 518 от 28.10.2026 19 248,00",
        "Обороты за период 6 013,00 19 248,00",
        "Сальдо конечное 12 245,00",
        "задолженность в пользу ООО «Северный ветер» составляет 12 245,00 ₽",
        "Двенадцать тысяч двести сорок пять рублей 00 копеек",
    ):
        assert expected in text, expected
    assert "the debt to BPM Centr LLC is $122.40 One hundred and twenty-two dollars" in text_of(
        letters.foreign_reconciliation()
    )


def test_where_nothing_is_owed_the_act_says_so() -> None:
    document = letters.reconciliation()
    even = replace(document, opening=Money(1_323_500, "RUB"), closing=Money(0, "RUB"))
    assert "задолженность отсутствует" in text_of(even)


def test_a_hundred_lines_break_over_pages_with_headings_and_the_signatures_stay_together() -> None:
    pages = pages_of(reader(tax.long_transfer()))
    assert len(pages) > 3
    for number, page in enumerate(pages, start=1):
        assert f"Лист {number} из {len(pages)}" in page
        assert "Универсальный передаточный документ № 2026-000044 от 30 ноября 2026 г." in page
    with_lines = [page for page in pages if "Доступ к коннектору" in page]
    assert all("А 1 1а 1б 2 2а 3 4 5 6 7 8 9 10 10а 11" in page for page in with_lines)
    assert sum(page.count("Доступ к коннектору") for page in pages) == 100
    last = pages[-1]
    assert f"Документ составлен на {len(pages)} листах" in last
    assert all(f"[{line}]" in last for line in range(8, 20))


@pytest.mark.parametrize("sample", [tax.vat_adjustment, tax.transfer_adjustment])
def test_the_four_rows_of_an_adjusted_line_stay_on_one_page(sample: Sample) -> None:
    document = sample()
    document = replace(document, lines=document.lines * 25)
    for page in pages_of(reader(document)):
        rows = [page.count(row) for row in ("А (до", "Б (после", "В (увеличение)", "Г (уменьшение)")]
        assert len(set(rows)) == 1, rows


def with_long_names(document: Any, word: str) -> Any:
    """Names, addresses and descriptions of a thousand characters without a space."""
    if isinstance(document, InvoiceDocument):
        line = replace(document.lines[0], description=word, unit=word[:10])
        named = Party(word, word)
        return replace(document, seller=named, payer=named, lines=(line, *document.lines[1:]))
    party = replace(SELLER, name=word, address=word)
    document = replace(document, seller=party, buyer=party)
    if kind_of(document) is DocumentKind.RECONCILIATION:
        rows = document.rows
        return replace(document, rows=(replace(rows[0], text=word), *rows[1:]))
    lines = document.lines
    return replace(document, lines=(replace(lines[0], description=word), *lines[1:]))


SHORT_SAMPLES = {name: sample for name, sample in SAMPLES.items() if "hundred" not in name}


@pytest.mark.slow
@pytest.mark.parametrize("sample", SHORT_SAMPLES.values(), ids=SHORT_SAMPLES.keys())
def test_names_of_a_thousand_characters_do_not_break_a_form(sample: Sample) -> None:
    document = with_long_names(sample(), "Ы" * 1000)
    pdf = reader(document)
    text = "".join(pages_of(pdf)).replace(" ", "")
    assert text.count("Ы") >= 5000
    for x, y, width, height in places_of_text(pdf):
        assert 0 < x < width
        assert 0 < y < height
    assert (
        one_line(format_amount(total_of(document), "ru")).replace(" ", "") in text
        or kind_of(document) not in FORM_KINDS
    )


def test_signs_that_our_fonts_lack_are_a_lozenge_and_no_font_of_the_machine_is_used() -> None:
    strange = "«Ромашка» 990\u00a0₽ 😀 日本 \x00\x1b и\u0306 \u202eслева\ufffe"
    document = replace(tax.transfer(), buyer=replace(tax.transfer().buyer, name=strange))
    pdf = reader(document)
    assert "«Ромашка» 990 ₽ ◊ ◊◊ й слева" in pages_of(pdf)[0]
    assert {str(font["/BaseFont"])[8:] for font in fonts_of(pdf)} <= {"PT-Sans", "PT-Sans-Bold"}


STAMPED = {
    name: sample for name, sample in SHORT_SAMPLES.items() if "vat-adj" not in name and "-invoice" not in name
}


@pytest.mark.slow
@pytest.mark.parametrize("sample", STAMPED.values(), ids=STAMPED.keys())
def test_the_stamp_is_shown_when_it_is_named_and_enclosed(sample: Sample) -> None:
    plain, stamped = sample(), replace(sample(), stamp=name_of(STAMP))
    others = len(reader(plain).pages[-1].images)
    assert len(reader(stamped, ENCLOSED).pages[-1].images) == others + 1
    assert len(reader(stamped).pages[-1].images) == others
    assert len(reader(plain, ENCLOSED).pages[-1].images) == others


def test_the_logo_of_a_seller_stands_on_the_invoice() -> None:
    document = replace(letters.foreign_invoice(), logo=name_of(STAMP))
    assert len(reader(document, ENCLOSED).pages[0].images) == 1
    assert not reader(document).pages[0].images
