"""Счёт-фактура, advance счёт-фактура, УПД and акт: service and its tax (Постановление 1137, 402-ФЗ ст. 9)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from app.billing.documents.parties import Correction, DocumentReference, Signatory, TaxParty
from app.billing.errors import InvalidInput
from app.billing.money import CurrencyMismatch, Money, total


def refuse_unless(agree: bool, message: str) -> None:
    """Raise InvalidInput with the code DOCUMENT_INCONSISTENT unless the figures agree."""
    if not agree:
        raise InvalidInput(message, code="DOCUMENT_INCONSISTENT")


@dataclass(frozen=True, slots=True)
class TaxLine:
    """One service. `net` + `vat` = `gross`; `vat_rate` is in basis points, None is «Без НДС».

    `quantity`, `unit` (its sign, «мес»), `unit_code` (ОКЕИ) and `net` are None where the form has a dash: of
    an advance only name, rate, tax and sum are told. `service_from` and `service_to` are both included.
    """

    description: str
    vat_rate: int | None
    vat: Money
    gross: Money
    net: Money | None = None
    quantity: int | None = None
    unit: str | None = None
    unit_code: str | None = None
    service_from: date | None = None
    service_to: date | None = None

    @property
    def unit_price(self) -> Decimal | None:
        """The net price of a unit in whole units of the currency, to 11 decimals; None on an advance."""
        if self.net is None or not self.quantity:
            return None
        return (self.net.decimal / self.quantity).quantize(Decimal("1e-11"))


@dataclass(frozen=True, slots=True)
class TaxDocument:
    """A счёт-фактура, a УПД or an акт as issued.

    Raises InvalidInput (DOCUMENT_INCONSISTENT) when it has no lines or its figures contradict each other.
    """

    form: Literal["advance_invoice", "vat_invoice", "transfer", "act"]
    status: Literal[1, 2] | None
    """Of a УПД: 1 with счёт-фактура, 2 without; None on all others."""
    number: str
    issued_on: date
    correction: Correction | None
    seller: TaxParty
    buyer: TaxParty
    basis: DocumentReference
    """The contract or the offer."""
    payments: tuple[DocumentReference, ...]
    """Line 5: what the money came with."""
    shipments: tuple[DocumentReference, ...]
    """Line 5а of a счёт-фактура: the акт, or the УПД itself."""
    advances: tuple[DocumentReference, ...]
    """Line 5б: the счета-фактуры of the advances that this service uses (ПП № 26 of 23.01.2026)."""
    lines: tuple[TaxLine, ...]
    vat_total: Money
    total: Money
    transferred_on: date | None
    """When the service was given, [11]; None on an advance."""
    service_from: date | None
    service_to: date | None
    signatories: tuple[Signatory, ...]
    """The head first, then the chief accountant if there is one."""
    vat_exemption: str | None
    """Why there is no VAT, with the article of the law."""
    language: Literal["ru", "en"]
    exchange_uuid: str
    """Part of the name of the file for electronic exchange; canonical form of a UUID."""
    stamp: str | None = None
    """The SHA-256 (hexadecimal) of the picture of the stamp that is printed."""

    def __post_init__(self) -> None:
        """Refuse a document that contradicts itself."""
        refuse_unless(bool(self.lines), "a document without lines")
        refuse_unless((self.status is not None) == (self.form == "transfer"), "only a УПД has a status")
        try:
            agree = self.total == self._sum(line.gross for line in self.lines)
            agree = agree and self.vat_total == self._sum(line.vat for line in self.lines)
            agree = agree and all(
                line.net is None or line.net + line.vat == line.gross for line in self.lines
            )
        except CurrencyMismatch as error:
            raise InvalidInput(str(error), code="DOCUMENT_INCONSISTENT") from error
        refuse_unless(agree, "totals are not the sums of the lines")

    @property
    def net_total(self) -> Money:
        """The sum without tax."""
        return self.total - self.vat_total

    def _sum(self, amounts: Iterable[Money]) -> Money:
        return total(amounts, self.total.currency)
