"""How tests of adding a payment method speak."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from app.billing.provider import SetupOutcome, SetupOutcomeKind
from app.bootstrap import Container
from app.models import MethodSetup
from app.payments.test_acquirer.gateway import TestAcquirer
from app.services.method_setups import MethodSetups, finish_method_setup, start_method_setup


def asked_for(
    container: Container,
    customer_id: int,
    replaces_id: int | None = None,
    setups: MethodSetups | None = None,
) -> UUID:
    """Ask for the acquirer's page; the id of the setup."""
    address = start_method_setup(
        setups or container.method_setups,
        customer_id=customer_id,
        provider="test",
        replaces_id=replaces_id,
        now=container.clock.now(),
    )
    return UUID(address.rsplit("/", 1)[1])


def given(container: Container, setup_id: UUID, token: str = "tok_visa") -> None:
    """Give a card on the page."""
    container.test_acquirer.save_method(str(setup_id), token)


def finished(
    container: Container, customer_id: int, setup_id: UUID, setups: MethodSetups | None = None
) -> MethodSetup:
    """Come back from the page."""
    return finish_method_setup(
        setups or container.method_setups,
        customer_id=customer_id,
        setup_id=setup_id,
        now=container.clock.now(),
    )


def added(
    container: Container, customer_id: int, token: str = "tok_visa", replaces_id: int | None = None
) -> int:
    """Add a card from asking to coming back; the id of the method."""
    setup_id = asked_for(container, customer_id, replaces_id)
    given(container, setup_id, token)
    method_id = finished(container, customer_id, setup_id).payment_method_id
    assert method_id is not None
    return method_id


class Mute(TestAcquirer):
    """The built-in acquirer while its answers about pages get lost, and while it can't forget."""

    def __init__(self, acquirer: TestAcquirer) -> None:
        vars(self).update(vars(acquirer))

    def open_setup(self, request: object) -> SetupOutcome:
        """No answer."""
        return SetupOutcome(SetupOutcomeKind.UNKNOWN)

    def find_setup(self, setup_id: str) -> SetupOutcome:
        """No answer."""
        return SetupOutcome(SetupOutcomeKind.UNKNOWN)

    def forget_method(self, token: str) -> bool:
        """No answer."""
        return False


def muted(container: Container) -> MethodSetups:
    """Adding a method while the acquirer does not answer."""
    return replace(container.method_setups, providers={"test": Mute(container.test_acquirer)})
