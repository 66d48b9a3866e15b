"""Work that a customer waits for: how far it is, its file, giving it up."""

from __future__ import annotations

from flask import Response, flash, render_template, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.billing.actors import Actor
from app.billing.long_work import UNFINISHED, percentage
from app.models import LongWork
from app.portal.forms.fields import PortalForm
from app.portal.pages import IDENTIFIER, Pages, see
from app.portal.states import work_state
from app.portal.visit import Visit
from app.services.long_work import cancel_work, read_work

pages = Pages(private=True)


@pages.get(f"/work/<{IDENTIFIER}:work_id>")
def work(visit: Visit, work_id: int) -> ResponseReturnValue:
    """How far it is; the page asks again by itself, also without scripts."""
    found = _own(visit, work_id)
    return render_template("portal/work.html", form=PortalForm(), **_progress(found))


@pages.get(f"/work/<{IDENTIFIER}:work_id>/progress")
def work_progress(visit: Visit, work_id: int) -> ResponseReturnValue:
    """What the page asks while it waits; when there is nothing to wait for the page reads itself anew."""
    found = _own(visit, work_id)
    if found.state not in UNFINISHED:
        return Response(status=204, headers={"HX-Refresh": "true"})
    return render_template("portal/work_progress.html", **_progress(found))


@pages.get(f"/work/<{IDENTIFIER}:work_id>/file")
def work_file(visit: Visit, work_id: int) -> ResponseReturnValue:
    """The file, for its owner only. Raises WorkNotReady when there is none, or not any more."""
    found = _own(visit, work_id)
    working = visit.container.working
    response = send_file(
        read_work(working, found),
        mimetype=working.kinds[found.kind].media_type,
        as_attachment=True,
        download_name=found.file_name,
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.post(f"/work/<{IDENTIFIER}:work_id>/cancel")
def work_cancel(visit: Visit, work_id: int) -> ResponseReturnValue:
    """Give it up."""
    cancel_work(
        visit.container.transactions,
        actor=Actor.customer(visit.customer_id),
        work_id=work_id,
        real_now=visit.real_now,
    )
    flash(_("The archive is not made any more."), "success")
    return see("documents")


def _own(visit: Visit, work_id: int) -> LongWork:
    with visit.reading() as repositories:
        return repositories.long_work.one_of_customer(visit.customer_id, work_id)


def _progress(found: LongWork) -> dict[str, object]:
    return {
        "work": found,
        "state": work_state(found),
        "percent": percentage(found.done, found.total),
        "is_unfinished": found.state in UNFINISHED,
    }
