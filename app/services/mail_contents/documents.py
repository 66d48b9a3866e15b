"""What mails about documents say (J5)."""

from __future__ import annotations

from collections.abc import Mapping

from app.billing.mail import MailData, MailKind
from app.billing.mail_data import DocumentReadyMail, DocumentsReadyMail, MailedDocument
from app.services.mail_contents.context import Contents, MailContext

NAMED = 20
"""Documents that a mail names; the rest is a number."""


def _document_ready(context: MailContext) -> MailData:
    document = context.repositories.documents.one_of_customer(
        context.customer.id, context.payload["document_id"]
    )
    return DocumentReadyMail(
        document=document.kind,
        number=document.number,
        issued_on=document.issued_on,
        payer=document.payer.name,
        total=document.total,
        download_url=context.links.document(document.id),
    )


def _documents_ready(context: MailContext) -> MailData:
    named = context.repositories.documents.named(context.customer.id, context.payload["document_ids"])
    return DocumentsReadyMail(
        documents=tuple(
            MailedDocument(row.kind, row.number, row.issued_on, row.total) for row in named[:NAMED]
        ),
        count=len(named),
        documents_url=context.links.documents(),
    )


DOCUMENT_MAILS: Mapping[MailKind, Contents] = {
    MailKind.DOCUMENT_READY: _document_ready,
    MailKind.DOCUMENTS_READY: _documents_ready,
}
