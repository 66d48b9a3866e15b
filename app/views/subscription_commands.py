"""What staff do with a subscription for its customer (F3-F6): each with a reason, none by a mere click."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import lazy_gettext as _
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from app.billing.invoice import PaymentMethodKind
from app.billing.periods import BillingInterval
from app.billing.subscription import IN_DUNNING, LIVE, SubscriptionStatus
from app.models import Subscription
from app.services.resuming import resume_subscription
from app.services.subscriptions import (
    LONGEST_ACCOUNT,
    Asked,
    cancel_subscription,
    change_make_account,
    switch_auto_renewal,
    switch_interval,
    take_back_cancellation,
)
from app.services.unit_of_work import Transactions
from app.views.base import Command, RecordView
from app.views.context import actor, container
from app.views.form_fields import kind_field
from app.views.presentation import object_url
from app.views.reasons import Question, ReasonForm, ask_and_do, fill_and_do


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a subscription: when it is offered, and what is said before and after it."""

    method: str
    permission: str
    label: Any
    icon: str
    effect: Any
    done: Any
    offered: Callable[[Subscription], bool]


def _runs(row: Subscription) -> bool:
    return row.status is SubscriptionStatus.ACTIVE


CANCEL = Change(
    "cancel",
    "can_cancel",
    _("Cancel the subscription"),
    "circle-x",
    _(
        "Access stays until the end of the paid period. If the renewal was not paid, access ends at once and "
        "the open invoice becomes void. The customer gets a mail."
    ),
    _("The subscription is canceled."),
    lambda row: _runs(row) or row.status in IN_DUNNING,
)
TAKE_BACK = Change(
    "take_back",
    "can_take_back",
    _("Take the cancellation back"),
    "refresh",
    _("The subscription renews again at the end of its period. The customer gets a mail."),
    _("The cancellation is taken back."),
    lambda row: row.status is SubscriptionStatus.CANCELED,
)
RENEW_ON = Change(
    "renew_on",
    "can_auto_renewal",
    _("Turn auto-renewal on"),
    "player-play",
    _("The next period will be charged after a notice. The customer gets a mail."),
    _("Auto-renewal is on."),
    lambda row: _runs(row) and not row.auto_renew,
)
RENEW_OFF = Change(
    "renew_off",
    "can_auto_renewal",
    _("Turn auto-renewal off"),
    "player-pause",
    _(
        "The subscription ends with its paid period; an invoice for the next one that is open already "
        "becomes void. The customer gets a mail."
    ),
    _("Auto-renewal is off."),
    lambda row: _runs(row) and row.auto_renew,
)
INTERVAL = Change(
    "interval",
    "can_interval",
    _("Switch month or year"),
    "calendar",
    _(
        "From the next renewal on, at the price in force now. The running period's own length takes an "
        "earlier switch back. The customer gets a mail."
    ),
    _("The period of the next renewal is set."),
    lambda row: _runs(row) and not row.metered,
)
MAKE_ACCOUNT = Change(
    "make_account",
    "can_make_account",
    _("Change the Make account"),
    "edit",
    _("The old account is refused at once, the new one is let in. The customer gets a mail."),
    _("The Make account is changed."),
    lambda row: row.status in LIVE,
)
RESUME = Change(
    "resume",
    "can_resume",
    _("Resume the subscription"),
    "repeat",
    _(
        "An invoice for a new period is issued at the price in force now; the balance pays first. The period "
        "begins when it is paid."
    ),
    _("The invoice is issued."),
    lambda row: row.status is SubscriptionStatus.EXPIRED and not row.metered,
)
CHANGES = (CANCEL, TAKE_BACK, RENEW_ON, RENEW_OFF, INTERVAL, MAKE_ACCOUNT, RESUME)
PERMISSIONS = tuple(dict.fromkeys(change.permission for change in CHANGES))
"""What a role needs for all of them."""


class IntervalForm(ReasonForm):
    """How long the next period is to be."""

    interval = kind_field(_("Next period"), BillingInterval)


class MakeAccountForm(ReasonForm):
    """The new account."""

    make_account = StringField(
        _("New Make account"),
        description=_("The id as Make shows it, up to 128 characters."),
        filters=[lambda text: text.strip() if text else text],
        validators=[DataRequired(), Length(max=LONGEST_ACCOUNT)],
    )


class ResumeForm(ReasonForm):
    """How the new period is paid."""

    method = kind_field(_("Paid by"), PaymentMethodKind)


class SubscriptionCommands(RecordView):
    """The commands of a subscription's page."""

    def commands(self, row: Subscription) -> list[Command]:
        """The changes that make sense now and that this employee may make."""
        return super().commands(row) + [
            Command(change.label, self.command_url(change.method, row.id), change.icon)
            for change in CHANGES
            if self.may(change.permission) and change.offered(row)
        ]

    @expose("/cancel/<pk>", methods=["GET", "POST"])
    @has_access
    def cancel(self, pk: str) -> Any:
        """Ask for a reason, then cancel."""
        return self._ask(pk, CANCEL, cancel_subscription)

    @expose("/take-back/<pk>", methods=["GET", "POST"])
    @has_access
    def take_back(self, pk: str) -> Any:
        """Ask for a reason, then take the cancellation back."""
        return self._ask(pk, TAKE_BACK, take_back_cancellation)

    @expose("/renew-on/<pk>", methods=["GET", "POST"])
    @has_access
    @permission_name("auto_renewal")
    def renew_on(self, pk: str) -> Any:
        """Ask for a reason, then let it renew."""
        return self._ask(pk, RENEW_ON, partial(switch_auto_renewal, enabled=True))

    @expose("/renew-off/<pk>", methods=["GET", "POST"])
    @has_access
    @permission_name("auto_renewal")
    def renew_off(self, pk: str) -> Any:
        """Ask for a reason, then let it end with its period."""
        return self._ask(pk, RENEW_OFF, partial(switch_auto_renewal, enabled=False))

    @expose("/interval/<pk>", methods=["GET", "POST"])
    @has_access
    def interval(self, pk: str) -> Any:
        """Ask for the length of the next period and a reason."""
        row, form = self.record(pk), IntervalForm()

        def deed() -> None:
            switch_interval(container().transactions, _asked(row, form), interval=form.interval.data)

        return fill_and_do(self._question(row, INTERVAL), form, deed)

    @expose("/make-account/<pk>", methods=["GET", "POST"])
    @has_access
    def make_account(self, pk: str) -> Any:
        """Ask for the new account and a reason."""
        row, form = self.record(pk), MakeAccountForm()

        def deed() -> None:
            change_make_account(
                container().transactions, _asked(row, form), make_account=form.make_account.data
            )

        return fill_and_do(self._question(row, MAKE_ACCOUNT), form, deed)

    @expose("/resume/<pk>", methods=["GET", "POST"])
    @has_access
    def resume(self, pk: str) -> Any:
        """Ask how it will be paid and for a reason; then show the invoice."""
        row, form = self.record(pk), ResumeForm()

        def deed() -> str | None:
            invoice_id = resume_subscription(
                container().transactions, _asked(row, form), method=form.method.data
            )
            return object_url("invoice", invoice_id)

        return fill_and_do(self._question(row, RESUME), form, deed)

    def _ask(self, pk: str, change: Change, use_case: Callable[[Transactions, Asked], None]) -> Any:
        row = self.record(pk)
        identity, customer_id = row.id, row.customer_id

        def deed(reason: str) -> None:
            asked = Asked(actor(), customer_id, identity, container().clock.now(), reason)
            use_case(container().transactions, asked)

        return ask_and_do(self._question(row, change), deed)

    def _question(self, row: Subscription, change: Change) -> Question:
        return Question(
            title=change.label,
            effect=change.effect,
            button=change.label,
            done=change.done,
            back=self.command_url("show", row.id),
            facts=facts_of(row),
        )


def facts_of(row: Subscription) -> tuple[tuple[Any, Any], ...]:
    """What one has to know of a subscription before changing it."""
    return (
        (_("Customer"), row.customer),
        (_("Connector"), row.connector),
        (_("Make account"), row.make_account),
        (_("Status"), row.status),
        (_("Paid until"), row.period_end),
        (_("Period"), row.interval),
    )


def _asked(row: Subscription, form: ReasonForm) -> Asked:
    return Asked(actor(), row.customer_id, row.id, container().clock.now(), form.reason.data)
