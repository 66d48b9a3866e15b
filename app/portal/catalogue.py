"""The catalogue (B1)."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from app.portal.forms.cart import AddToCartForm
from app.portal.offers import offer_of, published_offers
from app.portal.pages import Pages
from app.portal.visit import Visit

CATEGORIES = {
    "accounting": _l("Accounting"),
    "analytics": _l("Analytics"),
    "crm": _l("CRM"),
    "delivery": _l("Delivery"),
    "documents": _l("Documents and signing"),
    "ecommerce": _l("Online shops"),
    "erp": _l("Resource planning"),
    "finance": _l("Finance"),
    "forms": _l("Forms"),
    "government": _l("Government services"),
    "hr": _l("People and hiring"),
    "logistics": _l("Delivery"),
    "marketing": _l("Marketing"),
    "marketplaces": _l("Marketplaces"),
    "messengers": _l("Messengers"),
    "payments": _l("Payment services"),
    "productivity": _l("Office"),
    "projects": _l("Projects and tasks"),
    "storage": _l("File storage"),
    "support": _l("Customer support"),
    "telephony": _l("Telephony"),
}

pages = Pages(private=False)


def category_name(code: str) -> str:
    """A category as people read it; one that nobody named is shown by its code."""
    return str(CATEGORIES.get(code, code.capitalize()))


@pages.get("/catalogue")
def catalogue(visit: Visit) -> ResponseReturnValue:
    """Everything that is sold, or one category of it."""
    chosen = request.args.get("category", "")
    with visit.reading() as repositories:
        offers = published_offers(repositories, visit)
    categories = sorted({offer.connector.category for offer in offers}, key=category_name)
    shown = [offer for offer in offers if chosen in ("", offer.connector.category)]
    return render_template(
        "portal/catalogue.html",
        offers=shown,
        categories=[(code, category_name(code)) for code in categories],
        chosen=chosen,
        category_name=category_name,
    )


@pages.get("/catalogue/<slug:slug>")
def connector(visit: Visit, slug: str) -> ResponseReturnValue:
    """One connector: what it does, what it costs, what has changed."""
    with visit.reading() as repositories:
        offer = offer_of(repositories, visit, slug)
        releases = list(offer.connector.releases)
    return render_template(
        "portal/connector.html",
        offer=offer,
        releases=releases,
        category_name=category_name,
        form=AddToCartForm.for_offer(offer) if offer.sold else None,
    )
