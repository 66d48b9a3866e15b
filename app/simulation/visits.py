"""A customer of a story opens the portal and does one thing, or nothing: by what is seen there."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from app.billing.entitlement import grants_access
from app.billing.subscription import IN_DUNNING, SubscriptionStatus
from app.models import Subscription
from app.simulation.buying import buy, pay, resume
from app.simulation.changing import (
    cancel,
    choose_card,
    delete_card,
    go_on_after_trial,
    move,
    switch_period,
    switch_renewal,
    take_back,
)
from app.simulation.customers import SimulatedCustomer
from app.simulation.key_ring import rotate_production_key
from app.simulation.life import Account, Life
from app.simulation.pay_as_you_go import start
from app.simulation.refunding import ask_for_refund

Choices = list[tuple[float, Callable[[], None]]]
MOST_SUBSCRIPTIONS = 6


def visit(life: Life, customer: SimulatedCustomer) -> None:
    """Open the portal, do one thing, and plan to come back."""
    account = life.look(customer)
    choices: Choices = [(4, lambda: None)]
    choices += _about_buying(life, customer, account)
    for row in account.subscriptions:
        choices += _about(life, customer, account, row)
    choices += [(0.15, partial(delete_card, life, customer, method)) for method in account.methods]
    choices.append((0.1, lambda: rotate_production_key(life, customer)))
    act = customer.dice.weighted(
        dict(zip(range(len(choices)), (weight for weight, _ in choices), strict=True))
    )
    choices[act][1]()
    life.plan_visit(customer)


def settle_up(life: Life, customer: SimulatedCustomer) -> None:
    """Come because a mail said that something is not paid."""
    account = life.look(customer)
    if account.open_invoices:
        pay(life, customer, account, account.open_invoices[0].id)


def _about_buying(life: Life, customer: SimulatedCustomer, account: Account) -> Choices:
    weight = 9.0 if not account.subscriptions else 1.0
    if all(row.status is SubscriptionStatus.TRIAL for row in account.subscriptions):
        weight = 9.0
    if len(account.subscriptions) >= MOST_SUBSCRIPTIONS:
        weight = 0.0
    choices: Choices = [(weight, lambda: buy(life, customer, account))]
    if account.methods and not any(row.metered for row in account.subscriptions):
        choices.append((0.7, lambda: start(life, customer)))
    choices += [(3, partial(pay, life, customer, account, invoice.id)) for invoice in account.open_invoices]
    return choices


def _about(life: Life, customer: SimulatedCustomer, account: Account, row: Subscription) -> Choices:
    if row.status is SubscriptionStatus.TRIAL:
        return [(1 if account.methods else 0.1, lambda: go_on_after_trial(life, customer, row))]
    if not grants_access(row.facts(), life.now):
        if row.metered:
            return [(1, lambda: start(life, customer))]
        return [(1, lambda: resume(life, customer, account, row))]
    if row.status is SubscriptionStatus.CANCELED:
        return [
            (2, lambda: take_back(life, customer, row)),
            (0.4, lambda: ask_for_refund(life, customer, row)),
        ]
    if row.status in IN_DUNNING:
        return [(0.7, lambda: cancel(life, customer, row))]
    return _about_running(life, customer, account, row)


def _about_running(life: Life, customer: SimulatedCustomer, account: Account, row: Subscription) -> Choices:
    method = customer.dice.pick([None, *account.methods])
    return [
        (0.5, lambda: cancel(life, customer, row)),
        (
            0.4 if row.auto_renew else 2,
            lambda: switch_renewal(life, customer, row, enabled=not row.auto_renew),
        ),
        (0.3, lambda: switch_period(life, customer, row)),
        (0.3, lambda: move(life, customer, row)),
        (0.3, lambda: choose_card(life, customer, row, method)),
        (0.15, lambda: ask_for_refund(life, customer, row)),
    ]
