"""What is charged next by itself, as the overview tells it (G2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.billing.invoice import PaymentMethodKind
from app.billing.money import Money, total
from app.billing.periods import local_date
from app.billing.subscription import SubscriptionStatus
from app.models import Subscription
from app.services.expected_renewals import expected_renewals
from app.services.expected_usage import used_so_far
from app.services.unit_of_work import Repositories


@dataclass(frozen=True, slots=True)
class NextCharge:
    """What is charged next, and when. With operations in it the sum is the one so far."""

    at: datetime
    amount: Money
    so_far: bool = False


def next_charge(repositories: Repositories, held: Sequence[Subscription], now: datetime) -> NextCharge | None:
    """The earliest charge and all that is charged on the same Moscow day; None when none is planned.

    What is paid by bank transfer is invoiced and never charged.
    """
    planned = [(row, at) for row in held if (at := _charged_at(row)) is not None]
    if not planned:
        return None
    at = min(instant for _, instant in planned)
    due = [row for row, instant in planned if local_date(instant) == local_date(at)]
    renewals = expected_renewals(repositories, [row for row in due if not row.metered])
    used = used_so_far(repositories, due, now)
    amounts = [each.price for each in renewals] + [each.cost for each in used.values()]
    return NextCharge(at, total(amounts, due[0].currency), so_far=bool(used))


def _charged_at(row: Subscription) -> datetime | None:
    if not row.auto_renew or row.method is not PaymentMethodKind.CARD:
        return None
    if row.status is SubscriptionStatus.TRIAL and row.continues_after_trial:
        return row.trial_ends_at
    return row.period_end if row.status is SubscriptionStatus.ACTIVE else None
