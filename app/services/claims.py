"""Claims: attempts that stand on disk before anybody is asked for money (design §2.5), in bulk."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from app.billing.dunning import method_to_charge
from app.billing.invoice import CHARGED
from app.billing.money import Money
from app.billing.payment import AttemptState, ChargeRequest
from app.billing.ports import PaymentGateway
from app.models import Invoice, PaymentAttempt, PaymentMethod
from app.services.settlement import Settlement
from app.services.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Claim:
    """An attempt that was committed before anybody was asked for money."""

    attempt_id: UUID
    provider: str
    request: ChargeRequest


@dataclass(frozen=True, slots=True)
class Claims:
    """What a block of invoices came to: charges to make, and invoices with nothing to charge."""

    charges: list[Claim]
    uncharged: list[Invoice]


def claim_charges(
    work: UnitOfWork,
    invoices: Sequence[Invoice],
    preferred: Mapping[int, int | None],
    real_now: datetime,
) -> Claims:
    """Claim a charge of a saved method for each open invoice; the customers must be locked.

    `preferred` are the methods that the subscriptions name, by invoice. An invoice with an attempt whose
    end is still to come is left alone. `real_now` is real time: providers know nothing of a moved clock.
    """
    saved = work.payment_methods.of_customers({invoice.customer_id for invoice in invoices})
    past = work.attempts.past_of({invoice.id: invoice.replaces_id for invoice in invoices})
    claims = Claims([], [])
    for invoice in invoices:
        attempts = past.of(invoice.id)
        if attempts.unsettled:
            continue
        method = _method(invoice, saved.get(invoice.customer_id, []), preferred, attempts.refused_methods)
        if method is None:
            claims.uncharged.append(invoice)
        else:
            claims.charges.append(_claim(work, invoice, method, attempts.last_ordinal + 1, real_now))
    return claims


def charge_claims(
    gateways: Mapping[str, PaymentGateway], claims: Sequence[Claim], in_flight: int
) -> Iterable[Settlement]:
    """Ask the providers for the money, many at once; no transaction is open meanwhile.

    A provider that is no longer set up has not been asked: its attempts stay in doubt for the janitor.
    """
    known = [claim for claim in claims if claim.provider in gateways]

    def charge(claim: Claim) -> Settlement:
        return Settlement(claim.attempt_id, gateways[claim.provider].charge(claim.request))

    if in_flight == 1 or len(known) <= 1:
        return [charge(claim) for claim in known]
    with ThreadPoolExecutor(min(in_flight, len(known)), thread_name_prefix="charge") as threads:
        return list(threads.map(charge, known))


def _method(
    invoice: Invoice,
    saved: Sequence[PaymentMethod],
    preferred: Mapping[int, int | None],
    refused: Collection[int],
) -> PaymentMethod | None:
    if invoice.method not in CHARGED:
        return None
    by_id = {method.id: method for method in saved}
    chosen = method_to_charge(preferred.get(invoice.id), list(by_id), refused)
    return None if chosen is None else by_id[chosen]


def _claim(
    work: UnitOfWork, invoice: Invoice, method: PaymentMethod, ordinal: int, real_now: datetime
) -> Claim:
    attempt_id = uuid4()
    work.write(
        PaymentAttempt,
        id=attempt_id,
        invoice_id=invoice.id,
        ordinal=ordinal,
        provider=method.provider,
        payment_method_id=method.id,
        state=AttemptState.STARTED,
        currency=invoice.currency,
        amount_minor=invoice.due.minor,
        started_at=real_now,
    )
    work.record_status("payment_attempt", attempt_id, None, AttemptState.STARTED, "claimed", real_now)
    request = charge_request(invoice, attempt_id, invoice.due, method)
    return Claim(attempt_id, method.provider, request)


def charge_request(
    invoice: Invoice,
    attempt_id: UUID,
    amount: Money,
    method: PaymentMethod | None,
    return_url: str | None = None,
) -> ChargeRequest:
    """What a provider is asked for an attempt: a page to pay on, or to charge the saved method.

    The same every time for one attempt: providers refuse another question under the same key.
    """
    return ChargeRequest(
        attempt_id=str(attempt_id),
        amount=amount,
        description=invoice.full_number,
        customer_reference=str(invoice.customer_id),
        method_token=method.token if method else None,
        return_url=None if method else return_url,
    )
