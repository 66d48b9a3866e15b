"""The business clock: the Admin moves it ahead where it can be moved, so that a year can be watched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import abort, flash, redirect, request, session, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm

from app.billing.errors import BillingError
from app.billing.periods import (
    BillingInterval,
    anchor_day_of,
    local_date,
    period_starting,
    start_of_local_day,
)
from app.services.sweep import SweepReport
from app.services.time_travel import next_event, travel
from app.views.base import Section
from app.views.context import actor, container
from app.views.sentences import sentence_of

DAY = timedelta(days=1)
LAST_MOVE = "clock_moved"
"""What the last move has done: kept in the cookie until it was shown."""


def _after(interval: BillingInterval) -> Callable[[datetime], datetime]:
    return lambda now: period_starting(now, interval, anchor_day_of(now)).end


STEPS: dict[str, tuple[Any, Callable[[datetime], datetime | None]]] = {
    "next": (_("To the next event"), lambda now: next_event(container().transactions, now=now)),
    "tomorrow": (_("To tomorrow"), lambda now: start_of_local_day(local_date(now) + DAY)),
    "week": (_("A week"), lambda now: now + 7 * DAY),
    "month": (_("A month"), _after(BillingInterval.MONTH)),
    "year": (_("A year"), _after(BillingInterval.YEAR)),
}
DONE: dict[str, Any] = {
    "trial_notices": _("Notices of a trial's end"),
    "price_notices": _("Notices of prices"),
    "renewal_notices": _("Notices of renewals and ends of access"),
    "usage_notices": _("Notices of used operations"),
    "card_notices": _("Notices of cards that run out"),
    "renewals": _("Renewals invoiced and charged"),
    "closed_months": _("Months of operations billed"),
    "retries": _("Charges tried again"),
    "closed_subscriptions": _("Subscriptions ended"),
    "voided_invoices": _("Orders lapsed"),
    "expired_keys": _("Keys expired"),
    "recognised_months": _("Months booked as revenue"),
    "documented": _("Payments, refunds and service documented"),
    "adjusted_refunds": _("Lowered prices documented"),
    "parked": _("Put aside for a person to look at"),
}
"""What the sweeps did, by the names in their report."""


def days_ahead(now: datetime, real_now: datetime) -> int:
    """How many days business time is ahead of real time; read a moment later, real time is not a day late."""
    return round((now - real_now) / DAY)


class ClockView(BaseView):
    """The clock's page. It exists only where the settings let the clock be moved."""

    route_base = "/clock"
    default_view = "index"
    list_title = _("Clock")

    @expose("/", methods=["GET"])
    @has_access
    def index(self) -> Any:
        """What time it is, what comes next, and the way there."""
        now = container().clock.now()
        moved = session.pop(LAST_MOVE, None)
        return self.render_template(
            "back_office/clock.html",
            title=self.list_title,
            facts=(
                (_("Business time"), now),
                (_("Ahead of real time, days"), days_ahead(now, container().wall_clock.now())),
                (_("Next event"), next_event(container().transactions, now=now)),
            ),
            steps=[(step, label) for step, (label, _target) in STEPS.items()],
            form=FlaskForm(),
            sections=[] if moved is None else [_told(moved)],
        )

    @expose("/move", methods=["POST"])
    @has_access
    def move(self) -> Any:
        """Let the time in between pass, every notice and charge on its day; then tell what happened."""
        if request.form.get("step") not in STEPS:
            abort(400)
        _label, target_of = STEPS[request.form["step"]]
        now = container().clock.now()
        target = target_of(now)
        if target is None:
            flash(gettext("Nothing is to come."), "warning")
            return redirect(url_for("ClockView.index"))
        try:
            report = travel(
                container().transactions, container().billing_run, actor=actor(), now=now, target=target
            )
        except BillingError as refusal:
            flash(sentence_of(refusal), "danger")
        else:
            session[LAST_MOVE] = _kept(report, now)
            flash(gettext("The clock was moved."), "success")
        return redirect(url_for("ClockView.index"))


def _kept(report: SweepReport, since: datetime) -> dict[str, Any]:
    return {"since": since.astimezone(UTC).isoformat()} | asdict(report)


def _told(moved: dict[str, Any]) -> Section:
    """What happened on the way, without what did not."""
    since = datetime.fromisoformat(moved["since"])
    rows: list[tuple[Any, ...]] = [(_("The clock stood at"), since)]
    rows += [(name, moved[key]) for key, name in DONE.items() if moved.get(key)]
    if len(rows) == 1:
        rows.append((_("Nothing fell due."), ""))
    return Section(_("What happened on the way"), (), rows)
