"""New prices of a connector (B2): a change is a new version, the old ones stay as they were."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from app.billing.actors import Actor
from app.billing.errors import Conflict, InvalidInput
from app.billing.money import Money
from app.billing.periods import BillingInterval
from app.billing.pricing import yearly_price
from app.models import PriceVersion
from app.services.unit_of_work import Transactions


@dataclass(frozen=True, slots=True)
class NewPrice:
    """A monthly price, VAT inside, and from when it holds. The yearly one is computed unless given."""

    connector_id: int
    monthly: Money
    valid_from: datetime
    yearly: Money | None = None


def add_price(transactions: Transactions, *, actor: Actor, price: NewPrice, now: datetime) -> None:
    """Add the versions of the monthly and the yearly price.

    Raises InvalidInput for a price that is not positive or that holds from the past (somebody may
    have bought at the old one), NotFound for an unknown connector, Conflict when there is a version
    from this very instant.
    """
    yearly = yearly_price(price.monthly) if price.yearly is None else price.yearly
    if price.monthly.minor <= 0 or yearly.minor <= 0:
        raise InvalidInput("a price is positive", code="PRICE_NOT_POSITIVE")
    if price.valid_from < now:
        raise InvalidInput("a price can't hold from the past", code="PRICE_IN_THE_PAST")
    try:
        with transactions.begin(actor) as work:
            work.connectors.get(price.connector_id)
            amounts = ((BillingInterval.MONTH, price.monthly), (BillingInterval.YEAR, yearly))
            work.session.add_all(_version(price, interval, amount) for interval, amount in amounts)
            details = {
                "currency": yearly.currency,
                "monthly_minor": price.monthly.minor,
                "yearly_minor": yearly.minor,
                "valid_from": price.valid_from.isoformat(),
            }
            work.audit("price.add", "connector", price.connector_id, now=now, details=details)
    except IntegrityError as error:
        raise Conflict("a price from this instant exists", code="PRICE_EXISTS") from error


def _version(price: NewPrice, interval: BillingInterval, amount: Money) -> PriceVersion:
    return PriceVersion(
        connector_id=price.connector_id,
        interval=interval,
        currency=amount.currency,
        amount_minor=amount.minor,
        valid_from=price.valid_from,
    )
