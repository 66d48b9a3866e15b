"""Adding a payment method without paying (H6): claim the page, open it, ask how it ended.

As with charges, no transaction is open while a provider is asked, and what the provider says when it is
asked decides; the customer's return is only the moment to ask.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.billing.actors import Actor
from app.billing.errors import BillingError, Conflict
from app.billing.method_setup import OPEN_SETUPS, SETUP_TERM, SETUP_TRANSITIONS, STATE_OF_OUTCOME, SetupState
from app.billing.payment import JANITOR_AFTER, SavedMethod
from app.billing.ports import PaymentProvider
from app.billing.provider import SetupOutcome, SetupRequest
from app.models import MethodSetup, PaymentMethod
from app.services.charging import Charging
from app.services.payment_methods import pay_open_invoices, retire, supersede
from app.services.unit_of_work import UnitOfWork

ACTOR = Actor.system("method_setup")
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class MethodSetups:
    """What adding a method needs: the providers by name, and charging for what waits to be paid."""

    charging: Charging
    providers: Mapping[str, PaymentProvider]


def start_method_setup(
    setups: MethodSetups, *, customer_id: int, provider: str, replaces_id: int | None = None, now: datetime
) -> str:
    """The address of the provider's page where the customer adds a method; nothing is charged there.

    With `replaces_id` the new one takes over everything from that method, which is then deleted. Raises
    NotFound for another customer's or a deleted method, PROVIDER_UNAVAILABLE when there is no page.
    """
    gateway = _provider(setups, provider)
    with setups.charging.transactions.begin(Actor.customer(customer_id)) as work:
        customer = work.customers.get(customer_id, lock=True)
        if replaces_id is not None:
            work.payment_methods.one_kept(customer_id, replaces_id)
        setup = work.method_setups.add(
            MethodSetup(
                customer_id=customer_id,
                provider=provider,
                state=SetupState.STARTED,
                replaces_id=replaces_id,
                started_at=now,
            )
        )
        work.record_status("method_setup", setup.id, None, SetupState.STARTED, "asked for", now)
        request = SetupRequest(
            setup_id=str(setup.id),
            customer_reference=str(customer_id),
            return_url=setups.charging.links.method_setup_return(str(setup.id)),
            currency=customer.currency,
        )
    outcome = gateway.open_setup(request)
    _settle(setups, setup.id, outcome, now)
    if outcome.redirect_url is None:
        raise Conflict(code="PROVIDER_UNAVAILABLE")
    return outcome.redirect_url


def finish_method_setup(
    setups: MethodSetups, *, customer_id: int, setup_id: UUID, now: datetime
) -> MethodSetup:
    """Ask the provider how adding a method ended and keep what it saved; asked again it changes nothing.

    A new method is charged at once for invoices in dunning. Raises NotFound for another customer's.
    """
    with setups.charging.transactions.reading() as repositories:
        setup = repositories.method_setups.of_customer(customer_id, setup_id)
    if setup.state in OPEN_SETUPS:
        outcome = _provider(setups, setup.provider).find_setup(str(setup_id))
        _settle(setups, setup_id, outcome, now)
    with setups.charging.transactions.reading() as repositories:
        return repositories.method_setups.get(setup_id)


def finish_open_setups(setups: MethodSetups, *, now: datetime) -> int:
    """Find out the end of pages whose customers did not come back; returns how many were asked about.

    One that can't be settled is asked about again next time and holds up no other.
    """
    with setups.charging.transactions.reading() as repositories:
        left = repositories.method_setups.left_open(now - SETUP_TERM, now - JANITOR_AFTER)
    for setup in left:
        try:
            finish_method_setup(setups, customer_id=setup.customer_id, setup_id=setup.id, now=now)
        except (BillingError, SQLAlchemyError) as error:
            log.error("setup_not_settled", setup=str(setup.id), error=type(error).__name__)
    return len(left)


def _provider(setups: MethodSetups, name: str) -> PaymentProvider:
    provider = setups.providers.get(name)
    if provider is None:
        raise Conflict(f"provider {name}", code="PROVIDER_UNAVAILABLE")
    return provider


def _settle(setups: MethodSetups, setup_id: UUID, outcome: SetupOutcome, now: datetime) -> None:
    with setups.charging.transactions.begin(ACTOR) as work:
        setup = work.method_setups.get(setup_id)
        work.customers.get(setup.customer_id, lock=True)
        setup = work.method_setups.get(setup_id, lock=True)
        method = _record(work, setup, outcome, now)
    if method is not None:
        pay_open_invoices(setups.charging, customer_id=setup.customer_id, method_id=method.id, now=now)


def _record(
    work: UnitOfWork, setup: MethodSetup, outcome: SetupOutcome, now: datetime
) -> PaymentMethod | None:
    """Write the answer down; the method when it was saved just now."""
    state = STATE_OF_OUTCOME[outcome.kind]
    if not SETUP_TRANSITIONS.permits(setup.state, state):
        return None
    method = _keep(work, setup, outcome.method, now) if outcome.method is not None else None
    if state is SetupState.SAVED and method is None:
        state = SetupState.FAILED
    setup.payment_method_id = method.id if method else None
    setup.redirect_url = outcome.redirect_url or setup.redirect_url
    setup.failure_code = outcome.failure_code
    setup.finished_at = None if state in OPEN_SETUPS else now
    work.move_setup(setup, state, outcome.failure_code or f"provider: {outcome.kind}", now)
    return method


def _keep(work: UnitOfWork, setup: MethodSetup, saved: SavedMethod, now: datetime) -> PaymentMethod | None:
    """Keep the new method; it takes over from the one it replaces, and from the same card saved before."""
    method = work.payment_methods.keep_added(
        PaymentMethod.of(saved, customer_id=setup.customer_id, provider=setup.provider, created_at=now),
        setup.started_at,
    )
    if method is None:
        return None
    work.audit("payment_method.add", "payment_method", method.id, customer_id=setup.customer_id, now=now)
    for other in work.payment_methods.kept(setup.customer_id):
        same_card = (other.provider, other.fingerprint) == (method.provider, method.fingerprint)
        if other.id != method.id and (other.id == setup.replaces_id or same_card):
            supersede(work, other, method)
            retire(work, other, now)
    if setup.replaces_id == method.id:
        setup.replaces_id = None  # the very same one was added once more
    return method
