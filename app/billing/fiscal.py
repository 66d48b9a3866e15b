"""Fiscal receipts (54-ФЗ, ФФД 1.2): what a register is told of a settlement with an individual.

The tags of ФФД stand beside the fields. A register is any program or service that makes receipts: a cash
register behind a file, ATOL Online, an acquirer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from app.billing.errors import BillingError, InvalidInput
from app.billing.money import Money, total

LONGEST_ITEM_NAME = 128


class Settlement(StrEnum):
    """Признак расчёта, 1054."""

    SELL = "sell"
    """Приход."""
    SELL_REFUND = "sell_refund"
    """Возврат прихода."""


class TaxSystem(StrEnum):
    """Система налогообложения, 1055."""

    GENERAL = "osn"
    SIMPLIFIED_INCOME = "usn_income"
    SIMPLIFIED_INCOME_LESS_COSTS = "usn_income_outcome"


class SettlementMode(StrEnum):
    """Признак способа расчёта, 1214."""

    FULL_PREPAYMENT = "full_prepayment"
    """1: all of the price before the service."""
    PREPAYMENT = "prepayment"
    """2: a part of the price before the service."""
    ADVANCE = "advance"
    """3: money for which it is not known yet what it will buy."""
    FULL_PAYMENT = "full_payment"
    """4: the service is given; what was prepaid is offset."""


class Tender(StrEnum):
    """What a receipt is paid with."""

    CASHLESS = "cashless"
    """1081."""
    PREPAYMENT = "prepayment"
    """1215: offset of what was paid before."""


class VatTag(StrEnum):
    """Ставка НДС, 1199, by the names that registers share; the numbers are those of ФФД."""

    NONE = "none"
    """6."""
    VAT_5 = "vat5"
    """7."""
    VAT_7 = "vat7"
    """8."""
    VAT_20 = "vat20"
    """1."""
    VAT_22 = "vat22"
    """11, since 2026-01-05 (ЕД-7-20/1050@)."""
    VAT_5_105 = "vat105"
    """9."""
    VAT_7_107 = "vat107"
    """10."""
    VAT_20_120 = "vat120"
    """3."""
    VAT_22_122 = "vat122"
    """12, since 2026-01-05."""


@dataclass(frozen=True, slots=True)
class FiscalItem:
    """One service, 1059; its subject (1212) is always 4, a service, its quantity 1."""

    name: str
    """1030."""
    amount: Money
    """1043 and, the quantity being 1, 1079."""
    mode: SettlementMode
    vat_tag: VatTag
    vat: Money


@dataclass(frozen=True, slots=True)
class FiscalPayment:
    """A part of what the receipt is paid with."""

    tender: Tender
    amount: Money


@dataclass(frozen=True, slots=True)
class FiscalReceipt:
    """What a register is told.

    Raises InvalidInput (FISCAL_RECEIPT_INCONSISTENT) unless there are items with names of 1 to 128
    characters, all in roubles and above zero, and the payments add up to them.
    """

    settlement: Settlement
    tax_system: TaxSystem
    seller_inn: str
    seller_email: str
    """1117: whom the customer may ask."""
    site: str
    """1187: where the settlement was made; with it 1125, the sign of the internet."""
    buyer_email: str
    """1008."""
    items: tuple[FiscalItem, ...]
    payments: tuple[FiscalPayment, ...]

    def __post_init__(self) -> None:
        """Refuse what no register takes."""
        amounts = [item.amount for item in self.items]
        parts = [payment.amount for payment in self.payments]
        sound = bool(self.items) and all(
            each.currency == "RUB" and each.minor > 0 for each in amounts + parts
        )
        sound = sound and all(1 <= len(item.name) <= LONGEST_ITEM_NAME for item in self.items)
        if not sound or total(amounts, "RUB") != total(parts, "RUB"):
            raise InvalidInput("a receipt that contradicts itself", code="FISCAL_RECEIPT_INCONSISTENT")

    @property
    def total(self) -> Money:
        """1020."""
        return total((item.amount for item in self.items), "RUB")


class FiscalRegisterUnreachable(BillingError):
    """The register does not answer: the receipt is sent again later, under the same id."""

    code = "FISCAL_REGISTER_UNREACHABLE"


class FiscalReceiptRefused(BillingError):
    """The register will not take this receipt as it is."""

    code = "FISCAL_RECEIPT_REFUSED"


class FiscalRegister(Protocol):
    """Makes fiscal receipts."""

    def register(self, receipt: FiscalReceipt, receipt_id: UUID, made_at: datetime) -> str:
        """Hand the receipt over and answer the register's name for it; the same id again is the same receipt.

        Raises FiscalRegisterUnreachable when trying again may help, FiscalReceiptRefused when not.
        """
