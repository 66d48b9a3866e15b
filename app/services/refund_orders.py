"""Payment orders: how approved refunds of bank transfers leave (H4, H7)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.billing.actors import Actor
from app.billing.bank_purpose import refund_purpose
from app.billing.errors import Conflict
from app.billing.payment_order import OrderParty, PaymentOrder
from app.billing.periods import local_date
from app.models import Refund, Seller
from app.services.refunds import PAYMENT_DISPUTED, is_disputed, locked_refund
from app.services.sign_off import require_staff
from app.services.unit_of_work import Repositories, Transactions, UnitOfWork

WritePaymentOrders = Callable[[Sequence[PaymentOrder]], bytes]
"""Makes the file that a bank client takes."""


@dataclass(frozen=True, slots=True)
class KnownRecipient:
    """What is known of where the money came from; the bank's name and its accounts a person adds."""

    name: str
    inn: str | None
    kpp: str | None
    account: str | None
    bic: str | None


def known_recipient(repositories: Repositories, refund: Refund) -> KnownRecipient:
    """The account that the transfer came from, else the payer's own; the payer's other requisites.

    The БИК is told only when it belongs to that account.
    """
    payer = refund.payment.invoice.payer
    source = repositories.bank_lines.source_of(refund.payment_id)
    account = (source.party_account if source is not None else None) or payer.bank_account
    return KnownRecipient(
        name=payer.name,
        inn=payer.inn,
        kpp=payer.kpp,
        account=account,
        bic=payer.bank_bik if account == payer.bank_account else None,
    )


def make_payment_order(
    transactions: Transactions, *, actor: Actor, refund_id: int, recipient: OrderParty, now: datetime
) -> PaymentOrder:
    """The payment order of an approved refund; its line in a later statement settles the refund.

    Made again it has the same number, by which a person and the bank see that it is the same. Raises
    NotPermitted for anybody but staff, NotFound, Conflict (REFUND_NOT_AWAITED) unless it is approved and
    leaves by bank, Conflict (PAYMENT_DISPUTED) while a bank takes the money back, InvalidInput
    (PAYMENT_ORDER_INVALID).
    """
    require_staff(actor)
    with transactions.begin(actor) as work:
        refund = locked_refund(work, refund_id)
        order = _order(work, refund, recipient, now)
        refund.payment_order_at = refund.payment_order_at or now
        work.audit(
            "refund.payment_order",
            "refund",
            refund_id,
            customer_id=refund.customer_id,
            now=now,
            details={"number": order.number, "minor": order.amount.minor},
        )
        return order


def _order(work: UnitOfWork, refund: Refund, recipient: OrderParty, now: datetime) -> PaymentOrder:
    awaited = work.bank_lines.awaited_refunds([refund.id])
    if not awaited:
        raise Conflict(f"refund {refund.id} is not to be sent by bank", code="REFUND_NOT_AWAITED")
    if is_disputed(work, refund):
        raise Conflict(f"refund {refund.id}", code=PAYMENT_DISPUTED)
    invoice = refund.payment.invoice
    return PaymentOrder(
        number=refund.id,
        dated=local_date(now),
        amount=awaited[0].amount,
        payer=_of_seller(invoice.seller),
        recipient=recipient,
        purpose=refund_purpose(refund.id, invoice.full_number, invoice.issued_on),
    )


def _of_seller(seller: Seller) -> OrderParty:
    return OrderParty(
        name=seller.name,
        account=seller.bank_account,
        bank_name=seller.bank_name,
        bic=seller.bank_bik,
        correspondent_account=seller.bank_corr_account,
        inn=seller.inn,
        kpp=seller.kpp,
    )
