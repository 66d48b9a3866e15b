"""The payment QR code of ГОСТ Р 56042-2014, which bank applications scan (requirement H4)."""

import io
import re

import segno

from app.billing.documents.invoice import InvoiceDocument
from app.billing.errors import InvalidInput
from app.formatting.characters import printable_text

SERVICE_BLOCK = "ST00012"
"""Standard, version 0001, texts in UTF-8 (charset 2)."""

SEPARATOR = "|"

_LONGEST = {"Name": 160, "BankName": 45, "Purpose": 210}
_SHAPES = {
    "PersonalAcc": re.compile(r"[0-9]{20}"),
    "BIC": re.compile(r"[0-9]{9}"),
    "CorrespAcc": re.compile(r"[0-9]{20}|0"),
    "Sum": re.compile(r"[0-9]{1,18}"),
    "PayeeINN": re.compile(r"[0-9]{10}|[0-9]{12}"),
    "KPP": re.compile(r"[0-9A-Z]{9}"),
}
_NO_CORRESPONDENT_ACCOUNT = "0"
_PIXELS_PER_MODULE = 4


def is_payable_by_qr(document: InvoiceDocument) -> bool:
    """Whether the document is to be paid by bank transfer in roubles: nothing else fits the standard."""
    return document.payment_method == "bank_transfer" and document.total.currency == "RUB"


def payment_payload(document: InvoiceDocument) -> str:
    """The text of the code: mandatory fields first and in the order of the standard, the sum in kopecks.

    Long texts are cut to the standard's limits, the separator never stands in a value. Raises
    InvalidInput with the code QR_REQUISITES when a requisite does not have its shape.
    """
    seller, bank = document.seller, document.bank
    values = {
        "Name": seller.name,
        "PersonalAcc": bank.account,
        "BankName": bank.bank_name,
        "BIC": bank.bic,
        "CorrespAcc": bank.correspondent_account or _NO_CORRESPONDENT_ACCOUNT,
        "Sum": str(document.total.minor),
        "Purpose": document.purpose,
        "PayeeINN": seller.inn,
        "KPP": seller.kpp,
    }
    pairs = [f"{field}={_checked(field, value)}" for field, value in values.items() if value is not None]
    return SEPARATOR.join([SERVICE_BLOCK, *pairs])


def payment_qr_png(document: InvoiceDocument) -> bytes:
    """The code as a black and white PNG without a quiet zone; the page leaves the white margin."""
    code = segno.make_qr(payment_payload(document), error="m", mode="byte", encoding="utf-8", eci=False)
    image = io.BytesIO()
    code.save(image, kind="png", scale=_PIXELS_PER_MODULE, border=0)
    return image.getvalue()


def _checked(field: str, value: str) -> str:
    if field in _LONGEST:
        text = " ".join(printable_text(value).replace(SEPARATOR, "/").split())[: _LONGEST[field]].rstrip()
        valid = bool(text)
    else:
        text, valid = value, _SHAPES[field].fullmatch(value) is not None
    if not valid:
        raise InvalidInput(f"{field} does not fit the payment standard", code="QR_REQUISITES")
    return text
