"""Paid lines with their service months and entries, as a settlement leaves them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from sqlalchemy import select

from app.billing.invoice import INVOICE_SERIES, InvoicePurpose, InvoiceStatus, PaymentMethodKind
from app.billing.ledger import advance_vat, allocate_advance_vat, balance_used, money_received
from app.billing.money import Money, total
from app.billing.periods import (
    BillingInterval,
    Period,
    anchor_day_of,
    last_day_of,
    local_date,
    local_days,
    period_starting,
    service_months,
)
from app.billing.subscription import SubscriptionStatus
from app.billing.tax import included_vat, tax_treatment
from app.bootstrap import Container
from app.models import (
    BALANCE_PROVIDER,
    Connector,
    Invoice,
    InvoiceLine,
    Payment,
    PriceVersion,
    ServiceMonth,
    Subscription,
    SubscriptionPeriod,
)
from app.services.bookkeeping import Cause, book
from app.services.invariants import check_invariants
from app.services.unit_of_work import UnitOfWork
from tests.factories import FACTORY, deliver_all

RUB = Money(99_000, "RUB")
_references = count(1)


@dataclass(frozen=True, slots=True)
class PaidLine:
    """A line whose money has come; `payment_id` is the payment of the provider, or of the balance."""

    invoice_id: int
    line_id: int
    subscription_id: int
    payment_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """What was sold and how it was paid."""

    price: Money = RUB
    interval: BillingInterval = BillingInterval.MONTH
    connector: str = "crm-connector"
    renews: int | None = None
    """The subscription whose next period this is."""
    balance: Money | None = None
    """What the customer's balance paid."""
    other_line: Money | None = None
    """A second line of the same invoice, of a subscription of its own."""
    over: Money | None = None
    """What came beside: it is the customer's balance."""
    provider: str = "test"


def sold(
    container: Container, customer_id: int, sale: Sale = Sale(), *, at: datetime | None = None
) -> PaidLine:
    """Sell and pay it at the instant, by default now. The customer has a payer."""
    now = at or container.clock.now()
    with container.transactions.begin(FACTORY) as work:
        prices = [sale.price] + ([sale.other_line] if sale.other_line else [])
        subscriptions = [_subscription(work, customer_id, sale, now) for _ in prices]
        invoice = _invoice(work, customer_id, sale, prices, subscriptions, now)
        payment_id = _pay(work, invoice, sale, now)
        for line, row in zip(invoice.lines, subscriptions, strict=True):
            _start(work, invoice, line, row, now)
        return PaidLine(invoice.id, invoice.lines[0].id, subscriptions[0].id, payment_id)


def _subscription(work: UnitOfWork, customer_id: int, sale: Sale, now: datetime) -> Subscription:
    if sale.renews is not None:
        return work.subscriptions.get(sale.renews)
    connector = work.session.scalars(select(Connector).filter_by(slug=sale.connector)).one()
    row = work.subscriptions.add(
        Subscription(
            customer_id=customer_id,
            connector_id=connector.id,
            status=SubscriptionStatus.ACTIVE,
            interval=sale.interval,
            currency=sale.price.currency,
            anchor_day=anchor_day_of(now),
            first_paid_at=now,
            period_start=now,
            period_end=now + timedelta(days=1),
            created_at=now,
        )
    )
    work.record_status("subscription", row.id, None, SubscriptionStatus.ACTIVE, "made", now)
    return row


def _invoice(
    work: UnitOfWork,
    customer_id: int,
    sale: Sale,
    prices: list[Money],
    subscriptions: list[Subscription],
    now: datetime,
) -> Invoice:
    seller = work.sellers.current()
    payer = work.payers.of_customer(customer_id)
    assert payer is not None
    (number,) = work.invoices.take_numbers(seller.id, INVOICE_SERIES, local_date(now).year)
    whole = total(prices, sale.price.currency)
    rate = tax_treatment(seller.dated_tax_regimes(), local_date(now), payer.country).rate
    renewed = sale.renews is not None
    invoice = Invoice(
        seller_id=seller.id,
        customer_id=customer_id,
        payer_id=payer.id,
        series=INVOICE_SERIES,
        year=local_date(now).year,
        number=number,
        status=InvoiceStatus.PAID,
        method=PaymentMethodKind.CARD,
        purpose=InvoicePurpose.RENEWAL if renewed else InvoicePurpose.ORDER,
        currency=whole.currency,
        total_minor=whole.minor,
        vat_minor=sum(included_vat(price, rate).minor for price in prices),
        balance_minor=sale.balance.minor if sale.balance else 0,
        issued_on=local_date(now),
        issued_at=now,
        due_on=local_date(now),
        paid_at=now,
        lines=[
            InvoiceLine(
                position=position,
                subscription_id=row.id,
                price_version_id=_price_version_id(work, row, sale),
                description="Доступ",
                interval=sale.interval,
                currency=price.currency,
                total_minor=price.minor,
                price_minor=price.minor,
                vat_rate=rate,
                vat_minor=included_vat(price, rate).minor,
                period_start=row.period_end if renewed else None,
                period_end=_period(row, sale.interval, now, renewed).end if renewed else None,
            )
            for position, (price, row) in enumerate(zip(prices, subscriptions, strict=True), start=1)
        ],
    )
    work.invoices.add(invoice)
    work.record_status("invoice", invoice.id, None, InvoiceStatus.PAID, "made", now)
    return invoice


def _price_version_id(work: UnitOfWork, row: Subscription, sale: Sale) -> int:
    query = select(PriceVersion.id).filter_by(connector_id=row.connector_id, interval=sale.interval)
    return work.session.scalars(query).first() or 0


def _period(row: Subscription, interval: BillingInterval, now: datetime, renewed: bool) -> Period:
    start = row.period_end if renewed else now
    assert start is not None
    assert row.anchor_day is not None
    return period_starting(start, interval, row.anchor_day)


def _pay(work: UnitOfWork, invoice: Invoice, sale: Sale, now: datetime) -> int:
    """The payments, and the entries of the money and the VAT on the advance."""
    nothing = Money.zero(invoice.currency)
    balance, over = sale.balance or nothing, sale.over or nothing
    ids = []
    for provider, used, unallocated in (
        (sale.provider, invoice.total - balance, over),
        (BALANCE_PROVIDER, balance, nothing),
    ):
        if not used:
            continue
        payment = work.payments.add(
            Payment(
                customer_id=invoice.customer_id,
                invoice_id=invoice.id,
                provider=provider,
                provider_reference=f"made-{next(_references)}",
                method_label=provider,
                currency=invoice.currency,
                amount_minor=(used + unallocated).minor,
                unallocated_minor=unallocated.minor,
                received_at=now,
            )
        )
        cause = Cause(invoice.seller_id, invoice.customer_id, invoice_id=invoice.id, payment_id=payment.id)
        from_balance = provider == BALANCE_PROVIDER
        book(work, balance_used(used, False) if from_balance else money_received(provider, used, unallocated),
             cause, now)  # fmt: skip
        ids.append(payment.id)
    vat = total((included_vat(line.total, line.vat_rate) for line in invoice.lines), invoice.currency)
    book(work, advance_vat(vat), Cause(invoice.seller_id, invoice.customer_id, invoice.id, ids[0]), now)
    return ids[0]


def _start(work: UnitOfWork, invoice: Invoice, line: InvoiceLine, row: Subscription, now: datetime) -> None:
    period = line.period or _period(row, line.interval, now, renewed=False)
    assert row.anchor_day is not None
    row.period_start, row.period_end = period.start, period.end
    work.session.add(
        SubscriptionPeriod(
            subscription_id=row.id,
            starts_at=period.start,
            ends_at=period.end,
            price_version_id=line.price_version_id,
            invoice_line_id=line.id,
        )
    )
    months = service_months(period, row.anchor_day)
    amounts = line.total.allocate([local_days(month) for month in months])
    vats = allocate_advance_vat(included_vat(line.total, line.vat_rate), amounts)
    for ordinal, (month, gross, vat) in enumerate(zip(months, amounts, vats, strict=True), start=1):
        work.session.add(
            ServiceMonth(
                seller_id=invoice.seller_id,
                customer_id=invoice.customer_id,
                payer_id=invoice.payer_id,
                invoice_id=invoice.id,
                invoice_line_id=line.id,
                subscription_id=row.id,
                ordinal=ordinal,
                starts_at=month.start,
                ends_at=month.end,
                last_day=last_day_of(month),
                currency=gross.currency,
                gross_minor=gross.minor,
                advance_vat_minor=vat.minor,
            )
        )


def registered(container: Container, customer_id: int) -> None:
    """Give a made customer the history of a real registration."""
    with container.transactions.begin(FACTORY) as work:
        work.record_status("customer", customer_id, None, "active", "made", container.clock.now())


def assert_everything_ties(container: Container) -> None:
    """Deliver every mail, and find no invariant broken."""
    deliver_all(container)
    verdicts = check_invariants(container.transactions, real_now=container.wall_clock.now())
    assert [(verdict.name, verdict.examples) for verdict in verdicts if verdict.count] == []
