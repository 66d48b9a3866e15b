"""Квитанция: that money came, or went back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from app.billing.documents.parties import DocumentReference, TaxParty
from app.billing.documents.tax_document import refuse_unless
from app.billing.money import Money, total


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """What the money was for; of a refund, what it was given back of."""

    description: str
    amount: Money
    vat_rate: int | None
    vat: Money


@dataclass(frozen=True, slots=True)
class Receipt:
    """A квитанция as issued. Not a fiscal receipt (54-ФЗ): that one comes from the register.

    Raises InvalidInput (DOCUMENT_INCONSISTENT) when the lines are not the sum.
    """

    movement: Literal["payment", "refund"]
    number: str
    issued_on: date
    moved_on: date
    """The day of the money."""
    seller: TaxParty
    buyer: TaxParty
    invoice: DocumentReference
    method: str
    """As the customer knows it: «Visa •••• 4242», «Банковский перевод»."""
    lines: tuple[ReceiptLine, ...]
    """What of the invoice the money paid; empty when all of it went to the balance."""
    to_balance: Money
    """What of the money paid nothing and stands to the customer's credit."""
    total: Money
    vat_total: Money
    vat_exemption: str | None
    language: Literal["ru", "en"]
    stamp: str | None = None

    def __post_init__(self) -> None:
        """Refuse a receipt that contradicts itself."""
        currency = self.total.currency
        lines = total((line.amount for line in self.lines), currency)
        refuse_unless(self.total == lines + self.to_balance, "the lines are not the sum")
        refuse_unless(
            self.vat_total == total((line.vat for line in self.lines), currency), "the VAT is not the sum"
        )
