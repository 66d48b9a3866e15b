"""Carts."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from app.models import Cart, CartLine
from app.repositories.base import Repository


class CartRepository(Repository[Cart]):
    """Carts."""

    model = Cart

    def open_cart(self, customer_id: int, *, lock: bool = False) -> Cart | None:
        """The customer's open cart with its lines, if there is one."""
        query = (
            select(Cart)
            .where(Cart.customer_id == customer_id, Cart.checked_out_at.is_(None))
            .options(selectinload(Cart.lines).joinedload(CartLine.connector))
        )
        return self.session.scalar(query.with_for_update(of=Cart) if lock else query)

    def of_customer(self, customer_id: int, cart_id: int, *, lock: bool = False) -> Cart | None:
        """This cart if it is the customer's, open or not."""
        query = (
            select(Cart)
            .where(Cart.customer_id == customer_id, Cart.id == cart_id)
            .options(selectinload(Cart.lines).options(joinedload(CartLine.connector)))
            .execution_options(populate_existing=True)
        )
        return self.session.scalar(query.with_for_update(of=Cart) if lock else query)
