"""Renewals: the next period is invoiced and charged on its day (G3, C4), in bulk.

A chunk is claimed in one transaction (invoices, lines, attempts), charged with none open, and settled in
another. Killed anywhere in between, what was claimed is found by the janitor and what was not stays due.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app.billing.errors import Conflict
from app.billing.invoice import CHARGED, InvoicePurpose, PaymentMethodKind, due_date
from app.billing.periods import (
    Period,
    RenewalPeriod,
    anchor_day_of,
    local_date,
    next_renewal_period,
    period_starting,
    start_of_local_day,
)
from app.billing.pricing import prorated
from app.billing.promotions import PromoCodeFacts, PromoDuration
from app.billing.subscription import SubscriptionStatus
from app.models import Invoice, Payer, Subscription
from app.services.billing_chunks import BillingRun, in_billing_chunks
from app.services.bulk import BulkResult
from app.services.claims import Claim, charge_claims, claim_charges
from app.services.dunning import Failure, apply_failures
from app.services.fault_points import AFTER_CHARGE_BEFORE_SETTLE, AFTER_CLAIM_BEFORE_CHARGE, fault_point
from app.services.invoicing import InvoiceDraft, LineDraft, issue_invoices
from app.services.line_texts import document_language, period_text
from app.services.receipts import Receipt, receive
from app.services.renewal_dates import reschedule
from app.services.renewal_prices import RenewalPrice, renewal_prices
from app.services.settlement import settle_attempts
from app.services.unit_of_work import UnitOfWork


def renew_due(run: BillingRun) -> BulkResult:
    """Invoice and charge every subscription whose renewal is due; safe to run twice, late, or on many
    machines: the unique period of a line is the wall behind the due date.
    """
    with run.transactions.reading() as repositories:
        due = repositories.subscriptions.due_for_renewal(run.now)
    return in_billing_chunks(run, due, _issue, lambda claims: charge_and_settle(run, claims))


def charge_and_settle(run: BillingRun, claims: Sequence[Claim]) -> None:
    """Ask the providers for claimed money and write down what they say, in one transaction."""
    if not claims:
        return
    fault_point(AFTER_CLAIM_BEFORE_CHARGE)
    settlements = list(charge_claims(run.gateways, claims, run.charges_in_flight))
    fault_point(AFTER_CHARGE_BEFORE_SETTLE)
    settle_attempts(run.transactions, settlements=settlements, now=run.now)


def _issue(work: UnitOfWork, subscription_ids: Sequence[int], run: BillingRun) -> list[Claim]:
    rows = work.subscriptions.locked(subscription_ids)
    due = [row for row in rows if row.renewal_due_at is not None and row.renewal_due_at <= run.now]
    groups = _groups(work, due)
    invoices = issue_invoices(work, [_draft(group, run.now) for group in groups], run.now)
    reschedule(work, due, invoiced={row.id for row in due})
    preferred = {
        invoice.id: group.payment_method_id
        for group, invoice in zip(groups, invoices, strict=True)
        if invoice.method in CHARGED
    }
    return claim_issued(work, invoices, preferred, run)


def claim_issued(
    work: UnitOfWork, invoices: Sequence[Invoice], preferred: Mapping[int, int | None], run: BillingRun
) -> list[Claim]:
    """Claim the charges of invoices that were issued in this transaction, and write all of them down.

    Charged are those in `preferred`, with the method named there or the customer's newest one. What the
    balance covers is paid at once; what nothing can be charged for starts its dunning.
    """
    charged = [invoice for invoice in invoices if invoice.due and invoice.id in preferred]
    claims = claim_charges(work, charged, preferred, run.real_now)
    work.write_records()
    _settle_uncharged(work, invoices, claims.uncharged, run.now)
    return claims.charges


def _settle_uncharged(
    work: UnitOfWork, invoices: Sequence[Invoice], uncharged: Sequence[Invoice], now: datetime
) -> None:
    """What the balance covers is paid at once; what nothing can be charged for starts its dunning."""
    covered = {invoice.id for invoice in invoices if not invoice.due}
    unpaid = {invoice.id for invoice in uncharged}
    stored = {row.id: row for row in work.invoices.locked_all(covered | unpaid)} if covered | unpaid else {}
    receive(work, [Receipt(stored[each]) for each in sorted(covered)], now)
    apply_failures(work, [Failure(stored[each]) for each in sorted(unpaid)], now)


@dataclass(slots=True)
class _Group:
    """Subscriptions that go on one invoice: of one customer, due on one local day, paid in one way."""

    payer: Payer
    payment_method_id: int | None
    rows: list[Subscription] = field(default_factory=list)
    prices: dict[int, RenewalPrice] = field(default_factory=dict)
    promos: dict[int | None, PromoCodeFacts] = field(default_factory=dict)


def _groups(work: UnitOfWork, rows: Sequence[Subscription]) -> list[_Group]:
    if not rows:
        return []
    payers = work.payers.of_customers({row.customer_id for row in rows})
    prices = renewal_prices(work, rows)
    promos = work.promo_codes.of_renewals([row.promo_code_id for row in rows])
    groups: dict[tuple[object, ...], _Group] = {}
    for row in rows:
        payer = payers.get(row.customer_id)
        if payer is None:
            raise Conflict(f"customer {row.customer_id} has no payer", code="PAYER_REQUIRED")
        trial = row.status is SubscriptionStatus.TRIAL
        key = (
            row.customer_id,
            row.method,
            row.payment_method_id,
            row.currency,
            local_date(_ends_at(row)),
            trial,
        )
        group = groups.setdefault(key, _Group(payer, row.payment_method_id, prices=prices, promos=promos))
        group.rows.append(row)
    return list(groups.values())


def _draft(group: _Group, now: datetime) -> InvoiceDraft:
    first = group.rows[0]
    trial = first.status is SubscriptionStatus.TRIAL
    by_transfer = first.method is PaymentMethodKind.BANK_TRANSFER
    day = local_date(_ends_at(first))
    once = {
        row.promo_code_id
        for row in group.rows
        if row.promo_code_id in group.promos
        and group.promos[row.promo_code_id].duration is PromoDuration.FIRST
        and row.promo_code_id is not None
    }
    return InvoiceDraft(
        customer_id=first.customer_id,
        payer=group.payer,
        purpose=InvoicePurpose.ORDER if trial else InvoicePurpose.RENEWAL,
        method=first.method,
        due_on=max(day, local_date(now)) if by_transfer else due_date(local_date(now)),
        next_attempt_at=None if trial else max(now, start_of_local_day(day)),
        redeems=frozenset(once),
        lines=tuple(_line(row, group) for row in group.rows),
    )


def _line(row: Subscription, group: _Group) -> LineDraft:
    price = group.prices[row.id]
    renewal = next_period(row, price)
    language = document_language(group.payer.country)
    return LineDraft(
        subscription_id=row.id,
        connector_id=row.connector_id,
        description=period_text(language, row.connector.name, renewal.period),
        interval=price.interval,
        price=prorated(price.price, renewal),
        price_version_id=price.price_version_id,
        period=renewal.period,
        promo=group.promos.get(row.promo_code_id),
    )


def _ends_at(row: Subscription) -> datetime:
    ends_at = row.trial_ends_at if row.status is SubscriptionStatus.TRIAL else row.period_end
    assert ends_at is not None, "only what ends is renewed"
    return ends_at


def next_period(row: Subscription, price: RenewalPrice) -> RenewalPeriod:
    """The period that the next renewal of a subscription pays for, or the first one after a trial."""
    ends_at = _ends_at(row)
    if row.status is SubscriptionStatus.TRIAL:
        period: Period = period_starting(ends_at, price.interval, anchor_day_of(ends_at))
        return RenewalPeriod(period, period)
    assert row.anchor_day is not None, "a wall of the table: what is paid has a billing day"
    return next_renewal_period(ends_at, row.nominal_period_end, price.interval, row.anchor_day)
