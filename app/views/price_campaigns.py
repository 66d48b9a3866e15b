"""Price changes (G5): drafted, looked at with what they bring, launched or given up; and who was told."""

from __future__ import annotations

from itertools import islice
from typing import Any

from flask import flash, redirect, request
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload
from wtforms import HiddenField
from wtforms.validators import InputRequired, Length

from app.billing.errors import BillingError
from app.billing.price_campaign import CampaignStatus, CampaignTotals
from app.models import AuditEntry, PriceCampaign, PriceNotice
from app.services.price_campaigns import (
    campaign_effects,
    cancel_campaign,
    draft_campaign,
    dry_run,
    launch_campaign,
)
from app.views import history
from app.views.base import READ_ONLY, Command, RecordView, Section, labels, per_column
from app.views.context import actor, container, session
from app.views.form_fields import connector_choices
from app.views.presentation import customer_link, named_link
from app.views.price_campaign_form import PriceCampaignForm
from app.views.reasons import Question, fill_and_do
from app.views.records import Records
from app.views.sentences import sentence_of
from app.views.subscriptions import CONNECTOR_SLUG

MOST_EFFECTS = 50
LONGEST_DIGEST = 64


class LaunchForm(FlaskForm):
    """What the person saw: launched is that and nothing else."""

    digest = HiddenField(validators=[InputRequired(), Length(max=LONGEST_DIGEST)])


def _meant(row: PriceCampaign) -> Any:
    """Who of the subscribers is meant."""
    audience = row.meant()
    parts: list[Any] = []
    if audience.subscribed_before is not None:
        parts.append(_("Subscribed before:"))
        parts.append(audience.subscribed_before)
    if audience.customer_ids is not None:
        parts.append(gettext("Named customers: %(number)s", number=len(audience.customer_ids)))
    return parts or gettext("Every subscriber")


class PriceCampaignView(RecordView):
    """Planned and launched price changes."""

    datamodel = Records(
        PriceCampaign,
        loads=[joinedload(PriceCampaign.connector)],
        own_filters=CONNECTOR_SLUG,
        computed={"meant": _meant},
    )
    route_base = "/price-campaigns"
    base_permissions = (*READ_ONLY, "can_add", "can_dry_run", "can_launch", "can_cancel")
    list_title = _("Price changes")
    show_title = _("Price change")
    add_title = _("New price change")
    list_columns = ("name", "connector", "interval", "old_amount", "new_amount", "valid_from", "status")
    show_columns = (
        "status", "connector", "interval", "old_amount", "new_amount", "valid_from", "meant",
        "announcement_ru", "announcement_en", "created_by", "created_at", "launched_by", "launched_at",
        "everyone_told_at",
    )  # fmt: skip
    search_columns = (
        "name", "connector_slug", "status", "interval", "currency", "valid_from", "launched_at", "created_by",
    )  # fmt: skip
    order_columns = ("name", "interval", "valid_from", "status")
    search_labels = per_column(connector_slug=_("Connector's slug"))
    label_columns = labels(
        name=_("Name"),
        connector=_("Connector"),
        interval=_("Period"),
        currency=_("Currency"),
        old_amount=_("Price before"),
        new_amount=_("Price after"),
        valid_from=_("For new subscriptions from"),
        meant=_("Who is meant"),
        announcement_ru=_("Why, in Russian"),
        announcement_en=_("Why, in English"),
        created_by=_("Drafted by"),
        created_at=_("Drafted at"),
        launched_by=_("Launched by"),
        launched_at=_("Launched at"),
        everyone_told_at=_("Everyone told"),
    )

    def name_of(self, row: PriceCampaign) -> str:
        """Its own name."""
        return f"«{row.name}»"

    def commands(self, row: PriceCampaign) -> list[Command]:
        """For a draft: looking at what it brings, which leads to the launch, and giving it up."""
        if row.status is not CampaignStatus.DRAFT:
            return []
        offered = (
            (_("See what it brings"), "dry_run", "eye", True),
            (_("Give the change up"), "cancel", "x", False),
        )
        return [
            Command(label, self.command_url(method, row.id), icon, primary)
            for label, method, icon, primary in offered
            if self.may(f"can_{method}")
        ]

    def sections(self, row: PriceCampaign) -> list[Section]:
        """How many of how many were told."""
        if row.status is not CampaignStatus.LAUNCHED:
            return []
        told = session().scalar(select(func.count()).where(PriceNotice.campaign_id == row.id)) or 0
        launch = session().scalar(
            select(AuditEntry).where(
                AuditEntry.action == "price_campaign.launch", AuditEntry.object_id == str(row.id)
            )
        )
        meant = launch.details["totals"]["changed"] if launch else told
        text = gettext("%(told)s of %(meant)s", told=told, meant=max(meant, told))
        return [Section(_("Progress"), (), [(_("Subscriptions told"), text)])]

    def history(self, row: PriceCampaign) -> list[dict[str, Any]]:
        """Who drafted, launched or gave it up."""
        return history.of_object("price_campaign", row.id)

    @expose("/add", methods=["GET", "POST"])
    @has_access
    def add(self) -> Any:
        """Ask for the plan, then keep it as a draft."""
        form = PriceCampaignForm()
        form.connector.choices = connector_choices()
        if request.method == "GET":
            form.connector.data = request.args.get("connector", type=int)
        question = Question(
            title=self.add_title,
            effect=_(
                "A draft tells nobody and sells nothing yet; what it brings is shown before the launch."
            ),
            button=_("Keep as a draft"),
            done=_("The price change is drafted."),
            back=self.get_default_url(),
        )

        def deed() -> str:
            campaign_id = draft_campaign(
                container().transactions, actor=actor(), draft=form.draft(), now=container().clock.now()
            )
            return self.command_url("show", campaign_id)

        return fill_and_do(question, form, deed)

    @expose("/dry-run/<pk>", methods=["GET"])
    @has_access
    def dry_run(self, pk: str) -> Any:
        """What a launch would bring now; the form of the launch carries the digest of exactly this."""
        row = self.record(pk)
        now = container().clock.now()
        totals = dry_run(container().transactions, campaign_id=row.id, now=now)
        launchable = row.status is CampaignStatus.DRAFT and self.may("can_launch")
        return self.render_template(
            "back_office/dry_run.html",
            title=gettext("What «%(name)s» brings", name=row.name),
            facts=_facts(totals),
            sections=[self._effects(row.id)],
            form=LaunchForm(digest=totals.digest) if launchable else None,
            launch_url=self.command_url("launch", row.id),
            back=self.command_url("show", row.id),
        )

    @expose("/launch/<pk>", methods=["POST"])
    @has_access
    def launch(self, pk: str) -> Any:
        """Launch what the person saw; if that has changed meanwhile, show it anew."""
        row = self.record(pk)
        form = LaunchForm()
        if not form.validate():
            return redirect(self.command_url("dry_run", row.id))
        try:
            launch_campaign(
                container().transactions,
                actor=actor(),
                campaign_id=row.id,
                digest=form.digest.data,
                now=container().clock.now(),
            )
        except BillingError as refusal:
            flash(sentence_of(refusal), "danger")
            return redirect(self.command_url("dry_run", row.id))
        flash(gettext("The price change is launched; the next sweeps will tell subscribers."), "success")
        return redirect(self.command_url("show", row.id))

    @expose("/cancel/<pk>", methods=["GET", "POST"])
    @has_access
    def cancel(self, pk: str) -> Any:
        """Ask once more, then give the draft up."""
        row = self.record(pk)
        question = Question(
            title=gettext("Give «%(name)s» up", name=row.name),
            effect=_("Nobody was told yet, and nobody will be."),
            button=_("Give the change up"),
            done=_("The price change is given up."),
            back=self.command_url("show", row.id),
        )

        def deed() -> None:
            cancel_campaign(
                container().transactions, actor=actor(), campaign_id=row.id, now=container().clock.now()
            )

        return fill_and_do(question, FlaskForm(), deed)

    def _effects(self, campaign_id: int) -> Section:
        with container().transactions.reading() as repositories:
            campaign = repositories.price_campaigns.get(campaign_id)
            stream = campaign_effects(repositories, campaign=campaign, now=container().clock.now())
            effects = list(islice(stream, MOST_EFFECTS))
        return Section(
            gettext("The first %(number)s subscriptions", number=len(effects)),
            (_("Subscription"), _("Customer"), _("Pays now"), _("Renews"), _("Pays the new price from")),
            [
                (
                    named_link("subscription", each.subscriber.subscription_id),
                    customer_link(each.subscriber.customer_id),
                    each.subscriber.price,
                    each.subscriber.renews_at,
                    each.pays_from or _("pays it already"),
                )
                for each in effects
            ],
        )


def _facts(totals: CampaignTotals) -> tuple[tuple[Any, Any], ...]:
    return (
        (_("Subscriptions meant"), totals.subscriptions),
        (_("Customers meant"), totals.customers),
        (_("Will pay another price"), totals.changed),
        (_("Renew once more at the old price"), totals.kept_once_more),
        (_("A month brings now"), totals.monthly_before),
        (_("A month will bring"), totals.monthly_after),
        (_("Difference of a month"), totals.monthly_difference),
        (_("First change"), totals.first_change_at),
        (_("Last change"), totals.last_change_at),
    )
