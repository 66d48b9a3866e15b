"""Ways to pay: what is offered in which currency, and whose page is opened for it."""

from __future__ import annotations

import pytest

from app.billing.invoice import PaymentMethodKind, renews_by
from app.billing.ways_to_pay import ProvidersInUse, WayToPay, kind_at, name_of

CARD, PAYPAL, TRANSFER = WayToPay.CARD, WayToPay.PAYPAL, WayToPay.BANK_TRANSFER


@pytest.mark.parametrize(
    ("in_use", "currency", "ways"),
    [
        (ProvidersInUse("stripe", paypal=True), "EUR", (CARD, PAYPAL, TRANSFER)),
        (ProvidersInUse("stripe", paypal=True), "RUB", (CARD, TRANSFER)),
        (ProvidersInUse("test"), "EUR", (CARD, TRANSFER)),
        (ProvidersInUse(None, paypal=True), "USD", (PAYPAL, TRANSFER)),
        (ProvidersInUse(None, paypal=True), "RUB", (TRANSFER,)),
        (ProvidersInUse(None), "USD", (TRANSFER,)),
    ],
)
def test_what_is_offered_depends_on_providers_and_currency(
    in_use: ProvidersInUse, currency: str, ways: tuple[WayToPay, ...]
) -> None:
    assert in_use.ways(currency) == ways
    assert in_use.saving_ways(currency) == ways[:-1], "a transfer saves no method"


def test_each_way_has_the_provider_that_is_set_up() -> None:
    everybody, nobody = ProvidersInUse("stripe", paypal=True), ProvidersInUse(None)

    assert [everybody.provider(way) for way in WayToPay] == ["stripe", "paypal", None]
    assert [nobody.provider(way) for way in WayToPay] == [None, None, None]


def test_how_an_invoice_is_paid_at_a_provider_and_how_it_renews() -> None:
    kinds = {name: kind_at(name) for name in ("paypal", "stripe", "test")}
    assert kinds == {
        "paypal": PaymentMethodKind.PAYPAL,
        "stripe": PaymentMethodKind.CARD,
        "test": PaymentMethodKind.CARD,
    }
    assert {kind: renews_by(kind) for kind in PaymentMethodKind} == {
        PaymentMethodKind.CARD: PaymentMethodKind.CARD,
        PaymentMethodKind.PAYPAL: PaymentMethodKind.CARD,
        PaymentMethodKind.BANK_TRANSFER: PaymentMethodKind.BANK_TRANSFER,
    }


@pytest.mark.parametrize(("provider", "name"), [("paypal", "PayPal"), ("stripe", "stripe")])
def test_a_method_that_nobody_named_is_called_by_its_provider(provider: str, name: str) -> None:
    assert name_of(provider) == name
