"""Pay-as-you-go starts at once, for who can be charged later (I1)."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from app.billing.api_key import ApiKeyKind
from app.billing.checkout import AlreadySubscribed
from app.billing.errors import BillingError, InvalidInput, NotFound
from app.billing.money import Money
from app.billing.periods import BillingInterval
from app.billing.subscription import SubscriptionStatus
from app.bootstrap import Container
from app.models import (
    ApiKey,
    AuditEntry,
    ConnectorPricing,
    ConnectorStatus,
    Invoice,
    PriceVersion,
    StatusChange,
    Subscription,
)
from app.services.metered_subscriptions import NotMetered
from app.services.subscriptions import (
    Asked,
    cancel_subscription,
    change_make_account,
    switch_auto_renewal,
)
from app.services.trial_continuation import NotContinuable, continue_trial
from app.services.unit_of_work import Transactions
from tests.clock import ManualClock
from tests.factories import (
    FACTORY,
    LONG_AGO,
    buy,
    check,
    create_customer,
    create_payer,
    mails,
    order,
    production_key,
    rows,
    trial_key,
)
from tests.parallel import at_once
from tests.services.metered import (
    APRIL_BEGINS,
    MAY_BEGINS,
    SLUG,
    bills,
    create_metered_connector,
    metered_key,
    run_sweep,
    save_card,
    set_price,
    start,
    use,
    used,
)

ACTIVE, EXPIRED = SubscriptionStatus.ACTIVE, SubscriptionStatus.EXPIRED


@pytest.fixture
def connector(container: Container, shop: dict[str, int]) -> int:
    """A connector priced per operation."""
    return create_metered_connector(container)


@pytest.fixture
def card(container: Container, alice: int) -> int:
    """A saved card of Alice."""
    return save_card(container, alice)


def refusal(container: Container, customer_id: int, slug: str = SLUG) -> str:
    with pytest.raises(BillingError) as refused:
        start(container, customer_id, slug)
    return refused.value.code


@pytest.mark.usefixtures("connector", "card")
def test_it_runs_at_once_to_the_end_of_the_month_in_moscow(container: Container, alice: int) -> None:
    now = container.clock.now()

    subscription_id = start(container, alice, make_account="acc-1")

    (row,) = rows(container, Subscription)
    assert (row.id, row.status, row.metered, row.auto_renew) == (subscription_id, ACTIVE, True, True)
    assert (row.period_start, row.period_end, row.anchor_day) == (now, APRIL_BEGINS, 1)
    assert (row.first_paid_at, row.make_account, row.price_version_id) == (now, "acc-1", None)
    assert (row.notice_due_at, row.renewal_due_at) == (APRIL_BEGINS - timedelta(days=3), None)
    assert rows(container, Invoice) == []
    history = rows(container, StatusChange, object_kind="subscription")
    assert [(each.old_status, each.new_status) for each in history] == [
        (None, "pending"),
        ("pending", "active"),
    ]
    (entry,) = rows(container, AuditEntry, action="subscription.start_metered")
    assert (entry.actor_kind, entry.customer_id, entry.object_id) == ("customer", alice, str(row.id))


@pytest.mark.usefixtures("connector", "card")
def test_the_first_key_waits_for_who_has_none(container: Container, alice: int) -> None:
    start(container, alice, make_account="acc-1")
    assert [key.kind for key in rows(container, ApiKey)] == [ApiKeyKind.PRODUCTION]
    assert mails(container) == ["api_key_waiting"]
    start(container, alice, make_account="acc-2")
    assert len(rows(container, ApiKey)) == 1
    assert check(container, production_key(container, alice), "acc-2", SLUG).allowed


@pytest.mark.usefixtures("connector")
def test_it_needs_a_payer_and_a_card_that_can_be_charged(container: Container, clock: ManualClock) -> None:
    bob = create_customer(container, "bob@example.com")
    card = save_card(container, bob)
    assert refusal(container, bob) == "PAYER_REQUIRED"
    create_payer(container, bob)
    with container.transactions.begin(FACTORY) as work:
        work.payment_methods.get(card).deleted_at = clock.now()
    assert refusal(container, bob) == "METHOD_REQUIRED"
    assert rows(container, Subscription) == []
    assert rows(container, ApiKey) == []


@pytest.mark.usefixtures("card")
def test_what_is_not_sold_per_operation(container: Container, connector: int, alice: int) -> None:
    for slug in ("crm-connector", "unknown-connector"):
        assert refusal(container, alice, slug) == "NOT_FOUND"
    with container.transactions.begin(FACTORY) as work:
        work.connectors.get(connector).status = ConnectorStatus.RETIRED
    assert refusal(container, alice) == "NOT_FOUND"


@pytest.mark.usefixtures("card")
def test_what_has_no_price_in_the_customers_currency(container: Container, alice: int) -> None:
    euro = create_metered_connector(container, "euro-connector", amount=Money(1_000, "EUR"))
    assert refusal(container, alice, "euro-connector") == "NOT_FOUND"
    set_price(container, euro, Money(1, "RUB"), valid_from=container.clock.now() + timedelta(microseconds=1))
    assert refusal(container, alice, "euro-connector") == "NOT_FOUND"
    assert rows(container, Subscription) == []


@pytest.mark.usefixtures("connector", "card")
def test_asked_again_it_is_the_one_that_waits_for_its_account(container: Container, alice: int) -> None:
    outcomes = at_once(*[partial(start, container, alice)] * 6)
    assert set(outcomes.results) == {1}
    start(container, alice, make_account="acc")
    assert len(rows(container, Subscription)) == 2
    with pytest.raises(AlreadySubscribed):
        start(container, alice, make_account="acc")


@pytest.mark.usefixtures("connector", "card")
@pytest.mark.parametrize("account", ["", "x" * 129, "a\nb"])
def test_an_account_that_no_check_could_name(container: Container, alice: int, account: str) -> None:
    with pytest.raises(InvalidInput):
        start(container, alice, make_account=account)


@pytest.mark.usefixtures("card")
def test_a_trial_goes_on_as_the_same_row(container: Container, connector: int, alice: int) -> None:
    with container.transactions.begin(FACTORY) as work:
        tried = work.connectors.get(connector)
        tried.trial_eligible, tried.tier = True, work.connectors.get(1).tier
    temporary = trial_key(container, alice, [connector])
    assert check(container, temporary, "acc", SLUG).allowed
    assert used(container) == {}
    with pytest.raises(NotContinuable) as refused:
        continue_trial(
            container.transactions, Asked.by_customer(alice, 1, container.clock.now()), wanted=True
        )
    assert refused.value.code == "PRICED_PER_OPERATION"

    assert start(container, alice) == 1

    (row,) = rows(container, Subscription)
    assert (row.status, row.metered, row.make_account) == (ACTIVE, True, "acc")
    assert check(container, temporary, "acc", SLUG).allowed
    assert list(used(container).values()) == [1]


def ended(container: Container, clock: ManualClock, customer_id: int, key: str) -> None:
    """Bind the first subscription to «acc», use it once, cancel it and wait for its end."""
    assert check(container, key, "acc", SLUG).allowed
    cancel_subscription(container.transactions, Asked.by_customer(customer_id, 1, clock.now()))
    clock.move_to(APRIL_BEGINS + timedelta(days=2))
    run_sweep(container)
    clock.advance(days=1)
    run_sweep(container)
    assert rows(container, Subscription)[0].status is EXPIRED


@pytest.mark.usefixtures("connector")
def test_what_has_ended_starts_again_in_its_account(
    container: Container, clock: ManualClock, alice: int
) -> None:
    key = metered_key(container, alice)
    first = rows(container, Subscription)[0].first_paid_at
    ended(container, clock, alice, key)

    assert start(container, alice) == 1

    (row,) = rows(container, Subscription)
    assert (row.status, row.make_account, row.canceled_at, row.auto_renew) == (ACTIVE, "acc", None, True)
    assert (row.period_start, row.period_end, row.first_paid_at) == (clock.now(), MAY_BEGINS, first)
    assert check(container, key, "acc", SLUG).allowed


def stop_renewing(transactions: Transactions, asked: Asked) -> None:
    switch_auto_renewal(transactions, asked, enabled=False)


@pytest.mark.usefixtures("connector")
@pytest.mark.parametrize("leave", [cancel_subscription, stop_renewing])
def test_who_leaves_before_the_sweep_came_leaves_with_the_month_that_runs(
    container: Container,
    clock: ManualClock,
    alice: int,
    leave: Callable[[Transactions, Asked], None],
) -> None:
    key = metered_key(container, alice)
    assert check(container, key, "acc", SLUG).allowed
    clock.move_to(APRIL_BEGINS + timedelta(hours=6))

    leave(container.transactions, Asked.by_customer(alice, 1, clock.now()))

    clock.advance(hours=18)
    run_sweep(container)
    assert [bill.total for bill in bills(container)] == [Money(50, "RUB")]
    assert check(container, key, "acc", SLUG).allowed
    clock.move_to(MAY_BEGINS)
    run_sweep(container)
    assert rows(container, Subscription)[0].status is EXPIRED
    assert not check(container, key, "acc", SLUG).allowed


@pytest.mark.usefixtures("connector")
def test_an_account_that_is_taken_by_now_is_left_to_its_holder(
    container: Container, clock: ManualClock, alice: int
) -> None:
    ended(container, clock, alice, metered_key(container, alice))
    moved = start(container, alice, make_account="other")
    assert moved != 1
    asked = Asked.by_customer(alice, moved, clock.now())
    change_make_account(container.transactions, asked, make_account="acc")

    assert start(container, alice) == 1

    assert [row.make_account for row in rows(container, Subscription)] == [None, "acc"]


@pytest.mark.usefixtures("connector")
def test_who_did_not_pay_for_operations_starts_nothing_new(
    container: Container, clock: ManualClock, alice: int
) -> None:
    save_card(container, alice, "tok_declined_later")
    start(container, alice)
    clock.move_to(APRIL_BEGINS - timedelta(days=2))
    use(container, 100)
    run_sweep(container)
    clock.move_to(APRIL_BEGINS)
    run_sweep(container)
    assert refusal(container, alice) == "USAGE_UNPAID"
    with pytest.raises(NotMetered):
        start(container, alice, make_account="another")


def period_price(connector: int) -> PriceVersion:
    return PriceVersion(
        connector_id=connector,
        interval=BillingInterval.MONTH,
        currency="RUB",
        amount_minor=99_000,
        valid_from=LONG_AGO,
    )


def test_the_cart_takes_nothing_that_is_priced_per_operation(
    container: Container, connector: int, alice: int
) -> None:
    with pytest.raises(NotFound):
        order(container, alice, SLUG)
    with container.transactions.begin(FACTORY) as work:
        work.session.add(period_price(connector))
    with pytest.raises(NotFound):
        order(container, alice, SLUG)
    assert buy(container, alice, "crm-connector").invoice_id


def test_sold_by_the_period_again_it_is_no_longer_counted(
    container: Container, clock: ManualClock, connector: int, alice: int
) -> None:
    key = metered_key(container, alice)
    ended(container, clock, alice, key)
    with container.transactions.begin(FACTORY) as work:
        work.connectors.get(connector).pricing = ConnectorPricing.PERIOD
        work.session.add(period_price(connector))
    before = used(container)
    buy(container, alice, SLUG)
    assert check(container, key, "acc", SLUG).allowed
    assert (rows(container, Subscription)[0].metered, used(container)) == (False, before)
