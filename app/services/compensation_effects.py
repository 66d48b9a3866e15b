"""What a compensation changes when it is granted: the period's end, the goodwill, the next price (H7)."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.billing.compensation import CompensationKind
from app.billing.errors import Conflict, InvalidInput
from app.billing.ledger import goodwill_granted
from app.billing.money import Money
from app.billing.periods import SELLER_ZONE, Period, last_day_of
from app.billing.promotions import PromoDuration, PromoKind
from app.billing.subscription import IN_DUNNING, LIVE, SubscriptionStatus
from app.models import Compensation, CreditKind, PromoCode, Subscription
from app.services.bookkeeping import Cause, book
from app.services.invoice_voiding import release_lines
from app.services.renewal_dates import reschedule
from app.services.unit_of_work import UnitOfWork

EXTENDABLE = frozenset({SubscriptionStatus.ACTIVE, SubscriptionStatus.CANCELED})


def require_applicable(
    work: UnitOfWork, compensation: Compensation, row: Subscription | None, now: datetime
) -> None:
    """Return when the compensation can be given now; `row` is its subscription, if it has one.

    Raises InvalidInput (COMPENSATION_WITHOUT_SUBSCRIPTION, COMPENSATION_CURRENCY), Conflict
    (COMPENSATION_OF_USAGE for what is paid per operation, NOT_EXTENDABLE unless a paid period runs,
    IN_DUNNING for a discount before the open renewal is paid, PROMO_IN_PLACE where a code lowers the next
    period already).
    """
    if compensation.kind is CompensationKind.BALANCE:
        if compensation.currency != work.customers.get(compensation.customer_id).currency:
            raise InvalidInput("goodwill in another currency is of no use", code="COMPENSATION_CURRENCY")
        return
    if row is None:
        raise InvalidInput(
            "days and discounts are of a subscription", code="COMPENSATION_WITHOUT_SUBSCRIPTION"
        )
    if row.metered:
        raise Conflict(f"subscription {row.id}", code="COMPENSATION_OF_USAGE")
    if compensation.kind is CompensationKind.EXTRA_DAYS:
        if row.status not in EXTENDABLE or row.period_end is None or row.period_end <= now:
            raise Conflict(f"subscription {row.id} is {row.status}", code="NOT_EXTENDABLE")
    elif row.status in IN_DUNNING:
        raise Conflict(f"subscription {row.id} is {row.status}", code="IN_DUNNING")
    elif row.status in LIVE and row.promo_code_id is not None:
        raise Conflict(f"subscription {row.id}", code="PROMO_IN_PLACE")


def apply_compensation(
    work: UnitOfWork, compensation: Compensation, row: Subscription | None, now: datetime
) -> None:
    """Give what was approved; the customer and the subscription are locked. Raises as `require_applicable`,
    and Conflict (CHARGE_IN_PROGRESS) while the next period is being charged at this moment.
    """
    require_applicable(work, compensation, row, now)
    if compensation.kind is CompensationKind.BALANCE:
        _grant_goodwill(work, compensation, now)
        return
    assert row is not None, "what is of a subscription was refused without one"
    if compensation.kind is CompensationKind.EXTRA_DAYS:
        _extend(work, row, compensation.days or 0)
    else:
        _promise_discount(work, compensation, row, now)
    _invoice_next_period_anew(work, row, now)


def _grant_goodwill(work: UnitOfWork, compensation: Compensation, now: datetime) -> None:
    amount = Money(compensation.amount_minor or 0, compensation.currency or "")
    work.credits.change(compensation.customer_id, CreditKind.GOODWILL, amount)
    cause = Cause(work.sellers.current().id, compensation.customer_id)
    book(work, goodwill_granted(amount), cause, now)


def _extend(work: UnitOfWork, row: Subscription, days: int) -> None:
    """Move the end of the paid period, and of its last service month, at the same wall time.

    The billing day stays where it is: the next period is shorter by these days, and cheaper.
    """
    old_end, period = row.period_end, row.periods[-1]
    assert old_end is not None, "a wall of the table: what is paid has an end"
    end = old_end.astimezone(SELLER_ZONE) + timedelta(days=days)
    row.nominal_period_end = row.nominal_period_end or old_end
    row.period_end = period.ends_at = end
    for month in work.service_months.locked_of_line(period.invoice_line_id)[-1:]:
        if month.recognised_at is None and month.starts_at < end:
            month.ends_at, month.last_day = end, last_day_of(Period(month.starts_at, end))


def _promise_discount(work: UnitOfWork, compensation: Compensation, row: Subscription, now: datetime) -> None:
    """Make a personal code that is used once: by the next renewal of what runs, else by a new order.

    Until the running period ends no order may take the code away from the renewal.
    """
    runs = row.status in LIVE
    ends_at = row.trial_ends_at if row.status is SubscriptionStatus.TRIAL else row.period_end
    code = work.promo_codes.add(
        PromoCode(
            code=f"SORRY-{compensation.id:06d}",
            kind=PromoKind.PERCENT,
            percent=compensation.percent,
            duration=PromoDuration.FIRST,
            valid_from=max(now, ends_at) if runs and ends_at is not None else now,
            max_redemptions=1,
            max_per_customer=1,
            customer_id=row.customer_id,
            created_at=now,
            connectors=[row.connector],
        )
    )
    compensation.promo_code_id = code.id
    if runs:
        row.promo_code_id = code.id


def _invoice_next_period_anew(work: UnitOfWork, row: Subscription, now: datetime) -> None:
    """An invoice for the next period that is open already was issued without this: it becomes void."""
    work.session.flush()
    if row.status in LIVE:
        release_lines(work, {row.id}, "compensation", now)
        work.session.flush()
        if work.invoices.open_with_lines_of({row.id}):
            raise Conflict(f"subscription {row.id}", code="CHARGE_IN_PROGRESS")
    reschedule(work, [row])
