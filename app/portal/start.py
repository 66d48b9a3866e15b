"""The front door and the terms."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from app.portal.catalogue import category_name
from app.portal.offers import published_offers
from app.portal.pages import Pages, see
from app.portal.visit import Visit

SHOWN_AT_THE_DOOR = 6

pages = Pages(private=False)


@pages.get("/")
def home(visit: Visit) -> ResponseReturnValue:
    """What this is, for guests; customers go on to their overview."""
    if visit.customer is not None:
        return see("overview")
    with visit.reading() as repositories:
        offers = published_offers(repositories, visit)
    return render_template(
        "portal/home.html",
        offers=offers[:SHOWN_AT_THE_DOOR],
        total=len(offers),
        category_name=category_name,
    )


@pages.get("/terms")
def terms(visit: Visit) -> ResponseReturnValue:
    """The version of the offer in force."""
    with visit.reading() as repositories:
        version = repositories.terms.current(visit.now)
    text = version.text_ru if visit.locale == "ru" else version.text_en
    return render_template("portal/terms.html", version=version, paragraphs=text.split("\n\n"))
