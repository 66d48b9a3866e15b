"""All documents of a period in one ZIP, with a list of what is in it and what is not (J5).

The archive itself keeps, in its comment, the last document that is in it: a turn goes on there. An archive
that a kill left torn has no comment that fits, and is begun anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from app.billing.actors import Actor, ActorKind
from app.billing.documents.files import FileChanged
from app.billing.documents.kinds import DocumentKind, FileFormat
from app.billing.documents.listing import DocumentFilter, days_of
from app.billing.documents.titles import file_stem
from app.billing.errors import Conflict, InvalidInput
from app.billing.ports import Clock, DocumentStore
from app.formatting.csv_file import csv_lines
from app.models import Document, DocumentFile
from app.services.document_files import read_document, report_changed_file
from app.services.long_work import Turn, WorkKind, start_work
from app.services.sign_off import require_staff
from app.services.unit_of_work import Transactions

KIND = "documents_archive"
MOST_DOCUMENTS = 20_000
"""Of one archive: its table of contents is held in memory. More are asked for in parts."""
BATCH = 100
MANIFEST = "manifest.csv"
HEADINGS = ("document", "number", "date", "payer", "total", "currency", "file", "sha256", "state")
MOMENT_OF_ZIP = (1980, 1, 1, 0, 0, 0)
"""The same documents make the same archive."""


@dataclass(frozen=True, slots=True)
class ArchiveRequest:
    """Which documents: of a customer or of a seller, of a period («2026-03» or «2026»), of a kind or all."""

    period: str
    customer_id: int | None = None
    seller_id: int | None = None
    kind: DocumentKind | None = None

    @property
    def wanted(self) -> DocumentFilter:
        """As lists take it. Raises InvalidInput (BAD_PERIOD)."""
        days = days_of(self.period)
        if days is None:
            raise InvalidInput("no month and no year", code="BAD_PERIOD")
        return DocumentFilter(*days, self.kind)

    def parameters(self) -> dict[str, Any]:
        """As long work keeps it."""
        return {
            "period": self.period,
            "customer_id": self.customer_id,
            "seller_id": self.seller_id,
            "kind": self.kind.value if self.kind else None,
        }

    @classmethod
    def of_parameters(cls, parameters: Mapping[str, Any]) -> ArchiveRequest:
        """What `parameters` gave."""
        kind = parameters["kind"]
        return cls(
            parameters["period"],
            parameters["customer_id"],
            parameters["seller_id"],
            DocumentKind(kind) if kind else None,
        )


@dataclass(frozen=True, slots=True)
class Packing:
    """What packing needs."""

    transactions: Transactions
    store: DocumentStore
    clock: Clock


def ask_for_archive(
    transactions: Transactions, *, actor: Actor, request: ArchiveRequest, now: datetime, real_now: datetime
) -> int:
    """Have a worker pack the documents; the id of the long work.

    A customer gets their own documents only, whatever the request says. Raises Conflict (NO_DOCUMENTS,
    TOO_MANY_DOCUMENTS, TOO_MUCH_WORK), InvalidInput (BAD_PERIOD), NotPermitted.
    """
    if actor.kind is ActorKind.CUSTOMER:
        request = ArchiveRequest(request.period, int(actor.identity), None, request.kind)
    else:
        require_staff(actor)
    with transactions.begin(actor) as work:
        count = work.document_lists.count(
            request.customer_id, request.seller_id, request.wanted, MOST_DOCUMENTS + 1
        )
        if not count:
            raise Conflict("nothing to pack", code="NO_DOCUMENTS")
        if count > MOST_DOCUMENTS:
            raise Conflict("more than one archive holds", code="TOO_MANY_DOCUMENTS")
        parameters = request.parameters()
        work_id = start_work(work, kind=KIND, parameters=parameters, actor=actor, real_now=real_now)
        work.audit(
            "documents.archive",
            "long_work",
            work_id,
            customer_id=request.customer_id,
            now=now,
            details=parameters,
        )
        return work_id


def archive_kind(packing: Packing) -> WorkKind:
    """Packing documents as a kind of long work."""
    return WorkKind(lambda turn: pack(packing, turn), "zip", "application/zip")


def pack(packing: Packing, turn: Turn) -> str | None:
    """Pack until the turn is over; the name of the archive when all is in it.

    Files that were changed or are not ready are left out and said so in the list. Memory holds one file.
    """
    request = ArchiveRequest.of_parameters(turn.parameters)
    documents = _Documents(packing, request)
    last, done = _reached(turn)
    with turn.open(anew=not last) as file, ZipFile(file, "a", ZIP_STORED) as archive:
        names = _Names(set(archive.namelist()))
        total = turn.total or documents.count()
        for batch in documents.batches(last):
            for document in batch:
                _add(archive, names, document, packing, turn)
            last, done = batch[-1].id, done + len(batch)
            archive.comment = f"{last} {done}".encode()
            turn.tell(done, max(total, done))
            if turn.is_over:
                return None
        archive.comment = b""
        _add_manifest(archive, documents)
    return f"documents-{request.period}"


def _reached(turn: Turn) -> tuple[int, int]:
    """The last document in the archive and how many are in it; nothing when it is not whole."""
    with turn.open(anew=False) as file:
        try:
            with ZipFile(file) as archive:
                last, done = archive.comment.split()
                return int(last), int(done)
        except (BadZipFile, ValueError):
            return 0, 0


@dataclass(frozen=True, slots=True)
class _Documents:
    packing: Packing
    request: ArchiveRequest

    def count(self) -> int:
        with self.packing.transactions.reading() as repositories:
            return repositories.document_lists.count(
                self.request.customer_id, self.request.seller_id, self.request.wanted, MOST_DOCUMENTS
            )

    def batches(self, last: int) -> Iterator[Sequence[Document]]:
        while True:
            with self.packing.transactions.reading() as repositories:
                batch = repositories.document_lists.after(
                    self.request.customer_id, self.request.seller_id, self.request.wanted, last, BATCH
                )
            if not batch:
                return
            yield batch
            last = batch[-1].id


@dataclass(slots=True)
class _Names:
    """Gives each file a name of its own, without a path that leads anywhere."""

    taken: set[str] = field(default_factory=set)

    def of(self, document: Document, file: DocumentFile) -> str:
        stem = file.name.rpartition(".")[0]
        about = document.supplied_on or document.issued_on
        name = f"{about:%Y-%m}/{file_stem(stem)}.{file.format}"
        if name in self.taken:
            name = f"{about:%Y-%m}/{file_stem(stem)} ({document.id}).{file.format}"
        self.taken.add(name)
        return name


def _add(archive: ZipFile, names: _Names, document: Document, packing: Packing, turn: Turn) -> None:
    for file in document.files:
        try:
            content = read_document(packing.store, document, file.format).content
        except FileChanged:
            report_changed_file(
                packing.transactions,
                actor=turn.actor,
                document=document,
                file_format=file.format,
                now=packing.clock.now(),
            )
            continue
        entry = ZipInfo(names.of(document, file), MOMENT_OF_ZIP)
        entry.compress_type = ZIP_DEFLATED if file.format is FileFormat.XML else ZIP_STORED
        archive.writestr(entry, content)


def _add_manifest(archive: ZipFile, documents: _Documents) -> None:
    packed = set(archive.namelist())
    with archive.open(ZipInfo(MANIFEST, MOMENT_OF_ZIP), "w") as manifest:
        for line in csv_lines(_rows(packed, documents)):
            manifest.write(line)


def _rows(packed: set[str], documents: _Documents) -> Iterator[Sequence[str]]:
    """The names are given in the same order as before, so they are the same."""
    yield HEADINGS
    names = _Names()
    for batch in documents.batches(0):
        for document in batch:
            files = [(names.of(document, file), file.sha256) for file in document.files]
            for name, checksum in files or [("", "")]:
                state = document.status.value if not name else "packed" if name in packed else "refused"
                yield _row(document, name, checksum, state)


def _row(document: Document, name: str, checksum: str, state: str) -> Sequence[str]:
    total = str(document.total.decimal).replace(".", ",")
    return (
        document.kind.value,
        document.number,
        f"{document.issued_on:%d.%m.%Y}",
        document.payer.name,
        total,
        document.currency,
        name,
        checksum,
        state,
    )
