"""What customers of a story do because a mail came."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from app.billing.mail import MailKind
from app.simulation.customers import SimulatedCustomer
from app.simulation.key_ring import show_key
from app.simulation.life import Life
from app.simulation.paying import pay_by_transfer
from app.simulation.refunding import ask_for_last_refund
from app.simulation.signing_up import confirm
from app.simulation.visits import settle_up
from app.simulation.worker import DeliveredMail

Reaction = Callable[[Life, SimulatedCustomer, DeliveredMail], None]
SOON = (timedelta(minutes=2), timedelta(hours=20))
SOME_DAYS = (timedelta(hours=3), timedelta(days=4))


def read(life: Life, mail: DeliveredMail) -> None:
    """Let the customer read a mail and react to it, or not."""
    customer = life.by_id.get(mail.customer_id)
    reaction = REACTIONS.get(mail.kind)
    if customer is not None and reaction is not None:
        reaction(life, customer, mail)


def _activate(life: Life, customer: SimulatedCustomer, mail: DeliveredMail) -> None:
    token_id = int(str(mail.payload["token_id"]))
    if customer.dice.chance(0.95):
        life.world.agenda.after(customer.dice.span(*SOON), lambda: confirm(life, customer, token_id))


def _show_key(life: Life, customer: SimulatedCustomer, mail: DeliveredMail) -> None:
    key_id = int(str(mail.payload["api_key_id"]))
    life.world.agenda.after(customer.dice.span(*SOON), lambda: show_key(life, customer, key_id))


def _transfer(life: Life, customer: SimulatedCustomer, mail: DeliveredMail) -> None:
    pay_by_transfer(life, customer, int(str(mail.payload["invoice_id"])))


def _settle_up(life: Life, customer: SimulatedCustomer, mail: DeliveredMail) -> None:
    if customer.dice.chance(0.5):
        life.world.agenda.after(customer.dice.span(*SOME_DAYS), lambda: settle_up(life, customer))


def _regret(life: Life, customer: SimulatedCustomer, mail: DeliveredMail) -> None:
    """Some want their money back at once, while all of it is given back (H7)."""
    if customer.dice.chance(0.15):
        life.world.agenda.after(customer.dice.span(*SOME_DAYS), lambda: ask_for_last_refund(life, customer))


def _come(probability: float) -> Reaction:
    def come(life: Life, customer: SimulatedCustomer, mail: DeliveredMail) -> None:
        if customer.dice.chance(probability):
            life.plan_visit(customer, SOME_DAYS)

    return come


REACTIONS: dict[MailKind, Reaction] = {
    MailKind.ACTIVATION: _activate,
    MailKind.API_KEY_WAITING: _show_key,
    MailKind.INVOICE_ISSUED: _transfer,
    MailKind.SUBSCRIPTION_STARTED: _regret,
    MailKind.PAYMENT_FAILED: _settle_up,
    MailKind.PAYMENT_CONFIRMATION: _settle_up,
    MailKind.PAYMENT_REMINDER: _settle_up,
    MailKind.SUBSCRIPTION_SUSPENDED: _settle_up,
    MailKind.TRIAL_ENDING: _come(0.7),
    MailKind.TRIAL_ENDED: _come(0.3),
    MailKind.ACCESS_ENDED: _come(0.3),
    MailKind.RENEWAL_NOTICE: _come(0.05),
    MailKind.ACCESS_ENDING: _come(0.3),
}
