"""The checkout (B3, B4): who pays, with which card, and off to the payment."""

from __future__ import annotations

from flask import flash, render_template
from flask.typing import ResponseReturnValue

from app.billing.errors import BillingError, NotFound
from app.billing.invoice import PaymentMethodKind
from app.billing.promotions import PromoRefused
from app.billing.ways_to_pay import WayToPay, kind_at
from app.models import Cart
from app.portal.forms.cart import OrderForm
from app.portal.forms.payer import PayerForm
from app.portal.messages import sentence_for
from app.portal.pages import Pages, see
from app.portal.paying import lead_to_payment
from app.portal.visit import Visit
from app.services.carts import PricedCart, price_cart
from app.services.ordering import Order, place_order
from app.services.profile import save_payer
from app.services.unit_of_work import Repositories
from app.web.security_headers import let_forms_lead_to

pages = Pages(private=True)


@pages.form("/checkout/payer")
def checkout_payer(visit: Visit) -> ResponseReturnValue:
    """The first step: who stands as the buyer on documents."""
    with visit.reading() as repositories:
        payer = repositories.payers.of_customer(visit.customer_id)
        customer = repositories.customers.get(visit.customer_id)
    form = PayerForm.of(payer, customer)
    if form.validate_on_submit():
        save_payer(
            visit.container.transactions,
            customer_id=visit.customer_id,
            details=form.details(),
            now=visit.now,
        )
        return see("checkout")
    return render_template("portal/checkout_payer.html", form=form), 400 if form.is_submitted() else 200


@pages.get("/checkout")
def checkout(visit: Visit) -> ResponseReturnValue:
    """The second step: check everything, choose the card, pay."""
    with visit.reading() as repositories:
        held = repositories.carts.open_cart(visit.customer_id)
        if held is None or not held.lines:
            return see("cart")
        if repositories.payers.of_customer(visit.customer_id) is None:
            return see("checkout_payer")
        form = _order_form(visit, repositories)
    form.cart_id.data = held.id
    return _check_answers(visit, form)


@pages.post("/checkout")
def place(visit: Visit) -> ResponseReturnValue:
    """Order and pay. The form names its cart, so that a form sent 20 times is one invoice."""
    with visit.reading() as repositories:
        form = _order_form(visit, repositories)
    if not form.validate():
        return _check_answers(visit, form)
    way = WayToPay.CARD if form.saved_card_id is not None else form.way
    order = Order(visit.customer_id, form.cart_id.data, _kind(visit, form, way))
    try:
        invoice_id = place_order(visit.container.transactions, order=order, now=visit.now)
    except NotFound as error:
        if error.code != "NO_LONGER_SOLD":
            raise
        return _not_placed(error)
    except BillingError as error:
        return _not_placed(error)
    if way is WayToPay.BANK_TRANSFER:
        return see("invoice", invoice_id=invoice_id)
    return lead_to_payment(visit, invoice_id, form.saved_card_id, way)


def _kind(visit: Visit, form: OrderForm, way: WayToPay) -> PaymentMethodKind:
    """How the invoice will be paid; a saved method is one of its provider's."""
    if form.saved_card_id is None:
        return PaymentMethodKind(way.value)
    with visit.reading() as repositories:
        return kind_at(
            repositories.payment_methods.one_of_customer(visit.customer_id, form.saved_card_id).provider
        )


def _order_form(visit: Visit, repositories: Repositories) -> OrderForm:
    cards = repositories.payment_methods.of_customer(visit.customer_id)
    return OrderForm.offering(cards, visit.container.providers_in_use.ways(visit.member.currency))


def _not_placed(error: BillingError) -> ResponseReturnValue:
    flash(sentence_for(error.code), "error")
    return see("cart")


def _priced(repositories: Repositories, visit: Visit, held: Cart | None) -> PricedCart | None:
    """The cart with prices; None when it is empty, or has something that its own page must tell first."""
    if held is None or not held.lines:
        return None
    try:
        return price_cart(repositories, held, visit.member.currency, visit.now)
    except (NotFound, PromoRefused):
        return None


def _check_answers(visit: Visit, form: OrderForm) -> ResponseReturnValue:
    with visit.reading() as repositories:
        held = repositories.carts.open_cart(visit.customer_id)
        payer = repositories.payers.of_customer(visit.customer_id)
        priced = _priced(repositories, visit, held)
    if priced is None or payer is None:
        return see("cart")
    let_forms_lead_to(visit.container.payment_hosts)
    page = render_template("portal/checkout.html", form=form, payer=payer, priced=priced)
    return page, 400 if form.errors else 200
