"""Makes the people and things that tests speak of, through the product's own use cases."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import inspect, select

from app.billing.actors import Actor
from app.billing.api_key import ApiKeyKind
from app.billing.check import CheckDecision
from app.billing.invoice import PaymentMethodKind
from app.billing.money import Money
from app.billing.periods import BillingInterval
from app.billing.pricing import yearly_price
from app.billing.tax import TaxRegime
from app.billing.trial import canonical_email
from app.bootstrap import Container
from app.jobs.handlers import handlers
from app.models import (
    Base,
    Cart,
    Connector,
    ConnectorStatus,
    ConnectorTier,
    Customer,
    CustomerStatus,
    OutboxMessage,
    PayerKind,
    PriceVersion,
    Seller,
    SellerTaxRegime,
    TermsVersion,
)
from app.services.api_keys import reveal_key
from app.services.carts import add_to_cart
from app.services.charging import open_checkout, refresh_attempt
from app.services.checks import check_subscription
from app.services.ordering import Order, place_order
from app.services.outbox import deliver, relay
from app.services.profile import PayerDetails, save_payer
from app.services.trials import start_trial
from app.services.unit_of_work import DOCUMENT_QUEUE

Row = TypeVar("Row", bound=Base)

FACTORY = Actor.system("factory")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
PASSWORD = "correct horse battery staple"


@dataclass(frozen=True, slots=True)
class Purchase:
    """A paid cart."""

    invoice_id: int
    attempt_id: UUID


def create_seller(container: Container) -> int:
    """The seller with its tax regime, and the first version of the offer."""
    with container.transactions.begin(FACTORY) as work:
        seller = work.sellers.add(
            Seller(
                name="ООО «БПМ Центр»",
                inn="7707083893",
                kpp="770701001",
                ogrn="1027700132195",
                address="101000, г. Москва, ул. Мясницкая, д. 1",
                bank_name="ПАО «Образцовый банк»",
                bank_bik="044525225",
                bank_account="40702810138250123017",
                bank_corr_account="30101810400000000225",
                director="Иванов И. И.",
                accountant="Петрова П. П.",
                email="billing@bpm-centr.test",
                tax_regimes=[SellerTaxRegime(effective_from=date(2019, 1, 1), regime=TaxRegime.GENERAL)],
            )
        )
        work.terms.add(
            TermsVersion(version="2020-01", published_at=LONG_AGO, text_ru="Оферта.", text_en="The offer.")
        )
        return seller.id


def create_connector(
    container: Container,
    slug: str = "crm-connector",
    *,
    monthly: Money | None = None,
    tier: ConnectorTier = ConnectorTier.STANDARD,
    trial_eligible: bool = True,
    status: ConnectorStatus = ConnectorStatus.PUBLISHED,
) -> int:
    """A connector with a monthly and a yearly price."""
    price = monthly or Money(99_000, "RUB")
    with container.transactions.begin(FACTORY) as work:
        connector = work.connectors.add(
            Connector(
                slug=slug,
                name=slug.replace("-", " ").capitalize(),
                description_ru="Описание",
                description_en="Description",
                category="crm",
                tier=tier,
                status=status,
                trial_eligible=trial_eligible,
                version="1.0.0",
                created_at=LONG_AGO,
            )
        )
        for interval, amount in (
            (BillingInterval.MONTH, price),
            (BillingInterval.YEAR, yearly_price(price)),
        ):
            work.session.add(
                PriceVersion(
                    connector_id=connector.id,
                    interval=interval,
                    currency=amount.currency,
                    amount_minor=amount.minor,
                    valid_from=LONG_AGO,
                )
            )
        return connector.id


def create_customer(container: Container, email: str = "alice@example.com", **columns: object) -> int:
    """An activated customer with the password PASSWORD."""
    values: dict[str, object] = {
        "email": email,
        "canonical_email": canonical_email(email),
        "password_hash": container.password_hasher.hash(PASSWORD),
        "name": "Алиса",
        "country": "RU",
        "currency": "RUB",
        "language": "ru",
        "status": CustomerStatus.ACTIVE,
        "created_at": container.clock.now(),
        "activated_at": container.clock.now(),
    }
    with container.transactions.begin(FACTORY) as work:
        return work.customers.add(Customer(**(values | columns))).id


def create_payer(container: Container, customer_id: int, **details: object) -> int:
    """A Russian company as the customer's payer."""
    values: dict[str, Any] = {
        "kind": PayerKind.COMPANY,
        "name": "ООО «Ромашка»",
        "country": "RU",
        "address": "190000, г. Санкт-Петербург, Невский пр., д. 1",
        "inn": "7736050003",
        "kpp": "773601001",
    }
    merged = PayerDetails(**(values | details))
    return save_payer(
        container.transactions, customer_id=customer_id, details=merged, now=container.clock.now()
    )


def trial_key(container: Container, customer_id: int, connector_ids: Iterable[int]) -> str:
    """Start the trial; the temporary key as it was shown."""
    now = container.clock.now()
    api_key_id = start_trial(
        container.transactions, customer_id=customer_id, connector_ids=list(connector_ids), now=now
    )
    return shown_key(container, customer_id, api_key_id)


def shown_key(container: Container, customer_id: int, api_key_id: int) -> str:
    """Mint the secret of a waiting key."""
    return reveal_key(
        container.transactions,
        customer_id=customer_id,
        api_key_id=api_key_id,
        pepper=container.pepper,
        bcrypt_cost=4,
        now=container.clock.now(),
    )


def filled_cart(container: Container, customer_id: int, make_account: str | None = None) -> int:
    """Put the CRM connector into the open cart; the cart's id."""
    add_to_cart(
        container.transactions,
        customer_id=customer_id,
        slug="crm-connector",
        interval=BillingInterval.MONTH,
        make_account=make_account,
        now=container.clock.now(),
    )
    return rows(container, Cart, customer_id=customer_id)[-1].id


def order(
    container: Container,
    customer_id: int,
    *slugs: str,
    interval: BillingInterval = BillingInterval.MONTH,
    make_account: str | None = None,
) -> int:
    """Order these connectors; the id of the open invoice. The customer needs a payer."""
    now = container.clock.now()
    for slug in slugs:
        add_to_cart(
            container.transactions,
            customer_id=customer_id,
            slug=slug,
            interval=interval,
            make_account=make_account,
            now=now,
        )
    with container.transactions.reading() as repositories:
        cart = repositories.carts.open_cart(customer_id)
    assert cart is not None
    return place_order(
        container.transactions, order=Order(customer_id, cart.id, PaymentMethodKind.CARD), now=now
    )


def pay_by_card(container: Container, customer_id: int, invoice_id: int, token: str = "tok_visa") -> UUID:
    """Pay an open invoice on the acquirer's page and come back; the attempt's id."""
    url = open_checkout(
        container.charging,
        customer_id=customer_id,
        invoice_id=invoice_id,
        now=container.clock.now(),
        real_now=container.wall_clock.now(),
    )
    attempt_id = UUID(url.rsplit("/", 1)[1])
    container.test_acquirer.pay(str(attempt_id), token)
    refresh_attempt(container.charging, attempt_id=attempt_id, now=container.clock.now())
    return attempt_id


def buy(
    container: Container,
    customer_id: int,
    *slugs: str,
    interval: BillingInterval = BillingInterval.MONTH,
    make_account: str | None = None,
) -> Purchase:
    """Order and pay; the subscriptions run from now."""
    invoice_id = order(container, customer_id, *slugs, interval=interval, make_account=make_account)
    return Purchase(invoice_id, pay_by_card(container, customer_id, invoice_id))


def check(container: Container, key: str, account: str, connector: str = "crm-connector") -> CheckDecision:
    """What the check answers now."""
    return check_subscription(
        container.checking, key=key, connector=connector, account=account, now=container.clock.now()
    ).decision


def deliver_all(container: Container, *, documents: bool = False) -> int:
    """Do all promised work here and now, as relay and workers would; how many messages there were.

    Files of documents are left undone unless asked for: the renderer takes a second to start.
    """
    count = 0
    work = handlers(container)
    while batch := _relayed(container):
        for message_id, queue in batch:
            if documents or queue != DOCUMENT_QUEUE:
                deliver(container.transactions, work, message_id=message_id, wall_clock=container.wall_clock)
        count += len(batch)
    return count


class HeldQueue:
    """Keeps what the relay hands over, for a test to deliver or to lose."""

    def __init__(self) -> None:
        self.handed_over: list[tuple[int, str]] = []

    @property
    def messages(self) -> list[int]:
        """Ids of the messages handed over, in their order."""
        return [message_id for message_id, _ in self.handed_over]

    def enqueue(self, message_id: int, queue: str) -> None:
        """Keep the message."""
        self.handed_over.append((message_id, queue))


def _relayed(container: Container) -> list[tuple[int, str]]:
    queue = HeldQueue()
    relay(container.transactions, queue, real_now=container.wall_clock.now())
    return queue.handed_over


def rows(container: Container, table: type[Row], **columns: object) -> list[Row]:
    """The rows with these values, by primary key."""
    query = select(table).filter_by(**columns).order_by(*inspect(table).primary_key)
    with container.transactions.reading() as repositories:
        return list(repositories.session.scalars(query))


def promised(container: Container, name: str) -> list[OutboxMessage]:
    """What the outbox holds of this kind, such as «mail.activation»."""
    return rows(container, OutboxMessage, name=name)


def mails(container: Container) -> list[str]:
    """The kinds of the promised mails, oldest first."""
    names = [message.name for message in rows(container, OutboxMessage)]
    return [name.removeprefix("mail.") for name in names if name.startswith("mail.")]


def production_key(container: Container, customer_id: int) -> str:
    """Mint the waiting production key of a customer who has paid."""
    with container.transactions.reading() as repositories:
        waiting = [
            key.id
            for key in repositories.api_keys.of_customer(customer_id)
            if key.kind is ApiKeyKind.PRODUCTION and key.claimed_at is None
        ]
    return shown_key(container, customer_id, waiting[0])
