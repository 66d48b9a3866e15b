"""Documents that the product itself issued: each makes a file that is accepted."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from app.billing.documents.kinds import DocumentKind, ServicePaper
from app.billing.tax import TaxRegime
from app.bootstrap import Container
from app.models import Payer, PayerKind
from app.services.sweep import sweep
from tests.clock import ManualClock
from tests.documents.exchange.cases import write
from tests.documents.exchange.official import objections
from tests.factories import FACTORY, buy, create_connector, create_customer, create_payer, create_seller
from tests.ledger_rows import registered
from tests.services.issuing.papers import configure, documents, printed, regime

BOUGHT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MONTH_LATER = datetime(2026, 4, 3, 9, 0, tzinfo=UTC)
TAX_DOCUMENTS = (
    DocumentKind.ADVANCE_INVOICE,
    DocumentKind.VAT_INVOICE,
    DocumentKind.ACT,
    DocumentKind.TRANSFER,
)
COMPANY: dict[str, Any] = {}
SOLE_TRADER = {
    "kind": PayerKind.SOLE_TRADER,
    "name": "ИП Петров Пётр Петрович",
    "inn": "500100732259",
    "kpp": None,
}


def lived(container: Container, clock: ManualClock, payer: dict[str, Any]) -> None:
    """A month is bought, given and documented, between participants of exchange."""
    clock.move_to(BOUGHT)
    create_connector(container)
    customer_id = create_customer(container)
    registered(container, customer_id)
    payer_id = create_payer(container, customer_id, **payer)
    with container.transactions.begin(FACTORY) as work:
        work.session.get_one(Payer, payer_id).exchange_id = "2LT-11001234567"
    buy(container, customer_id, "crm-connector")
    sweep(container.billing_run())
    clock.move_to(MONTH_LATER)
    sweep(container.billing_run())


@pytest.mark.parametrize(
    ("payer", "paper", "under", "kinds"),
    [
        (COMPANY, ServicePaper.TRANSFER, TaxRegime.GENERAL, {"advance_invoice", "transfer"}),
        (SOLE_TRADER, ServicePaper.TRANSFER, TaxRegime.SIMPLIFIED, {"transfer"}),
        (
            SOLE_TRADER,
            ServicePaper.INVOICE_AND_ACT,
            TaxRegime.SIMPLIFIED_5,
            {"advance_invoice", "vat_invoice", "act"},
        ),
        (COMPANY, ServicePaper.INVOICE_AND_ACT, TaxRegime.EXEMPT, {"act"}),
    ],
    ids=["УПД with VAT", "УПД without VAT", "счёт-фактура and акт", "акт alone"],
)
def test_every_tax_document_that_is_issued_has_its_file(
    container: Container,
    clock: ManualClock,
    payer: dict[str, Any],
    paper: ServicePaper,
    under: TaxRegime,
    kinds: set[str],
) -> None:
    create_seller(container)
    regime(container, under)
    configure(container, service_paper=paper, exchange_id="2BM-7707083893-770701001-20260101")
    lived(container, clock, payer)

    rows = documents(container, *TAX_DOCUMENTS)
    assert {row.kind.value for row in rows} == kinds
    for row in rows:
        file = write(printed(row))
        assert file.name.startswith("ON_NSCHFDOPPR_2LT-11001234567_2BM-7707083893-770701001-20260101_2026")
        assert objections(file) == []
