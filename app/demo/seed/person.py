"""One customer of the demo and what they do, through the product's own use cases."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from uuid import UUID

from sqlalchemy import select

from app.billing.api_key import ApiKeyKind, ApiKeyStatus
from app.billing.invoice import PaymentMethodKind
from app.billing.periods import BillingInterval
from app.demo.seed.people import Profile
from app.demo.seed.stage import Stage
from app.models import ApiKey, Connector, OneTimeToken, Subscription
from app.services.api_keys import reveal_key
from app.services.carts import add_to_cart
from app.services.charging import charge_saved_method, open_checkout, refresh_attempt, request_charge
from app.services.checks import check_subscription
from app.services.ordering import Order, place_order
from app.services.profile import save_payer
from app.services.promotions import apply_promo_code
from app.services.registration import ACTIVATION, Registration, activate, register
from app.services.trials import start_trial

CARDS = ("tok_visa", "tok_mastercard")


@dataclass
class Person:
    """A customer with their own dice, so that no story disturbs another."""

    stage: Stage
    profile: Profile
    terms_version_id: int
    password: str
    dice: Random
    customer_id: int = 0
    keys: dict[ApiKeyKind, str] = field(default_factory=dict)
    """Secrets of the keys that this person was shown."""

    @property
    def now(self) -> datetime:
        """The instant that the history has come to, UTC."""
        return self.stage.now

    def register(self) -> None:
        """Register in the portal; the address is not confirmed yet."""
        registration = Registration(
            email=self.profile.email,
            password=self.password,
            name=self.profile.name,
            language=self.profile.language,
            country=self.profile.country,
            terms_version_id=self.terms_version_id,
        )
        register(
            self.stage.transactions,
            self.stage.hasher,
            registration=registration,
            now=self.now,
            real_now=self.now,
        )
        with self.stage.transactions.reading() as repositories:
            customer = repositories.customers.by_email(self.profile.email)
            assert customer is not None, "it has just registered"
            self.customer_id = customer.id

    def activate(self) -> None:
        """Follow the link of the activation mail."""
        with self.stage.transactions.reading() as repositories:
            query = select(OneTimeToken.id).where(
                OneTimeToken.customer_id == self.customer_id, OneTimeToken.purpose == ACTIVATION
            )
            token_id = repositories.session.scalars(query).one()
        activate(self.stage.transactions, token_id=token_id, now=self.now, real_now=self.now)

    def fill_in_payer(self) -> None:
        """Give the details for documents."""
        save_payer(
            self.stage.transactions,
            customer_id=self.customer_id,
            details=self.profile.payer,
            now=self.now,
        )

    def start_trial(self, *slugs: str) -> None:
        """Start the trial of these connectors."""
        with self.stage.transactions.reading() as repositories:
            query = select(Connector.id).where(Connector.slug.in_(slugs))
            chosen = list(repositories.session.scalars(query))
        start_trial(self.stage.transactions, customer_id=self.customer_id, connector_ids=chosen, now=self.now)

    def reveal(self, kind: ApiKeyKind) -> None:
        """Open the page that shows a waiting key once."""
        waiting = [key for key in self.api_keys(kind) if key.status is ApiKeyStatus.UNCLAIMED]
        self.keys[kind] = reveal_key(
            self.stage.transactions,
            customer_id=self.customer_id,
            api_key_id=waiting[0].id,
            pepper=self.stage.pepper,
            bcrypt_cost=self.stage.bcrypt_cost,
            now=self.now,
        )

    def use(self, kind: ApiKeyKind, slug: str, account: str) -> None:
        """Let a connector in Make ask with the key; the first allowed answer binds the account."""
        check_subscription(
            self.stage.checking, key=self.keys[kind], connector=slug, account=account, now=self.now
        )

    def order(
        self,
        *slugs: str,
        interval: BillingInterval = BillingInterval.MONTH,
        make_account: str | None = None,
        method: PaymentMethodKind = PaymentMethodKind.CARD,
        promo_code: str | None = None,
    ) -> int:
        """Put connectors into the cart and check out; the id of the open invoice."""
        for slug in slugs:
            add_to_cart(
                self.stage.transactions,
                customer_id=self.customer_id,
                slug=slug,
                interval=interval,
                make_account=make_account,
                now=self.now,
            )
        if promo_code is not None:
            apply_promo_code(
                self.stage.transactions, customer_id=self.customer_id, code=promo_code, now=self.now
            )
        with self.stage.transactions.reading() as repositories:
            cart = repositories.carts.open_cart(self.customer_id)
        assert cart is not None, "something was just put into it"
        order = Order(self.customer_id, cart.id, method)
        return place_order(self.stage.transactions, order=order, now=self.now)

    def pay(self, invoice_id: int, token: str | None = None) -> None:
        """Give a card on the acquirer's page and come back; a declined card leaves the page open."""
        attempt_id = self._open_page(invoice_id)
        self.stage.acquirer.pay(str(attempt_id), token or self._card())
        refresh_attempt(self.stage.charging, attempt_id=attempt_id, now=self.now)

    def leave_the_page(self, invoice_id: int) -> None:
        """Open the acquirer's page, get declined and close it."""
        attempt_id = self._open_page(invoice_id)
        self.stage.acquirer.pay(str(attempt_id), "tok_insufficient_funds")
        self.stage.acquirer.close_checkout(str(attempt_id))
        refresh_attempt(self.stage.charging, attempt_id=attempt_id, now=self.now)

    def pay_by_saved_card(self, invoice_id: int) -> None:
        """Choose the saved card; the bank may decline it."""
        with self.stage.transactions.reading() as repositories:
            method_id = repositories.payment_methods.of_customer(self.customer_id)[0].id
            ordinal = repositories.attempts.next_ordinal(invoice_id)
        request_charge(
            self.stage.charging,
            customer_id=self.customer_id,
            invoice_id=invoice_id,
            method_id=method_id,
            now=self.now,
        )
        charge_saved_method(
            self.stage.charging,
            invoice_id=invoice_id,
            method_id=method_id,
            ordinal=ordinal,
            now=self.now,
            real_now=self.now,
        )

    def buy(
        self,
        *slugs: str,
        interval: BillingInterval = BillingInterval.MONTH,
        make_account: str | None = None,
        token: str | None = None,
    ) -> None:
        """Order and pay at once."""
        self.pay(self.order(*slugs, interval=interval, make_account=make_account), token)

    def subscriptions(self) -> list[Subscription]:
        """All subscriptions, the newest first."""
        with self.stage.transactions.reading() as repositories:
            return list(repositories.subscriptions.of_customer(self.customer_id))

    def subscription(self, slug: str) -> Subscription:
        """The newest subscription to a connector."""
        return next(row for row in self.subscriptions() if row.connector.slug == slug)

    def period_end(self, slug: str) -> datetime:
        """When the paid time of a connector ends, UTC."""
        end = self.subscription(slug).period_end
        assert end is not None, "it was paid"
        return end

    def open_invoice(self) -> int | None:
        """The invoice that waits to be paid, if there is one."""
        with self.stage.transactions.reading() as repositories:
            waiting = repositories.invoices.open_of_customer(self.customer_id)
        return waiting[0].id if waiting else None

    def api_keys(self, kind: ApiKeyKind) -> list[ApiKey]:
        """The keys of a kind, the newest first."""
        with self.stage.transactions.reading() as repositories:
            return [key for key in repositories.api_keys.of_customer(self.customer_id) if key.kind is kind]

    def _open_page(self, invoice_id: int) -> UUID:
        url = open_checkout(
            self.stage.charging,
            customer_id=self.customer_id,
            invoice_id=invoice_id,
            now=self.now,
            real_now=self.now,
        )
        return UUID(url.rsplit("/", 1)[1])

    def _card(self) -> str:
        return CARDS[self.customer_id % len(CARDS)]
