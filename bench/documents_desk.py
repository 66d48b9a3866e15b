"""A database of its own with documents that wait for their files, and workers that make them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import sessionmaker

from app.billing.actors import Actor
from app.billing.documents.kinds import OriginalState
from app.billing.documents.snapshot import kind_of, to_snapshot
from app.cli.samples.stamp import name_of
from app.documents.exchange.writer import tax_service_writer
from app.documents.renderer_process import RendererProcess
from app.documents.store import FileDocumentStore
from app.embedded.postgres import PostgresCluster
from app.models import (
    Customer,
    CustomerStatus,
    Document,
    DocumentFile,
    DocumentStatus,
    Payer,
    PayerKind,
    Picture,
)
from app.models.migration import upgrade_database
from app.repositories.clock import SystemClock
from app.services.document_production import Production, render_document
from app.services.unit_of_work import Transactions, UnitOfWork
from bench.documents_set import DAY, PICTURE, document
from bench.renewals_shop import stock

NOW = datetime(2026, 11, 30, 21, 30, tzinfo=UTC)
CUSTOMERS = 100
SERIES = "ЗМ"
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Desk:
    """Where files are made: the database's address and server, and the folder of the files."""

    address: str
    server: psutil.Process
    files: Path

    @contextmanager
    def production(self) -> Iterator[Production]:
        """What a worker has; its renderer's child is stopped in the end."""
        engine = create_engine(self.address)
        transactions = Transactions(sessionmaker(engine, expire_on_commit=False), SystemClock())
        with RendererProcess() as renderer:
            yield Production(transactions, tax_service_writer(None), renderer, FileDocumentStore(self.files))
        engine.dispose()

    def processor_seconds(self) -> float:
        """User and system time of this process, the renderer's child and the database server."""
        own = psutil.Process()
        found = {own, self.server, *own.children(recursive=True), *self.server.children(recursive=True)}
        return sum(sum(each.cpu_times()[:2]) for each in found)


@contextmanager
def open_desk(directory: Path, documents: int) -> Iterator[Desk]:
    """Start a database, issue so many documents, and stop it in the end. Commits reach the disk."""
    cluster = PostgresCluster(directory / "postgres", options={"autovacuum": "off"})
    cluster.start()
    try:
        address = cluster.create_database("bench")
        upgrade_database(address)
        engine = create_engine(address)
        transactions = Transactions(sessionmaker(engine, expire_on_commit=False), SystemClock())
        stock(transactions)
        issue(transactions, documents)
        engine.dispose()
        yield Desk(address, psutil.Process(cluster.pid), directory / "files")
    finally:
        cluster.stop()


def issue(transactions: Transactions, count: int) -> None:
    """Documents 1 … count, spread over customers; each is a run of its own, so that each promises a mail."""
    with transactions.begin(Actor.system("bench")) as work:
        payers = [_payer(work, number) for number in range(CUSTOMERS)]
        work.session.add(Picture(sha256=name_of(PICTURE), content=PICTURE, created_at=NOW))
    for first in range(1, count + 1, CHUNK):
        with transactions.begin(Actor.system("bench")) as work:
            for ordinal in range(first, min(first + CHUNK, count + 1)):
                work.session.add(_row(ordinal, *payers[ordinal % CUSTOMERS]))


def _payer(work: UnitOfWork, number: int) -> tuple[int, int]:
    """A customer and their payer."""
    email = f"customer{number}@example.com"
    customer = Customer(
        email=email,
        canonical_email=email,
        password_hash="-",  # noqa: S106 - nobody logs in
        name=f"Customer {number}",
        country="RU",
        currency="RUB",
        language="ru",
        status=CustomerStatus.ACTIVE,
        created_at=NOW,
        activated_at=NOW,
    )
    payer = Payer(kind=PayerKind.COMPANY, name="ООО «Северный ветер»", country="RU", created_at=NOW)
    customer.payers.append(payer)
    work.session.add(customer)
    work.session.flush()
    return customer.id, payer.id


def _row(ordinal: int, customer_id: int, payer_id: int) -> Document:
    printed = document(ordinal)
    return Document(
        id=ordinal,
        seller_id=1,
        customer_id=customer_id,
        payer_id=payer_id,
        kind=kind_of(printed),
        series=SERIES,
        year=DAY.year,
        ordinal=ordinal,
        number=printed.number,
        correction=0,
        issued_on=DAY,
        supplied_on=DAY,
        currency=printed.total.currency,
        total_minor=printed.total.minor,
        vat_minor=printed.vat_total.minor,
        snapshot=to_snapshot(printed),
        status=DocumentStatus.PENDING,
        original_state=OriginalState.NONE,
        created_at=NOW + timedelta(seconds=ordinal),
    )


def make_files(production: Production, ordinals: Sequence[int]) -> None:
    """The whole job for each: snapshot from the database, files stored, row ready, mail promised."""
    for ordinal in ordinals:
        render_document(production, document_id=ordinal, now=NOW)


def ready_count(production: Production) -> int:
    """How many documents have their files."""
    ready = select(func.count(func.distinct(DocumentFile.document_id)))
    with production.transactions.reading() as repositories:
        return repositories.session.scalar(ready) or 0
