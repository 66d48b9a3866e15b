"""Products and prices at Stripe, a mirror of our catalogue (G5, H2)."""

from __future__ import annotations

from stripe import InvalidRequestError, StripeClient

from app.billing.catalogue_sync import CatalogueItem, CataloguePrice
from app.payments.stripe.client import make_client
from app.payments.stripe.errors import answered, is_missing, log
from app.payments.stripe.settings import StripeSettings

PRICE_VERSION = "price_version_id"


class StripeCatalogue:
    """Keeps a Product per connector and a Price per price version. A price is never changed, only retired."""

    def __init__(self, settings: StripeSettings) -> None:
        self._client: StripeClient = make_client(settings)

    def publish(self, item: CatalogueItem) -> bool:
        """Bring the product and its prices up to date; False when Stripe gave no definite answer."""
        return answered("publish", item.slug, lambda: self._publish(item), otherwise=False)

    def _publish(self, item: CatalogueItem) -> bool:
        product = self._product(item)
        published = [self._price(product, item, price) for price in item.prices]
        return all(published)

    def _product(self, item: CatalogueItem) -> str:
        """The product has an id of our choice, so that there can be no second one."""
        products = self._client.v1.products
        product_id = f"connector_{item.slug}"
        try:
            known = products.retrieve(product_id)
        except InvalidRequestError as error:
            if not is_missing(error):
                raise
            products.create({"id": product_id, "name": item.name, "active": item.active})
            return product_id
        if (known.name, known.active) != (item.name, item.active):
            products.update(product_id, {"name": item.name, "active": item.active})
        return product_id

    def _price(self, product: str, item: CatalogueItem, price: CataloguePrice) -> bool:
        prices = self._client.v1.prices
        key = f"{item.slug}:{price.price_version_id}"
        for known in prices.list({"lookup_keys": [key]}).data:
            if (known.unit_amount, known.currency) != (price.amount.minor, price.amount.currency.lower()):
                log.error("stripe_price_differs", price=known.id, version=price.price_version_id)
                return False
            if known.active is not price.active:
                prices.update(known.id, {"active": price.active})
            return True
        made = prices.create(
            {
                "product": product,
                "currency": price.amount.currency.lower(),
                "unit_amount": price.amount.minor,
                "recurring": {"interval": price.interval.value},
                "tax_behavior": "inclusive",
                "lookup_key": key,
                "metadata": {PRICE_VERSION: str(price.price_version_id)},
            },
            {"idempotency_key": f"price:{key}"},
        )
        if not price.active:
            prices.update(made.id, {"active": False})
        return True
