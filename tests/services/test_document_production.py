"""Documents: issued as a snapshot, rendered by a worker, sent and downloaded (J1, J5)."""

import hashlib
from datetime import date
from functools import partial

import pytest

from app.billing.actors import Actor
from app.billing.documents.invoice import InvoiceDocument
from app.billing.documents.snapshot import from_snapshot
from app.billing.errors import InvalidInput, NotFound
from app.billing.money import Money
from app.billing.rendering import RenderingFailed
from app.billing.tax import TaxRegime
from app.bootstrap import Container
from app.models import (
    AuditEntry,
    Document,
    DocumentStatus,
    PayerKind,
    SellerTaxRegime,
    StaffTask,
    StatusChange,
)
from app.services.document_production import (
    DocumentNotReady,
    read_document,
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


class PlainRenderer:
    """Prints the number only, or fails as told."""

    def __init__(self, failure: RenderingFailed | None = None) -> None:
        self.rendered: list[InvoiceDocument] = []
        self._failure = failure

    def render(self, document: InvoiceDocument) -> bytes:
        """The number as bytes."""
        self.rendered.append(document)
        if self._failure is not None:
            raise self._failure
        return b"%PDF " + document.number.encode()


def render(container: Container, renderer: PlainRenderer, document_id: int = 1) -> None:
    render_document(
        container.transactions,
        renderer,
        container.document_store,
        document_id=document_id,
        now=container.clock.now(),
    )


def document(container: Container) -> Document:
    return rows(container, Document)[-1]


def resend(container: Container, reason: str = "просьба") -> None:
    resend_document(
        container.transactions, actor=SUPPORT, document_id=1, reason=reason, now=container.clock.now()
    )


def test_the_snapshot_holds_everything_that_is_printed(container: Container, alice: int) -> None:
    order(container, alice, "crm-connector", "mail-connector")
    printed = from_snapshot(document(container).snapshot)
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
    printed = from_snapshot(document(container).snapshot)
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
    printed = from_snapshot(document(container).snapshot)
    assert (printed.lines[0].vat_rate, printed.vat_total) == (None, Money(0, "RUB"))
    assert printed.vat_exemption == ground


def test_the_file_is_made_by_a_worker_and_announced(container: Container, alice: int) -> None:
    order(container, alice, "crm-connector")
    assert document(container).status is DocumentStatus.PENDING
    assert promised(container, "document.render")[0].queue == "documents"

    deliver_all(container, documents=True)

    made = document(container)
    content = read_document(container.document_store, made)
    assert content.startswith(b"%PDF-")
    assert (made.status, made.size, made.sha256) == (
        DocumentStatus.READY,
        len(content),
        hashlib.sha256(content).hexdigest(),
    )
    assert made.file_key == f"invoices/2026/{made.id}.pdf"
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
    assert renderer.rendered[0].payer.name == "ООО «Ромашка»"


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
