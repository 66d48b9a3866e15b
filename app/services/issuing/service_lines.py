"""Lines of documents of service: a month of a subscription, or the operations of one (K1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from app.billing.documents.tax_document import TaxLine
from app.billing.money import Money
from app.billing.periods import Period, last_day_of, local_date
from app.models import Invoice, ServiceMonth
from app.services.issuing.context import Deal
from app.services.line_texts import period_text

MONTHS = {"ru": "мес", "en": "month"}
MONTHS_CODE = "362"
"""ОКЕИ: a month."""
OPERATIONS = {"ru": "ед", "en": "unit"}
OPERATIONS_CODE = "642"
"""ОКЕИ: a unit."""


@dataclass(frozen=True, slots=True)
class GivenLine:
    """A line as printed, and what it is about. `booked_on` is the day of its entries in the ledger."""

    printed: TaxLine
    invoice_id: int
    invoice_line_id: int
    first_day: date
    booked_on: date
    advance_vat: Money
    service_month_id: int | None = None

    @property
    def gross(self) -> Money:
        """The price when it was given."""
        return self.printed.gross

    @property
    def vat(self) -> Money:
        """The VAT that was booked."""
        return self.printed.vat

    @property
    def vat_rate(self) -> int | None:
        """In basis points."""
        return self.printed.vat_rate


def month_line(deal: Deal, row: Any) -> GivenLine:
    """A service month with the sums that the ledger was told when it was given; zero when nothing was."""
    month: ServiceMonth = row.ServiceMonth
    gross = Money(row.gross_minor or 0, month.currency)
    vat = Money(month.vat_minor or 0, month.currency)
    first_day = min(local_date(month.starts_at), month.last_day)
    text = period_text(deal.language, row.connector, Period(month.starts_at, month.ends_at))
    return GivenLine(
        printed=TaxLine(
            description=text,
            vat_rate=month.vat_rate,
            vat=vat,
            gross=gross,
            net=gross - vat,
            quantity=1,
            unit=MONTHS[deal.language],
            unit_code=MONTHS_CODE,
            service_from=first_day,
            service_to=month.last_day,
        ),
        invoice_id=month.invoice_id,
        invoice_line_id=month.invoice_line_id,
        first_day=first_day,
        booked_on=row.booked_on or month.last_day,
        advance_vat=month.advance_vat,
        service_month_id=month.id,
    )


def usage_lines(deal: Deal, invoice: Invoice) -> list[GivenLine]:
    """The operations of an invoice, without lines that cost nothing."""
    lines = []
    for line in invoice.lines:
        assert line.period is not None, "operations are of a month"
        first_day, last_day = local_date(line.period.start), last_day_of(line.period)
        printed = TaxLine(
            description=line.description,
            vat_rate=line.vat_rate,
            vat=line.vat,
            gross=line.total,
            net=line.total - line.vat,
            quantity=line.quantity,
            unit=OPERATIONS[deal.language],
            unit_code=OPERATIONS_CODE,
            service_from=first_day,
            service_to=last_day,
        )
        if line.total:
            nothing = Money.zero(line.currency)
            lines.append(GivenLine(printed, invoice.id, line.id, first_day, last_day, nothing))
    return lines
