"""Documents with files, for the tests of what is done with them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import func, select

from app.billing.documents.files import NOTHING_ENCLOSED, Enclosures, ExchangeFile
from app.billing.documents.kinds import DocumentKind, OriginalState
from app.billing.documents.parties import DocumentReference, PartyKind, TaxParty
from app.billing.documents.receipt import Receipt
from app.billing.documents.snapshot import PrintedDocument, to_snapshot
from app.billing.money import Money
from app.bootstrap import Container
from app.models import Document, DocumentStatus
from app.services.document_production import Production, promise_rendering, render_document
from tests.factories import FACTORY

SELLER = TaxParty(PartyKind.COMPANY, "ООО «БПМ Центр»", "RU", "г. Москва", "7707083893", "770701001")
BUYER = TaxParty(PartyKind.COMPANY, "ООО «Ромашка»", "RU", "г. Москва", "7736050003", "773601001")


class PlainRenderer:
    """Prints the number."""

    def render(self, document: PrintedDocument, enclosures: Enclosures = NOTHING_ENCLOSED) -> bytes:
        """The number as bytes."""
        return b"%PDF " + document.number.encode()


class PlainExchange:
    """Writes the number."""

    def write(self, document: PrintedDocument) -> ExchangeFile | None:
        """A file with the number inside."""
        return ExchangeFile(f"ON_TEST_{document.issued_on:%Y%m%d}.xml", document.number.encode("cp1251"))


def plain_production(container: Container) -> Production:
    """Files in no time."""
    return replace(container.production, renderer=PlainRenderer(), exchange_writer=PlainExchange())


def receipt(number: str, issued_on: date) -> Receipt:
    """A receipt over 990 roubles that went to the balance."""
    amount, nothing = Money(99_000, "RUB"), Money(0, "RUB")
    return Receipt(
        movement="payment",
        number=number,
        issued_on=issued_on,
        moved_on=issued_on,
        seller=SELLER,
        buyer=BUYER,
        invoice=DocumentReference("Счёт", "СЧ-2026-000001", issued_on),
        method="Банковский перевод",
        lines=(),
        to_balance=amount,
        total=amount,
        vat_total=nothing,
        vat_exemption=None,
        language="ru",
    )


def issue_receipt(
    container: Container,
    customer_id: int,
    *,
    supplied_on: date | None = None,
    created_at: datetime | None = None,
    seller_id: int = 1,
) -> int:
    """A receipt whose files are promised."""
    now = container.clock.now()
    day = supplied_on or date(2026, 3, 2)
    with container.transactions.begin(FACTORY) as work:
        payer = work.payers.of_customer(customer_id)
        assert payer is not None, "the customer has one"
        largest = select(func.max(Document.ordinal)).where(Document.series == "КВ")
        ordinal = (work.session.scalar(largest) or 0) + 1
        number = f"КВ-{day.year}-{ordinal:06}"
        row = work.documents.add(
            Document(
                seller_id=seller_id,
                customer_id=customer_id,
                payer_id=payer.id,
                kind=DocumentKind.RECEIPT,
                series="КВ",
                year=day.year,
                ordinal=ordinal,
                number=number,
                correction=0,
                issued_on=day,
                supplied_on=day,
                currency="RUB",
                total_minor=99_000,
                vat_minor=0,
                snapshot=to_snapshot(receipt(number, day)),
                status=DocumentStatus.PENDING,
                original_state=OriginalState.NONE,
                created_at=created_at or now,
            )
        )
        promise_rendering(work, row.id, customer_id)
        return row.id


def make_files(container: Container, *document_ids: int) -> None:
    """As workers do, but at once."""
    for document_id in document_ids:
        render_document(plain_production(container), document_id=document_id, now=container.clock.now())
