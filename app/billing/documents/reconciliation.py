"""Акт сверки: what two parties owe each other over a period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from app.billing.documents.parties import Signatory, TaxParty
from app.billing.documents.tax_document import refuse_unless
from app.billing.money import Money, total


@dataclass(frozen=True, slots=True)
class ReconciliationRow:
    """One event: a debit is service given or money returned, a credit money received or a price lowered."""

    on: date
    text: str
    debit: Money
    credit: Money


@dataclass(frozen=True, slots=True)
class ReconciliationAct:
    """An акт сверки as issued; balances are debit minus credit: above zero the buyer owes.

    Raises InvalidInput (DOCUMENT_INCONSISTENT) when the rows don't lead from one balance to the other.
    """

    number: str
    issued_on: date
    starts_on: date
    ends_on: date
    seller: TaxParty
    buyer: TaxParty
    opening: Money
    rows: tuple[ReconciliationRow, ...]
    closing: Money
    signatories: tuple[Signatory, ...]
    language: Literal["ru", "en"]
    stamp: str | None = None

    def __post_init__(self) -> None:
        """Refuse an act that contradicts itself."""
        agree = self.closing == self.opening + self.debit_turnover - self.credit_turnover
        refuse_unless(agree and self.starts_on <= self.ends_on, "the rows don't lead to the closing balance")

    @property
    def debit_turnover(self) -> Money:
        """The sum of the debits."""
        return total((row.debit for row in self.rows), self.opening.currency)

    @property
    def credit_turnover(self) -> Money:
        """The sum of the credits."""
        return total((row.credit for row in self.rows), self.opening.currency)
