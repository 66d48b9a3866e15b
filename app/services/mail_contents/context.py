"""Where the facts of a mail come from, and what several topics ask of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from app.billing.dunning import method_to_charge
from app.billing.entitlement import access_until
from app.billing.invoice import DUNNED
from app.billing.mail import MailData
from app.billing.periods import Period, local_date
from app.billing.ports import Signer
from app.billing.subscription import RENEWING
from app.models import (
    BALANCE_PROVIDER,
    BANK_PROVIDER,
    Customer,
    Invoice,
    Payment,
    Subscription,
    SubscriptionPeriod,
)
from app.services.links import Links
from app.services.unit_of_work import Repositories

MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class MailContext:
    """Where a mail's facts come from."""

    repositories: Repositories
    customer: Customer
    payload: Mapping[str, Any]
    links: Links
    signer: Signer

    def subscription(self) -> Subscription:
        """The subscription that the payload names; raises NotFound when it is another customer's."""
        return self.repositories.subscriptions.one_of_customer(
            self.customer.id, self.payload["subscription_id"]
        )

    def subscriptions(self) -> list[Subscription]:
        """The subscriptions of the customer that the payload names, by connector."""
        named = set(self.payload["subscription_ids"])
        held = self.repositories.subscriptions.of_customer(self.customer.id)
        return sorted((row for row in held if row.id in named), key=lambda row: (row.connector.name, row.id))

    def invoice(self) -> Invoice:
        """The invoice that the payload names; raises NotFound when it is another customer's."""
        return self.repositories.invoices.one_of_customer(self.customer.id, self.payload["invoice_id"])


Contents = Callable[[MailContext], MailData | None]
"""Writes down what a mail says; None: there is nothing left to say."""


def last_day(end: datetime) -> date:
    """The Moscow day of the last moment before the end of access."""
    return local_date(end - MOMENT)


def periods_of(context: MailContext, invoice: Invoice) -> dict[int, Period]:
    """The paid period of each line that started one, by line id."""
    lines = [line.id for line in invoice.lines]
    rows = context.repositories.session.scalars(
        select(SubscriptionPeriod).where(SubscriptionPeriod.invoice_line_id.in_(lines))
    )
    return {row.invoice_line_id: Period(row.starts_at, row.ends_at) for row in rows}


def connectors_of(invoice: Invoice) -> tuple[str, ...]:
    """The connectors on an invoice, each once, by name."""
    return tuple(sorted({line.subscription.connector.name for line in invoice.lines}))


def access_during_dunning(invoice: Invoice) -> date | None:
    """The last day of access to what the unpaid invoice renews; None when it renews nothing."""
    if invoice.purpose not in DUNNED:
        return None
    ends = [access_until(row.facts()) for row in _renewing(invoice)]
    return min((last_day(end) for end in ends if end is not None), default=None)


def _renewing(invoice: Invoice) -> list[Subscription]:
    return [line.subscription for line in invoice.lines if line.subscription.status in RENEWING]


def charged_methods(context: MailContext, rows: Sequence[Subscription]) -> tuple[str, ...]:
    """The saved methods that will be charged for these subscriptions, masked, each once."""
    saved = {
        method.id: method for method in context.repositories.payment_methods.of_customer(context.customer.id)
    }
    chosen = [method_to_charge(row.payment_method_id, list(saved), ()) for row in rows]
    return tuple(dict.fromkeys(saved[each].masked for each in chosen if each is not None))


def way_of(payment: Payment) -> str:
    """How the payment came: `balance`, `bank` or a masked method."""
    return payment.provider if payment.provider in (BALANCE_PROVIDER, BANK_PROVIDER) else payment.method_label
