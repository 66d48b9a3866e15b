"""The demo's panel: what this is, who can log in, what time it is, and the way to move it on."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import IntegerField
from wtforms.validators import NumberRange, Optional

from app.billing.actors import Actor
from app.billing.errors import NotFound
from app.billing.periods import BillingInterval, anchor_day_of, period_starting
from app.bootstrap import Container
from app.demo.seed.accounts import read_accounts
from app.services.clock import move_clock
from app.services.sweep import SweepReport, sweep

ACTOR = Actor.system("demo panel")
MOST_DAYS = 400
STEPS = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
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
        """Move the clock ahead and sweep at once, so that the pages show what has become of it."""
        if not container.settings.clock_movable:
            raise NotFound("clock")
        ahead = _asked_for(container.clock.now())
        if ahead is None:
            flash(_("Choose how far to move the clock: up to %(days)s days.", days=MOST_DAYS), "error")
            return redirect(url_for("demo.panel"), 303)
        move_clock(container.transactions, actor=ACTOR, ahead=ahead, now=container.clock.now())
        flash(summary(sweep(container.billing_run())), "success")
        return redirect(url_for("demo.panel"), 303)


def _asked_for(now: datetime) -> timedelta | None:
    step = request.form.get("step", "")
    if step == "month":
        return period_starting(now, BillingInterval.MONTH, anchor_day_of(now)).end - now
    if step in STEPS:
        return STEPS[step]
    form = ClockForm()
    if not form.validate_on_submit():
        return None
    return timedelta(days=form.days.data or 0, hours=form.hours.data or 0) or None


def summary(report: SweepReport) -> str:
    """What the sweep after a move has done, for people."""
    text = _(
        "The clock was moved. Access ended: %(closed)s, orders lapsed: %(voided)s, keys expired: %(keys)s, "
        "notices of an ending trial: %(notices)s.",
        closed=report.closed_subscriptions,
        voided=report.voided_invoices,
        keys=report.expired_keys,
        notices=report.trial_notices,
    )
    return str(text)
