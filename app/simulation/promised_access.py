"""What `access` needs to know, read from payments and invoices and not from the statuses of subscriptions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, func, select

from app.billing.api_key import ApiKeyKind
from app.billing.invoice import InvoicePurpose, InvoiceStatus
from app.billing.periods import Period
from app.models import ApiKey, Customer, Invoice, InvoiceLine, SubscriptionPeriod
from app.services.unit_of_work import Repositories
from app.simulation.access import TRIAL, PaidPeriod, Promise, UnpaidUsage

SHOWN_AT = (
    select(func.min(ApiKey.claimed_at))
    .where(ApiKey.customer_id == Customer.id, ApiKey.kind == ApiKeyKind.PRODUCTION)
    .scalar_subquery()
)
FACTS = (
    select(
        Customer.trial_started_at,
        SHOWN_AT.label("shown_at"),
        InvoiceLine.subscription_id,
        SubscriptionPeriod.starts_at,
        SubscriptionPeriod.ends_at,
        Invoice.paid_at,
        Invoice.status,
        Invoice.purpose,
        Invoice.first_failed_at,
        InvoiceLine.period_start,
    )
    .select_from(Customer)
    .outerjoin(Invoice, Invoice.customer_id == Customer.id)
    .outerjoin(InvoiceLine, InvoiceLine.invoice_id == Invoice.id)
    .outerjoin(SubscriptionPeriod, SubscriptionPeriod.invoice_line_id == InvoiceLine.id)
    .where(Customer.id == bindparam("customer_id"))
    .order_by(SubscriptionPeriod.starts_at, InvoiceLine.id)
)
"""Everything in one statement, built once: it is asked for with every check."""


@dataclass(frozen=True, slots=True)
class HeldPromises:
    """What was promised to one customer."""

    trial_started_at: datetime | None
    production_key_shown_at: datetime | None
    paid: Mapping[int, Sequence[PaidPeriod]]
    failed: Mapping[int, datetime]
    usage: Mapping[int, Sequence[UnpaidUsage]]

    @property
    def trial_ends_at(self) -> datetime | None:
        """When the trial is over."""
        return None if self.trial_started_at is None else self.trial_started_at + TRIAL

    def of(self, subscription_id: int, trial_ends_at: datetime | None) -> Promise:
        """What was promised about one subscription; one that was no trial has no `trial_ends_at`."""
        return Promise(
            trial_started_at=None if trial_ends_at is None else self.trial_started_at,
            paid=self.paid.get(subscription_id, ()),
            first_failed_at=self.failed.get(subscription_id),
        )

    def unpaid_usage(self, subscription_id: int) -> Sequence[UnpaidUsage]:
        """The bills of its operations that failed."""
        return self.usage.get(subscription_id, ())

    def bought_at(self, subscription_id: int) -> datetime | None:
        """When its first paid period began."""
        held = self.paid.get(subscription_id)
        return held[0].paid_at if held else None


def promises_of(repositories: Repositories, customer_id: int) -> HeldPromises:
    """What was promised to a customer."""
    rows = repositories.session.execute(FACTS, {"customer_id": customer_id}).all()
    paid: dict[int, list[PaidPeriod]] = defaultdict(list)
    failed: dict[int, datetime] = {}
    usage: dict[int, list[UnpaidUsage]] = defaultdict(list)
    for row in rows:
        if row.starts_at is not None:
            paid[row.subscription_id].append(PaidPeriod(Period(row.starts_at, row.ends_at), row.paid_at))
        if _is_failing_renewal(row, paid[row.subscription_id]):
            failed[row.subscription_id] = row.first_failed_at
        if row.purpose is InvoicePurpose.USAGE and row.first_failed_at is not None:
            usage[row.subscription_id].append(UnpaidUsage(row.first_failed_at, row.paid_at))
    return HeldPromises(rows[0].trial_started_at, rows[0].shown_at, paid, failed, usage)


def _is_failing_renewal(row: Row[Any], paid: Sequence[PaidPeriod]) -> bool:
    """Whether a line is the next period, asked for and not paid; unpaid for good, its invoice is void."""
    if row.purpose is not InvoicePurpose.RENEWAL or row.first_failed_at is None:
        return False
    follows = bool(paid) and row.period_start == paid[-1].period.end
    return row.status is InvoiceStatus.OPEN or (row.status is InvoiceStatus.VOID and follows)
