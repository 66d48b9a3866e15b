"""New prices of operations (I1, G5, B2): a change is a new version, and who pays already is told of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from app.billing.actors import Actor
from app.billing.errors import NotFound
from app.billing.mail import MailKind
from app.billing.money import Money
from app.billing.operation_price import OperationPriceFacts, PlannedOperationPrice, require_announceable
from app.models import ConnectorPricing, OperationPrice, Subscription
from app.services.unit_of_work import Transactions, UnitOfWork


@dataclass(frozen=True, slots=True)
class NewOperationPrice:
    """`amount`, VAT inside, buys `operations` operations of the connector from `valid_from` (UTC) on."""

    connector_id: int
    amount: Money
    operations: int
    valid_from: datetime


def add_operation_price(
    transactions: Transactions, *, actor: Actor, price: NewOperationPrice, now: datetime
) -> int:
    """Announce a price of operations; its id. Whoever pays per operation already gets one mail about it.

    Raises InvalidInput and Conflict as `operation_price.require_announceable` does, NotFound for an unknown
    connector and one that is not priced per operation.
    """
    with transactions.begin(actor) as work:
        connector = work.connectors.get(price.connector_id, lock=True)  # its prices come one after another
        if connector.pricing is not ConnectorPricing.OPERATION:
            raise NotFound("operation price")
        versions = work.metering.versions(connector.id, price.amount.currency)
        subscribers = work.metering.subscribers(connector.id, price.amount.currency)
        require_announceable(
            PlannedOperationPrice(price.amount, price.operations, price.valid_from),
            OperationPriceFacts({each.valid_from for each in versions}, bool(subscribers)),
            now,
        )
        added = _add_version(work, price)
        replaced = [each for each in versions if each.valid_from < added.valid_from]
        for customer_id, subscription_ids in subscribers.items():
            _tell(work, customer_id, subscription_ids, replaced[-1], added)
        details = _terms(price) | {"customers": len(subscribers)}
        work.audit("operation_price.add", "operation_price", added.id, now=now, details=details)
        return added.id


def tell_of_announced(work: UnitOfWork, row: Subscription, now: datetime) -> None:
    """Tell who begins to pay per operation of the prices that are announced and do not hold yet."""
    for old, new in pairwise(work.metering.versions(row.connector_id, row.currency)):
        if new.valid_from > now:
            _tell(work, row.customer_id, [row.id], old, new)


def _tell(
    work: UnitOfWork,
    customer_id: int,
    subscription_ids: Sequence[int],
    old: OperationPrice,
    new: OperationPrice,
) -> None:
    work.promise_mail(
        MailKind.OPERATION_PRICE_CHANGE,
        customer_id,
        dedupe_key=f"{new.id}:{customer_id}",
        operation_price_id=new.id,
        old_price_id=old.id,
        subscription_ids=subscription_ids,
    )


def _add_version(work: UnitOfWork, price: NewOperationPrice) -> OperationPrice:
    version = OperationPrice(
        connector_id=price.connector_id,
        currency=price.amount.currency,
        amount_minor=price.amount.minor,
        operations=price.operations,
        valid_from=price.valid_from,
    )
    work.session.add(version)
    work.session.flush()
    return version


def _terms(price: NewOperationPrice) -> dict[str, object]:
    return {
        "connector_id": price.connector_id,
        "currency": price.amount.currency,
        "amount_minor": price.amount.minor,
        "operations": price.operations,
        "valid_from": price.valid_from.isoformat(),
    }
