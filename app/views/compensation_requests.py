"""Asking for a compensation on a subscription's page (H7)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import DecimalField
from wtforms.validators import InputRequired, NumberRange, ValidationError

from app.billing.compensation import CompensationFacts, CompensationKind
from app.billing.money import Money
from app.models import Subscription
from app.services.compensation import CompensationRequest, request_compensation
from app.views.base import Command, RecordView
from app.views.context import actor, container
from app.views.form_fields import at_most_two_places, kind_field
from app.views.presentation import object_url
from app.views.reasons import Question, ReasonForm, fill_and_do
from app.views.subscription_commands import facts_of

MOST = 1_000_000
"""More of anything is a typing error; the policy knows the real limits."""


class CompensationForm(ReasonForm):
    """What the customer is to be given."""

    kind = kind_field(_("Kind"), CompensationKind)
    value = DecimalField(
        _("How much"),
        description=_("Days, a sum such as 500.00 in the subscription's currency, or percent."),
        validators=[InputRequired(), NumberRange(min=0.01, max=MOST), at_most_two_places],
    )

    def validate_value(self, field: Any) -> None:
        """Days are whole."""
        if self.kind.data is CompensationKind.EXTRA_DAYS and field.data != int(field.data):
            raise ValidationError(gettext("Days are a whole number."))

    def facts(self, currency: str) -> CompensationFacts:
        """What is asked for, as the rules take it."""
        kind, value = self.kind.data, Decimal(self.value.data)
        reason = self.reason.data
        if kind is CompensationKind.EXTRA_DAYS:
            return CompensationFacts(kind, reason, days=int(value))
        if kind is CompensationKind.BALANCE:
            return CompensationFacts(kind, reason, amount=Money.from_decimal(value, currency))
        return CompensationFacts(kind, reason, percent=int(value * 100))


class CompensationRequests(RecordView):
    """The command of a subscription's page."""

    def commands(self, row: Subscription) -> list[Command]:
        """Offered always; what can't be given is refused with its reason."""
        found = super().commands(row)
        if self.may("can_request_compensation"):
            url = self.command_url("request_compensation", row.id)
            found.append(Command(_("Request a compensation"), url, "lifebuoy"))
        return found

    @expose("/request-compensation/<pk>", methods=["GET", "POST"])
    @has_access
    def request_compensation(self, pk: str) -> Any:
        """Ask what is to be given and why."""
        row, form = self.record(pk), CompensationForm()
        question = Question(
            title=gettext("Compensation for subscription No. %(number)s", number=row.id),
            effect=_("Nothing is given before finance approves it."),
            button=_("Request a compensation"),
            done=_("The compensation waits for a decision."),
            back=self.command_url("show", row.id),
            facts=facts_of(row),
        )

        def deed() -> str | None:
            request = CompensationRequest(row.customer_id, form.facts(row.currency), row.id)
            compensation_id = request_compensation(
                container().transactions, actor=actor(), request=request, now=container().clock.now()
            )
            return object_url("compensation", compensation_id)

        return fill_and_do(question, form, deed)
