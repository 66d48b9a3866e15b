"""Statuses in words: a short label, a tone, and a sentence with the date that matters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _
from flask_babel import ngettext

from app.billing.api_key import ApiKeyKind, ApiKeyStatus
from app.billing.entitlement import ACCESS_POLICY, access_until, effective_status
from app.billing.invoice import InvoiceStatus, PaymentMethodKind
from app.billing.long_work import WorkState
from app.billing.payment_history import HistoryStatus
from app.billing.periods import BillingInterval
from app.billing.subscription import SubscriptionStatus
from app.models import ApiKey, Document, DocumentStatus, Invoice, LongWork, Subscription
from app.portal.presentation import long_day, long_day_of, moment, money
from app.services.payment_history import HistoryEntry

MOMENT_BEFORE = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class State:
    """A status as a person reads it."""

    label: str
    tone: str
    sentence: str = ""


def subscription_state(row: Subscription, now: datetime) -> State:
    """The status as it is true now, with its date."""
    facts = row.facts()
    match effective_status(facts, now):
        case SubscriptionStatus.PENDING:
            return State(_("Waiting for payment"), "warning", _("Access opens right after payment."))
        case SubscriptionStatus.TRIAL:
            return _trial(row, now)
        case SubscriptionStatus.ACTIVE:
            return _active(row, now)
        case SubscriptionStatus.CANCELED:
            return State(
                _("Cancelled"), "muted", _("Access stays until %(day)s.", day=_last_day(row.period_end))
            )
        case SubscriptionStatus.PAYMENT_PENDING | SubscriptionStatus.SUSPENDED:
            return _unpaid(row, _last_day(access_until(facts)))
        case SubscriptionStatus.EXPIRED:
            return _expired(row)


def invoice_state(invoice: Invoice) -> State:
    """Whether an invoice is paid."""
    match invoice.status:
        case InvoiceStatus.PAID:
            assert invoice.paid_at is not None, "the database holds both together"
            return State(_("Paid"), "success", _("Paid on %(day)s.", day=long_day_of(invoice.paid_at)))
        case InvoiceStatus.VOID:
            return State(_("Void"), "muted", _("This invoice need not be paid any more."))
        case InvoiceStatus.OPEN if invoice.first_failed_at is not None:
            sentence = _("Not paid in time: it was due on %(day)s.", day=long_day(invoice.due_on))
            return State(_("To be paid"), "danger", sentence)
        case InvoiceStatus.OPEN:
            return State(_("To be paid"), "warning", _("Pay by %(day)s.", day=long_day(invoice.due_on)))


def history_state(entry: HistoryEntry) -> State:
    """As `invoice_state`, and whether money of it was given back."""
    if entry.status is not HistoryStatus.REFUNDED:
        return invoice_state(entry.invoice)
    if entry.refunded == entry.invoice.total:
        return State(_("Refunded"), "info", _("The money is given back."))
    return State(_("Refunded in part"), "info", _("%(sum)s is given back.", sum=money(entry.refunded)))


def key_state(key: ApiKey, expired: bool) -> State:
    """Whether a key works."""
    if key.status is ApiKeyStatus.DEACTIVATED:
        return State(_("Switched off"), "muted")
    if expired or key.status is ApiKeyStatus.EXPIRED:
        return State(_("Expired"), "muted")
    if key.status is ApiKeyStatus.UNCLAIMED:
        return State(_("Waiting for you"), "warning")
    return State(_("Works"), "success")


def key_kind(kind: ApiKeyKind) -> str:
    """What a key is for."""
    kinds = {
        ApiKeyKind.PRODUCTION: _("Permanent"),
        ApiKeyKind.TRIAL: _("Temporary, for the trial"),
        ApiKeyKind.TEST: _("For tests"),
    }
    return str(kinds[kind])


def document_state(document: Document) -> State:
    """Whether the file can be downloaded."""
    match document.status:
        case DocumentStatus.READY:
            return State(_("Ready"), "success")
        case DocumentStatus.PENDING:
            return State(_("Being prepared"), "info")
        case DocumentStatus.FAILED:
            return State(_("Delayed"), "warning")


def work_state(work: LongWork) -> State:
    """Whether what was asked for can be fetched."""
    match work.state:
        case WorkState.WAITING | WorkState.RUNNING:
            return State(_("Being prepared"), "info")
        case WorkState.DONE:
            until = long_day_of(work.expires_at)
            return State(_("Ready"), "success", _("It can be downloaded until %(day)s.", day=until))
        case WorkState.FAILED:
            return State(_("It did not work out"), "danger", _("Please try again later."))
        case WorkState.CANCELED:
            return State(_("Cancelled"), "muted")
        case WorkState.EXPIRED:
            return State(_("Removed"), "muted", _("Its time is over; ask for it again."))


def time_left(until: datetime, now: datetime) -> str:
    """How long it still is: days and hours, below a day hours, below an hour «less than an hour»."""
    left = max(until - now, timedelta())
    hours = int(left.total_seconds() // 3600)
    days, hours = divmod(hours, 24)
    if not days and not hours:
        return str(_("less than an hour"))
    in_hours = ngettext("%(num)d hour", "%(num)d hours", hours)
    if not days:
        return str(in_hours)
    in_days = ngettext("%(num)d day", "%(num)d days", days)
    return f"{in_days} {in_hours}" if hours else str(in_days)


def _trial(row: Subscription, now: datetime) -> State:
    assert row.trial_ends_at is not None, "the database holds both together"
    until, left = moment(row.trial_ends_at), time_left(row.trial_ends_at, now)
    if row.continues_after_trial:
        sentence = _(
            "Free until %(moment)s, %(left)s left. Then it continues as a paid subscription.",
            moment=until,
            left=left,
        )
    else:
        sentence = _("Free until %(moment)s, %(left)s left.", moment=until, left=left)
    return State(_("Trial"), "info", sentence)


def _active(row: Subscription, now: datetime) -> State:
    assert row.period_end is not None, "the database holds both together"
    return State(_("Active"), "success", _what_follows(row, row.period_end, now))


def _what_follows(row: Subscription, end: datetime, now: datetime) -> str:
    until = _last_day(end)
    if not row.auto_renew:
        return str(_("Access stays until %(day)s; it will not renew.", day=until))
    if row.metered:
        return str(_("Paid per operation; the bill for this month comes on %(day)s.", day=long_day_of(end)))
    if row.method is PaymentMethodKind.BANK_TRANSFER:
        return str(_("Paid until %(day)s, then renews by its next invoice.", day=until))
    if now >= end:
        return str(_("The next period is being charged; access stays open meanwhile."))
    if row.renewal_interval is BillingInterval.YEAR:
        return str(_("Paid until %(day)s, then renews for a year.", day=until))
    if row.renewal_interval is BillingInterval.MONTH:
        return str(_("Paid until %(day)s, then renews for a month.", day=until))
    return str(_("Paid until %(day)s, then renews by itself.", day=until))


def _unpaid(row: Subscription, until: str) -> State:
    if row.method is PaymentMethodKind.BANK_TRANSFER:
        sentence = _("The invoice is not paid. Access stays until %(day)s.", day=until)
    else:
        sentence = _("The payment did not go through. Access stays until %(day)s.", day=until)
    return State(_("Payment needed"), "danger", sentence)


def _expired(row: Subscription) -> State:
    ended = _end_of_access(row)
    if ended is None:
        return State(_("Not paid"), "muted", _("The order was not paid in time."))
    if row.first_paid_at is None:
        return State(_("Trial is over"), "muted", _("It ended on %(day)s.", day=_last_day(ended)))
    return State(_("Ended"), "muted", _("It ended on %(day)s.", day=_last_day(ended)))


def _end_of_access(row: Subscription) -> datetime | None:
    """When access ended: with what was paid, or after it, when it was given up or never paid."""
    if row.first_failed_at is None:
        return row.period_end or row.trial_ends_at
    grace = row.first_failed_at + ACCESS_POLICY.dunning
    return grace if row.canceled_at is None else min(grace, row.canceled_at)


def last_day(instant: datetime) -> str:
    """The last Moscow day before an exclusive end, in words."""
    return long_day_of(instant - MOMENT_BEFORE)


def _last_day(instant: datetime | None) -> str:
    assert instant is not None, "a status with an end has one"
    return last_day(instant)
