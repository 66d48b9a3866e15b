"""The cart (B2) and the promo code that is given with it (B5)."""

from __future__ import annotations

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.billing.errors import BillingError, NotFound
from app.billing.periods import BillingInterval
from app.portal.catalogue import category_name
from app.portal.forms.cart import AddToCartForm, PromoCodeForm
from app.portal.messages import sentence_for
from app.portal.offers import offer_of
from app.portal.pages import IDENTIFIER, Pages, see
from app.portal.visit import Visit
from app.services.carts import add_to_cart, price_cart, remove_from_cart
from app.services.promotions import apply_promo_code, remove_promo_code
from app.web.limits import LOGIN_ATTEMPTS, limiter

pages = Pages(private=True)


@pages.get("/cart")
def cart(visit: Visit) -> ResponseReturnValue:
    """What is about to be bought."""
    return _page(visit, PromoCodeForm())


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


@pages.post("/cart/promo")
@limiter.limit(LOGIN_ATTEMPTS, methods=["POST"])  # a code is a secret that gives money: nobody tries them out
def cart_promo(visit: Visit) -> ResponseReturnValue:
    """Give a promo code with the cart; why it can't be used is told at its field."""
    form = PromoCodeForm()
    if form.validate():
        try:
            apply_promo_code(
                visit.container.transactions,
                customer_id=visit.customer_id,
                code=form.code.data,
                now=visit.now,
            )
        except NotFound:
            return see("cart")
        except BillingError as error:
            form.refuse("code", error)
        else:
            flash(_("The promo code is applied."), "success")
            return see("cart")
    return _page(visit, form), 400


@pages.post("/cart/promo/remove")
def cart_promo_remove(visit: Visit) -> ResponseReturnValue:
    """Take the promo code off the cart."""
    remove_promo_code(visit.container.transactions, customer_id=visit.customer_id)
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


def _page(visit: Visit, form: PromoCodeForm) -> str:
    """The cart with its prices, or why it has none: a connector or a code that is no longer good."""
    priced, trouble = None, None
    with visit.reading() as repositories:
        held = repositories.carts.open_cart(visit.customer_id)
        if held is not None and held.lines:
            try:
                priced = price_cart(repositories, held, visit.member.currency, visit.now)
            except BillingError as refusal:
                trouble = sentence_for(refusal.code)
    return render_template("portal/cart.html", cart=held, priced=priced, trouble=trouble, form=form)
