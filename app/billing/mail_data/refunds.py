"""Mails about money that goes back and about compensation (H7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from app.billing.mail import MailData, MailKind
from app.billing.money import Money


@dataclass(frozen=True, slots=True)
class RefundRequestedMail(MailData):
    """A refund was asked for and waits for its decision."""

    kind: ClassVar[MailKind] = MailKind.REFUND_REQUESTED
    connector: str
    amount: Money
    invoice_number: str
    requested_at: datetime
    invoice_url: str


@dataclass(frozen=True, slots=True)
class RefundDecidedMail(MailData):
    """The decision about a refund; an approved one goes back to `method`, masked.

    `to_balance` is the part of it that the customer's balance had paid and gets back. `last_day` is the
    last day of access that is left, None when the refund closed it.
    """

    kind: ClassVar[MailKind] = MailKind.REFUND_DECIDED
    connector: str
    approved: bool
    amount: Money
    to_balance: Money
    invoice_number: str
    method: str
    last_day: date | None
    invoice_url: str


@dataclass(frozen=True, slots=True)
class RefundSentMail(MailData):
    """The money is on its way back to `method`, masked, but for `to_balance`, which is there at once."""

    kind: ClassVar[MailKind] = MailKind.REFUND_SENT
    connector: str
    amount: Money
    to_balance: Money
    invoice_number: str
    method: str
    sent_at: datetime
    invoice_url: str


@dataclass(frozen=True, slots=True)
class ExtraDays:
    """Days that a paid period became longer by, and its last day now."""

    connector: str
    days: int
    last_day: date


@dataclass(frozen=True, slots=True)
class PromisedDiscount:
    """A part off a price, in basis points.

    `code` is to be given with an order; empty: the next renewal is cheaper by itself.
    """

    percent: int
    code: str


@dataclass(frozen=True, slots=True)
class CompensationGrantedMail(MailData):
    """Something for the trouble: exactly one of extra days, goodwill and discount is set."""

    kind: ClassVar[MailKind] = MailKind.COMPENSATION_GRANTED
    extra_days: ExtraDays | None
    goodwill: Money | None
    discount: PromisedDiscount | None
    account_url: str
