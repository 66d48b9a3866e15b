"""Documents: issued as a snapshot, rendered by a worker, sent and downloaded (J1, J5)."""

import hashlib
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from app.billing.actors import Actor
from app.billing.documents.files import (
    NOTHING_ENCLOSED,
    DocumentStoreUnavailable,
    Enclosures,
    ExchangeFile,
    ExchangeFileInvalid,
    FileChanged,
)
from app.billing.documents.invoice import InvoiceDocument
from app.billing.documents.kinds import FileFormat
from app.billing.documents.snapshot import PrintedDocument, from_snapshot
from app.billing.errors import InvalidInput, NotFound
from app.billing.money import Money
from app.billing.ports import DocumentStore, ExchangeWriter
from app.billing.rendering import RenderingFailed
from app.billing.tax import TaxRegime
from app.bootstrap import Container
from app.documents.store import FileDocumentStore, StoredFile
from app.models import (
    AuditEntry,
    Document,
    DocumentFile,
    DocumentStatus,
    PayerKind,
    SellerTaxRegime,
    StaffTask,
    StatusChange,
)
from app.services.document_files import download_document, read_document
from app.services.document_production import (
    MOST_TRIES,
    DocumentNotReady,
    Production,
    make_again,
    render_document,
    resend_document,
)
from tests.factories import (
    FACTORY,
    create_connector,
    create_customer,
    create_payer,
    create_seller,
    deliver_all,
    mails,
    order,
    promised,
    rows,
)
from tests.parallel import at_once

SUPPORT = Actor.staff("support")
FINANCE = Actor.staff("finance")


class PlainRenderer:
    """Prints the number and what is enclosed, or fails as told."""

    def __init__(self, failure: RenderingFailed | None = None) -> None:
        self.rendered: list[PrintedDocument] = []
        self.enclosed: list[Enclosures] = []
        self._failure = failure

    def render(self, document: PrintedDocument, enclosures: Enclosures = NOTHING_ENCLOSED) -> bytes:
        """The number as bytes, and the exchange file."""
        self.rendered.append(document)
        self.enclosed.append(enclosures)
        if self._failure is not None:
            raise self._failure
        attached = enclosures.exchange.content if enclosures.exchange else b""
        return b"%PDF " + document.number.encode() + attached


class PlainExchange:
    """Writes the number, or fails as told."""

    def __init__(self, failure: ExchangeFileInvalid | None = None) -> None:
        self._failure = failure

    def write(self, document: PrintedDocument) -> ExchangeFile | None:
        """A file with the number inside."""
        if self._failure is not None:
            raise self._failure
        return ExchangeFile("ON_NSCHFDOPPR_1.xml", document.number.encode("cp1251"))


def production(
    container: Container,
    renderer: PlainRenderer,
    exchange: ExchangeWriter | None = None,
    store: DocumentStore | None = None,
) -> Production:
    return replace(
        container.production,
        renderer=renderer,
        exchange_writer=exchange or container.exchange_writer,
        store=store or container.document_store,
    )


def render(container: Container, renderer: PlainRenderer, document_id: int = 1, tries: int = 1) -> None:
    render_document(
        production(container, renderer), document_id=document_id, now=container.clock.now(), tries=tries
    )


def document(container: Container) -> Document:
    """The last document, with its files."""
    with container.transactions.reading() as repositories:
        found = repositories.session.scalars(select(Document).order_by(Document.id.desc()).limit(1)).one()
        assert found.files is not None, "read while there is a session"
        return found


def printed_invoice(container: Container) -> InvoiceDocument:
    printed = from_snapshot(document(container).snapshot)
    assert isinstance(printed, InvoiceDocument)
    return printed


def resend(container: Container, reason: str = "просьба") -> None:
    resend_document(
        container.transactions, actor=SUPPORT, document_id=1, reason=reason, now=container.clock.now()
    )


def test_the_snapshot_holds_everything_that_is_printed(container: Container, alice: int) -> None:
    order(container, alice, "crm-connector", "mail-connector")
    printed = printed_invoice(container)
    assert (printed.number, printed.issued_on, printed.due_on) == (
        "СЧ-2026-000001",
        date(2026, 3, 2),
        date(2026, 3, 9),
    )
    assert (printed.seller.inn, printed.payer.inn, printed.bank.bic) == (
        "7707083893",
        "7736050003",
        "044525225",
    )
    assert [(line.total, line.vat, line.vat_rate) for line in printed.lines] == [
        (Money(99_000, "RUB"), Money(17_852, "RUB"), 2200)
    ] * 2
    assert (printed.total, printed.vat_total) == (Money(198_000, "RUB"), Money(35_704, "RUB"))
    assert printed.purpose == "Оплата по счёту СЧ-2026-000001 от 02.03.2026 за доступ к коннекторам"
    assert (printed.language, printed.vat_exemption) == ("ru", None)


def test_a_foreign_payer_reads_english(container: Container) -> None:
    create_seller(container)
    create_connector(container, monthly=Money(1_000, "USD"))
    hans = create_customer(container, "hans@example.com", country="DE", currency="USD", language="en")
    create_payer(container, hans, kind=PayerKind.FOREIGN_COMPANY, country="DE", inn=None, kpp=None)
    order(container, hans, "crm-connector")
    printed = printed_invoice(container)
    assert (printed.language, printed.lines[0].unit, printed.lines[0].vat_rate) == ("en", "pcs", None)
    assert printed.vat_exemption is not None
    assert "Art. 148" in printed.vat_exemption


@pytest.mark.parametrize(
    ("regime", "ground"),
    [
        (TaxRegime.SIMPLIFIED, "УСН, п. 1 ст. 145 НК РФ"),
        (TaxRegime.EXEMPT, "пп. 26 п. 2 ст. 149 НК РФ"),
    ],
)
def test_a_seller_without_vat_says_by_which_law(
    container: Container, alice: int, regime: TaxRegime, ground: str
) -> None:
    with container.transactions.begin(FACTORY) as work:
        seller = work.sellers.current()
        seller.tax_regimes.append(SellerTaxRegime(effective_from=date(2026, 3, 1), regime=regime))
    order(container, alice, "crm-connector")
    printed = printed_invoice(container)
    assert (printed.lines[0].vat_rate, printed.vat_total) == (None, Money(0, "RUB"))
    assert printed.vat_exemption == ground


def test_the_file_is_made_by_a_worker_and_announced(container: Container, alice: int) -> None:
    order(container, alice, "crm-connector")
    assert document(container).status is DocumentStatus.PENDING
    assert promised(container, "document.render")[0].queue == "documents"

    deliver_all(container, documents=True)

    made = document(container)
    (file,) = made.files
    download = read_document(container.document_store, made)
    assert download.content.startswith(b"%PDF-")
    assert (made.status, file.size, file.sha256) == (
        DocumentStatus.READY,
        len(download.content),
        hashlib.sha256(download.content).hexdigest(),
    )
    assert file.file_key == f"documents/2026/{made.id}.pdf"
    assert (download.name, download.media_type) == (
        "Счёт № СЧ-2026-000001 от 02.03.2026.pdf",
        "application/pdf",
    )
    assert mails(container) == ["invoice_issued"]


def test_rendering_again_changes_nothing(container: Container, alice: int) -> None:
    order(container, alice, "crm-connector")
    renderer = PlainRenderer()
    at_once(*[partial(render, container, renderer)] * 4)
    made = document(container).rendered_at
    container.clock.advance(days=1)  # type: ignore[attr-defined]  # the tests' clock
    render(container, renderer)
    assert document(container).rendered_at == made
    assert mails(container) == ["invoice_issued"]
    assert len(rows(container, StatusChange, object_kind="document")) == 1


def test_the_file_is_made_from_the_snapshot(container: Container, alice: int) -> None:
    order(container, alice, "crm-connector")
    create_payer(container, alice, name="ООО «Лютик»")
    renderer = PlainRenderer()
    render(container, renderer)
    (rendered,) = renderer.rendered
    assert isinstance(rendered, InvoiceDocument)
    assert rendered.payer.name == "ООО «Ромашка»"


def test_a_failure_that_may_pass_is_tried_again(container: Container, alice: int) -> None:
    order(container, alice, "crm-connector")
    with pytest.raises(RenderingFailed):
        render(container, PlainRenderer(RenderingFailed("RENDERER_DIED", retry=True)))
    assert document(container).status is DocumentStatus.PENDING
    render(container, PlainRenderer())
    assert document(container).status is DocumentStatus.READY


def test_a_failure_that_will_not_pass_is_a_task_for_staff(container: Container, alice: int) -> None:
    order(container, alice, "crm-connector")
    for _ in range(2):
        render(container, PlainRenderer(RenderingFailed("DOCUMENT_TOO_LARGE", retry=False)))
    failed = document(container)
    assert (failed.status, failed.failure_code) == (DocumentStatus.FAILED, "DOCUMENT_TOO_LARGE")
    assert [task.kind for task in rows(container, StaffTask)] == ["document_failed"]
    assert mails(container) == []

    render(container, PlainRenderer())

    assert (document(container).status, document(container).failure_code) == (DocumentStatus.READY, None)


def test_a_file_that_is_not_there_yet(container: Container, alice: int) -> None:
    order(container, alice, "crm-connector")
    with pytest.raises(DocumentNotReady):
        read_document(container.document_store, document(container))
    with pytest.raises(DocumentNotReady):
        resend(container)
    with pytest.raises(NotFound):
        render(container, PlainRenderer(), 10**9)


def test_resending_needs_a_reason_and_is_remembered(container: Container, alice: int) -> None:
    order(container, alice, "crm-connector")
    render(container, PlainRenderer())
    with pytest.raises(InvalidInput):
        resend(container, "  ")
    resend(container)
    resend(container, " ещё раз ")
    assert mails(container) == ["invoice_issued", "document_ready", "document_ready"]
    entries = rows(container, AuditEntry, action="document.resend")
    assert [(entry.actor_identity, entry.reason) for entry in entries] == [
        ("support", "просьба"),
        ("support", "ещё раз"),
    ]


def again(container: Container, reason: str = "исправили шаблон") -> None:
    make_again(container.transactions, actor=FINANCE, document_id=1, reason=reason, now=container.clock.now())


def stored_files(container: Container) -> dict[str, bytes]:
    root = container.settings.documents_directory
    assert root is not None
    return {
        str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()
    }


def test_a_kind_with_an_exchange_file_has_two_files_and_one_is_put_into_the_other(
    container: Container, alice: int
) -> None:
    order(container, alice, "crm-connector")
    renderer = PlainRenderer()
    render_document(
        production(container, renderer, PlainExchange()), document_id=1, now=container.clock.now()
    )
    made = document(container)
    xml = "СЧ-2026-000001".encode("cp1251")
    assert renderer.enclosed == [Enclosures(ExchangeFile("ON_NSCHFDOPPR_1.xml", xml), {})]
    assert stored_files(container) == {
        "documents/2026/1.pdf": b"%PDF " + "СЧ-2026-000001".encode() + xml,
        "documents/2026/1.xml": xml,
    }
    download = read_document(container.document_store, made, FileFormat.XML)
    assert (download.name, download.media_type) == ("ON_NSCHFDOPPR_1.xml", "application/xml")


def test_an_invalid_exchange_file_is_never_released(container: Container, alice: int) -> None:
    order(container, alice, "crm-connector")
    broken = production(container, PlainRenderer(), PlainExchange(ExchangeFileInvalid("ИННЮЛ")))
    render_document(broken, document_id=1, now=container.clock.now())
    failed = document(container)
    assert (failed.status, failed.failure_code) == (DocumentStatus.FAILED, "EXCHANGE_FILE_INVALID")
    assert (failed.files, stored_files(container)) == ([], {})


def test_a_document_that_hangs_the_renderer_is_given_up_after_some_tries(
    container: Container, alice: int
) -> None:
    order(container, alice, "crm-connector")
    hanging = PlainRenderer(RenderingFailed("RENDERER_TIMEOUT", retry=True))
    with pytest.raises(RenderingFailed):
        render(container, hanging, tries=MOST_TRIES - 1)
    assert document(container).status is DocumentStatus.PENDING
    render(container, hanging, tries=MOST_TRIES)
    assert document(container).failure_code == "RENDERER_TIMEOUT"


def test_staff_have_a_failed_document_made_again(container: Container, alice: int) -> None:
    order(container, alice, "crm-connector")
    render(container, PlainRenderer(RenderingFailed("RENDERING_ERROR", retry=False)))
    with pytest.raises(InvalidInput):
        again(container, " ")
    again(container)
    assert document(container).status is DocumentStatus.PENDING
    deliver_all(container, documents=True)
    assert document(container).status is DocumentStatus.READY
    (entry,) = rows(container, AuditEntry, action="document.make_again")
    assert (entry.actor_identity, entry.reason) == ("finance", "исправили шаблон")
    assert [
        (row.old_status, row.new_status) for row in rows(container, StatusChange, object_kind="document")
    ] == [
        ("pending", "failed"),
        ("failed", "pending"),
        ("pending", "ready"),
    ]


class FullDisk(FileDocumentStore):
    """Has room for so many files."""

    def __init__(self, root: Path, room: int) -> None:
        super().__init__(root)
        self._room = room

    def save(self, key: str, content: bytes) -> StoredFile:
        """Store while there is room."""
        if not self._room:
            raise DocumentStoreUnavailable("ENOSPC")
        self._room -= 1
        return super().save(key, content)


@pytest.mark.parametrize("room", [0, 1])
def test_a_full_disk_leaves_the_document_pending_with_its_number(
    container: Container, alice: int, room: int
) -> None:
    order(container, alice, "crm-connector")
    assert container.settings.documents_directory is not None
    full = FullDisk(container.settings.documents_directory, room)
    with pytest.raises(DocumentStoreUnavailable):
        render_document(
            production(container, PlainRenderer(), PlainExchange(), full),
            document_id=1,
            now=container.clock.now(),
            tries=10 * MOST_TRIES,
        )
    waiting = document(container)
    assert (waiting.status, waiting.number) == (DocumentStatus.PENDING, "СЧ-2026-000001")
    assert (rows(container, DocumentFile), rows(container, StaffTask)) == ([], [])

    render_document(
        production(container, PlainRenderer(), PlainExchange()), document_id=1, now=container.clock.now()
    )

    assert [file.format for file in document(container).files] == [FileFormat.PDF, FileFormat.XML]


class Killed(BaseException):
    """The worker is no more: nothing that it would have done afterwards happens."""


class KilledStore(FileDocumentStore):
    """The worker is killed after so many files were stored."""

    def __init__(self, root: Path, files: int) -> None:
        super().__init__(root)
        self._files = files

    def save(self, key: str, content: bytes) -> StoredFile:
        """Store, and be killed after the last one."""
        stored = super().save(key, content)
        self._files -= 1
        if not self._files:
            raise Killed
        return stored


@pytest.mark.parametrize("files", [1, 2])
def test_a_killed_worker_leaves_a_document_that_is_simply_made_again(
    container: Container, alice: int, files: int
) -> None:
    order(container, alice, "crm-connector")
    assert container.settings.documents_directory is not None
    killed = KilledStore(container.settings.documents_directory, files)
    with pytest.raises(Killed):
        render_document(
            production(container, PlainRenderer(), PlainExchange(), killed),
            document_id=1,
            now=container.clock.now(),
        )
    assert document(container).status is DocumentStatus.PENDING

    render_document(
        production(container, PlainRenderer(), PlainExchange()), document_id=1, now=container.clock.now()
    )

    made = document(container)
    assert [file.format for file in made.files] == [FileFormat.PDF, FileFormat.XML]
    assert read_document(container.document_store, made).content.startswith(b"%PDF")
    assert len(stored_files(container)) == 2
    assert mails(container) == ["invoice_issued"]


def change_file(container: Container) -> None:
    container.document_store.save("documents/2026/1.pdf", b"%PDF another sum")


def download(container: Container) -> bytes:
    return download_document(
        container.transactions,
        container.document_store,
        actor=Actor.customer(1),
        document=document(container),
        file_format=FileFormat.PDF,
        now=container.clock.now(),
    ).content


def test_a_changed_file_is_refused_and_noticed(container: Container, alice: int) -> None:
    order(container, alice, "crm-connector")
    render(container, PlainRenderer())
    whole = download(container)
    change_file(container)
    for _ in range(2):
        with pytest.raises(FileChanged):
            download(container)
    assert [task.kind for task in rows(container, StaffTask)] == ["document_file_changed"]
    entries = rows(container, AuditEntry, action="document.file_refused")
    assert [(entry.actor_identity, entry.details) for entry in entries] == [("1", {"format": "pdf"})] * 2

    again(container)
    render(container, PlainRenderer())

    assert download(container) == whole
    assert document(container).status is DocumentStatus.READY


def test_a_missing_file_is_refused_and_made_again(container: Container, alice: int) -> None:
    order(container, alice, "crm-connector")
    render(container, PlainRenderer())
    assert container.settings.documents_directory is not None
    (container.settings.documents_directory / "documents/2026/1.pdf").unlink()
    with pytest.raises(FileChanged):
        download(container)
    render(container, PlainRenderer())
    assert download(container).startswith(b"%PDF")


class ChattyRenderer(PlainRenderer):
    """A later version of the program, which draws differently."""

    def render(self, document: PrintedDocument, enclosures: Enclosures = NOTHING_ENCLOSED) -> bytes:
        """More than before."""
        return super().render(document, enclosures) + b" in another font"


def test_a_file_that_comes_out_differently_stays_refused(container: Container, alice: int) -> None:
    order(container, alice, "crm-connector")
    render(container, PlainRenderer())
    change_file(container)
    render(container, ChattyRenderer())
    with pytest.raises(FileChanged):
        download(container)
    assert [task.kind for task in rows(container, StaffTask)] == [
        "document_not_restored",
        "document_file_changed",
    ]
