"""From the cart to the invoice (B4, J1)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from functools import partial

import pytest

from app.billing.checkout import AlreadySubscribed, OrderPending
from app.billing.errors import NotFound
from app.billing.invoice import InvoiceStatus, PaymentMethodKind
from app.billing.money import Money
from app.billing.periods import BillingInterval
from app.billing.subscription import SubscriptionStatus
from app.bootstrap import Container
from app.models import (
    Cart,
    Document,
    Invoice,
    InvoiceLine,
    NumberSeries,
    PayerKind,
    Payment,
    StatusChange,
    Subscription,
)
from app.services.carts import remove_from_cart
from app.services.ordering import EmptyCart, Order, PayerRequired, place_order
from app.services.subscriptions import Asked, switch_auto_renewal
from app.services.sweep import sweep
from tests.clock import ManualClock
from tests.factories import (
    FACTORY,
    buy,
    check,
    create_connector,
    create_customer,
    create_payer,
    create_seller,
    filled_cart,
    order,
    pay_by_card,
    rows,
    trial_key,
)
from tests.parallel import at_once, wait_until_blocked
from tests.shop import CONNECTORS

PENDING, TRIAL, ACTIVE, EXPIRED = (
    SubscriptionStatus.PENDING,
    SubscriptionStatus.TRIAL,
    SubscriptionStatus.ACTIVE,
    SubscriptionStatus.EXPIRED,
)


def submit(container: Container, customer_id: int, cart_id: int = 1) -> int:
    return place_order(
        container.transactions,
        order=Order(customer_id, cart_id, PaymentMethodKind.CARD),
        now=container.clock.now(),
    )


def test_one_invoice_for_the_cart(container: Container, alice: int) -> None:
    invoice_id = order(container, alice, *CONNECTORS)

    (invoice,) = rows(container, Invoice)
    lines = rows(container, InvoiceLine)
    subscriptions = rows(container, Subscription)
    assert (invoice.id, invoice.full_number, invoice.status) == (
        invoice_id,
        "СЧ-2026-000001",
        InvoiceStatus.OPEN,
    )
    assert (invoice.issued_on, invoice.due_on) == (date(2026, 3, 2), date(2026, 3, 9))
    assert (invoice.total_minor, invoice.vat_minor) == (297_000, 3 * 17_852)
    assert [(line.position, line.total_minor, line.vat_rate) for line in lines] == [
        (1, 99_000, 2200),
        (2, 99_000, 2200),
        (3, 99_000, 2200),
    ]
    assert [line.subscription_id for line in lines] == [row.id for row in subscriptions]
    assert {(row.status, row.make_account) for row in subscriptions} == {(PENDING, None)}
    (document,) = rows(container, Document)
    assert (document.invoice_id, document.number) == (invoice_id, "СЧ-2026-000001")
    assert len(rows(container, StatusChange, object_kind="subscription", new_status="pending")) == 3


def test_the_same_cart_again_is_the_same_invoice(container: Container, alice: int) -> None:
    invoice_id = order(container, alice, "crm-connector")
    outcomes = at_once(*[lambda: submit(container, alice)] * 6)
    assert set(outcomes.results) == {invoice_id}
    assert len(rows(container, Invoice)) == len(rows(container, Document)) == 1


def test_two_carts_are_two_numbers(container: Container, alice: int) -> None:
    order(container, alice, "crm-connector")
    order(container, alice, "mail-connector")
    assert [invoice.number for invoice in rows(container, Invoice)] == [1, 2]


def test_numbers_start_again_each_year_in_moscow(
    container: Container, clock: ManualClock, alice: int
) -> None:
    issued = []
    for instant in (
        datetime(2025, 12, 31, 20, 59, 59, tzinfo=UTC),
        datetime(2025, 12, 31, 21, 0, 0, tzinfo=UTC),
        datetime(2026, 1, 1, 9, 0, 0, tzinfo=UTC),
    ):
        clock.move_to(instant)
        order(container, alice, "crm-connector", make_account=f"{instant}")
        invoice = rows(container, Invoice)[-1]
        issued.append((invoice.full_number, invoice.issued_on.isoformat(), invoice.vat_minor))
    assert issued == [
        ("СЧ-2025-000001", "2025-12-31", 16_500),
        ("СЧ-2026-000001", "2026-01-01", 17_852),
        ("СЧ-2026-000002", "2026-01-01", 17_852),
    ]


def test_a_failed_order_takes_no_number(container: Container, alice: int) -> None:
    order(container, alice, "crm-connector")
    with container.transactions.begin(FACTORY) as work:
        assert work.invoices.take_numbers(1, "СЧ", 2026, 5) == range(2, 7)
        work.session.rollback()
    order(container, alice, "mail-connector")
    assert [invoice.number for invoice in rows(container, Invoice)] == [1, 2]


def test_thirty_two_orders_at_once_are_numbered_without_a_gap(
    container: Container, shop: dict[str, int]
) -> None:
    carts = []
    for number in range(32):
        customer_id = create_customer(container, f"customer{number}@example.com")
        create_payer(container, customer_id)
        carts.append((customer_id, filled_cart(container, customer_id)))

    outcomes = at_once(*[partial(submit, container, *cart) for cart in carts])

    assert len(set(outcomes.results)) == 32
    assert sorted(invoice.number for invoice in rows(container, Invoice)) == list(range(1, 33))
    assert rows(container, NumberSeries)[0].last_number == 32


def test_a_trial_is_continued_with_its_make_account(
    container: Container, shop: dict[str, int], alice: int
) -> None:
    key = trial_key(container, alice, [shop["crm-connector"]])
    assert check(container, key, "acc-1").allowed

    order(container, alice, "crm-connector", interval=BillingInterval.YEAR)

    (row,) = rows(container, Subscription)
    assert (row.status, row.make_account, row.interval) == (TRIAL, "acc-1", BillingInterval.YEAR)
    assert check(container, key, "acc-1").allowed
    pay_by_card(container, alice, 1)
    (row,) = rows(container, Subscription)
    assert (row.status, row.make_account) == (ACTIVE, "acc-1")


def test_a_trial_not_used_yet_takes_the_named_account(
    container: Container, shop: dict[str, int], alice: int
) -> None:
    trial_key(container, alice, [shop["crm-connector"]])
    order(container, alice, "crm-connector", make_account="acc-2")
    (row,) = rows(container, Subscription)
    assert (row.status, row.make_account) == (TRIAL, "acc-2")


def test_a_bound_trial_does_not_move_to_another_account(
    container: Container, shop: dict[str, int], alice: int
) -> None:
    key = trial_key(container, alice, [shop["crm-connector"]])
    check(container, key, "acc-1")
    order(container, alice, "crm-connector", make_account="acc-2")
    assert [(row.status, row.make_account) for row in rows(container, Subscription)] == [
        (TRIAL, "acc-1"),
        (PENDING, "acc-2"),
    ]


def test_an_ended_subscription_is_ordered_again_on_its_row(
    container: Container, clock: ManualClock, alice: int
) -> None:
    buy(container, alice, "crm-connector", make_account="acc-1")
    clock.advance(days=60)
    sweep(container.billing_run())

    order(container, alice, "crm-connector", make_account="acc-1")

    (row,) = rows(container, Subscription)
    assert (row.status, row.make_account) == (PENDING, "acc-1")


def test_auto_renewal_that_was_switched_off_belongs_to_the_stretch_that_ended(
    container: Container, clock: ManualClock, alice: int
) -> None:
    buy(container, alice, "crm-connector")
    switch_auto_renewal(container.transactions, Asked.by_customer(alice, 1, clock.now()), enabled=False)
    clock.advance(days=40)
    sweep(container.billing_run())
    buy(container, alice, "crm-connector")
    with container.transactions.reading() as repositories:
        (again,) = repositories.subscriptions.of_customer(alice)
    assert again.status is ACTIVE
    assert again.auto_renew


def test_a_named_account_that_is_taken(container: Container, alice: int) -> None:
    buy(container, alice, "crm-connector", make_account="acc-1")
    with pytest.raises(AlreadySubscribed):
        order(container, alice, "crm-connector", make_account="acc-1")
    assert len(rows(container, Invoice)) == 1
    assert rows(container, Cart)[-1].checked_out_at is None


def test_an_account_with_an_unpaid_order(container: Container, alice: int) -> None:
    order(container, alice, "crm-connector", make_account="acc-1")
    with pytest.raises(OrderPending):
        order(container, alice, "crm-connector", make_account="acc-1")


def test_a_trial_with_an_unpaid_order_is_not_sold_again(
    container: Container, shop: dict[str, int], alice: int
) -> None:
    check(container, trial_key(container, alice, [shop["crm-connector"]]), "acc-1")
    first = order(container, alice, "crm-connector")

    second = order(container, alice, "crm-connector")

    assert [line.subscription_id for line in rows(container, InvoiceLine)] == [1, 2]
    for invoice_id in (first, second):
        pay_by_card(container, alice, invoice_id)
    assert [payment.unallocated_minor for payment in rows(container, Payment)] == [0, 0]
    assert [(row.status, row.make_account) for row in rows(container, Subscription)] == [
        (ACTIVE, "acc-1"),
        (ACTIVE, None),
    ]


def test_an_unpaid_order_of_a_trial_holds_its_account(
    container: Container, shop: dict[str, int], clock: ManualClock, alice: int
) -> None:
    check(container, trial_key(container, alice, [shop["crm-connector"]]), "acc-1")
    clock.advance(days=5)
    order(container, alice, "crm-connector")
    clock.advance(days=3)
    sweep(container.billing_run())
    assert rows(container, Subscription)[0].status is EXPIRED
    with pytest.raises(OrderPending):
        order(container, alice, "crm-connector", make_account="acc-1")


@pytest.mark.parametrize("auto_renew", [True, False])
def test_what_time_has_ended_can_be_bought_again_before_any_sweep(
    container: Container, clock: ManualClock, alice: int, auto_renew: bool
) -> None:
    buy(container, alice, "crm-connector", make_account="acc-1")
    switch_auto_renewal(container.transactions, Asked.by_customer(alice, 1, clock.now()), enabled=auto_renew)
    clock.advance(days=31 + 10)

    order(container, alice, "crm-connector", make_account="acc-1")

    (row,) = rows(container, Subscription)
    assert (row.status, row.make_account) == (PENDING, "acc-1")
    assert [change.new_status for change in rows(container, StatusChange, object_kind="subscription")] == [
        "pending",
        "active",
        "expired",
        "pending",
    ]


def test_an_account_bound_while_ordering_is_kept(
    container: Container, shop: dict[str, int], alice: int
) -> None:
    key = trial_key(container, alice, [shop["crm-connector"]])
    cart_id = filled_cart(container, alice, make_account="acc-2")
    with container.transactions.begin(FACTORY) as work, ThreadPoolExecutor() as threads:
        work.subscriptions.get(1, lock=True).make_account = "acc-1"
        work.session.flush()
        ordering = threads.submit(submit, container, alice, cart_id)
        wait_until_blocked(container)
        work.session.commit()
        ordering.result()
    assert check(container, key, "acc-1").allowed
    assert [row.make_account for row in rows(container, Subscription)] == ["acc-1", "acc-2"]


def test_nothing_is_ordered_from_an_empty_cart_or_without_a_payer(
    container: Container, shop: dict[str, int]
) -> None:
    customer_id = create_customer(container)
    cart_id = filled_cart(container, customer_id)
    with pytest.raises(PayerRequired):
        submit(container, customer_id, cart_id)
    create_payer(container, customer_id)
    remove_from_cart(container.transactions, customer_id=customer_id, line_id=1)
    with pytest.raises(EmptyCart):
        submit(container, customer_id, cart_id)
    assert rows(container, Invoice) == []


def test_nobody_orders_anothers_cart(container: Container, alice: int) -> None:
    stranger = create_customer(container, "eve@example.com")
    create_payer(container, stranger, inn="7707083893", kpp="770701001")
    cart_id = filled_cart(container, alice)
    for cart in (cart_id, 10**9):
        with pytest.raises(NotFound):
            submit(container, stranger, cart)


def test_a_closed_cart_without_an_invoice_is_no_order(container: Container, alice: int) -> None:
    with container.transactions.begin(FACTORY) as work:
        cart = work.carts.add(Cart(customer_id=alice, created_at=container.clock.now(), lines=[]))
        cart.checked_out_at = container.clock.now()
    with pytest.raises(NotFound):
        submit(container, alice, cart.id)


def test_an_order_in_english(container: Container) -> None:
    create_seller(container)
    create_connector(container, monthly=Money(1_000, "USD"))
    hans = create_customer(container, "hans@example.com", country="DE", currency="USD", language="en")
    create_payer(container, hans, kind=PayerKind.FOREIGN_COMPANY, country="DE", inn=None, kpp=None)
    order(container, hans, "crm-connector")
    (line,) = rows(container, InvoiceLine)
    assert line.description == "Access to the connector “Crm connector”, 1 month from the date of payment"
    assert (line.currency, line.vat_rate, line.vat_minor) == ("USD", None, 0)
