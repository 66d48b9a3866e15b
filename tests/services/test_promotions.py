"""Promo codes on a real database: made, given with a cart, counted, given back (B5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from app.billing.errors import Conflict, InvalidInput, NotFound
from app.billing.invoice import InvoiceStatus, PaymentMethodKind
from app.billing.money import Money
from app.billing.periods import BillingInterval
from app.billing.promotions import PromoDuration, PromoRefused
from app.bootstrap import Container
from app.models import Invoice, InvoiceLine, PromoCode, PromoRedemption, Subscription
from app.services.carts import add_to_cart
from app.services.ordering import Order, place_order
from app.services.promotions import NewPromoCode, apply_promo_code, create_promo_code, remove_promo_code
from app.services.sweep import sweep
from tests.clock import ManualClock
from tests.factories import FACTORY, create_customer, create_payer, pay_by_card, rows
from tests.parallel import at_once

PRICE = Money(99_000, "RUB")


def create(container: Container, code: str = "SPRING-20", **fields: Any) -> int:
    new = NewPromoCode(code=code, valid_from=container.clock.now())
    fields.setdefault("percent", 2000)
    return create_promo_code(
        container.transactions,
        actor=FACTORY,
        new=replace(new, **fields),
        now=container.clock.now(),
    )


def fill_cart(container: Container, customer_id: int, *slugs: str) -> None:
    for slug in slugs:
        add_to_cart(
            container.transactions,
            customer_id=customer_id,
            slug=slug,
            interval=BillingInterval.MONTH,
            make_account=None,
            now=container.clock.now(),
        )


def apply(container: Container, customer_id: int, code: str = "spring-20 ") -> None:
    apply_promo_code(container.transactions, customer_id=customer_id, code=code, now=container.clock.now())


def check_out(container: Container, customer_id: int) -> int:
    with container.transactions.reading() as repositories:
        cart = repositories.carts.open_cart(customer_id)
    assert cart is not None
    placed = Order(customer_id, cart.id, PaymentMethodKind.CARD)
    return place_order(container.transactions, order=placed, now=container.clock.now())


def test_a_code_lowers_every_line_and_the_vat_with_it(container: Container, alice: int) -> None:
    create(container)
    fill_cart(container, alice, "crm-connector", "mail-connector")
    apply(container, alice)

    invoice_id = check_out(container, alice)

    (invoice,) = rows(container, Invoice, id=invoice_id)
    assert invoice.total == Money(158_400, "RUB")
    lines = rows(container, InvoiceLine, invoice_id=invoice_id)
    assert [(line.price, line.discount_minor, line.total_minor) for line in lines] == [
        (PRICE, 19_800, 79_200),
        (PRICE, 19_800, 79_200),
    ]
    assert rows(container, PromoCode)[0].redemptions == 1
    assert rows(container, PromoRedemption)[0].invoice_id == invoice_id


def test_an_amount_is_split_to_the_kopeck(container: Container, alice: int) -> None:
    create(container, percent=None, amount=Money(10_001, "RUB"))
    fill_cart(container, alice, "crm-connector", "mail-connector")
    apply(container, alice)

    invoice_id = check_out(container, alice)

    discounts = [line.discount_minor for line in rows(container, InvoiceLine, invoice_id=invoice_id)]
    assert discounts == [5_001, 5_000]


def test_a_free_order_starts_at_once_and_nobody_is_asked_for_money(container: Container, alice: int) -> None:
    create(container, percent=10_000)
    fill_cart(container, alice, "crm-connector")
    apply(container, alice)

    invoice_id = check_out(container, alice)

    (invoice,) = rows(container, Invoice, id=invoice_id)
    assert (invoice.status, invoice.total_minor) == (InvoiceStatus.PAID, 0)
    assert rows(container, Subscription)[0].status == "active"


@pytest.mark.parametrize("duration", list(PromoDuration))
def test_only_a_lasting_code_stays_with_the_subscription(
    container: Container, alice: int, duration: PromoDuration
) -> None:
    promo_code_id = create(container, duration=duration)
    fill_cart(container, alice, "crm-connector")
    apply(container, alice)

    pay_by_card(container, alice, check_out(container, alice))

    kept = promo_code_id if duration is PromoDuration.EVERY else None
    assert rows(container, Subscription)[0].promo_code_id == kept


def test_a_lapsed_order_gives_its_use_back(container: Container, clock: ManualClock, alice: int) -> None:
    create(container, max_redemptions=1)
    fill_cart(container, alice, "crm-connector")
    apply(container, alice)
    check_out(container, alice)

    clock.advance(days=9)
    sweep(container.billing_run())

    assert rows(container, PromoCode)[0].redemptions == 0
    fill_cart(container, alice, "crm-connector")
    apply(container, alice)
    check_out(container, alice)
    assert rows(container, PromoCode)[0].redemptions == 1


def test_of_two_customers_at_once_one_gets_the_last_use(container: Container, alice: int) -> None:
    bob = create_customer(container, "bob@example.com")
    create_payer(container, bob)
    create(container, max_redemptions=1)
    for customer_id in (alice, bob):
        fill_cart(container, customer_id, "crm-connector")
        apply(container, customer_id)

    outcomes = at_once(*(partial(check_out, container, each) for each in (alice, bob)))

    assert (len(outcomes.results), outcomes.refusals) == (1, ["PROMO_USED_UP"])
    assert len(rows(container, Invoice)) == 1


def test_a_code_is_for_whom_it_was_made(container: Container, alice: int) -> None:
    bob = create_customer(container, "bob@example.com")
    create(container, customer_id=bob)
    fill_cart(container, alice, "crm-connector")
    with pytest.raises(PromoRefused) as refusal:
        apply(container, alice)
    assert refusal.value.code == "PROMO_NOT_FOR_YOU"


def test_a_code_that_ended_between_cart_and_order_is_told(
    container: Container, clock: ManualClock, alice: int
) -> None:
    create(container, valid_until=clock.now() + timedelta(hours=1))
    fill_cart(container, alice, "crm-connector")
    apply(container, alice)
    clock.advance(hours=2)
    with pytest.raises(PromoRefused) as refusal:
        check_out(container, alice)
    assert refusal.value.code == "PROMO_EXPIRED"

    remove_promo_code(container.transactions, customer_id=alice)

    assert rows(container, Invoice, id=check_out(container, alice))[0].total == PRICE


def test_an_unknown_code_and_an_empty_cart(container: Container, alice: int) -> None:
    create(container)
    with pytest.raises(NotFound):
        apply(container, alice)
    remove_promo_code(container.transactions, customer_id=alice)
    fill_cart(container, alice, "crm-connector")
    with pytest.raises(PromoRefused) as refusal:
        apply(container, alice, "nothing")
    assert refusal.value.code == "PROMO_UNKNOWN"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"code": "два слова"}, "PROMO_CODE_FORM"),
        ({"percent": 10_001}, "PROMO_DISCOUNT"),
        ({"percent": None}, "PROMO_DISCOUNT"),
        ({"amount": PRICE}, "PROMO_DISCOUNT"),
        ({"max_redemptions": 0}, "PROMO_LIMITS"),
        ({"max_per_customer": -1}, "PROMO_LIMITS"),
    ],
)
def test_what_can_not_be_a_code_is_refused(container: Container, fields: dict[str, Any], code: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        create(container, **fields)
    assert refusal.value.code == code
    assert rows(container, PromoCode) == []


def test_dates_the_wrong_way_round_are_refused(container: Container, clock: ManualClock) -> None:
    with pytest.raises(InvalidInput) as refusal:
        create(container, valid_until=clock.now())
    assert refusal.value.code == "PROMO_DATES"


def test_a_code_exists_once_and_names_what_exists(container: Container, shop: dict[str, int]) -> None:
    create(container, connector_ids=frozenset({shop["crm-connector"]}))
    with pytest.raises(Conflict):
        create(container, code="spring-20")
    with pytest.raises(NotFound):
        create(container, code="OTHER", connector_ids=frozenset({10_000}))
    with pytest.raises(NotFound):
        create(container, code="OTHER", customer_id=10_000)


def test_a_code_without_limits_has_none(container: Container, alice: int) -> None:
    create(container, max_per_customer=None)
    (code,) = rows(container, PromoCode)
    assert (code.max_redemptions, code.max_per_customer) == (None, None)
    for slug in ("crm-connector", "mail-connector"):
        fill_cart(container, alice, slug)
        apply(container, alice)
        check_out(container, alice)
    assert len(rows(container, PromoRedemption)) == 2
