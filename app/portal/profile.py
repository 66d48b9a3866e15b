"""The profile: contact data, payer, sessions (A2, A3)."""

from __future__ import annotations

from flask import flash, render_template, session
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import refresh

from app.portal.countries import country_names
from app.portal.forms.fields import PortalForm
from app.portal.forms.payer import KINDS, PayerForm
from app.portal.forms.profile import ContactForm
from app.portal.language import CHOSEN
from app.portal.pages import Pages, see
from app.portal.visit import Visit
from app.services.profile import ContactData, save_contact_data, save_payer
from app.services.sessions import end_other_sessions

pages = Pages(private=True)


@pages.form("/profile")
def profile(visit: Visit) -> ResponseReturnValue:
    """Contact data, with the payer and the sessions beside them."""
    with visit.reading() as repositories:
        customer = repositories.customers.get(visit.customer_id)
        payer = repositories.payers.of_customer(visit.customer_id)
        sessions = repositories.customer_sessions.live_of_customer(visit.customer_id, visit.real_now)
    form = ContactForm(obj=customer)
    if form.validate_on_submit():
        _save_contact(visit, form)
        return see("profile")
    page = render_template(
        "portal/profile.html",
        form=form,
        buttons=PortalForm(),
        customer=customer,
        payer=payer,
        kinds=dict(KINDS),
        countries=country_names(visit.locale),
        sessions=sessions,
    )
    return page, 400 if form.is_submitted() else 200


@pages.form("/profile/payer")
def payer(visit: Visit) -> ResponseReturnValue:
    """The payer's details."""
    with visit.reading() as repositories:
        stored = repositories.payers.of_customer(visit.customer_id)
        customer = repositories.customers.get(visit.customer_id)
    form = PayerForm.of(stored, customer)
    if form.validate_on_submit():
        save_payer(
            visit.container.transactions,
            customer_id=visit.customer_id,
            details=form.details(),
            now=visit.now,
        )
        flash(_("The payer is saved. New documents will carry these details."), "success")
        return see("profile")
    return render_template("portal/payer.html", form=form), 400 if form.is_submitted() else 200


@pages.post("/profile/sessions/end-others")
def end_sessions(visit: Visit) -> ResponseReturnValue:
    """Log out everywhere but here."""
    end_other_sessions(
        visit.container.transactions,
        customer_id=visit.customer_id,
        session_id=visit.member.session_id,
        now=visit.now,
        real_now=visit.real_now,
    )
    flash(_("All other sessions are ended."), "success")
    return see("profile")


def _save_contact(visit: Visit, form: ContactForm) -> None:
    """Save, and speak the chosen language from now on."""
    save_contact_data(
        visit.container.transactions,
        customer_id=visit.customer_id,
        contact=ContactData(form.name.data, form.phone.data, form.language.data),
        now=visit.now,
    )
    session[CHOSEN] = form.language.data
    refresh()
    flash(_("Saved."), "success")
