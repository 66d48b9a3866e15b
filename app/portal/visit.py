"""A visit: who asks, in which language, and what time it is."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import date, datetime
from functools import cached_property
from typing import cast

from flask import g
from flask_babel import get_locale

from app.billing.periods import local_date
from app.bootstrap import Container
from app.formatting.locale import Locale
from app.services.sessions import SignedInCustomer
from app.services.unit_of_work import Repositories


class Visit:
    """What a page needs to know about the request it answers."""

    def __init__(self, container: Container) -> None:
        self.container = container

    @property
    def customer(self) -> SignedInCustomer | None:
        """Who is signed in."""
        return cast("SignedInCustomer | None", g.get("customer"))

    @property
    def member(self) -> SignedInCustomer:
        """The customer of a page that only signed-in customers reach."""
        customer = self.customer
        assert customer is not None, "the page is private"
        return customer

    @property
    def customer_id(self) -> int:
        """The id that every query of a private page is scoped by."""
        return self.member.customer_id

    @cached_property
    def now(self) -> datetime:
        """Business time, the same throughout the request."""
        return self.container.clock.now()

    @property
    def today(self) -> date:
        """The billing date."""
        return local_date(self.now)

    @property
    def real_now(self) -> datetime:
        """Real time: sessions, tokens, queues."""
        return self.container.wall_clock.now()

    @property
    def locale(self) -> Locale:
        """The language of the page."""
        return current_locale()

    def reading(self) -> AbstractContextManager[Repositories]:
        """Repositories to read with."""
        return self.container.transactions.reading()


def current_locale() -> Locale:
    """The language of this request."""
    return "en" if str(get_locale()) == "en" else "ru"
