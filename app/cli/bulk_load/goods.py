"""What the loaded customers bought, and what an invoice over it says: computed once, for everybody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.billing.documents.snapshot import to_snapshot
from app.billing.errors import NotFound
from app.billing.invoice import InvoiceStatus, PaymentMethodKind
from app.billing.money import Money, total
from app.billing.periods import BillingInterval
from app.billing.tax import included_vat, tax_treatment
from app.cli.bulk_load.moments import PaidPeriod
from app.models import ConnectorPricing, Invoice, InvoiceLine, Payer, PayerKind, Seller
from app.services.invoice_documents import invoice_document
from app.services.line_texts import first_purchase_text, period_text
from app.services.unit_of_work import Repositories

COUNTRY = "RU"
CURRENCY = "RUB"
PAYER_NAME = "{payer}"
"""Stands in a snapshot where the name of the payer comes; the number is 0 there."""


@dataclass(frozen=True, slots=True)
class Good:
    """A month of a connector."""

    connector_id: int
    price_version_id: int
    name: str
    price: Money


class Goods:
    """What is sold by the month, and by whom. Raises NotFound when there is no seller or nothing to buy."""

    def __init__(self, repositories: Repositories, now: datetime) -> None:
        self.seller: Seller = repositories.sellers.current()
        self._regimes = self.seller.dated_tax_regimes()
        sold = {
            row.id: row
            for row in repositories.connectors.published()
            if row.pricing is ConnectorPricing.PERIOD
        }
        prices = repositories.connectors.prices(list(sold), CURRENCY, now).values()
        self.all = [
            Good(row.connector_id, row.id, sold[row.connector_id].name, row.amount)
            for row in prices
            if row.interval is BillingInterval.MONTH
        ]
        if not self.all:
            raise NotFound("connector")

    def lines(self, paid: PaidPeriod) -> Iterator[dict[str, Any]]:
        """What a line over each of the goods says of this period, and the VAT when the service is given."""
        rate = tax_treatment(self._regimes, paid.issued_on, COUNTRY).rate
        later_rate = tax_treatment(self._regimes, paid.last_day, COUNTRY).rate
        for good in self.all:
            yield {
                "connector_id": good.connector_id,
                "price_version_id": good.price_version_id,
                "description": _description(good, paid),
                "total_minor": good.price.minor,
                "vat_rate": rate,
                "vat_minor": included_vat(good.price, rate).minor,
                "service_vat_rate": later_rate,
                "service_vat_minor": included_vat(good.price, later_rate).minor,
            }

    def invoice(self, paid: PaidPeriod, series: str, share: int) -> Invoice:
        """An invoice over the first `share` of the goods, begun anew when there are more; its number is 0."""
        known = list(self.lines(paid))
        lines = [_line(known[place % len(known)]) for place in range(share)]
        return Invoice(
            seller_id=self.seller.id,
            series=series,
            year=paid.issued_on.year,
            number=0,
            status=InvoiceStatus.PAID,
            method=PaymentMethodKind.CARD,
            currency=CURRENCY,
            total_minor=total((line.total for line in lines), CURRENCY).minor,
            vat_minor=total((line.vat for line in lines), CURRENCY).minor,
            issued_on=paid.issued_on,
            due_on=paid.due_on,
            lines=lines,
        )

    def snapshot(self, invoice: Invoice) -> dict[str, Any]:
        """What is printed on the invoice, with placeholders."""
        payer = Payer(kind=PayerKind.INDIVIDUAL, name=PAYER_NAME, country=COUNTRY)
        return to_snapshot(invoice_document(invoice, self.seller, payer))


def distinct_shares(customers: int, subscriptions: int) -> Sequence[int]:
    """How many subscriptions a customer has: one number, or two neighbours."""
    share, rest = divmod(subscriptions, customers)
    return [share, share + 1] if rest else [share]


def _description(good: Good, paid: PaidPeriod) -> str:
    if paid.ordinal:
        return period_text("ru", good.name, paid.period)
    return first_purchase_text("ru", good.name, BillingInterval.MONTH)


def _line(known: dict[str, Any]) -> InvoiceLine:
    return InvoiceLine(
        description=known["description"],
        currency=CURRENCY,
        total_minor=known["total_minor"],
        vat_rate=known["vat_rate"],
        vat_minor=known["vat_minor"],
    )
