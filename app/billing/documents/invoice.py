"""The счёт на оплату as it is printed (J1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from app.billing.documents.parties import BankDetails, Party, Signatory
from app.billing.errors import InvalidInput
from app.billing.money import CurrencyMismatch, Money, total


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """One service. `price` and `total` include VAT; `vat_rate` is in basis points, None is «Без НДС».

    `service_from` and `service_to` are the first and the last day of the service, both included.
    """

    description: str
    quantity: int
    unit: str
    price: Money
    total: Money
    vat_rate: int | None
    vat: Money
    service_from: date | None = None
    service_to: date | None = None


@dataclass(frozen=True, slots=True)
class InvoiceDocument:
    """A счёт на оплату as issued (J1).

    Raises InvalidInput with the code DOCUMENT_INCONSISTENT when it has no lines, when currencies
    differ or when the totals are not the sums of the lines.
    """

    number: str
    issued_on: date
    due_on: date
    seller: Party
    bank: BankDetails
    payer: Party
    lines: tuple[PrintedLine, ...]
    total: Money
    vat_total: Money
    payment_method: Literal["card", "bank_transfer", "paypal"]
    purpose: str
    basis: str
    signatories: tuple[Signatory, ...]
    language: Literal["ru", "en"]
    vat_exemption: str | None = None
    """Why there is no VAT, with the article of the law; printed after «Без НДС»."""
    stamp: str | None = None
    """The SHA-256 (hexadecimal) of the picture of the stamp that is printed."""
    logo: str | None = None
    """The same of the seller's logo."""

    def __post_init__(self) -> None:
        """Refuse a document that contradicts itself."""
        if not self.lines:
            raise InvalidInput("a document without lines", code="DOCUMENT_INCONSISTENT")
        currency = self.total.currency
        try:
            agree = self.total == total((line.total for line in self.lines), currency)
            agree = agree and self.vat_total == total((line.vat for line in self.lines), currency)
        except CurrencyMismatch as error:
            raise InvalidInput(str(error), code="DOCUMENT_INCONSISTENT") from error
        if not agree or any(line.price.currency != currency for line in self.lines):
            raise InvalidInput("totals are not the sums of the lines", code="DOCUMENT_INCONSISTENT")
