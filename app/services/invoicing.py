"""Invoices, issued in bulk with their discounts, tax, numbers and documents (J1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm.attributes import set_committed_value

from app.billing.invoice import INVOICE_SERIES, InvoicePurpose, InvoiceStatus, PaymentMethodKind
from app.billing.money import Money, total
from app.billing.periods import BillingInterval, Period, local_date
from app.billing.promotions import PricedItem, PromoCodeFacts, discounts
from app.billing.tax import TaxTreatment, included_vat, tax_treatment
from app.models import (
    CreditKind,
    Document,
    DocumentKind,
    Invoice,
    InvoiceLine,
    Payer,
    PromoRedemption,
    Seller,
)
from app.services.document_production import promise_rendering
from app.services.invoice_documents import invoice_snapshot
from app.services.issuing.writing import write_document
from app.services.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class LineDraft:
    """A line before discounts and tax. `period` is what it pays, None for a first purchase."""

    subscription_id: int
    connector_id: int
    description: str
    interval: BillingInterval
    price: Money
    price_version_id: int | None = None
    operation_price_id: int | None = None
    quantity: int = 1
    period: Period | None = None
    promo: PromoCodeFacts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceDraft:
    """What one invoice will ask for. The lines share one currency."""

    customer_id: int
    payer: Payer
    purpose: InvoicePurpose
    method: PaymentMethodKind
    due_on: date
    lines: tuple[LineDraft, ...]
    cart_id: int | None = None
    promo_code_id: int | None = None
    """The code that was given with the order."""
    redeems: frozenset[int] = frozenset()
    """The promo codes that this invoice counts as used."""
    replaces_id: int | None = None
    """The void invoice whose lines these were."""
    first_failed_at: datetime | None = None
    next_attempt_at: datetime | None = None
    """From when it is charged or reminded of; None: never, an order lapses."""
    supplied_on: date | None = None
    """The day whose tax rate the lines have, when they were supplied before the day of issue."""

    @property
    def currency(self) -> str:
        """The currency of the lines."""
        return self.lines[0].price.currency


def issue_invoices(work: UnitOfWork, drafts: Sequence[InvoiceDraft], now: datetime) -> list[Invoice]:
    """Issue the invoices with their numbers, documents and history; the customers must be locked.

    Discounts come first, then VAT per line; goodwill is used as a discount, the balance is reserved as a
    payment. The numbers are taken last, in one block: the series stays locked until the commit. A higher
    number never has an earlier date. The rows that come back are not part of the session.
    """
    if not drafts:
        return []
    seller = work.sellers.current()
    spending = _Credits(work, drafts)
    ids = work.take_ids(Invoice, len(drafts))
    line_ids = work.take_ids(InvoiceLine, sum(len(draft.lines) for draft in drafts))
    invoices = [_invoice(draft, seller, next(ids), line_ids, spending, now) for draft in drafts]
    spending.spend()
    _redeem(work, drafts, invoices, now)
    numbers, issued_on = _numbers(work, seller, len(drafts), local_date(now))
    document_ids = work.take_ids(Document, len(drafts))
    for draft, invoice, number in zip(drafts, invoices, numbers, strict=True):
        invoice.number, invoice.issued_on = number, issued_on
        _write(work, draft, invoice, seller, next(document_ids), now)
    return invoices


def _redeem(
    work: UnitOfWork, drafts: Sequence[InvoiceDraft], invoices: Sequence[Invoice], now: datetime
) -> None:
    """Count the uses of promo codes, by code: whoever waits for one must not hold the numbers."""
    uses = [
        (promo_code_id, draft.customer_id, invoice.id)
        for draft, invoice in zip(drafts, invoices, strict=True)
        for promo_code_id in draft.redeems
    ]
    for promo_code_id, customer_id, invoice_id in sorted(uses):
        work.promo_codes.redeem(promo_code_id)
        work.insert(
            PromoRedemption(
                promo_code_id=promo_code_id, customer_id=customer_id, invoice_id=invoice_id, at=now
            )
        )


def _numbers(work: UnitOfWork, seller: Seller, count: int, today: date) -> tuple[range, date]:
    """The next numbers, and their date: today, or later where somebody numbered on a later day already.

    Whoever began before midnight and numbers after it must not date back (J1).
    """
    numbers = work.invoices.take_numbers(seller.id, INVOICE_SERIES, today.year, count)
    last = work.invoices.last_issued_on(seller.id, INVOICE_SERIES, today.year)
    return numbers, max(today, last or today)


class _Credits:
    """What the customers of a block of invoices may still spend."""

    def __init__(self, work: UnitOfWork, drafts: Sequence[InvoiceDraft]) -> None:
        self._work = work
        self._left = work.credits.of_customers({draft.customer_id for draft in drafts})
        self._spent: list[tuple[int, CreditKind, Money]] = []

    def available(self, draft: InvoiceDraft, kind: CreditKind) -> Money:
        """What the draft's customer has of this kind."""
        return self._left.get((draft.customer_id, draft.currency, kind), Money.zero(draft.currency))

    def take(self, draft: InvoiceDraft, kind: CreditKind, amount: Money) -> None:
        """Spend it on this draft."""
        if amount:
            self._left[draft.customer_id, draft.currency, kind] -= amount
            self._spent.append((draft.customer_id, kind, amount))

    def spend(self) -> None:
        """Write down what was spent."""
        for customer_id, kind, amount in self._spent:
            self._work.credits.change(customer_id, kind, -amount)


def _invoice(
    draft: InvoiceDraft,
    seller: Seller,
    invoice_id: int,
    line_ids: Iterator[int],
    spending: _Credits,
    now: datetime,
) -> Invoice:
    taken_off, goodwill = _discounts(draft, spending.available(draft, CreditKind.GOODWILL))
    lines = _lines(draft, taken_off, seller, invoice_id, line_ids, now)
    whole = total((line.total for line in lines), draft.currency)
    balance = min(spending.available(draft, CreditKind.BALANCE), whole)
    spending.take(draft, CreditKind.GOODWILL, goodwill)
    spending.take(draft, CreditKind.BALANCE, balance)
    invoice = Invoice(
        id=invoice_id,
        seller_id=seller.id,
        customer_id=draft.customer_id,
        payer_id=draft.payer.id,
        cart_id=draft.cart_id,
        series=INVOICE_SERIES,
        year=local_date(now).year,
        status=InvoiceStatus.OPEN,
        method=draft.method,
        purpose=draft.purpose,
        currency=draft.currency,
        total_minor=whole.minor,
        vat_minor=sum(line.vat_minor for line in lines),
        balance_minor=balance.minor,
        goodwill_minor=goodwill.minor,
        promo_code_id=draft.promo_code_id,
        replaces_id=draft.replaces_id,
        issued_on=local_date(now),
        issued_at=now,
        due_on=draft.due_on,
        first_failed_at=draft.first_failed_at,
        next_attempt_at=draft.next_attempt_at,
    )
    set_committed_value(invoice, "lines", lines)  # neither is part of a session that would have to know
    return invoice


def _lines(
    draft: InvoiceDraft,
    taken_off: Sequence[Money],
    seller: Seller,
    invoice_id: int,
    line_ids: Iterator[int],
    now: datetime,
) -> list[InvoiceLine]:
    supplied_on = draft.supplied_on or local_date(now)
    tax = tax_treatment(seller.dated_tax_regimes(), supplied_on, draft.payer.country)
    return [
        _line(next(line_ids), invoice_id, position, line, discount, tax)
        for position, (line, discount) in enumerate(zip(draft.lines, taken_off, strict=True), start=1)
    ]


def _discounts(draft: InvoiceDraft, goodwill: Money) -> tuple[list[Money], Money]:
    """The discount of each line and how much goodwill is in them. Lines of one code share its amount."""
    taken_off = [Money.zero(draft.currency) for _ in draft.lines]
    if not goodwill and all(line.promo is None for line in draft.lines):
        return taken_off, goodwill
    by_code: dict[str | None, list[int]] = defaultdict(list)
    for place, line in enumerate(draft.lines):
        by_code[line.promo.code if line.promo else None].append(place)
    for places in by_code.values():
        promo = draft.lines[places[0]].promo
        items = [PricedItem(draft.lines[place].connector_id, draft.lines[place].price) for place in places]
        for place, discount in zip(
            places, discounts(items, promo, Money.zero(draft.currency)).lines, strict=True
        ):
            taken_off[place] = discount
    left = [
        PricedItem(line.connector_id, line.price - discount)
        for line, discount in zip(draft.lines, taken_off, strict=True)
    ]
    by_goodwill = discounts(left, None, goodwill)
    return [a + b for a, b in zip(taken_off, by_goodwill.lines, strict=True)], by_goodwill.goodwill


def _line(
    line_id: int, invoice_id: int, position: int, draft: LineDraft, discount: Money, tax: TaxTreatment
) -> InvoiceLine:
    amount = draft.price - discount
    period = draft.period
    return InvoiceLine(
        id=line_id,
        invoice_id=invoice_id,
        position=position,
        subscription_id=draft.subscription_id,
        price_version_id=draft.price_version_id,
        operation_price_id=draft.operation_price_id,
        description=draft.description,
        interval=draft.interval,
        currency=amount.currency,
        total_minor=amount.minor,
        vat_rate=tax.rate,
        vat_minor=included_vat(amount, tax.rate).minor,
        quantity=draft.quantity,
        price_minor=draft.price.minor,
        discount_minor=discount.minor,
        period_start=period.start if period else None,
        period_end=period.end if period else None,
    )


def _write(
    work: UnitOfWork, draft: InvoiceDraft, invoice: Invoice, seller: Seller, document_id: int, now: datetime
) -> None:
    work.insert(invoice)
    for line in invoice.lines:
        work.insert(line)
    work.record_status("invoice", invoice.id, None, InvoiceStatus.OPEN, "issued", now)
    write_document(
        work,
        id=document_id,
        seller_id=seller.id,
        customer_id=invoice.customer_id,
        invoice_id=invoice.id,
        payer_id=invoice.payer_id,
        kind=DocumentKind.INVOICE,
        series=invoice.series,
        year=invoice.year,
        ordinal=invoice.number,
        number=invoice.full_number,
        currency=invoice.currency,
        total_minor=invoice.total_minor,
        vat_minor=invoice.vat_minor,
        issued_on=invoice.issued_on,
        snapshot=invoice_snapshot(invoice, seller, draft.payer),
        created_at=now,
    )
    promise_rendering(work, document_id, invoice.customer_id)
