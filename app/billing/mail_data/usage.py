"""Mails about pay-as-you-go: what was used and what it comes to, and what it will cost (I1, G5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from app.billing.mail import MailData, MailKind
from app.billing.money import Money


@dataclass(frozen=True, slots=True)
class UsedOperations:
    """The operations of a connector in a month and what they cost after discounts."""

    connector: str
    operations: int
    price: Money


@dataclass(frozen=True, slots=True)
class UsageNoticeMail(MailData):
    """The operations of `month` (its first day) so far and their preliminary price (G2, I1).

    `methods` are masked; none: there is nothing saved that could be charged.
    """

    kind: ClassVar[MailKind] = MailKind.USAGE_NOTICE
    month: date
    used: UsedOperations
    charge_on: date
    methods: tuple[str, ...]
    subscription_url: str


@dataclass(frozen=True, slots=True)
class UsageInvoicedMail(MailData):
    """The operations of a month are invoiced; `due` is charged on `charge_on` unless it is `paid` (I1)."""

    kind: ClassVar[MailKind] = MailKind.USAGE_INVOICED
    invoice_number: str
    issued_on: date
    charge_on: date
    used: tuple[UsedOperations, ...]
    from_balance: Money
    due: Money
    paid: bool
    invoice_url: str


@dataclass(frozen=True, slots=True)
class PriceOfOperations:
    """`amount`, VAT inside, buys so many operations."""

    amount: Money
    operations: int


@dataclass(frozen=True, slots=True)
class OperationPriceChangeMail(MailData):
    """Operations cost something else from the first day of `month` on; earlier months keep their price."""

    kind: ClassVar[MailKind] = MailKind.OPERATION_PRICE_CHANGE
    connector: str
    month: date
    old: PriceOfOperations
    new: PriceOfOperations
    subscriptions_url: str
