"""Which document when: one table, each row with the law that it comes from (J3)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

from app.billing.documents.kinds import DocumentKind, ServicePaper
from app.billing.tax import SELLER_COUNTRY


class DocumentEvent(StrEnum):
    """What has happened."""

    PAYMENT_ASKED = "payment_asked"
    PREPAYMENT_RECEIVED = "prepayment_received"
    """An invoice of service to come was paid."""
    DEBT_PAID = "debt_paid"
    """An invoice of service given already was paid."""
    BALANCE_CREDITED = "balance_credited"
    """Money came that paid nothing."""
    SERVICE_GIVEN = "service_given"
    PREPAYMENT_RETURNED = "prepayment_returned"
    """Money for service not given went back."""
    PRICE_LOWERED = "price_lowered"
    """Of service given, by agreement; the money went back."""
    MISTAKE_FOUND = "mistake_found"


class Buyer(StrEnum):
    """What the buyer is before the law."""

    BUSINESS = "business"
    """A Russian organisation or sole trader."""
    INDIVIDUAL = "individual"
    FOREIGN_BUSINESS = "foreign_business"
    FOREIGN_INDIVIDUAL = "foreign_individual"


class PaidBy(StrEnum):
    """How the money moved."""

    CARD = "card"
    BANK_TRANSFER = "bank_transfer"
    PAYPAL = "paypal"
    BALANCE = "balance"
    """No new money: it came before, and had its receipt then."""


class Paper(StrEnum):
    """What is to be issued."""

    INVOICE = "invoice"
    RECEIPT = "receipt"
    FISCAL_RECEIPT = "fiscal_receipt"
    """A cash register's, 54-ФЗ; not a document of ours."""
    ADVANCE_INVOICE = "advance_invoice"
    VAT_INVOICE = "vat_invoice"
    ACT = "act"
    TRANSFER_WITH_INVOICE = "transfer_with_invoice"
    """УПД, status 1."""
    TRANSFER = "transfer"
    """УПД, status 2."""
    VAT_ADJUSTMENT = "vat_adjustment"
    """КСФ."""
    TRANSFER_ADJUSTMENT_WITH_INVOICE = "transfer_adjustment_with_invoice"
    """УКД, status 1."""
    TRANSFER_ADJUSTMENT = "transfer_adjustment"
    """УКД, status 2."""
    CORRECTION = "correction"
    """Исправление: the same document once more, with the number of the correction."""


Status = Literal[1, 2] | None

FORMS: Mapping[Paper, tuple[DocumentKind, Status]] = MappingProxyType(
    {
        Paper.INVOICE: (DocumentKind.INVOICE, None),
        Paper.RECEIPT: (DocumentKind.RECEIPT, None),
        Paper.ADVANCE_INVOICE: (DocumentKind.ADVANCE_INVOICE, None),
        Paper.VAT_INVOICE: (DocumentKind.VAT_INVOICE, None),
        Paper.ACT: (DocumentKind.ACT, None),
        Paper.TRANSFER_WITH_INVOICE: (DocumentKind.TRANSFER, 1),
        Paper.TRANSFER: (DocumentKind.TRANSFER, 2),
        Paper.VAT_ADJUSTMENT: (DocumentKind.VAT_ADJUSTMENT, None),
        Paper.TRANSFER_ADJUSTMENT_WITH_INVOICE: (DocumentKind.TRANSFER_ADJUSTMENT, 1),
        Paper.TRANSFER_ADJUSTMENT: (DocumentKind.TRANSFER_ADJUSTMENT, 2),
    }
)
"""Kind and status of every paper that is a document of its own."""

TAX_INVOICES = frozenset(
    {
        Paper.ADVANCE_INVOICE,
        Paper.VAT_INVOICE,
        Paper.TRANSFER_WITH_INVOICE,
        Paper.VAT_ADJUSTMENT,
        Paper.TRANSFER_ADJUSTMENT_WITH_INVOICE,
    }
)
"""Papers that are счета-фактуры: only those who charge VAT issue them (п. 3 ст. 169 НК)."""

TAX_INVOICE_DAYS = 5
"""Calendar days from the event in which a счёт-фактура is issued (п. 3 ст. 168 НК)."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """What the table is asked. `taxed`: the service has Russian VAT (`tax_treatment` says so)."""

    event: DocumentEvent
    taxed: bool
    buyer: Buyer
    paid_by: PaidBy = PaidBy.BANK_TRANSFER
    service_paper: ServicePaper = ServicePaper.TRANSFER
    """What the seller gives for service; of a price lowered, what was given."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: on `event`, where all conditions hold, `papers` are due. A condition of None always holds."""

    event: DocumentEvent
    papers: tuple[Paper, ...]
    source: str
    taxed: bool | None = None
    buyers: frozenset[Buyer] | None = None
    paid_by: frozenset[PaidBy] | None = None
    service_paper: ServicePaper | None = None

    def fits(self, occasion: Occasion) -> bool:
        """Whether the row speaks of this occasion."""
        return (
            self.event is occasion.event
            and self.taxed in (None, occasion.taxed)
            and _among(occasion.buyer, self.buyers)
            and _among(occasion.paid_by, self.paid_by)
            and self.service_paper in (None, occasion.service_paper)
        )


def _among(value: object, allowed: Collection[object] | None) -> bool:
    return allowed is None or value in allowed


E, P = DocumentEvent, Paper
BUSINESS = frozenset({Buyer.BUSINESS})
INDIVIDUALS = frozenset({Buyer.INDIVIDUAL, Buyer.FOREIGN_INDIVIDUAL})
NOT_BUSINESS = frozenset(Buyer) - BUSINESS
NEW_MONEY = frozenset(PaidBy) - {PaidBy.BALANCE}
UPD, SF = ServicePaper.TRANSFER, ServicePaper.INVOICE_AND_ACT

MONEY_MOVES = (E.PREPAYMENT_RECEIVED, E.DEBT_PAID, E.BALANCE_CREDITED, E.PREPAYMENT_RETURNED, E.PRICE_LOWERED)

DECISION_TABLE: tuple[Rule, ...] = (
    Rule(E.PAYMENT_ASKED, (P.INVOICE,), "J1; an offer to pay, no primary document"),
    *(
        Rule(event, (P.RECEIPT,), "J3: every movement of money is confirmed once", paid_by=NEW_MONEY)
        for event in MONEY_MOVES
    ),
    *(
        Rule(event, (P.FISCAL_RECEIPT,), "п. 1 ст. 1.2, п. 9 ст. 2 54-ФЗ: settlements with individuals",
             buyers=INDIVIDUALS, paid_by=NEW_MONEY)
        for event in MONEY_MOVES
    ),
    Rule(E.PREPAYMENT_RECEIVED, (P.ADVANCE_INVOICE,), "п. 1 и 3 ст. 168 НК: 5 days from the money",
         taxed=True, buyers=BUSINESS),
    Rule(E.SERVICE_GIVEN, (P.TRANSFER_WITH_INVOICE,), "п. 3 ст. 168 НК, письмо ФНС ММВ-20-3/96@",
         taxed=True, buyers=BUSINESS, service_paper=UPD),
    Rule(E.SERVICE_GIVEN, (P.ACT, P.VAT_INVOICE), "п. 3 ст. 168 НК, ст. 9 402-ФЗ",
         taxed=True, buyers=BUSINESS, service_paper=SF),
    Rule(E.SERVICE_GIVEN, (P.TRANSFER,), "ст. 9 402-ФЗ, п. 5 ст. 168 НК, ММВ-20-3/96@",
         taxed=False, buyers=BUSINESS, service_paper=UPD),
    Rule(E.SERVICE_GIVEN, (P.ACT,), "ст. 9 402-ФЗ, п. 5 ст. 168 НК",
         taxed=False, buyers=BUSINESS, service_paper=SF),
    Rule(E.SERVICE_GIVEN, (P.ACT,), "ст. 9 402-ФЗ; п. 7 ст. 168, ст. 148 НК: no счёт-фактура",
         buyers=NOT_BUSINESS),
    # П. 5 ст. 171 и п. 4 ст. 172 НК: of a prepayment returned the seller deducts the VAT by the advance's
    # own счёт-фактура. The price of nothing given has changed, so nothing is corrected.
    Rule(E.PRICE_LOWERED, (P.TRANSFER_ADJUSTMENT_WITH_INVOICE,),
         "п. 3 ст. 168, п. 13 ст. 171 НК, письмо ФНС ММВ-20-15/86@",
         taxed=True, buyers=BUSINESS, service_paper=UPD),
    Rule(E.PRICE_LOWERED, (P.VAT_ADJUSTMENT, P.TRANSFER_ADJUSTMENT),
         "п. 3 ст. 168, п. 13 ст. 171 НК; ст. 9 402-ФЗ", taxed=True, buyers=BUSINESS, service_paper=SF),
    Rule(E.PRICE_LOWERED, (P.TRANSFER_ADJUSTMENT,), "ст. 9 402-ФЗ, письмо ФНС ММВ-20-15/86@",
         taxed=False, buyers=BUSINESS),
    Rule(E.PRICE_LOWERED, (P.TRANSFER_ADJUSTMENT,), "ст. 9 402-ФЗ", buyers=NOT_BUSINESS),
    Rule(E.MISTAKE_FOUND, (P.CORRECTION,), "п. 7 разд. II прил. 1 к Постановлению 1137: never a КСФ"),
)  # fmt: skip
"""Reference: «When which document is issued» of the law as it is in 2026."""


def papers_due(occasion: Occasion) -> tuple[Paper, ...]:
    """What is to be issued, in the order of the table; a row more never takes one away."""
    return tuple(paper for rule in DECISION_TABLE if rule.fits(occasion) for paper in rule.papers)


def buyer_of(*, is_person: bool, country: str) -> Buyer:
    """What a payer is; a sole trader is no person here. The country decides: services follow it (ст. 148)."""
    if country != SELLER_COUNTRY:
        return Buyer.FOREIGN_INDIVIDUAL if is_person else Buyer.FOREIGN_BUSINESS
    return Buyer.INDIVIDUAL if is_person else Buyer.BUSINESS
