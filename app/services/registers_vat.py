"""VAT of a period in the registers tied to the ledger, with each difference (J4, K1)."""

from __future__ import annotations

from dataclasses import dataclass

from app.billing.money import Money, total
from app.billing.registers import ROUBLE
from app.billing.registers_ledger import OWED, FlowTie, VatDifference, VatFlow
from app.repositories.registers import Stretch
from app.services.unit_of_work import Repositories, Transactions

MOST_DIFFERENCES = 100


@dataclass(frozen=True, slots=True)
class VatTie:
    """The registers beside the ledger. `credit` and `debit` are the turnover of the account of VAT owed."""

    flows: tuple[FlowTie, ...]
    credit: Money
    debit: Money
    differences: tuple[VatDifference, ...]
    """The first of them."""
    count: int
    """How many there are."""

    @property
    def owed(self) -> Money:
        """What the sales book says is owed."""
        return total((each.registers for each in self.flows if each.flow in OWED), ROUBLE)

    @property
    def deducted(self) -> Money:
        """What the purchase book deducts."""
        return total((each.registers for each in self.flows if each.flow not in OWED), ROUBLE)

    @property
    def ties(self) -> bool:
        """Whether the registers and the ledger tell the same in all."""
        return not self.count and self.owed == self.credit and self.deducted == self.debit


def vat_tie(transactions: Transactions, *, stretch: Stretch) -> VatTie:
    """The tie of one moment. Of Russian individuals the registers are read from the ledger itself."""
    with transactions.reading() as repositories:
        repositories.ledger.read_one_moment()
        return tie_of(repositories, stretch)


def tie_of(repositories: Repositories, stretch: Stretch) -> VatTie:
    """As `vat_tie`, of what these repositories see."""
    documents = {row.flow: row.vat for row in repositories.register_tie.documented_vat(stretch)}
    booked = {
        (row.flow, row.individual): row.vat for row in repositories.register_ledger.vat_by_flow(stretch)
    }
    turnover = repositories.register_ledger.vat_turnover(stretch)
    found = repositories.register_tie.differences(stretch, MOST_DIFFERENCES)
    return VatTie(
        flows=tuple(
            FlowTie(
                flow,
                documents=_roubles(documents.get(flow, 0)),
                individuals=_roubles(booked.get((flow, True), 0)),
                ledger=_roubles(booked.get((flow, True), 0) + booked.get((flow, False), 0)),
            )
            for flow in VatFlow
        ),
        credit=_roubles(turnover.credit),
        debit=_roubles(turnover.debit),
        differences=tuple(
            VatDifference(
                VatFlow(row.flow),
                row.invoice_id,
                row.service_month_id,
                _roubles(row.documents),
                _roubles(row.ledger),
            )
            for row in found
        ),
        count=found[0].how_many if found else 0,
    )


def _roubles(minor: int) -> Money:
    return Money(minor, ROUBLE)
