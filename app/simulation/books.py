"""The provider's and the bank's books against ours: every money event once, and none made up (INV8)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from sqlalchemy import func, select

from app.billing.refunds import RefundStatus
from app.models import BALANCE_PROVIDER, BANK_PROVIDER, Dispute, Payment, Refund
from app.services.unit_of_work import Repositories
from app.simulation.bank import Bank
from app.simulation.life import Life
from app.simulation.money_back import RefundState
from app.simulation.provider import SimulatedProvider

Entry = tuple[str, str, int, str]
"""Whose books, the reference, the amount in minor units, the currency."""


def compare_books(life: Life) -> None:
    """Write down every difference between their books and ours."""
    provider = life.world.gateway
    theirs = Counter([*_of_provider(provider), *_of_bank(life.bank)])
    with life.world.transactions.reading() as repositories:
        ours = Counter([*_payments(repositories, provider.name), *_money_back(repositories)])
    asked = {
        each.reference: f"{each.invoice}, asked for at {each.asked_at}" for each in provider.books.charges
    }
    for entry in sorted(theirs - ours):
        what = asked.get(entry[1], "no charge")
        life.world.violated("lost money", f"they moved it and we don't know: {entry}, {what}")
    for entry in sorted(ours - theirs):
        life.world.violated("doubled money", f"we booked it and they never moved it: {entry}")
    for complaint in [*provider.complaints, *provider.money_back.complaints]:
        life.world.violated("charge", complaint)


def _of_provider(provider: SimulatedProvider) -> Iterator[Entry]:
    for charge in provider.books.succeeded():
        yield "card", charge.reference, charge.amount.minor, charge.amount.currency
    for refund in provider.money_back.refunds:
        if refund.state is RefundState.SUCCEEDED:
            yield "card refund", refund.reference, refund.amount.minor, refund.amount.currency
    for dispute in provider.money_back.disputes:
        amount = dispute.charge.amount
        yield f"dispute {dispute.state}", dispute.reference, amount.minor, amount.currency


def _of_bank(bank: Bank) -> Iterator[Entry]:
    for line in bank.statement:
        if line.booked:
            yield "bank", line.reference, line.money.minor, line.money.currency
    for number, paid in bank.paid_out.items():
        yield "bank refund", str(number), paid.order.amount.minor, paid.order.amount.currency


def _payments(repositories: Repositories, provider: str) -> list[Entry]:
    names = {provider: "card", BANK_PROVIDER: "bank"}
    rows = repositories.session.execute(
        select(Payment.provider, Payment.provider_reference, Payment.amount_minor, Payment.currency).where(
            Payment.provider != BALANCE_PROVIDER
        )
    )
    return [(names[row[0]], row[1], row[2], row[3]) for row in rows]


def _money_back(repositories: Repositories) -> Iterable[Entry]:
    """Refunds that have left us, and what banks take back; what returned to balances has not left."""
    leaves_from = func.coalesce(Refund.through, Payment.provider)
    sent = repositories.session.execute(
        select(leaves_from, Refund.id, Refund.provider_reference, Refund.to_method_minor, Refund.currency)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Refund.status == RefundStatus.SENT, Refund.to_method_minor > 0)
    )
    for provider, refund_id, reference, minor, currency in sent:
        by_bank = provider == BANK_PROVIDER
        yield ("bank refund", str(refund_id), minor, currency) if by_bank else (
            "card refund", reference, minor, currency,
        )  # fmt: skip
    for row in repositories.session.scalars(select(Dispute)):
        yield f"dispute {row.state}", row.reference, row.amount_minor, row.currency
