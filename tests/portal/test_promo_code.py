"""A promo code in the cart: given, shown with what it takes off, taken back, told why not (B5)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.billing.actors import Actor
from app.billing.invoice import InvoiceStatus
from app.bootstrap import Container
from app.models import Cart, Invoice, PromoCode
from app.services.promotions import NewPromoCode, create_promo_code
from tests.clock import ManualClock
from tests.factories import rows
from tests.portal.browser import Browser, visible_text

MONTH = {"interval": "month"}


def create(container: Container, **fields: Any) -> int:
    now = container.clock.now()
    values: dict[str, Any] = {"code": "SPRING-20", "percent": 2_000, "valid_from": now}
    new = NewPromoCode(**(values | fields))
    return create_promo_code(container.transactions, actor=Actor.staff("anna"), new=new, now=now)


def roubles(text: str) -> str:
    return text.replace(" ", "\u00a0")


@pytest.fixture
def filled(member: Browser) -> Browser:
    """Alice with the CRM connector in her cart."""
    member.post("/cart/add/crm-connector", MONTH)
    return member


def test_a_code_is_applied_and_its_discount_is_shown(container: Container, filled: Browser) -> None:
    create(container)
    applied = filled.post("/cart/promo", {"code": " spring-20 "})
    page = filled.get("/cart")

    assert applied.location == "/cart"
    assert "Промокод применён." in page.text
    for sum_shown in ("990,00 ₽", "−198,00 ₽", "792,00 ₽"):
        assert roubles(sum_shown) in page.text, sum_shown
    assert "SPRING-20" in page.text
    assert f"Оплатить {roubles('792,00 ₽')}" in filled.get("/checkout").text


def test_a_code_is_taken_off_again(container: Container, filled: Browser) -> None:
    create(container)
    filled.post("/cart/promo", {"code": "SPRING-20"})

    assert filled.post("/cart/promo/remove").location == "/cart"
    assert rows(container, Cart)[0].promo_code_id is None
    assert "792,00" not in filled.get("/cart").text


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "Заполните это поле."),
        ("WINTER", "Такого промокода нет."),
        ("X" * 41, "Слишком длинный текст."),
        ("FOR-OTHERS", "Промокод не действует на коннекторы в корзине."),
    ],
)
def test_why_a_code_is_refused_is_told_at_its_field(
    container: Container, filled: Browser, shop: dict[str, int], typed: str, told: str
) -> None:
    create(container, code="FOR-OTHERS", connector_ids=frozenset({shop["mail-connector"]}))
    answer = filled.post("/cart/promo", {"code": typed})

    assert answer.status_code == 400
    assert 'id="code-error"' in answer.text
    assert told in answer.text
    assert rows(container, Cart)[0].promo_code_id is None


def test_a_code_that_has_expired_in_the_cart_is_told_and_can_be_removed(
    container: Container, clock: ManualClock, filled: Browser
) -> None:
    create(container, valid_until=clock.now() + timedelta(hours=1))
    filled.post("/cart/promo", {"code": "SPRING-20"})
    clock.advance(hours=1)
    page = visible_text(filled.get("/cart"))

    assert "Срок действия промокода закончился." in page
    assert "Убрать промокод" in page
    assert filled.get("/checkout").location == "/cart"
    filled.post("/cart/promo/remove")
    assert filled.get("/checkout").status_code == 200


def test_a_code_without_a_cart_leads_to_the_cart(container: Container, member: Browser) -> None:
    create(container)

    assert member.post("/cart/promo", {"code": "SPRING-20"}).location == "/cart"
    assert member.post("/cart/promo/remove").location == "/cart"


def test_an_order_that_costs_nothing_is_paid_by_its_code(container: Container, filled: Browser) -> None:
    create(container, percent=10_000)
    filled.post("/cart/promo", {"code": "SPRING-20"})
    form = {"cart_id": str(rows(container, Cart)[0].id), "method": "new"}
    placed = filled.post("/checkout", form)

    assert placed.location == "/invoices/1"
    assert rows(container, Invoice)[0].status is InvoiceStatus.PAID
    assert rows(container, PromoCode)[0].redemptions == 1
