"""What must be true after every fault: our books are whole, and the acquirer's say the same."""

from __future__ import annotations

from app.bootstrap import Container
from app.models import Payment
from app.payments.test_acquirer.ledger import AcquirerLedger, Charge
from app.services.invariants import check_invariants
from tests.factories import rows


def charges(container: Container) -> list[Charge]:
    """What the acquirer has really taken, by its own books."""
    ledger = container.settings.test_acquirer_ledger
    assert ledger is not None
    return AcquirerLedger(ledger).succeeded()


def assert_books_agree(container: Container) -> None:
    """No invariant is broken; each charge of the acquirer is one payment of ours, and the reverse."""
    verdicts = check_invariants(container.transactions, real_now=container.wall_clock.now())
    broken = [verdict for verdict in verdicts if verdict.count]
    assert not broken, broken
    taken = sorted(
        (charge.idempotency_key, charge.reference, charge.amount.minor) for charge in charges(container)
    )
    booked = sorted(
        (str(payment.attempt_id), payment.provider_reference, payment.amount_minor)
        for payment in rows(container, Payment, provider="test")
    )
    assert booked == taken, (booked, taken)
