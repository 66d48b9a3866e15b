"""Files of documents when the disk is full or the renderer hangs or swells (faults 38 and 39)."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date

import pytest

from app.billing.documents.files import NOTHING_ENCLOSED, DocumentStoreUnavailable, Enclosures
from app.billing.documents.snapshot import PrintedDocument
from app.billing.rendering import RenderingFailed
from app.bootstrap import Container
from app.documents.renderer_process import RendererLimits, RendererProcess
from app.models import Document, DocumentFile, DocumentStatus, StaffTask
from app.services.document_production import MOST_TRIES, Production, render_document
from tests.factories import create_customer, create_payer, create_seller, rows
from tests.services.papers import issue_receipt

DAY = date(2026, 3, 2)


class Cursed(RendererProcess):
    """A real child that misbehaves at one document and prints every other."""

    def __init__(self, curse: str, number: str) -> None:
        super().__init__(RendererLimits(wall_seconds=6), "tests.documents.faulty_child")
        self._curse, self._number = curse, number

    def render(self, document: PrintedDocument, enclosures: Enclosures = NOTHING_ENCLOSED) -> bytes:
        """The child does as the number tells it."""
        told = self._curse if document.number == self._number else document.number
        return super().render(replace(document, number=told), enclosures)


@pytest.fixture
def customer(container: Container) -> int:
    create_seller(container)
    customer_id = create_customer(container)
    create_payer(container, customer_id)
    return customer_id


def make(container: Container, production: Production, document_id: int, tries: int = 1) -> None:
    render_document(production, document_id=document_id, now=container.clock.now(), tries=tries)


def document(container: Container, document_id: int) -> Document:
    (found,) = rows(container, Document, id=document_id)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("curse", ["HANG", "GROW", "DIE"])
def test_a_renderer_that_hangs_or_swells_is_killed_and_costs_one_document(
    container: Container, customer: int, curse: str
) -> None:
    cursed, other = issue_receipt(container, customer), issue_receipt(container, customer)
    number = document(container, cursed).number
    with Cursed(curse, number) as renderer:
        production = replace(container.production, renderer=renderer)
        started = time.monotonic()
        with pytest.raises(RenderingFailed) as failure:
            make(container, production, cursed)
        assert failure.value.retry
        assert time.monotonic() - started < 20
        assert document(container, cursed).status is DocumentStatus.PENDING

        make(container, production, other)
        make(container, production, cursed, tries=MOST_TRIES)

    assert document(container, other).status is DocumentStatus.READY
    failed = document(container, cursed)
    assert (failed.status, failed.failure_code) == (DocumentStatus.FAILED, failure.value.code)
    assert failed.number == number
    assert [task.object_id for task in rows(container, StaffTask)] == [str(cursed)]


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file can grow beyond this: the system refuses in the middle of writing, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.slow
def test_a_disk_that_fills_up_keeps_the_number_and_the_document_waits(
    container: Container, customer: int
) -> None:
    waiting = issue_receipt(container, customer, supplied_on=DAY)
    number = document(container, waiting).number
    folder = container.settings.documents_directory
    assert folder is not None
    with room_for(10_000), pytest.raises(DocumentStoreUnavailable):
        make(container, container.production, waiting, tries=10 * MOST_TRIES)
    assert document(container, waiting).status is DocumentStatus.PENDING
    assert (rows(container, DocumentFile), rows(container, StaffTask)) == ([], [])
    assert [path for path in folder.rglob("*") if path.is_file()] == []

    make(container, container.production, waiting)

    ready = document(container, waiting)
    assert (ready.status, ready.number) == (DocumentStatus.READY, number)
    (file,) = rows(container, DocumentFile)
    assert [path.stat().st_size for path in folder.rglob("*") if path.is_file()] == [file.size]
