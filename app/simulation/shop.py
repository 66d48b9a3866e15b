"""What is sold in every story: a seller, its offer, and connectors with their prices and promo codes."""

from __future__ import annotations

from datetime import UTC, date, datetime

from app.billing.actors import Actor
from app.billing.money import Money
from app.billing.periods import BillingInterval
from app.billing.pricing import yearly_price
from app.billing.promotions import PromoDuration
from app.billing.tax import TaxRegime
from app.models import (
    Connector,
    ConnectorPricing,
    ConnectorStatus,
    ConnectorTier,
    OperationPrice,
    PriceVersion,
    Seller,
    SellerTaxRegime,
    TermsVersion,
)
from app.services.promotions import NewPromoCode, create_promo_code
from app.services.unit_of_work import Transactions, UnitOfWork

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
STAGE = Actor.system("simulation")
OWNER = Actor.staff("owner")
CURRENCIES = ("RUB", "USD")

CONNECTORS = {
    "crm-connector": (99_000, 1_200),
    "mail-connector": (49_000, 600),
    "sheet-connector": (39_000, 500),
    "market-connector": (149_000, 1_900),
    "bank-connector": (79_000, 1_000),
}
"""Monthly prices in kopecks and cents, VAT inside."""
PREMIUM = {"premium-connector": (500_000, 6_500)}
METERED = {"message-connector": (50_000, 600)}
"""Priced per operation: so much for so many."""
OPERATIONS = 100
PROMO_CODES = (
    NewPromoCode(code="HELLO-20", percent=2_000, valid_from=LONG_AGO, first_order_only=True),
    NewPromoCode(
        code="FRIEND-10",
        percent=1_000,
        duration=PromoDuration.EVERY,
        valid_from=LONG_AGO,
        max_redemptions=40,
    ),
    NewPromoCode(code="RUB-300", amount=Money(30_000, "RUB"), valid_from=LONG_AGO, max_per_customer=2),
)


def open_shop(transactions: Transactions) -> None:
    """Write down the seller and everything that is sold."""
    with transactions.begin(STAGE) as work:
        work.sellers.add(_seller())
        work.terms.add(
            TermsVersion(version="2020-01", published_at=LONG_AGO, text_ru="Оферта.", text_en="The offer.")
        )
        for slug, prices in (CONNECTORS | PREMIUM).items():
            _add_prices(work, _add_connector(work, slug), prices)
        for slug, prices in METERED.items():
            _add_operation_prices(work, _add_connector(work, slug), prices)
    for code in PROMO_CODES:
        create_promo_code(transactions, actor=OWNER, new=code, now=LONG_AGO)


def _seller() -> Seller:
    return Seller(
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


def _add_connector(work: UnitOfWork, slug: str) -> int:
    standard, metered = slug in CONNECTORS, slug in METERED
    connector = work.connectors.add(
        Connector(
            slug=slug,
            name=slug.replace("-", " ").capitalize(),
            description_ru="Описание",
            description_en="Description",
            category="crm",
            tier=ConnectorTier.STANDARD if standard else ConnectorTier.PREMIUM,
            status=ConnectorStatus.PUBLISHED,
            trial_eligible=standard,
            pricing=ConnectorPricing.OPERATION if metered else ConnectorPricing.PERIOD,
            version="1.0.0",
            created_at=LONG_AGO,
        )
    )
    return connector.id


def _add_prices(work: UnitOfWork, connector_id: int, prices: tuple[int, int]) -> None:
    for currency, minor in zip(CURRENCIES, prices, strict=True):
        month = Money(minor, currency)
        for interval, amount in (
            (BillingInterval.MONTH, month),
            (BillingInterval.YEAR, yearly_price(month)),
        ):
            work.session.add(
                PriceVersion(
                    connector_id=connector_id,
                    interval=interval,
                    currency=currency,
                    amount_minor=amount.minor,
                    valid_from=LONG_AGO,
                )
            )


def _add_operation_prices(work: UnitOfWork, connector_id: int, prices: tuple[int, int]) -> None:
    for currency, minor in zip(CURRENCIES, prices, strict=True):
        work.session.add(
            OperationPrice(
                connector_id=connector_id,
                currency=currency,
                amount_minor=minor,
                operations=OPERATIONS,
                valid_from=LONG_AGO,
            )
        )
