"""The other end of the comparison: a plain ORM loop as anybody writes it first, one commit per renewal.

It writes the same rows and decides nothing: the next month, the same price.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.billing.actors import ActorKind
from app.billing.invoice import INVOICE_SERIES, InvoicePurpose, InvoiceStatus, PaymentMethodKind
from app.billing.payment import AttemptState
from app.billing.periods import Period, last_day_of, local_date, period_starting
from app.billing.tax import included_vat
from app.models import (
    Document,
    DocumentKind,
    DocumentStatus,
    Invoice,
    InvoiceLine,
    LedgerEntry,
    NumberSeries,
    OutboxMessage,
    OutboxStatus,
    Payer,
    Payment,
    PaymentAttempt,
    PaymentMethod,
    PriceVersion,
    Seller,
    ServiceMonth,
    StatusChange,
    Subscription,
    SubscriptionPeriod,
)
from app.services.invoice_documents import invoice_snapshot

VAT_RATE = 2200
Row = dict[str, Any]


def renew_in_a_plain_loop(engine: Engine, now: datetime, count: int) -> None:
    """Renew `count` of the due subscriptions one by one."""
    with Session(engine) as session:
        due = session.scalars(
            select(Subscription.id).where(Subscription.renewal_due_at <= now).order_by(Subscription.id)
        ).all()
    for subscription_id in due[:count]:
        with Session(engine) as session:
            _renew(session, subscription_id, now)
            session.commit()


def _renew(session: Session, subscription_id: int, now: datetime) -> None:
    subscription = session.get_one(Subscription, subscription_id)
    assert subscription.period_end is not None, "only what runs is due"
    assert subscription.anchor_day is not None, "what is paid has a billing day"
    period = period_starting(subscription.period_end, subscription.interval, subscription.anchor_day)
    invoice = _issue(session, subscription, period, now)
    _pay(session, subscription, invoice, period, now)
    subscription.period_start, subscription.period_end = period.start, period.end
    subscription.renewal_due_at = None
    subscription.notice_due_at = period.end - timedelta(days=3)


def _issue(session: Session, subscription: Subscription, period: Period, now: datetime) -> Invoice:
    seller = session.scalars(select(Seller)).one()
    payer = session.scalars(select(Payer).where(Payer.customer_id == subscription.customer_id)).one()
    price = session.get_one(PriceVersion, subscription.price_version_id)
    vat = included_vat(price.amount, VAT_RATE)
    invoice = Invoice(
        seller_id=seller.id,
        customer_id=subscription.customer_id,
        payer_id=payer.id,
        series=INVOICE_SERIES,
        year=now.year,
        number=_number(session, seller.id, now.year),
        status=InvoiceStatus.OPEN,
        method=PaymentMethodKind.CARD,
        purpose=InvoicePurpose.RENEWAL,
        currency=price.currency,
        total_minor=price.amount_minor,
        vat_minor=vat.minor,
        issued_on=local_date(now),
        issued_at=now,
        due_on=local_date(now) + timedelta(days=7),
        lines=[
            InvoiceLine(
                position=1,
                subscription_id=subscription.id,
                price_version_id=price.id,
                description=f"Доступ к коннектору «{subscription.connector.name}» с {period.start:%d.%m.%Y}",
                interval=subscription.interval,
                currency=price.currency,
                total_minor=price.amount_minor,
                vat_rate=VAT_RATE,
                vat_minor=vat.minor,
                price_minor=price.amount_minor,
                period_start=period.start,
                period_end=period.end,
            )
        ],
    )
    session.add(invoice)
    session.flush()
    session.add(_change("invoice", invoice.id, None, InvoiceStatus.OPEN, now))
    session.add(_document(invoice, seller, payer, now))
    session.add(_message("document.render", "documents", invoice, now, invoice_id=invoice.id))
    return invoice


def _number(session: Session, seller_id: int, year: int) -> int:
    series = session.get_one(NumberSeries, (seller_id, INVOICE_SERIES, year), with_for_update=True)
    series.last_number += 1
    return series.last_number


def _document(invoice: Invoice, seller: Seller, payer: Payer, now: datetime) -> Document:
    return Document(
        seller_id=seller.id,
        customer_id=invoice.customer_id,
        payer_id=invoice.payer_id,
        invoice_id=invoice.id,
        kind=DocumentKind.INVOICE,
        series=invoice.series,
        year=invoice.year,
        ordinal=invoice.number,
        number=invoice.full_number,
        issued_on=invoice.issued_on,
        currency=invoice.currency,
        total_minor=invoice.total_minor,
        vat_minor=invoice.vat_minor,
        snapshot=invoice_snapshot(invoice, seller, payer),
        status=DocumentStatus.PENDING,
        created_at=now,
    )


def _pay(
    session: Session, subscription: Subscription, invoice: Invoice, period: Period, now: datetime
) -> None:
    owner = PaymentMethod.customer_id == invoice.customer_id
    method = session.scalars(select(PaymentMethod).where(owner)).one()
    attempt = PaymentAttempt(
        id=uuid4(),
        invoice_id=invoice.id,
        ordinal=1,
        provider=method.provider,
        payment_method_id=method.id,
        state=AttemptState.STARTED,
        currency=invoice.currency,
        amount_minor=invoice.total_minor,
        started_at=now,
    )
    session.add(attempt)
    session.add(_change("payment_attempt", attempt.id, None, AttemptState.STARTED, now))
    session.flush()
    attempt.state, attempt.settled_at, attempt.reference = AttemptState.SUCCEEDED, now, f"ch_{attempt.id.hex}"
    invoice.status, invoice.paid_at = InvoiceStatus.PAID, now
    session.add(_change("payment_attempt", attempt.id, AttemptState.STARTED, AttemptState.SUCCEEDED, now))
    session.add(_change("invoice", invoice.id, InvoiceStatus.OPEN, InvoiceStatus.PAID, now))
    payment = Payment(
        customer_id=invoice.customer_id,
        invoice_id=invoice.id,
        attempt_id=attempt.id,
        provider=method.provider,
        provider_reference=f"ch_{attempt.id}",
        method_label=method.masked,
        currency=invoice.currency,
        amount_minor=invoice.total_minor,
        received_at=now,
    )
    session.add(payment)
    session.flush()
    _book(session, subscription, invoice, payment, period, now)
    session.add(_message("mail.subscription_renewed", "short", invoice, now, payment_id=payment.id))


def _book(
    session: Session,
    subscription: Subscription,
    invoice: Invoice,
    payment: Payment,
    period: Period,
    now: datetime,
) -> None:
    line = invoice.lines[0]
    session.add(
        SubscriptionPeriod(
            subscription_id=subscription.id,
            starts_at=period.start,
            ends_at=period.end,
            price_version_id=line.price_version_id,
            invoice_line_id=line.id,
        )
    )
    session.add(
        ServiceMonth(
            seller_id=invoice.seller_id,
            customer_id=invoice.customer_id,
            payer_id=invoice.payer_id,
            invoice_id=invoice.id,
            invoice_line_id=line.id,
            subscription_id=subscription.id,
            ordinal=1,
            starts_at=period.start,
            ends_at=period.end,
            last_day=last_day_of(period),
            currency=invoice.currency,
            gross_minor=invoice.total_minor,
            advance_vat_minor=invoice.vat_minor,
        )
    )
    session.add(_entry("money_received", "cash:test", "advances", invoice.total_minor, payment, now))
    session.add(_entry("advance_vat", "vat_on_advances", "vat_payable", invoice.vat_minor, payment, now))


def _entry(kind: str, debit: str, credit: str, minor: int, payment: Payment, now: datetime) -> LedgerEntry:
    return LedgerEntry(
        seller_id=1,
        customer_id=payment.customer_id,
        kind=kind,
        debit=debit,
        credit=credit,
        currency=payment.currency,
        amount_minor=minor,
        at=now,
        booked_on=local_date(now),
        invoice_id=payment.invoice_id,
        payment_id=payment.id,
    )


def _change(kind: str, identity: object, old: str | None, new: str, now: datetime) -> StatusChange:
    return StatusChange(
        object_kind=kind,
        object_id=str(identity),
        old_status=old,
        new_status=new,
        at=now,
        actor_kind=ActorKind.SYSTEM,
        actor_identity="plain loop",
        reason="renewed",
    )


def _message(name: str, queue: str, invoice: Invoice, now: datetime, **payload: int) -> OutboxMessage:
    return OutboxMessage(
        name=name,
        queue=queue,
        payload=payload,
        dedupe_key=f"{name}:{invoice.id}",
        customer_id=invoice.customer_id,
        status=OutboxStatus.WAITING,
        created_at=now,
        available_at=now,
    )
