"""The checklist of a month: each check looks at what is stored and changes nothing (K1, J4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

from app.billing.exchange_rates import MissingRate
from app.billing.month_closing import CheckResult, ClosingCheck
from app.repositories.registers import Stretch
from app.services.invariants import check_invariants
from app.services.registers_documents import missing_of
from app.services.registers_vat import tie_of
from app.services.unit_of_work import Repositories, Transactions

MOST_EXAMPLES = 5


def make_check(
    transactions: Transactions, check: ClosingCheck, stretch: Stretch, *, real_now: datetime
) -> CheckResult:
    """What the check finds now; the rules of the data are asked of the whole database."""
    if check is ClosingCheck.INVARIANTS:
        broken = [each for each in check_invariants(transactions, real_now=real_now) if each.count]
        return CheckResult(check, len(broken), tuple(each.name for each in broken[:MOST_EXAMPLES]))
    with transactions.reading() as repositories:
        return check_of_month(repositories, check, stretch)


def check_of_month(repositories: Repositories, check: ClosingCheck, stretch: Stretch) -> CheckResult:
    """What a check of the month finds in what these repositories see; KeyError for the rules of the data."""
    found = CHECKS.get(check)
    if found is None:
        return repositories.closing_checks.found(check, stretch, MOST_EXAMPLES)
    return found(repositories, stretch)


def _missing(repositories: Repositories, stretch: Stretch) -> CheckResult:
    missing = missing_of(repositories, stretch)
    examples = [f"{each.deed} {example}" for each in missing for example in each.examples]
    return CheckResult(
        ClosingCheck.MISSING_DOCUMENTS,
        sum(each.count for each in missing),
        tuple(examples[:MOST_EXAMPLES]),
    )


def _rates(repositories: Repositories, stretch: Stretch) -> CheckResult:
    days = repositories.closing_checks.foreign_days(stretch)
    known = repositories.exchange_rates.known_of({day for _currency, day in days})
    missing = [
        f"{currency} {day.isoformat()}"
        for currency, day in days
        if isinstance(known.in_force(currency, day), MissingRate)
    ]
    return CheckResult(ClosingCheck.EXCHANGE_RATES, len(missing), tuple(missing[:MOST_EXAMPLES]))


def _vat(repositories: Repositories, stretch: Stretch) -> CheckResult:
    tie = tie_of(repositories, stretch)
    examples = tuple(
        f"service_month {each.service_month_id}" if each.service_month_id else f"invoice {each.invoice_id}"
        for each in tie.differences[:MOST_EXAMPLES]
    )
    return CheckResult(ClosingCheck.VAT, tie.count or int(not tie.ties), examples)


CHECKS: Mapping[ClosingCheck, Callable[[Repositories, Stretch], CheckResult]] = MappingProxyType(
    {
        ClosingCheck.MISSING_DOCUMENTS: _missing,
        ClosingCheck.EXCHANGE_RATES: _rates,
        ClosingCheck.VAT: _vat,
    }
)
"""The checks that are more than a query."""
