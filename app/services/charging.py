"""Charging: claim, call, settle (design §2.5). No transaction is open while a provider is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.billing.actors import Actor
from app.billing.errors import BillingError, Conflict
from app.billing.invoice import InvoicePurpose, InvoiceStatus
from app.billing.payment import (
    IN_DOUBT,
    JANITOR_AFTER,
    AttemptState,
    ChargeOutcome,
    ChargeRequest,
    OutcomeKind,
)
from app.billing.ports import PaymentGateway
from app.models import Invoice, PaymentAttempt, PaymentMethod
from app.services.claims import Claim, charge_request
from app.services.fault_points import (
    AFTER_CHARGE_BEFORE_SETTLE,
    AFTER_CLAIM_BEFORE_CHARGE,
    AFTER_FIND_BEFORE_SETTLE,
    fault_point,
)
from app.services.links import Links
from app.services.settlement import settle_attempt
from app.services.unit_of_work import Repositories, Transactions, UnitOfWork

UNKNOWN_TO_STAFF_AFTER = timedelta(days=1)
log = structlog.get_logger()

CALL_TERM = timedelta(hours=1)
"""How long after its claim a charge may still be asked for by a process that stood still."""
CHECKOUT_TERM = timedelta(minutes=30)
"""A provider's page lives this long; an unpaid one is looked at afterwards."""


class ChargeInProgress(Conflict):
    """Another attempt on this invoice has not ended: no second one may start."""

    code = "CHARGE_IN_PROGRESS"


class InvoiceNotOpen(Conflict):
    """The invoice is paid or void: there is nothing to pay."""

    code = "INVOICE_NOT_OPEN"


@dataclass(frozen=True, slots=True)
class Charging:
    """What charging needs: transactions, the gateways by name, the one for new cards, links."""

    transactions: Transactions
    gateways: Mapping[str, PaymentGateway]
    card_gateway: str
    links: Links


def open_checkout(
    charging: Charging,
    *,
    customer_id: int,
    invoice_id: int,
    now: datetime,
    real_now: datetime,
    provider: str | None = None,
) -> str:
    """The address of the page where the customer pays the invoice: of this provider, or of the one for cards.

    A page of it that is open already is used again; another provider's is closed first. Raises NotFound,
    InvoiceNotOpen, ChargeInProgress, and PROVIDER_UNAVAILABLE when the provider gave no page.
    """
    wanted = provider or charging.card_gateway
    waiting = _waiting_page(charging, customer_id, invoice_id)
    _gateway(charging, wanted)
    if waiting is not None:
        address = _open_page(charging, waiting, wanted, now)
        if address is not None:
            return address
    actor = Actor.customer(customer_id)
    claim = _claim(charging, actor, invoice_id, wanted, real_now, customer_id=customer_id)
    outcome = _gateway(charging, claim.provider).open_checkout(claim.request)
    settle_attempt(charging.transactions, attempt_id=claim.attempt_id, outcome=outcome, now=now)
    if outcome.redirect_url is None:
        raise Conflict(code="PROVIDER_UNAVAILABLE")
    return outcome.redirect_url


def _open_page(charging: Charging, waiting: PaymentAttempt, wanted: str, now: datetime) -> str | None:
    """The address of a page that waits, if it is the wanted provider's and still open.

    Anything else is settled. What can't be gone on with is closed at its provider first: another provider's
    page, and a charge that waits for the customer nowhere.
    """
    gateway = _gateway(charging, waiting.provider)
    if waiting.provider == wanted and waiting.redirect_url:
        outcome = gateway.find(str(waiting.id))
        if outcome.kind is OutcomeKind.AWAITING_CUSTOMER:
            return outcome.redirect_url or waiting.redirect_url
    else:
        outcome = gateway.close_checkout(str(waiting.id))
    settle_attempt(charging.transactions, attempt_id=waiting.id, outcome=outcome, now=now)
    return None


def confirmation_page(
    charging: Charging, *, customer_id: int, attempt_id: UUID, now: datetime
) -> tuple[int, str | None]:
    """The invoice of an attempt, and where the customer confirms it; None when nothing waits for that now.

    What the provider says of it is settled at once. Raises NotFound for another customer's attempt.
    """
    with charging.transactions.reading() as repositories:
        attempt = repositories.attempts.of_customer(customer_id, attempt_id)
    if attempt.state is not AttemptState.AWAITING_CUSTOMER:
        return attempt.invoice_id, None
    outcome = _gateway(charging, attempt.provider).find(str(attempt_id))
    if outcome.kind is OutcomeKind.AWAITING_CUSTOMER:
        return attempt.invoice_id, outcome.redirect_url or attempt.redirect_url
    settle_attempt(charging.transactions, attempt_id=attempt_id, outcome=outcome, now=now)
    return attempt.invoice_id, None


def request_charge(
    charging: Charging, *, customer_id: int, invoice_id: int, method_id: int, now: datetime
) -> None:
    """Promise that a worker charges a saved method; asked twice at once it is one charge.

    An open page of the provider is closed first, and we go on only on a definite answer. Raises
    NotFound, InvoiceNotOpen, ChargeInProgress.
    """
    waiting = _waiting_page(charging, customer_id, invoice_id)
    if waiting is not None:
        outcome = _gateway(charging, waiting.provider).close_checkout(str(waiting.id))
        settle_attempt(charging.transactions, attempt_id=waiting.id, outcome=outcome, now=now)
    with charging.transactions.begin(Actor.customer(customer_id)) as work:
        work.customers.get(customer_id, lock=True)
        invoice = work.invoices.one_of_customer(customer_id, invoice_id)
        method = work.payment_methods.one_of_customer(customer_id, method_id)
        _require_payable(work, invoice)
        ordinal = work.attempts.next_ordinal(invoice_id)
        work.promise_job(
            "payment.charge",
            customer_id=customer_id,
            dedupe_key=f"payment.charge:{invoice_id}:{ordinal}",
            invoice_id=invoice_id,
            method_id=method.id,
            ordinal=ordinal,
        )


def charge_saved_method(
    charging: Charging,
    *,
    invoice_id: int,
    method_id: int,
    ordinal: int,
    now: datetime,
    real_now: datetime,
) -> None:
    """Charge a saved method off-session. `ordinal` makes a repeated job find its work done.

    Killed anywhere in between it leaves an attempt that the janitor settles; money moves once.
    """
    with charging.transactions.reading() as repositories:
        invoice = repositories.invoices.get(invoice_id)
        if invoice.status is not InvoiceStatus.OPEN:
            return
        if repositories.attempts.next_ordinal(invoice_id) != ordinal:
            return
        provider = repositories.payment_methods.get(method_id).provider
    gateway = _gateway(charging, provider)
    actor = Actor.system("payment.charge")
    claim = _claim(charging, actor, invoice_id, provider, real_now, method_id=method_id, ordinal=ordinal)
    fault_point(AFTER_CLAIM_BEFORE_CHARGE)
    outcome = gateway.charge(claim.request)
    fault_point(AFTER_CHARGE_BEFORE_SETTLE)
    settle_attempt(charging.transactions, attempt_id=claim.attempt_id, outcome=outcome, now=now)


def refresh_attempt(
    charging: Charging, *, attempt_id: UUID, now: datetime, real_now: datetime | None = None
) -> OutcomeKind:
    """Ask the provider how an attempt stands and settle it; what is settled stays as it is.

    With `real_now` a charge that the provider never heard of is asked for again under its own key, as
    long as the provider remembers keys (design §2.5): who claimed it was killed before the call. Not when
    the card was deleted since, or what it was to pay for was given up: then it stays in doubt for the hour
    in which its process may only be standing still and call yet. Returns what is known now.
    """
    with charging.transactions.reading() as repositories:
        attempt = repositories.attempts.get(attempt_id)
        method = attempt.payment_method
        invoice = repositories.invoices.get(attempt.invoice_id)
        wanted = method is not None and method.deleted_at is None and _is_wanted(invoice)
    gateway = _gateway(charging, attempt.provider)
    outcome = gateway.find(str(attempt_id))
    age = real_now - attempt.started_at if real_now is not None else timedelta(0)
    if outcome.kind is OutcomeKind.NOT_FOUND and method is not None:
        if real_now is not None and wanted and age < gateway.retention:
            outcome = gateway.charge(_request(charging, invoice, attempt, method))
        elif age < CALL_TERM:
            outcome = ChargeOutcome(OutcomeKind.UNKNOWN)
    fault_point(AFTER_FIND_BEFORE_SETTLE)
    settle_attempt(charging.transactions, attempt_id=attempt_id, outcome=outcome, now=now)
    return outcome.kind


def _is_wanted(invoice: Invoice) -> bool:
    """Whether everything that the money would pay for is still to start."""
    if invoice.status is not InvoiceStatus.OPEN:
        return False
    return invoice.purpose is not InvoicePurpose.RENEWAL or all(
        line.subscription.renews for line in invoice.lines
    )


def janitor(charging: Charging, *, now: datetime, real_now: datetime) -> int:
    """Find out the end of every attempt in doubt; returns how many were asked about.

    One that can't be settled is asked about again next time and holds up no other. What stays unknown for
    a day is a task for staff.
    """
    asked = attempts_to_ask_about(charging.transactions, real_now)
    for attempt_id in asked:
        try:
            said = refresh_attempt(charging, attempt_id=attempt_id, now=now, real_now=real_now)
        except (BillingError, SQLAlchemyError) as error:
            code = getattr(error, "code", None)
            log.error("attempt_not_settled", attempt=str(attempt_id), error=type(error).__name__, code=code)
            continue
        if said is OutcomeKind.UNKNOWN:
            _ask_staff_if_old(charging, attempt_id, now, real_now)
    return len(asked)


def _ask_staff_if_old(charging: Charging, attempt_id: UUID, now: datetime, real_now: datetime) -> None:
    with charging.transactions.begin(Actor.system("janitor")) as work:
        attempt = work.attempts.get(attempt_id)
        if real_now - attempt.started_at > UNKNOWN_TO_STAFF_AFTER:
            customer_id = work.invoices.get(attempt.invoice_id).customer_id
            work.ask_staff("unknown_payment", "payment_attempt", attempt_id, customer_id, now)


def charge_is_promised(repositories: Repositories, invoice_id: int) -> bool:
    """Whether a worker has yet to take up the charge that was asked for."""
    ordinal = repositories.attempts.next_ordinal(invoice_id)
    return repositories.outbox.is_promised(f"payment.charge:{invoice_id}:{ordinal}")


def attempts_to_ask_about(transactions: Transactions, real_now: datetime) -> list[UUID]:
    """Attempts whose end the janitor must find out: in doubt, or left open at the provider too long."""
    with transactions.reading() as repositories:
        in_doubt = repositories.attempts.in_doubt(real_now - JANITOR_AFTER)
        left_open = repositories.attempts.awaiting_customer(real_now - CHECKOUT_TERM)
        return [*in_doubt, *left_open]


def _gateway(charging: Charging, provider: str) -> PaymentGateway:
    """The provider's gateway; one that is no longer set up is unavailable."""
    gateway = charging.gateways.get(provider)
    if gateway is None:
        raise Conflict(f"provider {provider}", code="PROVIDER_UNAVAILABLE")
    return gateway


def _waiting_page(charging: Charging, customer_id: int, invoice_id: int) -> PaymentAttempt | None:
    with charging.transactions.reading() as repositories:
        repositories.invoices.one_of_customer(customer_id, invoice_id)
        attempt = repositories.attempts.unsettled(invoice_id)
    if attempt is None or attempt.state is not AttemptState.AWAITING_CUSTOMER:
        return None
    return attempt


def _claim(
    charging: Charging,
    actor: Actor,
    invoice_id: int,
    provider: str,
    real_now: datetime,
    *,
    customer_id: int | None = None,
    method_id: int | None = None,
    ordinal: int | None = None,
) -> Claim:
    """Commit an attempt: from here on the money is asked for under its UUID and no other.

    With an `ordinal` it is that attempt or none: whoever comes second finds it made.
    """
    with charging.transactions.begin(actor) as work:
        owner = customer_id or work.invoices.get(invoice_id).customer_id
        work.customers.get(owner, lock=True)
        invoice = work.invoices.one_of_customer(owner, invoice_id)
        _require_payable(work, invoice)
        method = None if method_id is None else work.payment_methods.one_of_customer(owner, method_id)
        next_ordinal = work.attempts.next_ordinal(invoice_id)
        if ordinal not in (None, next_ordinal):
            raise ChargeInProgress(f"attempt {ordinal} on {invoice.full_number} was made by another worker")
        attempt = work.attempts.add(
            PaymentAttempt(
                invoice_id=invoice_id,
                ordinal=next_ordinal,
                provider=provider,
                payment_method_id=method_id,
                state=AttemptState.STARTED,
                currency=invoice.currency,
                amount_minor=invoice.due.minor,
                started_at=real_now,
            )
        )
        work.record_status("payment_attempt", attempt.id, None, AttemptState.STARTED, "claimed", real_now)
        return Claim(attempt.id, provider, _request(charging, invoice, attempt, method))


def _require_payable(work: UnitOfWork, invoice: Invoice) -> None:
    if invoice.status is not InvoiceStatus.OPEN:
        raise InvoiceNotOpen(invoice.full_number)
    unsettled = work.attempts.unsettled(invoice.id)
    if unsettled is not None:
        state = "in doubt" if unsettled.state in IN_DOUBT else "awaiting the customer"
        raise ChargeInProgress(f"an attempt on {invoice.full_number} is {state}")


def _request(
    charging: Charging, invoice: Invoice, attempt: PaymentAttempt, method: PaymentMethod | None
) -> ChargeRequest:
    page = charging.links.payment_return(str(attempt.id))
    return charge_request(invoice, attempt.id, attempt.amount, method, page)
