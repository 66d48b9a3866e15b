"""The sweep: does what is due and writes down what time has already made true (C3, C4, F2, G).

Nothing here decides about access: the check knows the same from the stored dates. Being off for days,
running twice or on two machines at once loses and doubles nothing (G6).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.billing.actors import Actor
from app.billing.api_key import LIVE_KEYS, ApiKeyStatus
from app.billing.invoice import InvoiceStatus
from app.billing.mail import MailKind
from app.billing.periods import local_date
from app.billing.subscription import SubscriptionStatus
from app.billing.trial import TRIAL_POLICY
from app.models import ApiKey
from app.services.billing_chunks import BillingRun
from app.services.bulk import BulkResult, in_chunks
from app.services.card_notices import send_card_notices
from app.services.closing import close_over
from app.services.corrections.adjusting import issue_adjustments
from app.services.fault_points import BETWEEN_SWEEP_STEPS, fault_point
from app.services.invoice_voiding import void_invoice
from app.services.issuing import issue_due_documents
from app.services.key_overview import end_of_key
from app.services.price_notices import continue_launched
from app.services.renewal_notices import send_renewal_notices
from app.services.renewals import renew_due
from app.services.retries import retry_due
from app.services.revenue import recognise_revenue
from app.services.unit_of_work import Repositories, Transactions, UnitOfWork
from app.services.usage_bills import close_months, send_usage_notices

ACTOR = Actor.system("sweep")


@dataclass(frozen=True, slots=True)
class SweepReport:
    """What one sweep did: how many rows each step handled, and how many were parked for a person."""

    trial_notices: int = 0
    price_notices: int = 0
    renewal_notices: int = 0
    renewals: int = 0
    retries: int = 0
    closed_subscriptions: int = 0
    voided_invoices: int = 0
    expired_keys: int = 0
    recognised_months: int = 0
    documented: int = 0
    adjusted_refunds: int = 0
    usage_notices: int = 0
    card_notices: int = 0
    closed_months: int = 0
    parked: int = 0


def sweep(run: BillingRun) -> SweepReport:
    """Run every step of the sweep for this instant.

    What renews is charged before what is over is closed, so that being late ends nobody's access; and
    nothing is tried again for what has closed by then.
    """
    transactions, now = run.transactions, run.now
    steps: dict[str, Callable[[], BulkResult]] = {
        "trial_notices": lambda: _send_trial_notices(transactions, now),
        "price_notices": lambda: continue_launched(transactions, now=now),
        "renewal_notices": lambda: send_renewal_notices(run),
        "usage_notices": lambda: send_usage_notices(run),
        "card_notices": lambda: send_card_notices(run),
        "renewals": lambda: renew_due(run),
        "closed_months": lambda: close_months(run),
        "closed_subscriptions": lambda: _close_ended(transactions, now),
        "retries": lambda: retry_due(run),
        "voided_invoices": lambda: _void_overdue(transactions, now),
        "expired_keys": lambda: _expire_keys(transactions, now),
        "recognised_months": lambda: recognise_revenue(transactions, now=now),
        "documented": lambda: issue_due_documents(transactions, now=now),
        "adjusted_refunds": lambda: issue_adjustments(transactions, now=now),
    }
    done: dict[str, BulkResult] = {}
    for name, step in steps.items():
        done[name] = step()
        fault_point(BETWEEN_SWEEP_STEPS)
    handled = {name: each.handled for name, each in done.items()}
    return SweepReport(**handled, parked=sum(len(each.parked) for each in done.values()))


def _send_trial_notices(transactions: Transactions, now: datetime) -> BulkResult:
    with transactions.reading() as repositories:
        due = repositories.subscriptions.due_for_trial_notice(now + TRIAL_POLICY.notice, now)

    def notify(work: UnitOfWork, chunk: Sequence[int]) -> None:
        for row in work.subscriptions.locked(chunk):
            if row.trial_notice_at is None and row.status is SubscriptionStatus.TRIAL:
                row.trial_notice_at = now
                work.promise_mail(MailKind.TRIAL_ENDING, row.customer_id, dedupe_key=str(row.customer_id))

    return _in_transactions(transactions, due, notify, "subscription", now)


def _close_ended(transactions: Transactions, now: datetime) -> BulkResult:
    with transactions.reading() as repositories:
        ended = repositories.subscriptions.ended(now)

    def close(work: UnitOfWork, chunk: Sequence[int]) -> None:
        work.customers.locked_all(work.subscriptions.owners(chunk))
        close_over(work, work.subscriptions.locked(chunk), now)

    return _in_transactions(transactions, ended, close, "subscription", now)


def _void_overdue(transactions: Transactions, now: datetime) -> BulkResult:
    """Void unpaid orders past their due date with the subscriptions that only waited for them (F2).

    While money may be moving, or the customer stands at the provider's page, the invoice waits.
    """
    with transactions.reading() as repositories:
        overdue = repositories.invoices.overdue(local_date(now))

    def void(work: UnitOfWork, chunk: Sequence[int]) -> None:
        work.customers.locked_all(work.invoices.owners(chunk))
        for invoice_id in chunk:
            _void(work, invoice_id, now)

    return _in_transactions(transactions, overdue, void, "invoice", now)


def _void(work: UnitOfWork, invoice_id: int, now: datetime) -> None:
    invoice = work.invoices.locked(invoice_id)
    if invoice.status is not InvoiceStatus.OPEN or work.attempts.unsettled(invoice_id) is not None:
        return
    void_invoice(work, invoice, "not paid by the due date", now)
    for row in work.subscriptions.locked([line.subscription_id for line in invoice.lines]):
        if row.status is SubscriptionStatus.PENDING:
            work.move_subscription(row, SubscriptionStatus.EXPIRED, "its order lapsed", now)
    work.promise_mail(
        MailKind.INVOICE_VOIDED, invoice.customer_id, dedupe_key=str(invoice_id), invoice_id=invoice_id
    )


def _expire_keys(transactions: Transactions, now: datetime) -> BulkResult:
    with transactions.reading() as repositories:
        past = [
            api_key_id
            for api_key_id in repositories.api_keys.past_their_end(now)
            if _is_over(repositories.api_keys.get(api_key_id), repositories, now)
        ]

    def expire(work: UnitOfWork, chunk: Sequence[int]) -> None:
        for api_key_id in chunk:
            key = work.api_keys.get(api_key_id, lock=True)
            if key.status not in LIVE_KEYS:
                continue  # switched off, or expired by another sweep, a moment ago
            work.record_status(
                "api_key", api_key_id, key.status, ApiKeyStatus.EXPIRED, "its time is over", now
            )
            key.status = ApiKeyStatus.EXPIRED

    return _in_transactions(transactions, past, expire, "api_key", now)


def _is_over(key: ApiKey, repositories: Repositories, now: datetime) -> bool:
    end = end_of_key(repositories, key, now)
    return end is not None and now >= end


def _in_transactions(
    transactions: Transactions,
    identities: Sequence[int],
    handle: Callable[[UnitOfWork, Sequence[int]], None],
    kind: str,
    now: datetime,
) -> BulkResult:
    def handle_chunk(chunk: Sequence[int]) -> None:
        with transactions.begin(ACTOR) as work:
            handle(work, chunk)

    def park(identity: int, code: str) -> None:
        with transactions.begin(ACTOR) as work:
            work.ask_staff(f"sweep:{code}"[:64], kind, identity, None, now)

    return in_chunks(identities, handle_chunk, park)
