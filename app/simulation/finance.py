"""Finance in a story: refunds that did not arrive, refunds by bank, and debts of lost disputes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from sqlalchemy import func, or_, select

from app.billing.actors import Actor
from app.billing.money import Money
from app.billing.payment_order import OrderParty, PaymentOrder
from app.billing.refunds import RefundStatus
from app.models import BANK_PROVIDER, CreditKind, Customer, Dispute, Payment, Refund
from app.repositories.refunds import PaidLine
from app.services.dispute_debts import pay_debt_from_balance, write_off_debt
from app.services.refund_orders import make_payment_order
from app.services.refunds import send_refund_again, send_refund_by_bank
from app.simulation.customers import SimulatedCustomer
from app.simulation.dice import Dice
from app.simulation.life import Life

FINANCE = Actor.staff("finance")
ROUBLE = "RUB"
DAY = timedelta(days=1)
SEEN_TO = 0.35
"""Of what waits for finance on one day."""
PAYS = 0.5
"""Of debts: the customer sends the money."""
TRANSFER = (timedelta(hours=5), timedelta(days=9))
RECIPIENT = OrderParty(
    name="Клиент",
    account="40702810200000000001",
    bank_name="ПАО Сбербанк",
    bic="044525225",
    correspondent_account="30101810400000000225",
)


def plan_finance(life: Life) -> None:
    """Let finance see to what waits today, and plan the next day."""
    dice = life.world.dice.of("finance", life.now.date())
    for refund in _refunds_that_wait(life):
        customer = life.by_id[refund.customer_id]
        own = dice.of("refund", customer.index, refund.requested_at)
        if own.chance(SEEN_TO):
            _see_to_refund(life, customer, refund, own)
    for dispute in _debts(life):
        own = dice.of("debt", dispute.reference)
        if own.chance(SEEN_TO):
            _see_to_debt(life, life.by_id[dispute.customer_id], dispute, own)
    life.world.agenda.after(DAY, lambda: plan_finance(life))


def _refunds_that_wait(life: Life) -> Sequence[Refund]:
    by_bank = func.coalesce(Refund.through, Payment.provider) == BANK_PROVIDER
    waits = or_(Refund.status == RefundStatus.FAILED, (Refund.status == RefundStatus.APPROVED) & by_bank)
    with life.world.transactions.reading() as repositories:
        return repositories.session.scalars(
            select(Refund)
            .join(Payment, Payment.id == Refund.payment_id)
            .join(Customer, Customer.id == Refund.customer_id)
            .where(waits)
            .order_by(Refund.requested_at, Customer.email)
        ).all()


def _debts(life: Life) -> Sequence[Dispute]:
    owed = Dispute.lost_minor - Dispute.paid_minor - Dispute.written_off_minor
    with life.world.transactions.reading() as repositories:
        return repositories.session.scalars(
            select(Dispute).where(owed > 0).order_by(Dispute.opened_at, Dispute.reference)
        ).all()


def _see_to_refund(life: Life, customer: SimulatedCustomer, refund: Refund, dice: Dice) -> None:
    if refund.status is RefundStatus.APPROVED:
        _pay_by_bank(life, customer, refund)
        return
    again = refund.currency != ROUBLE or dice.chance(0.5)
    use_case = send_refund_again if again else send_refund_by_bank
    life.ask(
        customer,
        "send a refund again" if again else "send a refund by bank",
        lambda: use_case(
            life.world.transactions,
            actor=FINANCE,
            refund_id=refund.id,
            reason="it has not arrived",
            now=life.now,
        ),
    )


def _pay_by_bank(life: Life, customer: SimulatedCustomer, refund: Refund) -> None:
    """Make the payment order and hand it to the bank, which sends each number once."""
    orders: list[PaymentOrder] = []

    def order() -> None:
        orders.append(
            make_payment_order(
                life.world.transactions,
                actor=FINANCE,
                refund_id=refund.id,
                recipient=RECIPIENT,
                now=life.now,
            )
        )

    life.ask(customer, "make a payment order", order)
    for each in orders:
        life.bank.pay_out(each)


def _see_to_debt(life: Life, customer: SimulatedCustomer, dispute: Dispute, dice: Dice) -> None:
    if _balance(life, dispute):
        _settle(life, customer, dispute, "take a debt from the balance", pay_debt_from_balance)
    elif dispute.currency == ROUBLE and dice.chance(PAYS):
        with life.world.transactions.reading() as repositories:
            invoice_id = repositories.payments.get(dispute.payment_id).invoice_id
        life.bank.transfer(invoice_id, dispute.owed, dice.span(*TRANSFER))
    else:
        _write_off(life, customer, dispute)


def _balance(life: Life, dispute: Dispute) -> Money | None:
    with life.world.transactions.reading() as repositories:
        held = repositories.credits.of_customers([dispute.customer_id])
    return held.get((dispute.customer_id, dispute.currency, CreditKind.BALANCE))


def _write_off(life: Life, customer: SimulatedCustomer, dispute: Dispute) -> None:
    """Give a debt up; the customer knows that what it should have paid for is closed."""
    lines = _lines_that_end(life, dispute)
    if _settle(life, customer, dispute, "write a debt off", write_off_debt):
        for paid in lines:
            wish = customer.wish(paid.subscription.id)
            wish.leaving_since = life.now
            if paid.period.starts_at <= life.now:
                wish.closed_since = life.now


def _lines_that_end(life: Life, dispute: Dispute) -> list[PaidLine]:
    with life.world.transactions.reading() as repositories:
        refunds = repositories.refunds
        invoice_id = repositories.payments.get(dispute.payment_id).invoice_id
        paid = [refunds.paid_line(dispute.customer_id, line.id) for line in refunds.started_lines(invoice_id)]
        return [
            each
            for each in paid
            if life.now < each.period.ends_at and not refunds.keeps_later_period(each.period)
        ]


def _settle(
    life: Life, customer: SimulatedCustomer, dispute: Dispute, wish: str, use_case: Callable[..., Money]
) -> bool:
    return life.ask(
        customer,
        wish,
        lambda: use_case(
            life.world.transactions,
            actor=FINANCE,
            dispute_id=dispute.id,
            reason="as agreed",
            now=life.now,
        ),
    )
