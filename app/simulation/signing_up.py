"""How customers of a story come: registration, activation, a trial or none, keys."""

from __future__ import annotations

from datetime import timedelta

from app.services.passwords import PasswordHasher
from app.services.profile import save_payer
from app.services.registration import Registration, activate, register
from app.services.trials import start_trial
from app.simulation.customers import SimulatedCustomer
from app.simulation.key_ring import show_key
from app.simulation.life import Life

HASHER = PasswordHasher(4)
READING = (timedelta(minutes=1), timedelta(hours=30))
SHOWING = (timedelta(minutes=1), timedelta(days=3))
TRYING = (timedelta(days=1), timedelta(days=9))


def arrive(life: Life, customer: SimulatedCustomer) -> None:
    """Register. Who gets no mail with a link within days tries again, or never comes back."""
    terms = _terms(life)
    registration = Registration(
        email=customer.email,
        password="a password of a story",  # noqa: S106 - nobody logs in
        name=f"Customer {customer.index}",
        language=customer.language,
        country=customer.country,
        terms_version_id=terms,
    )

    def send_form() -> None:
        register(life.world.transactions, HASHER, registration=registration, now=life.now, real_now=life.now)

    life.ask(customer, "register", send_form)
    _know(life, customer)
    if customer.dice.chance(0.03):
        life.ask(customer, "register", send_form)
    life.world.agenda.after(timedelta(days=4), lambda: _try_again(life, customer))


def confirm(life: Life, customer: SimulatedCustomer, token_id: int) -> None:
    """Follow the link of the mail and begin."""

    def follow_link() -> None:
        activate(life.world.transactions, token_id=token_id, now=life.now, real_now=life.now)

    life.ask(customer, "activate", follow_link)
    if not _is_active(life, customer):
        return
    details = customer.payer()
    life.ask(
        customer,
        "save a payer",
        lambda: save_payer(life.world.transactions, customer_id=customer.id, details=details, now=life.now),
    )
    if customer.dice.chance(0.85):
        _start_trial(life, customer)
        life.plan_visit(customer, TRYING)
    else:
        life.plan_visit(customer, READING)


def _start_trial(life: Life, customer: SimulatedCustomer) -> None:
    with life.world.transactions.reading() as repositories:
        eligible = sorted(connector.id for connector in repositories.connectors.trial_eligible())
    chosen = customer.dice.some(eligible, customer.dice.whole(1, 3))

    def choose() -> None:
        key_id = start_trial(
            life.world.transactions, customer_id=customer.id, connector_ids=chosen, now=life.now
        )
        life.world.agenda.after(customer.dice.span(*SHOWING), lambda: show_key(life, customer, key_id))

    life.ask(customer, "start a trial", choose)


def _terms(life: Life) -> int:
    with life.world.transactions.reading() as repositories:
        return repositories.terms.current(life.now).id


def _know(life: Life, customer: SimulatedCustomer) -> None:
    with life.world.transactions.reading() as repositories:
        row = repositories.customers.by_email(customer.email)
    if row is not None:
        customer.id = row.id
        life.by_id[row.id] = customer


def _is_active(life: Life, customer: SimulatedCustomer) -> bool:
    with life.world.transactions.reading() as repositories:
        return repositories.customers.get(customer.id).activated_at is not None


def _try_again(life: Life, customer: SimulatedCustomer) -> None:
    if customer.id and _is_active(life, customer):
        return
    if customer.dice.chance(0.7):
        arrive(life, customer)
