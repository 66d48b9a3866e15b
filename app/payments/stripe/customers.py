"""Our customers at Stripe: methods are saved under them. Nothing personal is sent (design §2.10)."""

from __future__ import annotations

from stripe import StripeClient

CUSTOMER = "customer_reference"


class Customers:
    """Finds the customer by the reference in its metadata, or makes it, once."""

    def __init__(self, client: StripeClient) -> None:
        self._client = client

    def id_for(self, reference: str) -> str:
        """Stripe's id of the customer. Raises StripeError.

        The search index may lag behind by minutes. A second customer is not made all the same: for at least
        24 h the same key gives back the one that was made, and by then the index knows it.
        """
        escaped = reference.replace("\\", "\\\\").replace("'", "\\'")
        found = self._client.v1.customers.search({"query": f"metadata['{CUSTOMER}']:'{escaped}'", "limit": 1})
        for customer in found.data:
            return customer.id
        made = self._client.v1.customers.create(
            {"metadata": {CUSTOMER: reference}}, {"idempotency_key": f"customer:{reference}"}
        )
        return made.id
