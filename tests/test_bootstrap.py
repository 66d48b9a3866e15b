"""The composition root: which providers are set up, lazily, and never in two modes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.billing.ports import PaymentProvider
from app.bootstrap import Container, build_container
from app.documents.exchange.writer import TaxServiceWriter
from app.models import ProviderMode
from app.payments.paypal.order_book import BookEntry
from app.services.order_book import OrderBook
from config import PROJECT_DIRECTORY, Settings, SettingsError
from tests.clock import ManualClock
from tests.factories import FACTORY, rows

STRIPE = {"STRIPE_API_KEY": "sk_test_51MadeUpForTests", "STRIPE_WEBHOOK_SECRET": "whsec_made-up"}
PAYPAL = {
    "PAYPAL_CLIENT_ID": "client",
    "PAYPAL_CLIENT_SECRET": "secret",
    "PAYPAL_WEBHOOK_ID": "8PT597110X687430LKGECATA",
}


def with_providers(settings: Settings, *groups: dict[str, str], **more: Any) -> Container:
    """A container of the test settings with these providers as well."""
    given = {name.lower(): value for group in groups for name, value in group.items()}
    plain = settings.model_dump(exclude_none=True, exclude={"database_url"}) | more
    address = settings.database_url.replace("postgresql+psycopg", "postgresql")
    return build_container(Settings.model_validate(plain | given | {"database_url": address}))


@pytest.fixture
def closing() -> Any:
    """Closes the connections of containers that a test makes."""
    made: list[Container] = []
    yield made.append
    for container in made:
        for engine in ("engine", "reading_engine"):
            if engine in vars(container):
                vars(container)[engine].dispose()


def test_without_keys_the_built_in_acquirer_takes_the_cards(container: Container) -> None:
    assert list(container.providers) == ["test"]
    assert container.charging.card_gateway == "test"
    assert container.providers_in_use.saving_ways("EUR") == ("card",)
    assert container.payment_hosts == ()
    assert rows(container, ProviderMode) == []


def test_files_of_exchange_are_validated_by_the_installed_schema(settings: Settings, tmp_path: Path) -> None:
    assert not build_container(settings).exchange_schema_installed
    assert build_container(settings).exchange_writer == TaxServiceWriter(None, "СчФАванс")

    schema = tmp_path / "ON_NSCHFDOPPR_1_997_01_05_03_05.xsd"
    schema.write_text('<schema xmlns="http://www.w3.org/2001/XMLSchema"/>')
    installed = build_container(settings.model_copy(update={"fns_schemas_dir": tmp_path}))
    assert installed.exchange_schema_installed
    writer = installed.exchange_writer
    assert isinstance(writer, TaxServiceWriter)
    assert writer.schema is not None


def test_a_schema_that_is_none_is_told_by_the_name_of_its_setting(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "ON_NSCHFDOPPR_1_997_01_05_03_04.xsd").write_text("no schema")
    broken = build_container(settings.model_copy(update={"fns_schemas_dir": tmp_path}))
    with pytest.raises(SettingsError, match=r"FNS_SCHEMAS_DIR: ON_NSCHFDOPPR_1_997_01_05_03_04\.xsd"):
        _ = broken.exchange_writer


def test_with_keys_stripe_takes_new_cards_and_the_acquirer_keeps_its_old_ones(
    settings: Settings, container: Container, closing: Any
) -> None:
    real = with_providers(settings, STRIPE, PAYPAL)
    closing(real)
    providers: dict[str, PaymentProvider] = real.providers

    assert set(providers) == {"test", "stripe", "paypal"}
    assert real.charging.card_gateway == "stripe"
    assert real.providers_in_use.saving_ways("EUR") == ("card", "paypal")
    assert real.payment_hosts == (
        "https://checkout.stripe.com",
        "https://hooks.stripe.com",
        "https://www.sandbox.paypal.com",
    )
    assert [(row.provider, row.live) for row in rows(container, ProviderMode)] == [
        ("paypal", False),
        ("stripe", False),
    ]


def test_a_database_of_real_payments_is_refused_with_test_keys(
    settings: Settings, container: Container, closing: Any
) -> None:
    with container.transactions.begin(FACTORY) as work:
        assert work.provider_modes.agree("stripe", live=True, now=container.clock.now())
    mixed = with_providers(settings, STRIPE)
    closing(mixed)

    for _ in range(2):
        with pytest.raises(SettingsError, match="knows stripe in live mode"):
            _ = mixed.providers
    assert [row.live for row in rows(container, ProviderMode)] == [True]


def test_libraries_of_providers_are_not_loaded_where_they_are_not_set_up() -> None:
    code = "import sys, app.bootstrap; sys.exit(any(name in sys.modules for name in ('stripe', 'requests')))"
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT_DIRECTORY, check=False)

    assert done.returncode == 0


def test_the_order_book_outlives_the_process(
    settings: Settings, container: Container, clock: ManualClock, closing: Any
) -> None:
    now, ours = clock.now(), "7d1a3c5e-0000-4000-8000-000000000000"
    book = OrderBook(container.transactions, "paypal", BookEntry)
    unknown = book.entry(ours)
    book.note(ours, now)
    noted = book.entry(ours)
    clock.advance(hours=1)
    book.note(ours, clock.now())
    book.remember(ours, "5O190127TN364715T")
    book.remember(ours, "5O190127TN364715T")
    another = build_container(settings)
    closing(another)

    assert (unknown, noted) == (None, BookEntry(now, None))
    assert OrderBook(another.transactions, "paypal", BookEntry).entry(ours) == BookEntry(
        now, "5O190127TN364715T"
    )
    assert OrderBook(another.transactions, "stripe", BookEntry).entry(ours) is None
