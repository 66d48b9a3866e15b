"""The счёт as it is printed, made from an invoice when it is issued (J1)."""

from __future__ import annotations

from typing import Any, Literal

from app.billing.documents.invoice import InvoiceDocument, PrintedLine
from app.billing.documents.parties import BankDetails, Party
from app.billing.documents.snapshot import to_snapshot
from app.billing.documents.titles import numbered
from app.billing.tax import tax_treatment
from app.models import Invoice, InvoiceLine, Payer, Seller
from app.services.issuing.parties import offer_of, signatories_of
from app.services.vat_exemptions import VAT_EXEMPTIONS

PURPOSE = {
    "ru": "Оплата по счёту {number} от {date} за доступ к коннекторам",
    "en": "Payment of invoice {number} of {date} for access to connectors",
}
NO_NUMBER = "б/н"
UNIT = {"ru": "усл.", "en": "pcs"}


def invoice_snapshot(invoice: Invoice, seller: Seller, payer: Payer) -> dict[str, Any]:
    """Everything that the счёт of an invoice prints, as it is stored."""
    return to_snapshot(invoice_document(invoice, seller, payer))


def invoice_document(invoice: Invoice, seller: Seller, payer: Payer) -> InvoiceDocument:
    """Everything that is printed on the счёт, in Russian for Russian payers, else in English."""
    language: Literal["ru", "en"] = "ru" if payer.country == "RU" else "en"
    issued = f"{invoice.issued_on:%d.%m.%Y}"
    treatment = tax_treatment(seller.dated_tax_regimes(), invoice.issued_on, payer.country)
    return InvoiceDocument(
        number=invoice.full_number,
        issued_on=invoice.issued_on,
        due_on=invoice.due_on,
        seller=Party(
            name=seller.name,
            address=seller.address,
            inn=seller.inn,
            kpp=seller.kpp,
            ogrn=seller.ogrn,
            email=seller.email,
            phone=seller.phone,
        ),
        bank=BankDetails(
            bank_name=seller.bank_name,
            account=seller.bank_account,
            bic=seller.bank_bik,
            correspondent_account=seller.bank_corr_account,
        ),
        payer=Party(name=payer.name, address=payer.address, inn=payer.inn, kpp=payer.kpp, ogrn=payer.ogrn),
        lines=tuple(_document_line(line, language) for line in invoice.lines),
        total=invoice.total,
        vat_total=invoice.vat,
        payment_method=invoice.method.value,
        purpose=PURPOSE[language].format(number=invoice.full_number, date=issued),
        basis=_basis(seller, language),
        signatories=signatories_of(seller, language),
        language=language,
        vat_exemption=VAT_EXEMPTIONS.get(treatment.ground),
        stamp=seller.stamp_sha256,
        logo=seller.logo_sha256,
    )


def _basis(seller: Seller, language: Literal["ru", "en"]) -> str:
    """The contract with its number and day; the usual offer has no number."""
    offer = offer_of(seller, language)
    if offer.number == NO_NUMBER:
        return offer.title
    return f"{offer.title} {numbered(offer.number, offer.issued_on, language)}"


def _document_line(line: InvoiceLine, language: str) -> PrintedLine:
    return PrintedLine(
        description=line.description,
        quantity=1,
        unit=UNIT[language],
        price=line.total,
        total=line.total,
        vat_rate=line.vat_rate,
        vat=line.vat,
    )
