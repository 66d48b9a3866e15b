"""How tests of charging speak: pages, saved cards, what was really taken."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from app.billing.invoice import InvoiceStatus
from app.billing.money import Money
from app.billing.payment import AttemptState
from app.bootstrap import Container
from app.models import Invoice
from app.payments.test_acquirer.ledger import AcquirerLedger
from app.services.charging import Charging, charge_saved_method, open_checkout, request_charge
from tests.factories import rows
from tests.payments.gateways import ScriptedGateway

PRICE = Money(99_000, "RUB")


def with_gateway(container: Container, gateway: ScriptedGateway) -> Charging:
    """Charging through this provider."""
    return replace(container.charging, gateways={"test": gateway})


def checkout(
    container: Container, customer_id: int, invoice_id: int, charging: Charging | None = None
) -> str:
    """Open the page; its address."""
    return open_checkout(
        charging or container.charging,
        customer_id=customer_id,
        invoice_id=invoice_id,
        now=container.clock.now(),
        real_now=container.wall_clock.now(),
    )


def ask_for_charge(container: Container, customer_id: int, invoice_id: int, method_id: int) -> None:
    """What the portal does when the customer chooses a saved card."""
    request_charge(
        container.charging,
        customer_id=customer_id,
        invoice_id=invoice_id,
        method_id=method_id,
        now=container.clock.now(),
    )


def charge(
    container: Container, invoice_id: int, method_id: int, ordinal: int = 1, charging: Charging | None = None
) -> None:
    """What a worker does."""
    charge_saved_method(
        charging or container.charging,
        invoice_id=invoice_id,
        method_id=method_id,
        ordinal=ordinal,
        now=container.clock.now(),
        real_now=container.wall_clock.now(),
    )


def states(container: Container, invoice_id: int) -> list[AttemptState]:
    """The states of the attempts on an invoice, oldest first."""
    with container.transactions.reading() as repositories:
        return [attempt.state for attempt in repositories.attempts.of_invoice(invoice_id)]


def status(container: Container, invoice_id: int) -> InvoiceStatus:
    """Where the invoice stands."""
    return rows(container, Invoice, id=invoice_id)[0].status


def taken(container: Container) -> list[Money]:
    """What the acquirer has really taken."""
    ledger = container.settings.test_acquirer_ledger
    assert ledger is not None
    return [charge.amount for charge in AcquirerLedger(ledger).succeeded()]


def opened(container: Container, customer_id: int, invoice_id: int) -> UUID:
    """An attempt whose page is open."""
    return UUID(checkout(container, customer_id, invoice_id).rsplit("/", 1)[1])
