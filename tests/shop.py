"""A small shop: a seller, three connectors, Alice with a payer."""

import pytest

from app.billing.money import Money
from app.bootstrap import Container
from app.models import ConnectorTier, PaymentMethod
from tests.factories import buy, create_connector, create_customer, create_payer, create_seller, order, rows

CONNECTORS = ("crm-connector", "mail-connector", "sheet-connector")


@pytest.fixture
def shop(container: Container) -> dict[str, int]:
    """What is sold, by slug; one connector is premium."""
    create_seller(container)
    sold = {slug: create_connector(container, slug) for slug in CONNECTORS}
    sold["premium-connector"] = create_connector(
        container, "premium-connector", monthly=Money(500_000, "RUB"), tier=ConnectorTier.PREMIUM
    )
    return sold


@pytest.fixture
def alice(container: Container, shop: dict[str, int]) -> int:
    """An activated customer who may order."""
    customer_id = create_customer(container)
    create_payer(container, customer_id)
    return customer_id


@pytest.fixture
def invoice_id(container: Container, alice: int) -> int:
    """An open invoice of Alice over one month of the CRM connector."""
    return order(container, alice, "crm-connector")


@pytest.fixture
def method_id(container: Container, alice: int) -> int:
    """A card that Alice has paid with before."""
    buy(container, alice, "mail-connector")
    return rows(container, PaymentMethod)[0].id
