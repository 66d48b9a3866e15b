"""Writes many customers who have bought something, a few hundred in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import func, select

from app.billing.actors import Actor
from app.billing.api_key import CONNECTOR_SCOPES, ApiKeyKind, ApiKeyStatus
from app.billing.document_data import to_snapshot
from app.billing.errors import NotFound
from app.billing.invoice import INVOICE_SERIES, InvoiceStatus, PaymentMethodKind, due_date
from app.billing.payment import AttemptState
from app.billing.periods import BillingInterval, anchor_day_of, local_date, period_starting
from app.billing.subscription import SubscriptionStatus
from app.billing.tax import included_vat, tax_treatment
from app.models import (
    ApiKey,
    Connector,
    Customer,
    CustomerStatus,
    Document,
    DocumentKind,
    DocumentStatus,
    Invoice,
    InvoiceLine,
    Payer,
    PayerKind,
    Payment,
    PaymentAttempt,
    PriceVersion,
    Seller,
    Subscription,
    SubscriptionPeriod,
)
from app.services.document_production import invoice_document
from app.services.unit_of_work import Repositories, Transactions, UnitOfWork

CHUNK = 200
SPREAD_DAYS = 27
"""Purchases are spread over so many days, so that periods end on different days and all still run."""
PROVIDER = "test"


@dataclass
class _Purchase:
    """One customer of a chunk while their rows get their ids."""

    bought_at: datetime
    share: int
    customer: Customer
    payer: Payer | None = None
    subscriptions: list[Subscription] = field(default_factory=list)
    invoice: Invoice | None = None

    @property
    def written_payer(self) -> Payer:
        """The payer, once it was written."""
        assert self.payer is not None, "payers are written first"
        return self.payer

    @property
    def written_invoice(self) -> Invoice:
        """The invoice, once it was written."""
        assert self.invoice is not None, "invoices are written before payments"
        return self.invoice


class BulkCustomers:
    """Adds chunks of customers. Raises NotFound when there is no seller or connector to buy from."""

    def __init__(self, transactions: Transactions, now: datetime, password_hash: str) -> None:
        self._transactions = transactions
        self._now = now
        self._password_hash = password_hash
        with transactions.reading() as repositories:
            self._seller = _seller(repositories)
            self._prices = _monthly_prices(repositories, now)
            self._added = repositories.session.scalar(select(func.max(Customer.id))) or 0

    def add(self, shares: Sequence[int]) -> None:
        """Add one customer for each share, with so many subscriptions, in one transaction."""
        with self._transactions.begin(Actor.system("bpm load-data")) as work:
            purchases = [self._customer(share) for share in shares]
            for step in (
                self._add_customers,
                self._add_subscriptions,
                self._add_invoices,
                self._add_payments,
            ):
                step(work, purchases)
                work.session.flush()
            self._record(work, purchases)

    def _customer(self, share: int) -> _Purchase:
        self._added += 1
        bought_at = self._now - timedelta(days=self._added % SPREAD_DAYS, minutes=self._added % 720 + 10)
        email = f"load-{self._added}@example.com"
        customer = Customer(
            email=email,
            canonical_email=email,
            password_hash=self._password_hash,
            name=f"Клиент {self._added}",
            status=CustomerStatus.ACTIVE,
            created_at=bought_at,
            activated_at=bought_at,
        )
        return _Purchase(bought_at, share, customer)

    def _add_customers(self, work: UnitOfWork, purchases: list[_Purchase]) -> None:
        for each in purchases:
            each.payer = Payer(
                customer=each.customer,
                kind=PayerKind.INDIVIDUAL,
                name=each.customer.name,
                country="RU",
                created_at=each.bought_at,
            )
            work.session.add(each.payer)

    def _add_subscriptions(self, work: UnitOfWork, purchases: list[_Purchase]) -> None:
        for each in purchases:
            each.subscriptions = [self._subscription(each, place) for place in range(each.share)]
            work.session.add_all([*each.subscriptions, _waiting_key(each)])

    def _subscription(self, purchase: _Purchase, place: int) -> Subscription:
        price = self._prices[place % len(self._prices)]
        anchor_day = anchor_day_of(purchase.bought_at)
        period = period_starting(purchase.bought_at, BillingInterval.MONTH, anchor_day)
        return Subscription(
            customer_id=purchase.customer.id,
            connector_id=price.connector_id,
            make_account=f"{purchase.customer.id}-{place // len(self._prices)}",
            status=SubscriptionStatus.ACTIVE,
            interval=BillingInterval.MONTH,
            currency="RUB",
            anchor_day=anchor_day,
            period_start=period.start,
            period_end=period.end,
            first_paid_at=purchase.bought_at,
            created_at=purchase.bought_at,
        )

    def _add_invoices(self, work: UnitOfWork, purchases: list[_Purchase]) -> None:
        years = [local_date(each.bought_at).year for each in purchases]
        numbers = {
            year: iter(work.invoices.take_numbers(self._seller.id, INVOICE_SERIES, year, years.count(year)))
            for year in sorted(set(years))
        }
        for each, year in zip(purchases, years, strict=True):
            each.invoice = self._invoice(each, next(numbers[year]))
            work.session.add(each.invoice)

    def _invoice(self, purchase: _Purchase, number: int) -> Invoice:
        issued_on = local_date(purchase.bought_at)
        lines = [
            self._line(position, purchase, row)
            for position, row in enumerate(purchase.subscriptions, start=1)
        ]
        return Invoice(
            seller_id=self._seller.id,
            customer_id=purchase.customer.id,
            payer_id=purchase.written_payer.id,
            series=INVOICE_SERIES,
            year=issued_on.year,
            number=number,
            status=InvoiceStatus.PAID,
            method=PaymentMethodKind.CARD,
            currency="RUB",
            total_minor=sum(line.total_minor for line in lines),
            vat_minor=sum(line.vat_minor for line in lines),
            issued_on=issued_on,
            issued_at=purchase.bought_at,
            due_on=due_date(issued_on),
            paid_at=purchase.bought_at,
            lines=lines,
        )

    def _line(self, position: int, purchase: _Purchase, row: Subscription) -> InvoiceLine:
        price = self._prices[(position - 1) % len(self._prices)]
        regimes, bought_on = self._seller.dated_tax_regimes(), local_date(purchase.bought_at)
        vat_rate = tax_treatment(regimes, bought_on, purchase.written_payer.country).rate
        return InvoiceLine(
            position=position,
            subscription_id=row.id,
            price_version_id=price.id,
            description="Доступ к коннектору, 1 месяц с даты оплаты",
            interval=BillingInterval.MONTH,
            currency="RUB",
            total_minor=price.amount_minor,
            vat_rate=vat_rate,
            vat_minor=included_vat(price.amount, vat_rate).minor,
        )

    def _add_payments(self, work: UnitOfWork, purchases: list[_Purchase]) -> None:
        paid = [(each, _attempt(each.written_invoice, each.bought_at)) for each in purchases]
        work.session.add_all(attempt for _each, attempt in paid)
        work.session.flush()
        for each, attempt in paid:
            invoice = each.written_invoice
            work.session.add_all(_periods(invoice, each.subscriptions))
            work.session.add(_payment(invoice, attempt, each.bought_at))
            work.session.add(_document(invoice, self._seller, each.written_payer, each.bought_at))
            work.record_status("payment_attempt", attempt.id, None, attempt.state, "loaded", each.bought_at)

    def _record(self, work: UnitOfWork, purchases: list[_Purchase]) -> None:
        for each in purchases:
            rows = [
                ("customer", each.customer.id, each.customer.status),
                ("invoice", each.written_invoice.id, each.written_invoice.status),
                *(("subscription", row.id, row.status) for row in each.subscriptions),
            ]
            for kind, identity, status in rows:
                work.record_status(kind, identity, None, status, "loaded", each.bought_at)
        ids = [each.customer.id for each in purchases]
        for key_id in work.session.scalars(select(ApiKey.id).where(ApiKey.customer_id.in_(ids))):
            work.record_status("api_key", key_id, None, ApiKeyStatus.UNCLAIMED, "loaded", self._now)


def _seller(repositories: Repositories) -> Seller:
    seller = repositories.sellers.current()
    seller.dated_tax_regimes()  # read while the session is open
    return seller


def _monthly_prices(repositories: Repositories, now: datetime) -> list[PriceVersion]:
    connectors = repositories.session.scalars(select(Connector.id)).all()
    prices = repositories.connectors.prices(connectors, "RUB", now).values()
    monthly = [price for price in prices if price.interval is BillingInterval.MONTH]
    if not monthly:
        raise NotFound("connector")
    return monthly


def _waiting_key(purchase: _Purchase) -> ApiKey:
    return ApiKey(
        customer_id=purchase.customer.id,
        kind=ApiKeyKind.PRODUCTION,
        scopes=[scope.value for scope in CONNECTOR_SCOPES],
        name="Автоматически созданный ключ",
        status=ApiKeyStatus.UNCLAIMED,
        created_at=purchase.bought_at,
    )


def _attempt(invoice: Invoice, at: datetime) -> PaymentAttempt:
    return PaymentAttempt(
        id=uuid4(),
        invoice_id=invoice.id,
        ordinal=1,
        provider=PROVIDER,
        state=AttemptState.SUCCEEDED,
        currency=invoice.currency,
        amount_minor=invoice.total_minor,
        started_at=at,
        settled_at=at,
    )


def _payment(invoice: Invoice, attempt: PaymentAttempt, at: datetime) -> Payment:
    return Payment(
        customer_id=invoice.customer_id,
        invoice_id=invoice.id,
        attempt_id=attempt.id,
        provider=PROVIDER,
        provider_reference=str(attempt.id),
        method_label="Visa •••• 4242",
        currency=invoice.currency,
        amount_minor=invoice.total_minor,
        received_at=at,
    )


def _periods(invoice: Invoice, subscriptions: Sequence[Subscription]) -> list[SubscriptionPeriod]:
    return [
        SubscriptionPeriod(
            subscription_id=row.id,
            starts_at=row.period_start,
            ends_at=row.period_end,
            price_version_id=line.price_version_id,
            invoice_line_id=line.id,
        )
        for line, row in zip(invoice.lines, subscriptions, strict=True)
    ]


def _document(invoice: Invoice, seller: Seller, payer: Payer, at: datetime) -> Document:
    return Document(
        seller_id=seller.id,
        customer_id=invoice.customer_id,
        invoice_id=invoice.id,
        kind=DocumentKind.INVOICE,
        number=invoice.full_number,
        issued_on=invoice.issued_on,
        snapshot=to_snapshot(invoice_document(invoice, seller, payer)),
        status=DocumentStatus.PENDING,
        created_at=at,
    )
