"""What the customers of a story see of the product, and what all their doings share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.billing.subscription import LIVE
from app.models import Invoice, PaymentMethod, Subscription
from app.services.subscriptions import Asked
from app.simulation.background import Background
from app.simulation.bank import Bank
from app.simulation.customers import SimulatedCustomer
from app.simulation.world import Ending, World

SHORTEST_PAUSE = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Account:
    """A customer's portal at one moment."""

    subscriptions: Sequence[Subscription]
    open_invoices: Sequence[Invoice]
    methods: Sequence[PaymentMethod]


@dataclass
class Life:
    """The stage with the people on it."""

    world: World
    background: Background
    bank: Bank
    longest_pause: timedelta
    """How long customers stay away from the portal at most, unless something calls them."""
    people: list[SimulatedCustomer] = field(default_factory=list)
    by_id: dict[int, SimulatedCustomer] = field(default_factory=dict)
    visit: Callable[[SimulatedCustomer], None] = lambda customer: None
    """What a customer does who has opened the portal."""

    @property
    def now(self) -> datetime:
        """The present instant of the story."""
        return self.world.now

    def look(self, customer: SimulatedCustomer) -> Account:
        """Open the portal."""
        with self.world.transactions.reading() as repositories:
            return Account(
                repositories.subscriptions.of_customer(customer.id),
                repositories.invoices.open_of_customer(customer.id),
                repositories.payment_methods.of_customer(customer.id),
            )

    def ask(self, customer: SimulatedCustomer, wish: str, step: Callable[[], object]) -> bool:
        """Ask the product for something; True when it was done. What a customer does makes work for
        workers. One whose request died looks what has become of it.
        """
        ending = self.world.ask(wish, step)
        self.background.work_soon()
        if ending is Ending.DEAD and customer.id:
            self.remember(customer)
        return ending is Ending.DONE

    def asked(self, customer: SimulatedCustomer, row: Subscription) -> Asked:
        """The customer's own wish about a subscription, now."""
        return Asked.by_customer(customer.id, row.id, self.now)

    def remember(self, customer: SimulatedCustomer) -> None:
        """Believe what the portal shows about one's wishes, after a request that gave no answer."""
        for row in self.look(customer).subscriptions:
            wish = customer.wish(row.id)
            leaving = row.canceled_at is not None or not row.auto_renew
            wish.leaving_since = (wish.leaving_since or self.now) if leaving else None
            customer.changes[row.id] += 1
            if leaving and row.status not in LIVE:
                wish.closed_since = self.now
            if row.metered and row.status in LIVE and wish.metered_since is None:
                wish.metered_since = self.now

    def plan_visit(
        self, customer: SimulatedCustomer, span: tuple[timedelta, timedelta] | None = None
    ) -> None:
        """Let the customer come back some time; a visit that was planned before is off."""
        span = span or (SHORTEST_PAUSE, self.longest_pause)
        customer.visits_planned += 1
        ticket = customer.visits_planned

        def come() -> None:
            if ticket == customer.visits_planned:
                self.visit(customer)

        self.world.agenda.after(customer.dice.span(*span), come)
