"""Revenue: a service month is booked when its last day has come, with the VAT of that day (K1, J2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from app.billing.actors import Actor
from app.billing.ledger import service_given
from app.billing.month_closing import first_open_day
from app.billing.periods import local_date
from app.billing.tax import DatedTaxRegime, included_vat, tax_treatment
from app.models import ServiceMonth
from app.repositories.ledger import GivenService
from app.services.bookkeeping import Cause, book
from app.services.bulk import BulkResult, in_chunks
from app.services.unit_of_work import Transactions, UnitOfWork

ACTOR = Actor.system("revenue")


def recognise_revenue(transactions: Transactions, *, now: datetime) -> BulkResult:
    """Book every service month whose last day has come, dated by that day however late this runs.

    Safe to run twice and on two machines at once: a month that another one holds is left to it. A month
    without a tax rate goes to staff (`revenue:NO_TAX_RATE`) and is tried again the next time. `handled` are
    the months booked here.
    """
    with transactions.reading() as repositories:
        due = repositories.service_months.due(local_date(now))
    booked: list[int] = []

    def handle(chunk: Sequence[int]) -> None:
        with transactions.begin(ACTOR) as work:
            months = work.service_months.locked_free(chunk)
            give(work, months, now)
        booked.extend(month.id for month in months)

    def park(service_month_id: int, code: str) -> None:
        with transactions.begin(ACTOR) as work:
            work.ask_staff(f"revenue:{code}"[:64], "service_month", service_month_id, None, now)

    result = in_chunks(due, handle, park)
    return BulkResult(len(booked), result.parked)


def give(work: UnitOfWork, months: Sequence[ServiceMonth], now: datetime) -> None:
    """Book these locked months, none of them booked before, in one statement a table.

    What belongs to a closed month is dated by the first day of the next open one, at the rate of its own.
    A month that was refunded whole has nothing to book and is closed as well. The rows in the session keep
    their old values. Raises NoTaxRate when no regime or rate holds on a last day.
    """
    if not months:
        return
    countries = work.payers.countries({month.payer_id for month in months})
    sellers = {month.seller_id for month in months}
    regimes = {seller_id: work.sellers.get(seller_id).dated_tax_regimes() for seller_id in sellers}
    closed = work.month_closings.closed(sellers)
    given = [_given(month, regimes, countries) for month in months]
    for month, each in zip(months, given, strict=True):
        entries = service_given(month.gross, each.vat, month.advance_vat)
        booked_on = first_open_day(month.last_day, closed[month.seller_id])
        book(work, entries, _cause(month), now, booked_on=booked_on)
    work.service_months.close(given, now)


def _given(
    month: ServiceMonth, regimes: Mapping[int, Sequence[DatedTaxRegime]], countries: Mapping[int, str]
) -> GivenService:
    rate = tax_treatment(regimes[month.seller_id], month.last_day, countries[month.payer_id]).rate
    return GivenService(month.id, rate, included_vat(month.gross, rate))


def _cause(month: ServiceMonth) -> Cause:
    return Cause(month.seller_id, month.customer_id, invoice_id=month.invoice_id, service_month_id=month.id)
