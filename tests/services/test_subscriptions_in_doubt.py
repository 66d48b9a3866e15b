"""What a customer decides while nobody knows whether the renewal's money has moved (design §3, F2, F4)."""

import pytest

from app.billing.payment import AttemptState
from app.billing.subscription import SubscriptionStatus as Status
from app.bootstrap import Container
from app.models import StaffTask, SubscriptionPeriod
from app.services.subscriptions import cancel_subscription
from tests.clock import ManualClock
from tests.factories import buy, rows
from tests.ledger_rows import assert_everything_ties, registered
from tests.payments.gateways import Bank
from tests.services.charges import PRICE
from tests.services.renewing import (
    DAY,
    DAY_OF_END,
    END,
    ask_the_provider,
    asked,
    attempts,
    count_of_mails,
    credit,
    live_until,
    open_invoice,
    subscription,
    sweep_at,
)


@pytest.fixture
def bank() -> Bank:
    return Bank()


@pytest.fixture
def bought(container: Container, alice: int) -> None:
    registered(container, alice)
    buy(container, alice, "crm-connector")


def renewal_in_doubt(container: Container, clock: ManualClock, bank: Bank) -> int:
    """The renewal's charge was asked for on its day, and nobody knows what became of it; the invoice."""
    live_until(container, clock, DAY_OF_END - DAY, bank)
    bank.silent = True
    sweep_at(container, clock, DAY_OF_END, bank)
    (attempt,) = attempts(container, open_invoice(container).id)
    assert attempt.state is AttemptState.UNKNOWN
    bank.silent = False
    return attempt.invoice_id


def retry_in_doubt(container: Container, clock: ManualClock, bank: Bank) -> int:
    """The first charge was declined, and of the retry nobody knows what became; the invoice."""
    live_until(container, clock, DAY_OF_END - DAY, bank)
    bank.refuse("pm:tok_visa:1")
    sweep_at(container, clock, DAY_OF_END, bank)
    bank.refusals.clear()
    bank.silent = True
    sweep_at(container, clock, DAY_OF_END + DAY, bank)
    bank.silent = False
    assert subscription(container).status is Status.PAYMENT_PENDING
    return open_invoice(container).id


@pytest.mark.usefixtures("bought")
def test_cancelled_in_doubt_the_money_is_the_customers(
    container: Container, clock: ManualClock, alice: int, bank: Bank
) -> None:
    in_doubt = renewal_in_doubt(container, clock, bank)
    cancel_subscription(container.transactions, asked(container, alice))
    assert open_invoice(container).id == in_doubt, "nobody knows yet"

    ask_the_provider(container, bank)

    assert subscription(container).status is Status.CANCELED
    assert subscription(container).period_end == END
    assert len(rows(container, SubscriptionPeriod)) == 1
    assert credit(container, alice) == PRICE
    assert [task.kind for task in rows(container, StaffTask)] == ["unallocated_payment"]
    assert count_of_mails(container)["balance_credited"] == 1
    assert_everything_ties(container)


@pytest.mark.usefixtures("bought")
def test_cancelled_in_dunning_in_doubt_the_money_is_the_customers(
    container: Container, clock: ManualClock, alice: int, bank: Bank
) -> None:
    retry_in_doubt(container, clock, bank)
    cancel_subscription(container.transactions, asked(container, alice))
    assert subscription(container).status is Status.EXPIRED

    ask_the_provider(container, bank)

    assert subscription(container).status is Status.EXPIRED
    assert credit(container, alice) == PRICE
    mails = count_of_mails(container)
    assert (mails["balance_credited"], mails["subscription_renewed"]) == (1, 0)
    assert_everything_ties(container)
