"""How tests of fiscal receipts speak: a person who buys, a register that can be taken away."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from app.billing.errors import BillingError
from app.billing.fiscal import FiscalReceipt, TaxSystem
from app.billing.fiscal_snapshot import receipt_from_snapshot
from app.bootstrap import Container
from app.models import FiscalReceiptRow, PayerKind
from app.services.fiscal.promised import Fiscalisation
from tests.factories import create_customer, create_payer, rows


@dataclass
class Register:
    """Remembers what it was told; `trouble` is raised instead of an answer."""

    told: list[tuple[FiscalReceipt, UUID, datetime]] = field(default_factory=list)
    trouble: BillingError | None = None

    def register(self, receipt: FiscalReceipt, receipt_id: UUID, made_at: datetime) -> str:
        """Remember it."""
        if self.trouble is not None:
            raise self.trouble
        self.told.append((receipt, receipt_id, made_at))
        return f"fd-{len(self.told)}"


def fiscal_of(
    container: Container, register: Register | None = None, since: date = date.min
) -> Fiscalisation:
    """What making receipts needs."""
    return Fiscalisation(
        container.transactions,
        register or Register(),
        "https://bpm-centr.test",
        TaxSystem.SIMPLIFIED_INCOME,
        since,
    )


def person(container: Container, email: str = "ivan@example.com", country: str = "RU") -> int:
    """A customer who pays as an individual."""
    customer_id = create_customer(container, email, country=country)
    kind = PayerKind.INDIVIDUAL if country == "RU" else PayerKind.FOREIGN_INDIVIDUAL
    create_payer(container, customer_id, kind=kind, name="Иванов Иван", country=country, inn=None, kpp=None)
    return customer_id


def receipts(container: Container) -> list[FiscalReceiptRow]:
    """Every receipt in its order."""
    return sorted(rows(container, FiscalReceiptRow), key=lambda row: row.id)


def says(row: FiscalReceiptRow) -> FiscalReceipt:
    """What a receipt says."""
    return receipt_from_snapshot(row.snapshot)


def items(row: FiscalReceiptRow) -> list[tuple[int, str, str]]:
    """Sum in kopecks, mode and tag of VAT of every item."""
    return [(item.amount.minor, item.mode.value, item.vat_tag.value) for item in says(row).items]
