"""When a fiscal receipt is due and what stands on it (54-ФЗ, ФФД 1.2).

Receipts are for settlements with individuals. Prepaid service has two: at the payment, at the calculated rate
(22/122), and when it is given, at its own rate with the prepayment offset; for services over the internet all
offsets of a calendar month may stand on one receipt that is made within 10 days (п. 2.1 ст. 1.2). Money that
goes back has a receipt of the mode of what it was paid for. The customer's balance moves no money: it was
received before, and what it pays is offset when the service is given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType

from app.billing.errors import InvalidInput
from app.billing.fiscal import (
    LONGEST_ITEM_NAME,
    FiscalItem,
    FiscalPayment,
    FiscalReceipt,
    Settlement,
    SettlementMode,
    TaxSystem,
    Tender,
    VatTag,
)
from app.billing.money import Money
from app.billing.tax import TaxRegime, included_vat

OFFSETS_WITHIN_DAYS = 10
TO_BALANCE = "Аванс за доступ к коннекторам"
TAGS: Mapping[int, tuple[VatTag, VatTag]] = MappingProxyType(
    {
        500: (VatTag.VAT_5, VatTag.VAT_5_105),
        700: (VatTag.VAT_7, VatTag.VAT_7_107),
        2000: (VatTag.VAT_20, VatTag.VAT_20_120),
        2200: (VatTag.VAT_22, VatTag.VAT_22_122),
    }
)
"""By the rate in basis points: the tag of the rate itself and of the calculated one."""
_BEFORE_SERVICE = (SettlementMode.FULL_PREPAYMENT, SettlementMode.PREPAYMENT, SettlementMode.ADVANCE)


@dataclass(frozen=True, slots=True)
class FiscalTerms:
    """Who settles with whom; the same for every receipt of one seller and buyer."""

    tax_system: TaxSystem
    seller_inn: str
    seller_email: str
    site: str
    buyer_email: str


@dataclass(frozen=True, slots=True)
class PricedService:
    """A service with its price, VAT inside, and the rate in basis points; None is «Без НДС»."""

    name: str
    price: Money
    vat_rate: int | None


def tax_system(regime: TaxRegime, simplified: TaxSystem) -> TaxSystem:
    """1055 of a regime; which of the two simplified systems it is, the seller knows."""
    return TaxSystem.GENERAL if regime in (TaxRegime.GENERAL, TaxRegime.EXEMPT) else simplified


def vat_tag(rate: int | None, mode: SettlementMode) -> VatTag:
    """1199: the calculated rate before the service, the rate itself with it.

    Raises InvalidInput (FISCAL_RATE_UNKNOWN) for a rate that no receipt knows.
    """
    if rate is None:
        return VatTag.NONE
    if rate not in TAGS:
        raise InvalidInput(f"no tag for {rate}", code="FISCAL_RATE_UNKNOWN")
    given, before = TAGS[rate]
    return before if mode in _BEFORE_SERVICE else given


def payment_receipt(
    terms: FiscalTerms,
    lines: Sequence[PricedService],
    used: Money,
    to_balance: Money,
    *,
    rate: int | None,
    postpaid: bool,
) -> FiscalReceipt:
    """The receipt of money that came: `used` paid the lines, `to_balance` nothing yet.

    `rate` is that of the day of the money; lines not given yet have it as well. What the balance paid of the
    lines is not on this receipt: then they are paid in part.
    """
    price = sum(line.price.minor for line in lines)
    mode = SettlementMode.FULL_PREPAYMENT if used.minor == price else SettlementMode.PREPAYMENT
    if postpaid:
        mode = SettlementMode.FULL_PAYMENT
    shares = used.allocate([line.price.minor for line in lines]) if used else []
    items = [
        _item(line.name, share, mode, line.vat_rate)
        for line, share in zip(lines, shares, strict=False)
        if share
    ]
    if to_balance:
        items.append(_item(TO_BALANCE, to_balance, SettlementMode.ADVANCE, rate))
    return _receipt(terms, Settlement.SELL, items, Tender.CASHLESS)


def service_receipt(terms: FiscalTerms, months: Sequence[PricedService]) -> FiscalReceipt:
    """The receipt of prepaid service that was given in a calendar month; the prepayment is offset."""
    items = [
        _item(month.name, month.price, SettlementMode.FULL_PAYMENT, month.vat_rate)
        for month in months
        if month.price
    ]
    return _receipt(terms, Settlement.SELL, items, Tender.PREPAYMENT)


@dataclass(frozen=True, slots=True)
class ReturnedParts:
    """What a refund gives back: a prepayment at the rate of its day, service given at its own, and money
    that had paid nothing yet.
    """

    unused: PricedService
    given: tuple[PricedService, ...]
    advance: Money
    partly_prepaid: bool
    """The balance had paid a part of the price."""


def refund_receipt(terms: FiscalTerms, parts: ReturnedParts, returned: Money) -> FiscalReceipt:
    """The receipt of money that went back, each part in the mode that it came in.

    `returned` is what left for the customer's method; what went to the balance is still with us and stands on
    no receipt. It is spread over all that is given back.
    """
    mode = SettlementMode.PREPAYMENT if parts.partly_prepaid else SettlementMode.FULL_PREPAYMENT
    advance = PricedService(TO_BALANCE, parts.advance, parts.unused.vat_rate)
    of_modes = [
        (parts.unused, mode),
        *((each, SettlementMode.FULL_PAYMENT) for each in parts.given),
        (advance, SettlementMode.ADVANCE),
    ]
    shares = returned.allocate([part.price.minor for part, _ in of_modes])
    items = [
        _item(part.name, share, of_mode, part.vat_rate)
        for (part, of_mode), share in zip(of_modes, shares, strict=True)
        if share
    ]
    return _receipt(terms, Settlement.SELL_REFUND, items, Tender.CASHLESS)


def due_after_money(moved_on: date) -> date:
    """The last day for the receipt of a payment or a refund: the next day, for money over the internet."""
    return moved_on + timedelta(days=1)


def due_after_service(given_on: date) -> date:
    """The last day for the receipt of the offsets of this day's calendar month."""
    return offsets_from(given_on) + timedelta(days=OFFSETS_WITHIN_DAYS - 1)


def offsets_from(given_on: date) -> date:
    """The first day of the next month: the day from which this day's month is whole."""
    return (given_on.replace(day=1) + timedelta(days=32)).replace(day=1)


def _item(name: str, amount: Money, mode: SettlementMode, rate: int | None) -> FiscalItem:
    return FiscalItem(
        name[:LONGEST_ITEM_NAME].strip() or "-", amount, mode, vat_tag(rate, mode), included_vat(amount, rate)
    )


def _receipt(
    terms: FiscalTerms, settlement: Settlement, items: Sequence[FiscalItem], tender: Tender
) -> FiscalReceipt:
    whole = Money(sum(item.amount.minor for item in items), "RUB")
    return FiscalReceipt(
        settlement=settlement,
        tax_system=terms.tax_system,
        seller_inn=terms.seller_inn,
        seller_email=terms.seller_email,
        site=terms.site,
        buyer_email=terms.buyer_email,
        items=tuple(items),
        payments=(FiscalPayment(tender, whole),),
    )
