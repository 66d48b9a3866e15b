"""Handing out the files of documents: compared with what was recorded, every time (J5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from app.billing.actors import Actor
from app.billing.documents.files import FileChanged
from app.billing.documents.kinds import FileFormat
from app.billing.ports import DocumentStore
from app.models import Document
from app.services.document_production import DocumentNotReady, content_of
from app.services.unit_of_work import Transactions

MEDIA_TYPES: Mapping[FileFormat, str] = MappingProxyType(
    {FileFormat.PDF: "application/pdf", FileFormat.XML: "application/xml"}
)


@dataclass(frozen=True, slots=True)
class Download:
    """A file as it is handed out."""

    name: str
    media_type: str
    content: bytes


def read_document(
    store: DocumentStore, document: Document, file_format: FileFormat = FileFormat.PDF
) -> Download:
    """The file of a document. Raises DocumentNotReady while there is none, FileChanged when what is stored
    is not what was recorded.
    """
    file = document.file(file_format)
    if file is None:
        raise DocumentNotReady(f"document {document.id}")
    content = content_of(store, file)
    if content is None:
        raise FileChanged(f"{file_format} of document {document.id}")
    return Download(file.name, MEDIA_TYPES[file_format], content)


def download_document(
    transactions: Transactions,
    store: DocumentStore,
    *,
    actor: Actor,
    document: Document,
    file_format: FileFormat,
    now: datetime,
) -> Download:
    """As `read_document`; a changed file leaves a task for staff and an entry in the audit."""
    try:
        return read_document(store, document, file_format)
    except FileChanged:
        report_changed_file(transactions, actor=actor, document=document, file_format=file_format, now=now)
        raise


def report_changed_file(
    transactions: Transactions, *, actor: Actor, document: Document, file_format: FileFormat, now: datetime
) -> None:
    """Leave a task for staff and an entry in the audit: this file was asked for and refused."""
    with transactions.begin(actor) as work:
        work.ask_staff("document_file_changed", "document", document.id, document.customer_id, now)
        work.audit(
            "document.file_refused",
            "document",
            document.id,
            customer_id=document.customer_id,
            reason="",
            now=now,
            details={"format": file_format.value},
        )
