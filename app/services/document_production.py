"""Documents: issued as a snapshot with the invoice, rendered by a worker, sent and downloaded (J1, J5)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from app.billing.actors import Actor
from app.billing.documents.invoice import InvoiceDocument, PrintedLine
from app.billing.documents.kinds import FileFormat
from app.billing.documents.parties import BankDetails, Party, Signatory
from app.billing.documents.snapshot import from_snapshot, to_snapshot
from app.billing.errors import Conflict, InvalidInput
from app.billing.invoice import InvoicePurpose, PaymentMethodKind
from app.billing.mail import MailKind
from app.billing.ports import DocumentRenderer, DocumentStore, StoredFile
from app.billing.rendering import RenderingFailed
from app.billing.tax import TaxGround, tax_treatment
from app.models import (
    Document,
    DocumentFile,
    DocumentKind,
    DocumentStatus,
    Invoice,
    InvoiceLine,
    Payer,
    Seller,
)
from app.services.unit_of_work import DOCUMENT_QUEUE, Transactions, UnitOfWork

PURPOSE = {
    "ru": "Оплата по счёту {number} от {date} за доступ к коннекторам",
    "en": "Payment of invoice {number} of {date} for access to connectors",
}
BASIS = {"ru": "Публичная оферта", "en": "Public offer"}
VAT_EXEMPTIONS = {
    TaxGround.SIMPLIFIED: "УСН, п. 1 ст. 145 НК РФ",
    TaxGround.ARTICLE_149: "пп. 26 п. 2 ст. 149 НК РФ",
    TaxGround.PLACE_OF_SUPPLY: "place of supply outside Russia, Art. 148 of the Tax Code",
}
"""What is printed after «Без НДС», in the language of those who get it: only buyers abroad read the last."""
UNIT = {"ru": "усл.", "en": "pcs"}
POSITIONS = {"ru": ("Руководитель", "Главный бухгалтер"), "en": ("Director", "Chief accountant")}


class DocumentNotReady(Conflict):
    """The file is still being made, or making it failed."""

    code = "DOCUMENT_NOT_READY"


def invoice_snapshot(invoice: Invoice, seller: Seller, payer: Payer) -> dict[str, Any]:
    """Everything that the счёт of an invoice prints, as it is stored."""
    return to_snapshot(invoice_document(invoice, seller, payer))


def promise_rendering(work: UnitOfWork, document_id: int, customer_id: int) -> None:
    """Promise that a worker makes the file of a customer's document."""
    work.promise_job(
        "document.render", queue=DOCUMENT_QUEUE, customer_id=customer_id, document_id=document_id
    )


def render_document(
    transactions: Transactions,
    renderer: DocumentRenderer,
    store: DocumentStore,
    *,
    document_id: int,
    now: datetime,
) -> None:
    """Make the file of a document from its snapshot; a document that is ready is left alone.

    Rendering runs without an open transaction. Raises RenderingFailed when trying again may help;
    when it may not, the document is marked failed and staff get a task.
    """
    with transactions.reading() as repositories:
        document = repositories.documents.get(document_id)
        if document.status is DocumentStatus.READY:
            return
        snapshot, issued_year = document.snapshot, document.issued_on.year
    try:
        content = renderer.render(from_snapshot(snapshot))
    except RenderingFailed as failure:
        if failure.retry:
            raise
        _mark_failed(transactions, document_id, failure.code, now)
        return
    stored = store.save(f"invoices/{issued_year}/{document_id}.pdf", content)
    _mark_ready(transactions, document_id, stored, now)


def read_document(
    store: DocumentStore, document: Document, file_format: FileFormat = FileFormat.PDF
) -> bytes:
    """The file of a document; raises DocumentNotReady while there is none."""
    file = document.file(file_format)
    if file is None:
        raise DocumentNotReady(f"document {document.id}")
    return store.read(file.file_key)


def resend_document(
    transactions: Transactions, *, actor: Actor, document_id: int, reason: str, now: datetime
) -> None:
    """Send the customer the link to a document once more. Raises DocumentNotReady, InvalidInput."""
    if not reason.strip():
        raise InvalidInput("a reason is needed", code="REASON_REQUIRED")
    with transactions.begin(actor) as work:
        document = work.documents.get(document_id)
        if document.status is not DocumentStatus.READY:
            raise DocumentNotReady(f"document {document_id}")
        work.promise_mail(MailKind.DOCUMENT_READY, document.customer_id, document_id=document.id)
        work.audit(
            "document.resend",
            "document",
            document.id,
            customer_id=document.customer_id,
            reason=reason.strip(),
            now=now,
        )


def invoice_document(invoice: Invoice, seller: Seller, payer: Payer) -> InvoiceDocument:
    """Everything that is printed on the счёт, in Russian for Russian payers, else in English."""
    language: Literal["ru", "en"] = "ru" if payer.country == "RU" else "en"
    issued = f"{invoice.issued_on:%d.%m.%Y}"
    director, accountant = POSITIONS[language]
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
        basis=BASIS[language],
        signatories=(Signatory(director, seller.director), Signatory(accountant, seller.accountant)),
        language=language,
        vat_exemption=VAT_EXEMPTIONS.get(treatment.ground),
    )


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


def _mark_failed(transactions: Transactions, document_id: int, code: str, now: datetime) -> None:
    with transactions.begin(Actor.system("document.render")) as work:
        document = work.documents.get(document_id, lock=True)
        work.record_status("document", document_id, document.status, DocumentStatus.FAILED, code, now)
        document.status = DocumentStatus.FAILED
        document.failure_code = code
        work.ask_staff("document_failed", "document", document_id, document.customer_id, now)


def _mark_ready(transactions: Transactions, document_id: int, stored: StoredFile, now: datetime) -> None:
    with transactions.begin(Actor.system("document.render")) as work:
        document = work.documents.get(document_id, lock=True)
        if document.status is DocumentStatus.READY:
            return
        work.record_status("document", document_id, document.status, DocumentStatus.READY, "rendered", now)
        document.status = DocumentStatus.READY
        document.rendered_at = now
        work.insert(
            DocumentFile(
                document_id=document_id,
                format=FileFormat.PDF,
                name=f"{document.number}.pdf",
                file_key=stored.key,
                sha256=stored.sha256,
                size=stored.size,
                made_at=now,
            )
        )
        document.failure_code = None
        if document.kind is DocumentKind.INVOICE and _is_to_be_paid_by_hand(document.invoice):
            work.promise_mail(
                MailKind.INVOICE_ISSUED,
                document.customer_id,
                dedupe_key=str(document.invoice_id),
                invoice_id=document.invoice_id,
            )


def _is_to_be_paid_by_hand(invoice: Invoice | None) -> bool:
    """A card that renews is charged anyway, and the receipt tells of it: one mail is enough."""
    assert invoice is not None, "a wall of the table: a счёт is of an invoice"
    return invoice.purpose is InvoicePurpose.ORDER or invoice.method is PaymentMethodKind.BANK_TRANSFER
