"""What customers have to their credit: their own balance and our goodwill."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.billing.money import Money
from app.models import CreditKind, CustomerCredit
from app.repositories.base import Repository, one_of


class CustomerCreditRepository(Repository[CustomerCredit]):
    """Credits. Whoever reads them to spend them holds the lock of the customer."""

    model = CustomerCredit

    def of_customers(self, customer_ids: Collection[int]) -> dict[tuple[int, str, CreditKind], Money]:
        """What is not zero, by customer, currency and kind."""
        rows = self.session.execute(
            select(
                CustomerCredit.customer_id,
                CustomerCredit.currency,
                CustomerCredit.kind,
                CustomerCredit.amount_minor,
            ).where(one_of(CustomerCredit.customer_id, customer_ids), CustomerCredit.amount_minor > 0)
        )
        return {(row.customer_id, row.currency, row.kind): Money(row[3], row.currency) for row in rows}

    def change(self, customer_id: int, kind: CreditKind, by: Money) -> None:
        """Add to a credit, or take from it with a negative amount. The table refuses less than nothing."""
        if not by:
            return
        statement = insert(CustomerCredit).values(
            customer_id=customer_id, currency=by.currency, kind=kind, amount_minor=max(by.minor, 0)
        )
        if by.minor > 0:
            changed = statement.excluded.amount_minor + CustomerCredit.amount_minor
            self.session.execute(
                statement.on_conflict_do_update(
                    index_elements=[
                        CustomerCredit.customer_id, CustomerCredit.currency, CustomerCredit.kind,
                    ],
                    set_={"amount_minor": changed},
                )
            )  # fmt: skip
            return
        row = self.session.get(CustomerCredit, (customer_id, by.currency, kind), populate_existing=True)
        assert row is not None, "only what was read before is taken"
        row.amount_minor += by.minor
        self.session.flush()
