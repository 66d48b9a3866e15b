"""How tests of issuing speak: sweep, and look at what was issued."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from app.billing.documents.receipt import Receipt
from app.billing.documents.snapshot import from_snapshot
from app.billing.documents.tax_document import TaxDocument
from app.billing.periods import local_date
from app.billing.tax import TaxRegime
from app.bootstrap import Container
from app.models import Document, DocumentKind, SellerTaxRegime
from app.services.bulk import BulkResult
from app.services.invariants import check_invariants
from app.services.invariants.documents import DOCUMENTS
from app.services.invariants.numbers import NUMBERS
from app.services.issuing import issue_due_documents
from app.services.revenue import recognise_revenue
from tests.factories import FACTORY, rows


def issue(container: Container) -> BulkResult:
    """Book what was given, then issue what is due."""
    recognise_revenue(container.transactions, now=container.clock.now())
    return issue_due_documents(container.transactions, now=container.clock.now())


def documents(container: Container, *kinds: DocumentKind) -> list[Document]:
    """Documents of these kinds in their order; all but счета without any."""
    wanted = kinds or tuple(kind for kind in DocumentKind if kind is not DocumentKind.INVOICE)
    return [row for row in rows(container, Document) if row.kind in wanted]


def numbers(container: Container, *kinds: DocumentKind) -> list[str]:
    """Their numbers."""
    return [row.number for row in documents(container, *kinds)]


def printed(row: Document) -> Any:
    """The value of a document."""
    return from_snapshot(row.snapshot)


def tax_document(container: Container, kind: DocumentKind, place: int = 0) -> TaxDocument:
    """One счёт-фактура, УПД or акт as it is printed."""
    value = printed(documents(container, kind)[place])
    assert isinstance(value, TaxDocument)
    return value


def receipt(container: Container, place: int = 0) -> Receipt:
    """One квитанция as it is printed."""
    value = printed(documents(container, DocumentKind.RECEIPT)[place])
    assert isinstance(value, Receipt)
    return value


def regime(
    container: Container, regime: TaxRegime, since: datetime = datetime(2025, 1, 1, tzinfo=UTC)
) -> None:
    """Put the seller under a regime from a day on."""
    with container.transactions.begin(FACTORY) as work:
        seller = work.sellers.current()
        seller.tax_regimes.append(SellerTaxRegime(effective_from=local_date(since), regime=regime))


def configure(container: Container, **settings: Any) -> None:
    """Change settings of the seller."""
    with container.transactions.begin(FACTORY) as work:
        seller = work.sellers.current()
        for name, value in settings.items():
            setattr(seller, name, value)


def assert_documents_tie(container: Container) -> None:
    """Documents, ledger and numbers agree; счета are not asked for: what a test has made has none."""
    asked = {each.name for each in DOCUMENTS} | {NUMBERS[0].name, NUMBERS[1].name}
    verdicts = check_invariants(container.transactions, real_now=container.wall_clock.now())
    assert [(each.name, each.examples) for each in verdicts if each.count and each.name in asked] == []
