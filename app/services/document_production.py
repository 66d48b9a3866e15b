"""Making the files of documents: from the snapshot alone, by a worker, until it works (J5, design §2.10).

The file for electronic exchange comes first and is put into the PDF; both are stored before either is
recorded, so that a worker killed at any point leaves a document that is simply made again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from app.billing.actors import Actor
from app.billing.documents.files import DocumentStoreUnavailable, Enclosures, ExchangeFile
from app.billing.documents.kinds import FileFormat
from app.billing.documents.snapshot import PrintedDocument, from_snapshot
from app.billing.documents.titles import pdf_name
from app.billing.errors import BillingError, Conflict, InvalidInput, NotFound
from app.billing.mail import MailKind
from app.billing.ports import DocumentRenderer, DocumentStore, ExchangeWriter, StoredFile
from app.billing.rendering import RenderingFailed
from app.models import Document, DocumentFile, DocumentStatus
from app.services.document_mails import announce
from app.services.unit_of_work import DOCUMENT_QUEUE, Transactions, UnitOfWork

ACTOR = Actor.system("document.render")
MOST_TRIES = 8
"""Of a renderer that dies or hangs: after an hour the document is to blame. A full disk is waited for."""


class DocumentNotReady(Conflict):
    """The file is still being made, or making it failed."""

    code = "DOCUMENT_NOT_READY"


@dataclass(frozen=True, slots=True)
class Production:
    """What making files needs."""

    transactions: Transactions
    exchange_writer: ExchangeWriter
    renderer: DocumentRenderer
    store: DocumentStore


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file that is made but not stored yet."""

    format: FileFormat
    name: str
    content: bytes


def promise_rendering(work: UnitOfWork, document_id: int, customer_id: int) -> None:
    """Promise that a worker makes the files of a customer's document."""
    work.promise_job(
        "document.render", queue=DOCUMENT_QUEUE, customer_id=customer_id, document_id=document_id
    )


def render_document(production: Production, *, document_id: int, now: datetime, tries: int = 1) -> None:
    """Make the files of a document from its snapshot. Doing it twice is doing it once.

    The files of a document that is ready are made anew only if one of them is gone or changed, and stored
    only if they are the same as before. Nothing is open in the database while files are made. Raises
    RenderingFailed and DocumentStoreUnavailable when trying again may help; when it may not, or was tried
    MOST_TRIES times, the document is marked failed and staff get a task.
    """
    with production.transactions.reading() as repositories:
        document = repositories.documents.get(document_id)
        is_ready, known = document.status is DocumentStatus.READY, list(document.files)
        snapshot, folder = document.snapshot, f"documents/{document.issued_on.year}"
    if is_ready and all(content_of(production.store, file) is not None for file in known):
        return
    try:
        made = _make(production, from_snapshot(snapshot))
    except DocumentStoreUnavailable:
        raise
    except RenderingFailed as failure:
        if failure.retry and tries < MOST_TRIES:
            raise
        _mark_failed(production.transactions, document_id, failure.code, now)
    except BillingError as failure:
        _mark_failed(production.transactions, document_id, failure.code, now)
    else:
        if is_ready:
            _restore(production, document_id, known, made, now)
        else:
            stored = [
                (each, production.store.save(f"{folder}/{document_id}.{each.format}", each.content))
                for each in made
            ]
            _mark_ready(production.transactions, document_id, stored, now)


def make_again(
    transactions: Transactions, *, actor: Actor, document_id: int, reason: str, now: datetime
) -> None:
    """Have a worker make the files once more, after a failure or when a file is gone. Raises InvalidInput."""
    reason = checked_reason(reason)
    with transactions.begin(actor) as work:
        document = work.documents.get(document_id, lock=True)
        if document.status is DocumentStatus.FAILED:
            work.record_status("document", document_id, document.status, DocumentStatus.PENDING, reason, now)
            document.status = DocumentStatus.PENDING
        promise_rendering(work, document_id, document.customer_id)
        work.audit(
            "document.make_again",
            "document",
            document_id,
            customer_id=document.customer_id,
            reason=reason,
            now=now,
        )


def resend_document(
    transactions: Transactions, *, actor: Actor, document_id: int, reason: str, now: datetime
) -> None:
    """Send the customer the link to a document once more. Raises DocumentNotReady, InvalidInput."""
    reason = checked_reason(reason)
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
            reason=reason,
            now=now,
        )


def checked_reason(reason: str) -> str:
    """The reason without spaces around it; raises InvalidInput (REASON_REQUIRED) when there is none."""
    if not reason.strip():
        raise InvalidInput("a reason is needed", code="REASON_REQUIRED")
    return reason.strip()


def _make(production: Production, document: PrintedDocument) -> list[MadeFile]:
    exchange = production.exchange_writer.write(document)
    enclosures = Enclosures(exchange, _pictures(production.transactions, document))
    pdf = production.renderer.render(document, enclosures)
    return [MadeFile(FileFormat.PDF, pdf_name(document), pdf), *_exchange_file(exchange)]


def _exchange_file(exchange: ExchangeFile | None) -> list[MadeFile]:
    return [] if exchange is None else [MadeFile(FileFormat.XML, exchange.name, exchange.content)]


def _pictures(transactions: Transactions, document: PrintedDocument) -> dict[str, bytes]:
    """The pictures that the snapshot names by their content."""
    named = [getattr(document, field, None) for field in ("stamp", "logo")]
    wanted = [each for each in named if each is not None]
    if not wanted:
        return {}
    with transactions.reading() as repositories:
        return repositories.documents.pictures(wanted)


def content_of(store: DocumentStore, file: DocumentFile) -> bytes | None:
    """What is stored, if it is what was recorded; None when it is gone or changed."""
    try:
        content = store.read(file.file_key)
    except NotFound:
        return None
    return content if sha256(content).hexdigest() == file.sha256 else None


def _restore(
    production: Production,
    document_id: int,
    known: Sequence[DocumentFile],
    made: Sequence[MadeFile],
    now: datetime,
) -> None:
    """Put back what is gone or changed; files that come out differently today stay refused."""
    by_format = {each.format: each for each in made}
    for file in known:
        again = by_format.get(file.format)
        if again is not None and sha256(again.content).hexdigest() == file.sha256:
            production.store.save(file.file_key, again.content)
            continue
        with production.transactions.begin(ACTOR) as work:
            document = work.documents.get(document_id)
            work.ask_staff("document_not_restored", "document", document_id, document.customer_id, now)


def _mark_failed(transactions: Transactions, document_id: int, code: str, now: datetime) -> None:
    with transactions.begin(ACTOR) as work:
        document = _locked(work, document_id)
        if document.status is DocumentStatus.PENDING:
            work.record_status("document", document_id, document.status, DocumentStatus.FAILED, code, now)
            document.status = DocumentStatus.FAILED
            document.failure_code = code
        work.ask_staff("document_failed", "document", document_id, document.customer_id, now)
        announce(work, document)


def _mark_ready(
    transactions: Transactions, document_id: int, stored: Sequence[tuple[MadeFile, StoredFile]], now: datetime
) -> None:
    with transactions.begin(ACTOR) as work:
        document = _locked(work, document_id)
        if document.status is DocumentStatus.READY:
            return
        work.record_status("document", document_id, document.status, DocumentStatus.READY, "rendered", now)
        document.status = DocumentStatus.READY
        document.rendered_at = now
        for made, file in stored:
            work.insert(
                DocumentFile(
                    document_id=document_id,
                    format=made.format,
                    name=made.name,
                    file_key=file.key,
                    sha256=file.sha256,
                    size=file.size,
                    made_at=now,
                )
            )
        announce(work, document)
        document.failure_code = None


def _locked(work: UnitOfWork, document_id: int) -> Document:
    """The document, locked after its customer: of two that end a run, the later one knows it is the last."""
    work.customers.get(work.documents.get(document_id).customer_id, lock=True)
    return work.documents.get(document_id, lock=True)
