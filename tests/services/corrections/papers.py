"""How tests of corrections speak: service that was given and documented, and refunds that lower its price."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy import select

from app.billing.actors import Actor
from app.billing.documents.kinds import DocumentKind
from app.billing.documents.snapshot import PrintedDocument, from_snapshot
from app.billing.money import Money
from app.billing.refunds import RefundStatus
from app.bootstrap import Container
from app.models import Document, Payment, Refund, Seller, SellerTaxRegime, ServiceMonth, ServicePaper
from app.services.corrections.adjusting import issue_adjustments
from app.services.issuing import issue_due_documents
from app.services.refund_effects import give_back
from app.services.revenue import recognise_revenue
from tests.clock import ManualClock
from tests.factories import FACTORY, rows
from tests.ledger_rows import PaidLine, Sale, sold

ANNA = Actor.staff("anna")
SOLD_AT = datetime(2025, 12, 3, 9, 0, tzinfo=UTC)
GIVEN_ON = date(2025, 12, 31)
MONTH = Sale()
LOWERED_AT = datetime(2026, 2, 10, 9, 0, tzinfo=UTC)


def rub(minor: int) -> Money:
    """Kopecks."""
    return Money(minor, "RUB")


def given(container: Container, clock: ManualClock, customer_id: int, sale: Sale = MONTH) -> PaidLine:
    """A month that was sold in December 2025 at 20 %, given by its end and documented in February 2026."""
    clock.move_to(SOLD_AT)
    line = sold(container, customer_id, sale)
    with container.transactions.begin(FACTORY) as work:
        for month in work.session.scalars(select(ServiceMonth).filter_by(invoice_id=line.invoice_id)):
            month.last_day = GIVEN_ON
    clock.move_to(LOWERED_AT)
    document(container)
    return line


def document(container: Container) -> None:
    """What the sweep does about revenue and documents."""
    recognise_revenue(container.transactions, now=container.clock.now())
    issue_due_documents(container.transactions, now=container.clock.now())
    issue_adjustments(container.transactions, now=container.clock.now())


def lowered(container: Container, line: PaidLine, amount: Money) -> int:
    """A refund that was approved now; the id. Of a line that was given whole it lowers the last months."""
    now = container.clock.now()
    with container.transactions.begin(FACTORY) as work:
        payment = work.session.get_one(Payment, line.payment_id)
        refund = work.refunds.add(
            Refund(
                seller_id=1,
                customer_id=payment.customer_id,
                payment_id=payment.id,
                invoice_line_id=line.line_id,
                subscription_id=line.subscription_id,
                status=RefundStatus.REQUESTED,
                decision_code="FIRST_DAYS",
                currency=amount.currency,
                amount_minor=amount.minor,
                reason="-",
                requested_by="staff:anna",
                requested_at=now,
            )
        )
        refund.decided_by, refund.decided_at, refund.to_method_minor = "staff:anna", now, amount.minor
        work.record_status("refund", refund.id, None, RefundStatus.REQUESTED, "made", now)
        work.move_refund(refund, RefundStatus.APPROVED, "made", now)
        payment.refunded_minor += amount.minor
        give_back(work, refund, amount, now)
        work.move_refund(refund, RefundStatus.FAILED, "made", now)  # so that another one may be asked for
        return refund.id


def settings(container: Container, paper: ServicePaper, regime: str | None = None) -> None:
    """What the seller gives for service, and its regime from 2019 on."""
    with container.transactions.begin(FACTORY) as work:
        work.session.get_one(Seller, 1).service_paper = paper
        if regime is not None:
            row = rows(container, SellerTaxRegime)[0]
            work.session.get_one(SellerTaxRegime, row.id).regime = regime  # type: ignore[assignment]


def papers(container: Container, *kinds: DocumentKind) -> list[Document]:
    """The issued documents of these kinds, of all of them unless named, in their order."""
    found = rows(container, Document)
    return [each for each in found if each.kind in kinds or not kinds]


def printed(document: Document) -> PrintedDocument:
    """What a document says."""
    return from_snapshot(document.snapshot)
