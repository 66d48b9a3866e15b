"""Starting the trial (C1)."""

from __future__ import annotations

from typing import Any

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.billing.trial import TRIAL_POLICY, TrialRefused
from app.portal.catalogue import category_name
from app.portal.forms.fields import PortalForm
from app.portal.pages import Pages, see
from app.portal.visit import Visit
from app.services.trials import start_trial

pages = Pages(private=True)


@pages.form("/trial")
def trial(visit: Visit) -> ResponseReturnValue:
    """Choose up to three connectors, for a week, free of charge."""
    with visit.reading() as repositories:
        used = repositories.customers.get(visit.customer_id).trial_started_at is not None
        connectors = repositories.connectors.trial_eligible()
    chosen = _chosen()
    form = PortalForm()
    if form.validate_on_submit():
        try:
            api_key_id = start_trial(
                visit.container.transactions,
                customer_id=visit.customer_id,
                connector_ids=chosen,
                now=visit.now,
            )
        except TrialRefused as refusal:
            form.refuse(None, refusal)
        else:
            flash(_("The trial has started. Here is your temporary key."), "success")
            return see("reveal_key", api_key_id=api_key_id)
    values: dict[str, Any] = {"connectors": connectors, "chosen": chosen, "most": TRIAL_POLICY.connectors}
    page = render_template("portal/trial.html", form=form, used=used, category_name=category_name, **values)
    return page, 400 if form.is_submitted() else 200


def _chosen() -> list[int]:
    """The ids that were ticked; what is no id stands for a connector that does not exist."""
    texts = request.form.getlist("connector")
    return [int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0 for text in texts]
