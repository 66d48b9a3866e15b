"""The payment QR code: order and limits of the standard, and a scanner reads back what was written."""

import io
from dataclasses import replace

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader

from app.billing.documents.invoice import InvoiceDocument
from app.billing.errors import InvalidInput
from app.documents.payment_qr import is_payable_by_qr, payment_payload, payment_qr_png
from app.documents.renderer import render_document
from app.formatting.locale import Locale
from tests.documents.invoices import BANK, SELLER, foreign_invoice, russian_invoice

PAYLOAD = (
    "ST00012|Name=ООО «БПМ Центр»|PersonalAcc=40702810138250123017|BankName=ПАО СБЕРБАНК г. Москва"
    "|BIC=044525225|CorrespAcc=30101810400000000225|Sum=597100"
    "|Purpose=Оплата по счёту № СЧ-2026-000042 от 21.11.2026 за доступ к коннекторам. В т. ч. НДС 22 %"
    "|PayeeINN=9705123456|KPP=770501001"
)


def scanned(image: Image.Image) -> str:
    canvas = Image.new("L", (image.width + 100, image.height + 100), 255)
    canvas.paste(image, (50, 50))
    codes = zxingcpp.read_barcodes(canvas)
    assert len(codes) == 1
    return codes[0].bytes.decode("utf-8")


def test_the_payload_has_the_order_of_the_standard() -> None:
    assert payment_payload(russian_invoice()) == PAYLOAD


def test_a_scanner_reads_the_payload_back() -> None:
    assert scanned(Image.open(io.BytesIO(payment_qr_png(russian_invoice())))) == PAYLOAD


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_code_in_the_pdf_can_be_scanned(language: Locale) -> None:
    document = replace(russian_invoice(), language=language)
    (image,) = PdfReader(io.BytesIO(render_document(document))).pages[0].images
    assert image.image is not None
    assert scanned(image.image.convert("L")) == PAYLOAD


def test_a_payee_without_kpp_and_a_bank_without_correspondent_account() -> None:
    document = replace(
        russian_invoice(),
        seller=replace(SELLER, inn="500100732259", kpp=None),
        bank=replace(BANK, correspondent_account=None),
    )
    payload = payment_payload(document)
    assert "|CorrespAcc=0|" in payload
    assert payload.endswith("|PayeeINN=500100732259")


def fields(document: InvoiceDocument) -> dict[str, str]:
    service_block, *pairs = payment_payload(document).split("|")
    assert service_block == "ST00012"
    return dict(pair.split("=", 1) for pair in pairs)


@given(st.text(), st.text(), st.text())
def test_values_keep_their_limits_and_never_hold_the_separator(name: str, bank: str, purpose: str) -> None:
    document = replace(
        russian_invoice(),
        seller=replace(SELLER, name="Имя" + name),
        bank=replace(BANK, bank_name="Банк" + bank),
        purpose="Счёт" + purpose,
    )
    values = fields(document)
    assert len(values) == 9
    assert len(values["Name"]) <= 160
    assert len(values["BankName"]) <= 45
    assert len(values["Purpose"]) <= 210


def test_long_texts_are_cut_and_separators_replaced() -> None:
    values = fields(replace(russian_invoice(), purpose="Счёт 42|" + "я" * 300))
    assert values["Purpose"] == "Счёт 42/" + "я" * 202


@pytest.mark.parametrize(
    "document",
    [
        replace(russian_invoice(), bank=replace(BANK, account="4070281013825012301")),
        replace(russian_invoice(), bank=replace(BANK, bic="")),
        replace(russian_invoice(), bank=replace(BANK, correspondent_account="3010|Sum=1")),
        replace(russian_invoice(), seller=replace(SELLER, inn="97051234561")),
        replace(russian_invoice(), seller=replace(SELLER, kpp="7705")),
        replace(russian_invoice(), purpose=" \n "),
    ],
)
def test_requisites_of_a_wrong_shape_are_refused(document: InvoiceDocument) -> None:
    with pytest.raises(InvalidInput) as refusal:
        payment_payload(document)
    assert refusal.value.code == "QR_REQUISITES"


def test_only_bank_transfers_in_roubles_get_a_code() -> None:
    assert is_payable_by_qr(russian_invoice())
    assert not is_payable_by_qr(replace(russian_invoice(), payment_method="card"))
    assert not is_payable_by_qr(foreign_invoice())
