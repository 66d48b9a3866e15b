"""The composition root: the one place that picks adapters and hands them to use cases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from redis import Redis
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session, sessionmaker

from app.billing.actors import Actor
from app.billing.catalogue_sync import CatalogueMirror
from app.billing.exchange_rates import RateFile
from app.billing.fiscal import TaxSystem
from app.billing.mail import Mailer
from app.billing.ports import (
    Clock,
    JobQueue,
    PaymentGateway,
    PaymentProvider,
    RateSource,
)
from app.billing.statement_folder import StatementFolder
from app.billing.ways_to_pay import ProvidersInUse
from app.bootstrap_documents import DocumentParts
from app.environment import Acquirer, Environment, PayPalEnvironment
from app.fiscal.file_register import FileRegister
from app.notifications.local_mailbox import LocalMailbox
from app.notifications.rendering import render
from app.notifications.smtp import SmtpMailer
from app.payments.bank.folder import DiskStatementFolder
from app.payments.bank.payment_orders import write_payment_orders
from app.payments.bank.statements import read_statements
from app.payments.test_acquirer.gateway import TestAcquirer
from app.payments.test_acquirer.ledger import AcquirerLedger
from app.rates.bank_of_russia import BankOfRussia
from app.rates.files import read_rate_file
from app.rates.made_up import MadeUpRates
from app.repositories.clock import MovableClock, SystemClock
from app.services.bank_statements import Importing
from app.services.billing_chunks import BillingRun
from app.services.charging import Charging
from app.services.checks import Checking
from app.services.fiscal.promised import Fiscalisation
from app.services.links import Links
from app.services.mailing import Mailing
from app.services.method_setups import MethodSetups
from app.services.order_book import OrderBook
from app.services.passwords import PasswordHasher
from app.services.refund_orders import WritePaymentOrders
from app.services.signing import LinkSigner
from app.services.unit_of_work import Transactions
from app.services.usage import UsageCounter
from app.task_queue import RqJobQueue
from config import Settings, SettingsError, load_settings

if TYPE_CHECKING:
    from app.payments.paypal.provider import PayPalProvider
    from app.payments.stripe import StripeSettings

STATEMENT_TIMEOUT = "30s"
LOCK_TIMEOUT = "10s"

STRIPE_HOSTS = ("https://checkout.stripe.com", "https://hooks.stripe.com")
"""Stripe's pages for paying and for 3-D Secure."""
PAYPAL_HOSTS = {
    PayPalEnvironment.LIVE: ("https://www.paypal.com",),
    PayPalEnvironment.SANDBOX: ("https://www.sandbox.paypal.com",),
}


@dataclass(frozen=True)
class Container(DocumentParts):
    """Everything a process needs, made when it is first asked for: nothing connects at start-up."""

    settings: Settings
    given_clock: Clock | None = None
    """A clock that tests move by hand; otherwise the settings decide."""

    @cached_property
    def engine(self) -> Engine:
        """Connections for transactions."""
        return self._create_engine(pool_pre_ping=True)

    @cached_property
    def reading_engine(self) -> Engine:
        """Connections of their own in autocommit: a read costs one round trip, and no transaction of a
        page keeps the check waiting. They are not tried out before their use: the reader retries."""
        return self._create_engine(isolation_level="AUTOCOMMIT")

    def _create_engine(self, **options: Any) -> Engine:
        return create_engine(
            self.settings.database_url,
            pool_size=8,
            max_overflow=8,
            hide_parameters=True,  # errors get logged, keys and addresses must not
            connect_args={
                "options": f"-c statement_timeout={STATEMENT_TIMEOUT} -c lock_timeout={LOCK_TIMEOUT}"
                " -c idle_in_transaction_session_timeout=60s -c timezone=UTC",
                "connect_timeout": 5,
            },
            **options,
        )

    @cached_property
    def session_factory(self) -> sessionmaker[Session]:
        """Makes sessions; rows stay readable after the commit."""
        return sessionmaker(self.engine, expire_on_commit=False)

    @cached_property
    def transactions(self) -> Transactions:
        """Opens units of work."""
        return Transactions(self.session_factory, self.wall_clock)

    @cached_property
    def wall_clock(self) -> Clock:
        """Real time: sessions, tokens, queues."""
        return SystemClock()

    @cached_property
    def clock(self) -> Clock:
        """Business time."""
        if self.given_clock is not None:
            return self.given_clock
        return MovableClock(self.session_factory) if self.settings.clock_movable else SystemClock()

    @cached_property
    def redis(self) -> Redis:
        """The Redis of queues and limits."""
        return Redis.from_url(self.settings.redis_url, socket_timeout=5, socket_connect_timeout=2)

    @cached_property
    def queue(self) -> JobQueue:
        """Hands messages to workers."""
        return RqJobQueue(self.redis)

    @cached_property
    def links(self) -> Links:
        """Addresses of portal pages."""
        return Links(self.settings.base_url)

    @cached_property
    def signer(self) -> LinkSigner:
        """Signs one-time links."""
        return LinkSigner(self.settings.secret_key.get_secret_value())

    @cached_property
    def password_hasher(self) -> PasswordHasher:
        """Hashes customers' passwords."""
        return PasswordHasher(self.bcrypt_cost)

    @property
    def bcrypt_cost(self) -> int:
        """The cost of bcrypt for passwords and keys."""
        assert self.settings.bcrypt_cost is not None, "the settings fill it in"
        return self.settings.bcrypt_cost

    @cached_property
    def pepper(self) -> bytes:
        """The pepper of new fingerprints."""
        return self.settings.api_key_pepper.get_secret_value().encode()

    @cached_property
    def checking(self) -> Checking:
        """What the subscription check needs."""
        previous = self.settings.api_key_pepper_previous
        peppers = [self.pepper] + ([previous.get_secret_value().encode()] if previous else [])
        return Checking(self.reading_engine, self.transactions, peppers)

    @cached_property
    def usage(self) -> UsageCounter:
        """Counts checks of this process."""
        return UsageCounter(self.transactions)

    @cached_property
    def test_acquirer(self) -> TestAcquirer:
        """The built-in acquirer; the settings refuse it in production."""
        ledger = self.settings.test_acquirer_ledger
        secret = self.settings.test_acquirer_webhook_secret
        assert ledger is not None, "the settings fill it in"
        assert secret is not None, "the settings require it"
        return TestAcquirer(
            AcquirerLedger(ledger), self.settings.base_url, secret.get_secret_value(), self.wall_clock
        )

    @cached_property
    def providers(self) -> dict[str, PaymentProvider]:
        """Every provider that is set up, by name. Raises SettingsError when this database knows one of them
        in the other mode: test and live objects never mix.
        """
        made: list[PaymentProvider] = []
        if self.settings.stripe_api_key is not None:
            made.append(self._stripe())
        if self.paypal is not None:
            made.append(self.paypal)
        if made:
            self._confirm_modes([provider.name for provider in made])
        if self.settings.acquirer is Acquirer.TEST:
            made.append(self.test_acquirer)
        return {provider.name: provider for provider in made}

    def _stripe(self) -> PaymentProvider:
        from app.payments.stripe import StripeProvider  # noqa: PLC0415 - slow to load, and may be unused

        return StripeProvider(self._stripe_settings, self.wall_clock)

    @cached_property
    def _stripe_settings(self) -> StripeSettings:
        from app.payments.stripe import StripeSettings  # noqa: PLC0415 - as the provider

        settings = self.settings
        assert settings.stripe_api_key is not None, "asked for where it is set"
        secrets = [settings.stripe_webhook_secret, settings.stripe_webhook_secret_previous]
        return StripeSettings(
            api_key=settings.stripe_api_key.get_secret_value(),
            webhook_secrets=tuple(each.get_secret_value() for each in secrets if each is not None),
            return_url=self.links.confirmed(),
        )

    @cached_property
    def catalogue_mirrors(self) -> dict[str, CatalogueMirror]:
        """Providers that keep a copy of the catalogue, by name."""
        if self.settings.stripe_api_key is None:
            return {}
        from app.payments.stripe import StripeCatalogue  # noqa: PLC0415 - as the provider

        return {"stripe": StripeCatalogue(self._stripe_settings)}

    @cached_property
    def paypal(self) -> PayPalProvider | None:
        """PayPal, when it is set up; it hears of payments in two ways."""
        settings = self.settings
        if settings.paypal_client_id is None:
            return None
        from app.payments.paypal.order_book import BookEntry  # noqa: PLC0415 - as Stripe's
        from app.payments.paypal.provider import PayPalProvider  # noqa: PLC0415 - as Stripe's
        from app.payments.paypal.settings import API_URLS, PayPalSettings  # noqa: PLC0415 - likewise

        assert settings.paypal_client_secret is not None, "the settings require it"
        assert settings.paypal_webhook_id is not None, "the settings require it"
        return PayPalProvider(
            PayPalSettings(
                client_id=settings.paypal_client_id,
                client_secret=settings.paypal_client_secret.get_secret_value(),
                webhook_id=settings.paypal_webhook_id,
                environment={each.value: each for each in API_URLS}[settings.paypal_environment.value],
            ),
            self.wall_clock,
            OrderBook(self.transactions, "paypal", BookEntry),
        )

    def _confirm_modes(self, names: Sequence[str]) -> None:
        live = self.settings.is_production
        with self.transactions.begin(Actor.system("bootstrap")) as work:
            now = self.wall_clock.now()
            other = [name for name in names if not work.provider_modes.agree(name, live=live, now=now)]
        if other:
            raise SettingsError(
                f"This database knows {', '.join(other)} in {'test' if live else 'live'} mode. Test and live"
                " payments never mix: use the keys of that mode, or another database."
            )

    @cached_property
    def gateways(self) -> dict[str, PaymentGateway]:
        """Every provider by name, as charging knows it."""
        return dict(self.providers)

    @property
    def providers_in_use(self) -> ProvidersInUse:
        """Whose pages new payments are led to. With Stripe the built-in acquirer takes no new cards."""
        settings = self.settings
        built_in = settings.acquirer.value if settings.acquirer is not Acquirer.NONE else None
        stripe = "stripe" if settings.stripe_api_key is not None else None
        return ProvidersInUse(cards=stripe or built_in, paypal=settings.paypal_client_id is not None)

    @property
    def payment_hosts(self) -> tuple[str, ...]:
        """Other hosts to whose pages a form of ours may lead."""
        settings = self.settings
        hosts: tuple[str, ...] = ()
        if settings.stripe_api_key is not None:
            hosts += STRIPE_HOSTS
        if settings.paypal_client_id is not None:
            hosts += PAYPAL_HOSTS[settings.paypal_environment]
        return hosts

    @cached_property
    def charging(self) -> Charging:
        """What charging needs."""
        cards = self.providers_in_use.cards or Acquirer.NONE.value
        return Charging(self.transactions, self.gateways, cards, self.links)

    @cached_property
    def method_setups(self) -> MethodSetups:
        """What adding a payment method needs."""
        return MethodSetups(self.charging, self.providers)

    def billing_run(self, now: datetime | None = None) -> BillingRun:
        """What a run of billing needs, at the present business time unless another is given."""
        return BillingRun(
            transactions=self.transactions,
            now=now or self.clock.now(),
            real_now=self.wall_clock.now(),
            gateways=self.gateways,
        )

    @cached_property
    def statement_importing(self) -> Importing:
        """What importing bank statements needs."""
        return Importing(self.transactions, read_statements)

    @cached_property
    def statement_folder(self) -> StatementFolder | None:
        """Where the bank client drops statements; None where staff upload them."""
        directory = self.settings.bank_statements_dir
        return DiskStatementFolder(directory) if directory else None

    @property
    def write_payment_orders(self) -> WritePaymentOrders:
        """Makes the file of payment orders that a bank client takes."""
        return write_payment_orders

    @property
    def read_rates(self) -> Callable[[bytes, date | None], RateFile]:
        """Reads a file of exchange rates, with the day that it was the answer for."""
        return read_rate_file

    @cached_property
    def rate_source(self) -> RateSource | None:
        """Tells exchange rates; None where staff upload them. Without an address the demo makes them up."""
        url = self.settings.cbr_rates_url
        if url is None and self.settings.environment is Environment.DEMO:
            return MadeUpRates()
        return BankOfRussia(url) if url else None

    @property
    def rate_clock(self) -> Clock:
        """The time of the exchange rates: the Bank of Russia knows nothing of a clock that was moved."""
        return self.clock if isinstance(self.rate_source, MadeUpRates) else self.wall_clock

    @cached_property
    def fiscalisation(self) -> Fiscalisation | None:
        """What making fiscal receipts needs; None where no register is set up."""
        settings = self.settings
        if settings.fiscal_receipts_file is None:
            return None
        return Fiscalisation(
            transactions=self.transactions,
            register=FileRegister(settings.fiscal_receipts_file),
            site=settings.base_url,
            simplified=TaxSystem(settings.fiscal_simplified_system),
            since=settings.fiscal_receipts_from or date.min,
        )

    @cached_property
    def local_mailbox(self) -> LocalMailbox | None:
        """The mailbox of demo and tests; None where mails really leave."""
        directory = self.settings.mail_directory
        if directory is None:
            return None
        return LocalMailbox(directory, self.wall_clock, sender=self.settings.mail_from)

    @cached_property
    def mailer(self) -> Mailer:
        """Takes mails out of the house, or into the local mailbox."""
        if self.local_mailbox is not None:
            return self.local_mailbox
        assert self.settings.smtp_url is not None, "the settings require it in production"
        return SmtpMailer(self.settings.smtp_url, self.settings.mail_from, self.wall_clock)

    @cached_property
    def mailing(self) -> Mailing:
        """What writing and sending mails needs."""
        domain = urlsplit(self.settings.base_url).hostname or "localhost"
        return Mailing(self.transactions, render, self.mailer, self.signer, self.links, domain)


def build_container(settings: Settings, clock: Clock | None = None) -> Container:
    """A container for these settings; nothing is connected yet."""
    return Container(settings, clock)


@cache
def get_container() -> Container:
    """The container of this process, made from the environment."""
    return build_container(load_settings())
