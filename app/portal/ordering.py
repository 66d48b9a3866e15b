"""The cart and the checkout (B2-B4): what, who pays, with which card, and off to the payment."""

from __future__ import annotations

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.billing.errors import BillingError, NotFound
from app.billing.invoice import PaymentMethodKind
from app.billing.periods import BillingInterval
from app.models import Cart
from app.portal.catalogue import category_name
from app.portal.forms.cart import AddToCartForm, OrderForm
from app.portal.forms.fields import PortalForm
from app.portal.forms.payer import PayerForm
from app.portal.messages import sentence_for
from app.portal.offers import offer_of
from app.portal.pages import IDENTIFIER, Pages, see
from app.portal.paying import lead_to_payment
from app.portal.visit import Visit
from app.services.carts import PricedCart, add_to_cart, price_cart, remove_from_cart
from app.services.ordering import Order, place_order
from app.services.profile import save_payer
from app.services.unit_of_work import Repositories

pages = Pages(private=True)


@pages.get("/cart")
def cart(visit: Visit) -> ResponseReturnValue:
    """What is about to be bought."""
    with visit.reading() as repositories:
        held = repositories.carts.open_cart(visit.customer_id)
        priced = _priced(repositories, visit, held)
    return render_template("portal/cart.html", cart=held, priced=priced, form=PortalForm())


@pages.post("/cart/add/<slug:slug>")
def cart_add(visit: Visit, slug: str) -> ResponseReturnValue:
    """Put a connector into the cart."""
    with visit.reading() as repositories:
        offer = offer_of(repositories, visit, slug)
        releases = list(offer.connector.releases)
    form = AddToCartForm.for_offer(offer)
    if form.validate():
        try:
            _add(visit, slug, form)
        except NotFound:
            raise
        except BillingError as error:
            form.refuse(None, error)
        else:
            flash(_("%(name)s is in the cart.", name=offer.connector.name), "success")
            return see("cart")
    page = render_template(
        "portal/connector.html", offer=offer, releases=releases, form=form, category_name=category_name
    )
    return page, 400


@pages.post(f"/cart/remove/<{IDENTIFIER}:line_id>")
def cart_remove(visit: Visit, line_id: int) -> ResponseReturnValue:
    """Take a line out of the cart."""
    remove_from_cart(visit.container.transactions, customer_id=visit.customer_id, line_id=line_id)
    return see("cart")


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
        form = OrderForm.with_cards(repositories.payment_methods.of_customer(visit.customer_id))
    form.cart_id.data = held.id
    return _check_answers(visit, form)


@pages.post("/checkout")
def place(visit: Visit) -> ResponseReturnValue:
    """Order and pay. The form names its cart, so that a form sent 20 times is one invoice."""
    with visit.reading() as repositories:
        form = OrderForm.with_cards(repositories.payment_methods.of_customer(visit.customer_id))
    if not form.validate():
        return _check_answers(visit, form)
    order = Order(visit.customer_id, form.cart_id.data, PaymentMethodKind.CARD)
    try:
        invoice_id = place_order(visit.container.transactions, order=order, now=visit.now)
    except NotFound as error:
        if error.code != "NO_LONGER_SOLD":
            raise
        return _not_placed(error)
    except BillingError as error:
        return _not_placed(error)
    return lead_to_payment(visit, invoice_id, form.saved_card_id)


def _not_placed(error: BillingError) -> ResponseReturnValue:
    flash(sentence_for(error.code), "error")
    return see("cart")


def _add(visit: Visit, slug: str, form: AddToCartForm) -> None:
    add_to_cart(
        visit.container.transactions,
        customer_id=visit.customer_id,
        slug=slug,
        interval=BillingInterval(form.interval.data),
        make_account=form.make_account.data,
        now=visit.now,
    )


def _priced(repositories: Repositories, visit: Visit, held: Cart | None) -> PricedCart | None:
    """The cart with prices; None when it is empty or a line is no longer sold."""
    if held is None or not held.lines:
        return None
    try:
        return price_cart(repositories, held, visit.member.currency, visit.now)
    except NotFound:
        return None


def _check_answers(visit: Visit, form: OrderForm) -> ResponseReturnValue:
    with visit.reading() as repositories:
        held = repositories.carts.open_cart(visit.customer_id)
        payer = repositories.payers.of_customer(visit.customer_id)
        priced = _priced(repositories, visit, held)
    if priced is None or payer is None:
        return see("cart")
    page = render_template("portal/checkout.html", form=form, payer=payer, priced=priced)
    return page, 400 if form.errors else 200
