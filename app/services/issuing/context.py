"""What every kind of document needs to know of its seller and its payer, read once for a chunk."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from app.billing.documents.decision import Buyer, DocumentEvent, Occasion, PaidBy, Paper, papers_due
from app.billing.documents.parties import DocumentReference, TaxParty
from app.billing.periods import local_date
from app.billing.tax import TaxGround, TaxTreatment, tax_treatment
from app.models import BALANCE_PROVIDER, BANK_PROVIDER, Invoice, Payer, Seller
from app.services.issuing.drafts import NO_DAY, NO_NUMBER
from app.services.issuing.parties import (
    buyer_kind,
    buyer_party,
    language_of,
    offer_of,
    seller_party,
    signatories_of,
)
from app.services.unit_of_work import UnitOfWork
from app.services.vat_exemptions import VAT_EXEMPTIONS

INVOICE_TITLE = {"ru": "Счёт на оплату", "en": "Invoice"}
PAYMENT_TITLES = {
    ("bank", "ru"): "Платёжное поручение",
    ("bank", "en"): "Bank transfer",
    ("other", "ru"): "Оплата картой",
    ("other", "en"): "Card payment",
}


@dataclass(frozen=True, slots=True)
class Deal:
    """A seller and a payer: what documents between them say of both."""

    seller: Seller
    payer: Payer

    @property
    def language(self) -> Literal["ru", "en"]:
        """The language of their documents."""
        return language_of(self.payer)

    @property
    def buyer(self) -> Buyer:
        """What the payer is to the table of documents."""
        return buyer_kind(self.payer)

    def treatment(self, day: date) -> TaxTreatment:
        """How what is supplied or paid on this day is taxed; raises NoTaxRate."""
        return tax_treatment(self.seller.dated_tax_regimes(), day, self.payer.country)

    def parties(self) -> dict[str, TaxParty]:
        """Both as documents print them."""
        return {
            "seller": seller_party(self.seller),
            "buyer": buyer_party(self.payer, self.payer.customer),
        }

    def unnumbered(self) -> dict[str, Any]:
        """What every tax document of theirs says, without the number and the date."""
        return {
            "number": NO_NUMBER,
            "issued_on": NO_DAY,
            "correction": None,
            **self.parties(),
            "basis": offer_of(self.seller, self.language),
            "signatories": signatories_of(self.seller, self.language),
            "language": self.language,
            "exchange_uuid": NO_NUMBER,
            "stamp": self.seller.stamp_sha256,
        }

    def exemption(self, day: date, *, taxed: bool) -> str | None:
        """Why there is no VAT. Whoever has moved to Russia since was abroad on that day."""
        if taxed:
            return None
        ground = self.treatment(day).ground
        return VAT_EXEMPTIONS[TaxGround.PLACE_OF_SUPPLY if ground is TaxGround.VAT else ground]

    def papers(
        self, event: DocumentEvent, *, taxed: bool, paid_by: PaidBy = PaidBy.BANK_TRANSFER
    ) -> tuple[Paper, ...]:
        """What the table says."""
        return papers_due(Occasion(event, taxed, self.buyer, paid_by, self.seller.service_paper))

    def invoice_reference(self, invoice: Invoice) -> DocumentReference:
        """The счёт as other documents name it."""
        return DocumentReference(INVOICE_TITLE[self.language], invoice.full_number, invoice.issued_on)

    def payment_reference(self, row: Any) -> DocumentReference:
        """A payment for line 5: the payer's order from the bank's statement, else the provider's number."""
        title = PAYMENT_TITLES["bank" if row.provider == BANK_PROVIDER else "other", self.language]
        if row.reference is not None:
            return DocumentReference(title, row.reference, row.booked_on)
        return DocumentReference(title, row.provider_reference, local_date(row.received_at))


class Deals:
    """The deals of a chunk, read in a few statements."""

    def __init__(self, work: UnitOfWork, seller_ids: Collection[int], payer_ids: Collection[int]) -> None:
        self._sellers = work.undocumented.sellers(seller_ids)
        self._payers = work.undocumented.payers(payer_ids)

    def between(self, seller_id: int, payer_id: int) -> Deal:
        """The deal of this seller and this payer."""
        return Deal(self._sellers[seller_id], self._payers[payer_id])


def paid_by(provider: str) -> PaidBy:
    """How the money of a provider moved."""
    known = {BALANCE_PROVIDER: PaidBy.BALANCE, BANK_PROVIDER: PaidBy.BANK_TRANSFER, "paypal": PaidBy.PAYPAL}
    return known.get(provider, PaidBy.CARD)
