"""How customers of a story pay: on the provider's page, with a saved card, by bank transfer."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from app.billing.invoice import InvoiceStatus, PaymentMethodKind
from app.billing.money import Money
from app.models import Invoice, PaymentMethod
from app.services.charging import open_checkout, refresh_attempt, request_charge
from app.simulation.customers import SimulatedCustomer
from app.simulation.life import Life
from app.simulation.provider_books import PAGES

TYPING = (timedelta(seconds=40), timedelta(minutes=12))
COMING_BACK = (timedelta(seconds=3), timedelta(seconds=90))
PAGE_OVER = timedelta(minutes=31)
IN_TIME = (timedelta(hours=6), timedelta(days=6))
LATE = (timedelta(days=8), timedelta(days=30))
ONCE_MORE = (timedelta(hours=3), timedelta(days=5))


def pay_on_page(life: Life, customer: SimulatedCustomer, invoice_id: int) -> None:
    """Open the provider's page, type a card into it, confirm or leave."""
    world, opened = life.world, []

    def open_page() -> None:
        url = open_checkout(
            world.product.charging,
            customer_id=customer.id,
            invoice_id=invoice_id,
            now=world.now,
            real_now=world.now,
        )
        opened.append(url.removeprefix(f"{PAGES}/"))

    life.ask(customer, "open a payment page", open_page)
    world.agenda.after(PAGE_OVER, life.background.look_soon)
    if opened:
        world.agenda.after(customer.dice.span(*TYPING), lambda: _confirm(life, customer, opened[0]))
        card = customer.card_for(world.now)
        world.gateway.look_at_page(opened[0], card)


def pay_with_saved_card(
    life: Life, customer: SimulatedCustomer, invoice: Invoice, method: PaymentMethod
) -> None:
    """Ask that a saved card is charged now."""
    life.world.gateway.asked_for.add(invoice.full_number)
    life.ask(
        customer,
        "charge my card",
        lambda: request_charge(
            life.world.product.charging,
            customer_id=customer.id,
            invoice_id=invoice.id,
            method_id=method.id,
            now=life.now,
        ),
    )
    life.background.look_soon()


def pay_by_transfer(life: Life, customer: SimulatedCustomer, invoice_id: int) -> None:
    """Pay what a mail with an invoice asks for: mostly in time, sometimes late, twice, too much, never."""
    with life.world.transactions.reading() as repositories:
        invoice = repositories.invoices.one_of_customer(customer.id, invoice_id)
    by_transfer = invoice.method is PaymentMethodKind.BANK_TRANSFER
    if invoice.status is not InvoiceStatus.OPEN or not invoice.due or not by_transfer:
        return
    way = customer.dice.weighted({"in time": 80, "late": 8, "twice": 4, "too much": 3, "never": 5})
    if way == "never":
        return
    extra = Money(customer.dice.whole(1, 200_000), invoice.currency)
    money = invoice.due + extra if way == "too much" else invoice.due
    delay = customer.dice.span(*(LATE if way == "late" else IN_TIME))
    life.bank.transfer(invoice_id, money, delay)
    if way == "twice":
        life.bank.transfer(invoice_id, money, delay + customer.dice.span(*ONCE_MORE))


def _confirm(life: Life, customer: SimulatedCustomer, attempt: str) -> None:
    """Press the button; with a refused card try another, or leave. Most come back to the portal after."""
    dice, gateway = customer.dice, life.world.gateway
    if dice.chance(0.12):
        return
    charge = gateway.books.find(attempt)
    card = charge.card if charge is not None and charge.card is not None else customer.card_for(life.now)
    paid = gateway.pay(attempt, card)
    if not paid and dice.chance(0.6):
        paid = gateway.pay(attempt, customer.new_card(life.now))
    if dice.chance(0.8):
        life.world.agenda.after(dice.span(*COMING_BACK), lambda: _come_back(life, customer, attempt))


def _come_back(life: Life, customer: SimulatedCustomer, attempt: str) -> None:
    life.ask(
        customer,
        "come back from the page",
        lambda: refresh_attempt(life.world.product.charging, attempt_id=UUID(attempt), now=life.now),
    )
