"""The text of the PDF, read back: whatever the law and the customer need is on the page."""

import io
import time
from dataclasses import replace
from typing import cast

import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from app.billing.documents.invoice import InvoiceDocument
from app.billing.documents.parties import Party, Signatory
from app.billing.errors import InvalidInput
from app.billing.money import Money
from app.billing.rendering import RenderingFailed
from app.documents.facts import vat_by_rate
from app.documents.renderer import MAX_CHARACTERS, MAX_LINES, render_document
from tests.documents.invoices import BANK, SELLER, foreign_invoice, line, russian_invoice, with_lines


def reader(document: InvoiceDocument) -> PdfReader:
    return PdfReader(io.BytesIO(render_document(document)))


def text_of(document: InvoiceDocument) -> str:
    pages = (page.extract_text() for page in reader(document).pages)
    return " ".join(" ".join(pages).split())


def test_a_russian_invoice_shows_every_requisite() -> None:
    text = text_of(russian_invoice())
    for expected in (
        "Счёт на оплату № СЧ-2026-000042 от 21 ноября 2026 г.",
        "ПАО СБЕРБАНК г. Москва",
        "044525225",
        "30101810400000000225",
        "40702810138250123017",
        "ООО «БПМ Центр»",
        "ИНН 9705123456",
        "КПП 770501001",
        "ОГРН 1187746123454",
        "115035, г. Москва, ул. Садовническая, д. 82, стр. 2, помещ. 4",
        "Общество с ограниченной ответственностью «Ромашка и партнёры»",
        "ИНН 7707083893, КПП 667101001",
        "620014, Свердловская обл., г. Екатеринбург, ул. 8 Марта, д. 51, офис 1204",
        "Публичная оферта BPM Centr, редакция от 01.09.2026",
        "28 ноября 2026 г. включительно",
        "банковский перевод",
        "Оплата по счёту № СЧ-2026-000042 от 21.11.2026 за доступ к коннекторам. В т. ч. НДС 22 %",
        "Генеральный директор Иванов И. И.",
        "по доверенности № 7 от 12.01.2026 Петрова А. С.",
    ):
        assert expected in text


def test_a_russian_invoice_shows_lines_totals_and_words() -> None:
    text = text_of(russian_invoice())
    for expected in (
        "1 Доступ к коннектору «Битрикс24» для Make, тариф «Месяц», аккаунт Make 1043211"
        " Период: 21.11.2026 – 20.12.2026 1 мес 2 990,00 22 % 2 990,00",
        "2 мес 1 490,50 22 % 2 981,00",
        "Итого: 5 971,00",
        "В том числе НДС 22 %: 1 076,74",
        "Всего к оплате: 5 971,00 ₽",
        "Всего наименований 2, на сумму 5 971,00 ₽",
        "Пять тысяч девятьсот семьдесят один рубль 00 копеек",
    ):
        assert expected in text


def test_a_foreign_invoice_shows_the_same_in_english() -> None:
    text = text_of(foreign_invoice())
    for expected in (
        "Invoice No. СЧ-2026-000042 of 21 November 2026",
        "Müller & Söhne Automation GmbH",
        "Tax ID DE123456789",
        "Unit price, USD",
        "Period: 21 Nov 2026 – 20 Dec 2026 1 year 1,234.05 No VAT 1,234.05",
        "No VAT (place of supply outside Russia, Art. 148 of the Russian Tax Code)",
        "Amount due: $1,234.05",
        "One thousand, two hundred and thirty-four dollars and 05 cents",
        "Pay by 28 November 2026",
        "Bank transfer",
        "SWIFT SABRRUMM",
        "Correspondent bank Example Correspondent Bank, Istanbul, EXAMTRIS",
        "Chief Executive Officer Ivan Ivanov",
    ):
        assert expected in text
    assert "ИНН" not in text


def test_each_rate_has_its_own_line_and_no_vat_has_its_ground() -> None:
    document = with_lines(
        replace(russian_invoice(), vat_exemption="пп. 26 п. 2 ст. 149 НК РФ"),
        line("Новый период", Money(122000, "RUB"), rate=2200),
        line("Старый период", Money(120000, "RUB"), rate=2000),
        line("Ещё один новый", Money(61000, "RUB"), rate=2200),
        line("Из реестра", Money(50000, "RUB"), rate=None),
    )
    assert vat_by_rate(document.lines) == [(2200, Money(33000, "RUB")), (2000, Money(20000, "RUB"))]
    text = text_of(document)
    assert "В том числе НДС 22 %: 330,00" in text
    assert "В том числе НДС 20 %: 200,00" in text
    assert "Без НДС (пп. 26 п. 2 ст. 149 НК РФ)" in text


def test_a_seller_without_vat_promises_none() -> None:
    document = with_lines(russian_invoice(), line("Доступ", Money(50000, "RUB"), rate=None))
    text = text_of(replace(document, purpose="Оплата счёта"))
    assert "НДС 22" not in text
    assert "Цена с НДС" not in text
    assert "Без НДС —" in text


def test_an_invoice_to_be_paid_by_card_says_so_and_has_no_code() -> None:
    document = replace(russian_invoice(), payment_method="card")
    assert "банковская карта" in text_of(document)
    assert not list(reader(document).pages[0].images)
    assert "SABRRUMM" not in text_of(replace(foreign_invoice(), payment_method="paypal"))


def test_a_sole_trader_and_a_payer_known_by_name_only() -> None:
    seller = replace(SELLER, name="ИП Иванов Иван", inn="500100732259", kpp=None, ogrn="305500910900012")
    payer = Party("Пётр Ёлкин", None)
    signatory = Signatory("Индивидуальный предприниматель", "Иванов И. И.")
    text = text_of(replace(russian_invoice(), seller=seller, payer=payer, signatories=(signatory,)))
    assert "ИНН 500100732259, ОГРНИП 305500910900012" in text
    assert "КПП —" in text
    assert "Пётр Ёлкин Основание" in text


@pytest.mark.parametrize(
    ("document", "language", "title"),
    [
        (russian_invoice(), "ru", "Счёт на оплату № СЧ-2026-000042 от 21 ноября 2026\u00a0г."),
        (foreign_invoice(), "en", "Invoice No. СЧ-2026-000042 of 21 November 2026"),
    ],
)
def test_the_file_tells_its_language_title_and_author(
    document: InvoiceDocument, language: str, title: str
) -> None:
    pdf = reader(document)
    assert str(pdf.root_object["/Lang"]) == language
    assert pdf.metadata is not None
    assert pdf.metadata.title == title
    assert pdf.metadata.author == document.seller.name


def test_only_the_vendored_fonts_are_used_and_all_are_embedded() -> None:
    for document in (russian_invoice(), foreign_invoice()):
        resources = cast(DictionaryObject, reader(document).pages[0]["/Resources"])
        fonts = cast(DictionaryObject, resources["/Font"]).values()
        names = {cast(DictionaryObject, font.get_object())["/BaseFont"] for font in fonts}
        # Six letters and a plus sign mark a font of which only the letters in use are embedded.
        assert {str(name)[8:] for name in names} == {"PT-Sans", "PT-Sans-Bold"}
        assert all(str(name)[7] == "+" for name in names)


def test_equal_documents_give_equal_files() -> None:
    assert render_document(russian_invoice()) == render_document(russian_invoice())


def test_a_long_invoice_repeats_its_header_and_counts_pages() -> None:
    lines = [line(f"Услуга {place}", Money(100, "RUB")) for place in range(60)]
    pages = [page.extract_text() for page in reader(with_lines(russian_invoice(), *lines)).pages]
    assert len(pages) > 1
    for place, page in enumerate(pages, start=1):
        assert f"{place} / {len(pages)}" in " ".join(page.split())
        assert "Счёт на оплату № СЧ-2026-000042" in page
    assert "Наименование услуги" in pages[1]


def test_words_longer_than_the_page_do_not_leave_it() -> None:
    document = replace(russian_invoice(), payer=Party("Ы" * 500, "я" * 500))
    assert text_of(document).replace(" ", "").count("Ы") == 500


def test_strange_characters_do_not_stop_a_document() -> None:
    strange = "нуль\x00 звонок\x07 строка\r\n разделитель\u2028 справа\u202e эмодзи😀 не-символ\uffff"
    assert "нуль звонок строка разделитель справа эмодзи" in text_of(
        replace(russian_invoice(), payer=Party(strange, strange))
    )


@pytest.mark.parametrize(
    "document",
    [
        replace(russian_invoice(), payer=Party("я" * MAX_CHARACTERS, None)),
        with_lines(russian_invoice(), *[line("Услуга", Money(1, "RUB"))] * (MAX_LINES + 1)),
    ],
    ids=["characters", "lines"],
)
def test_a_document_beyond_all_measure_is_refused_at_once(document: InvoiceDocument) -> None:
    started = time.monotonic()
    with pytest.raises(RenderingFailed) as failure:
        render_document(document)
    assert (failure.value.code, failure.value.retry) == ("DOCUMENT_TOO_LARGE", False)
    assert time.monotonic() - started < 1


@pytest.mark.slow
def test_the_largest_document_that_is_allowed_takes_seconds() -> None:
    lines = [line("Доступ к коннектору " * 8, Money(100, "RUB"))] * MAX_LINES
    started = time.process_time()
    assert len(reader(with_lines(russian_invoice(), *lines)).pages) > 10
    assert time.process_time() - started < 20


def test_wrong_requisites_are_an_error_not_a_wrong_code() -> None:
    with pytest.raises(InvalidInput):
        render_document(replace(russian_invoice(), bank=replace(BANK, bic="1")))
