"""The demo's panel: what this is, who can log in, what time it is, and the way to move it on."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import IntegerField
from wtforms.validators import NumberRange, Optional

from app.billing.actors import Actor
from app.billing.errors import Conflict, NotFound
from app.billing.periods import (
    BillingInterval,
    anchor_day_of,
    local_date,
    period_starting,
    start_of_local_day,
)
from app.bootstrap import Container
from app.demo.rates import make_up_rates
from app.demo.seed.accounts import read_accounts
from app.services.sweep import SweepReport
from app.services.time_travel import next_event, travel

ACTOR = Actor.system("demo panel")
MOST_DAYS = 400
DAY = timedelta(days=1)
STEPS = {
    "hour": timedelta(hours=1),
    "day": DAY,
    "3-days": timedelta(days=3),
    "week": timedelta(days=7),
}


class ClockForm(FlaskForm):
    """How far to move the clock by hand; the buttons send a step instead."""

    days = IntegerField(validators=[Optional(), NumberRange(0, MOST_DAYS)])
    hours = IntegerField(validators=[Optional(), NumberRange(0, 23)])


def register(blueprint: Blueprint, container: Container) -> None:
    """Put the panel under the blueprint."""

    @blueprint.get("/demo")
    def panel() -> ResponseReturnValue:
        """The panel."""
        return render_template(
            "demo/panel.html",
            accounts=read_accounts(container.settings.instance_directory),
            base_url=container.settings.base_url,
            now=container.clock.now(),
            ahead=container.clock.now() - container.wall_clock.now(),
            movable=container.settings.clock_movable,
            form=ClockForm(),
        )

    @blueprint.post("/demo/clock")
    def clock() -> ResponseReturnValue:
        """Move the clock ahead and let the time in between pass: every notice and charge on its day."""
        if not container.settings.clock_movable:
            raise NotFound("clock")
        ahead = _asked_for(container, container.clock.now())
        if ahead is None:
            flash(_("Choose how far to move the clock: up to %(days)s days.", days=MOST_DAYS), "error")
            return redirect(url_for("demo.panel"), 303)
        now = container.clock.now()
        with suppress(Conflict):  # somebody has uploaded rates of these days: theirs hold
            make_up_rates(container, now, now + ahead)
        report = travel(
            container.transactions, container.billing_run, actor=ACTOR, now=now, target=now + ahead
        )
        flash(summary(report), "success")
        return redirect(url_for("demo.panel"), 303)


def _asked_for(container: Container, now: datetime) -> timedelta | None:
    step = request.form.get("step", "")
    if step == "next":
        event = next_event(container.transactions, now=now)
        return None if event is None else event - now
    if step == "tomorrow":
        return start_of_local_day(local_date(now) + DAY) - now
    if step == "month":
        return period_starting(now, BillingInterval.MONTH, anchor_day_of(now)).end - now
    if step in STEPS:
        return STEPS[step]
    form = ClockForm()
    if not form.validate_on_submit():
        return None
    return timedelta(days=form.days.data or 0, hours=form.hours.data or 0) or None


def summary(report: SweepReport) -> str:
    """What the sweeps of a move have done, for people."""
    text = _(
        "The clock was moved. Notices: %(notices)s, renewals: %(renewals)s, retries: %(retries)s, "
        "access ended: %(closed)s, orders lapsed: %(voided)s, keys expired: %(keys)s, "
        "months booked as revenue: %(months)s.",
        notices=report.trial_notices
        + report.renewal_notices
        + report.price_notices
        + report.usage_notices
        + report.card_notices,
        renewals=report.renewals,
        retries=report.retries,
        closed=report.closed_subscriptions,
        voided=report.voided_invoices,
        keys=report.expired_keys,
        months=report.recognised_months,
    )
    return str(text)
