"""What mails about refunds and compensation say (H7)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select

from app.billing.compensation import CompensationStatus
from app.billing.errors import NotFound
from app.billing.ledger import EntryKind
from app.billing.mail import MailData, MailKind
from app.billing.mail_data import (
    CompensationGrantedMail,
    ExtraDays,
    PromisedDiscount,
    RefundDecidedMail,
    RefundRequestedMail,
    RefundSentMail,
)
from app.billing.money import Money
from app.billing.refunds import RefundStatus
from app.billing.subscription import PAID
from app.models import Compensation, LedgerEntry, PromoCode, Refund, Subscription
from app.services.mail_contents.context import Contents, MailContext, last_day, way_of


def _refund(context: MailContext) -> Refund:
    refund = context.repositories.refunds.get(context.payload["refund_id"])
    if refund.customer_id != context.customer.id:
        raise NotFound("refund")
    return refund


def _connector(refund: Refund) -> str:
    """What the refund is of; nothing when its money had paid nothing."""
    return refund.subscription.connector.name if refund.subscription is not None else ""


def _refund_requested(context: MailContext) -> MailData | None:
    refund = _refund(context)
    if refund.status is not RefundStatus.REQUESTED:
        return None  # the mail about the decision says more
    return RefundRequestedMail(
        connector=_connector(refund),
        amount=refund.amount,
        invoice_number=refund.payment.invoice.full_number,
        requested_at=refund.requested_at,
        invoice_url=context.links.invoice(refund.payment.invoice_id),
    )


def _refund_decided(context: MailContext) -> MailData | None:
    refund = _refund(context)
    if refund.status is RefundStatus.REQUESTED:
        return None
    return RefundDecidedMail(
        connector=_connector(refund),
        approved=refund.status is not RefundStatus.REJECTED,
        amount=refund.amount,
        to_balance=_to_balance(context, refund),
        invoice_number=refund.payment.invoice.full_number,
        method=way_of(refund.payment),
        last_day=_last_day_of_access(refund.subscription),
        invoice_url=context.links.invoice(refund.payment.invoice_id),
    )


def _to_balance(context: MailContext, refund: Refund) -> Money:
    """The part that did not return to the method, as the ledger has it."""
    moved = context.repositories.session.scalars(
        select(LedgerEntry.amount_minor).where(
            LedgerEntry.refund_id == refund.id, LedgerEntry.kind == EntryKind.REFUND_TO_BALANCE
        )
    )
    return Money(sum(moved), refund.currency)


def _last_day_of_access(row: Subscription | None) -> date | None:
    if row is None or row.status not in PAID or row.period_end is None:
        return None
    return last_day(row.period_end)


def _refund_sent(context: MailContext) -> MailData | None:
    refund = _refund(context)
    if refund.status is not RefundStatus.SENT or refund.sent_at is None:
        return None
    return RefundSentMail(
        connector=_connector(refund),
        amount=refund.amount,
        to_balance=_to_balance(context, refund),
        invoice_number=refund.payment.invoice.full_number,
        method=way_of(refund.payment),
        sent_at=refund.sent_at,
        invoice_url=context.links.invoice(refund.payment.invoice_id),
    )


def _compensation_granted(context: MailContext) -> MailData | None:
    """None before it is given, and when the discount was used since."""
    row = context.repositories.compensations.get(context.payload["compensation_id"])
    if row.customer_id != context.customer.id:
        raise NotFound("compensation")
    code = context.repositories.promo_codes.get(row.promo_code_id) if row.promo_code_id else None
    if row.status is not CompensationStatus.APPLIED or (code is not None and code.redemptions):
        return None
    return CompensationGrantedMail(
        extra_days=_extra_days(row),
        goodwill=Money(row.amount_minor, row.currency) if row.amount_minor and row.currency else None,
        discount=_discount(row, code),
        account_url=context.links.subscription(row.subscription_id)
        if row.subscription_id
        else context.links.subscriptions(),
    )


def _extra_days(row: Compensation) -> ExtraDays | None:
    held = row.subscription
    if row.days is None or held is None or held.period_end is None:
        return None
    return ExtraDays(held.connector.name, row.days, last_day(held.period_end))


def _discount(row: Compensation, code: PromoCode | None) -> PromisedDiscount | None:
    """The next renewal uses the code of a running subscription by itself; else it goes with an order."""
    held = row.subscription
    if row.percent is None or code is None or held is None:
        return None
    return PromisedDiscount(row.percent, "" if held.promo_code_id == code.id else code.code)


REFUND_MAILS: Mapping[MailKind, Contents] = {
    MailKind.REFUND_REQUESTED: _refund_requested,
    MailKind.REFUND_DECIDED: _refund_decided,
    MailKind.REFUND_SENT: _refund_sent,
    MailKind.COMPENSATION_GRANTED: _compensation_granted,
}
