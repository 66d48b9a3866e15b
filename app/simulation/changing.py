"""What customers of a story change about what runs: cancel, switch, move, choose a card, delete one."""

from __future__ import annotations

from app.billing.periods import BillingInterval
from app.billing.subscription import IN_DUNNING
from app.models import PaymentMethod, Subscription
from app.services.payment_methods import choose_payment_method, delete_payment_method
from app.services.subscriptions import (
    cancel_subscription,
    change_make_account,
    switch_auto_renewal,
    switch_interval,
    take_back_cancellation,
)
from app.services.trial_continuation import continue_trial
from app.simulation.customers import SimulatedCustomer
from app.simulation.life import Life


def cancel(life: Life, customer: SimulatedCustomer, row: Subscription) -> None:
    """Cancel; in dunning that closes at once."""
    asked, dunned = life.asked(customer, row), row.status in IN_DUNNING
    if life.ask(customer, "cancel", lambda: cancel_subscription(life.world.transactions, asked)):
        wish = customer.wish(row.id)
        wish.leaving_since = life.now
        wish.closed_since = life.now if dunned else wish.closed_since
        customer.changes[row.id] += 1


def take_back(life: Life, customer: SimulatedCustomer, row: Subscription) -> None:
    """Take a cancellation back."""
    asked = life.asked(customer, row)
    if life.ask(customer, "take back", lambda: take_back_cancellation(life.world.transactions, asked)):
        _stays(customer, row)


def switch_renewal(life: Life, customer: SimulatedCustomer, row: Subscription, *, enabled: bool) -> None:
    """Turn auto-renewal on or off."""
    asked = life.asked(customer, row)
    done = life.ask(
        customer,
        "switch auto-renewal",
        lambda: switch_auto_renewal(life.world.transactions, asked, enabled=enabled),
    )
    if done and enabled:
        _stays(customer, row)
    elif done:
        customer.wish(row.id).leaving_since = life.now
        customer.changes[row.id] += 1


def switch_period(life: Life, customer: SimulatedCustomer, row: Subscription) -> None:
    """Pay by the month instead of by the year from the next renewal on, or the other way round."""
    other = {BillingInterval.MONTH: BillingInterval.YEAR, BillingInterval.YEAR: BillingInterval.MONTH}
    interval = other[row.renewal_interval or row.interval]
    asked = life.asked(customer, row)
    life.ask(
        customer,
        "switch the period",
        lambda: switch_interval(life.world.transactions, asked, interval=interval),
    )
    customer.changes[row.id] += 1


def move(life: Life, customer: SimulatedCustomer, row: Subscription) -> None:
    """Take the subscription to another Make account."""
    asked, account = life.asked(customer, row), customer.account(customer.dice.whole(1, 5))
    life.ask(
        customer,
        "change the Make account",
        lambda: change_make_account(life.world.transactions, asked, make_account=account),
    )


def choose_card(
    life: Life, customer: SimulatedCustomer, row: Subscription, method: PaymentMethod | None
) -> None:
    """Let this card pay the subscription; None: whichever is the newest."""
    asked = life.asked(customer, row)
    life.ask(
        customer,
        "choose a card",
        lambda: choose_payment_method(
            life.world.transactions, asked, method_id=method.id if method else None
        ),
    )


def delete_card(life: Life, customer: SimulatedCustomer, method: PaymentMethod) -> None:
    """Delete a saved card: from now on nobody may charge it."""
    card = life.world.gateway.cards[method.token]

    def delete() -> None:
        delete_payment_method(
            life.world.transactions, customer_id=customer.id, method_id=method.id, now=life.now
        )
        card.deleted_at = life.now

    life.ask(customer, "delete a card", delete)
    if card.deleted_at is None and method.id not in {each.id for each in life.look(customer).methods}:
        card.deleted_at = life.now  # the request died after it was done


def go_on_after_trial(life: Life, customer: SimulatedCustomer, row: Subscription) -> None:
    """Let a trial continue, or no longer."""
    asked = life.asked(customer, row)
    wanted = not row.continues_after_trial
    life.ask(
        customer,
        "continue a trial",
        lambda: continue_trial(life.world.transactions, asked, wanted=wanted),
    )
    customer.changes[row.id] += 1


def _stays(customer: SimulatedCustomer, row: Subscription) -> None:
    customer.wish(row.id).leaving_since = None
    customer.changes[row.id] += 1
