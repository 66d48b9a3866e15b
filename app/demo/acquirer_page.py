"""The hosted payment page of the built-in acquirer: somebody else's page in real life."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import RadioField

from app.billing.errors import NotFound
from app.billing.payment import OutcomeKind
from app.billing.provider import SetupOutcomeKind
from app.bootstrap import Container
from app.demo.webhook_sender import WebhookSender
from app.payments.test_acquirer.cards import CARDS
from app.payments.test_acquirer.ledger import AcquirerLedger, Charge


class CardForm(FlaskForm):
    """Which test token to pay with."""

    token = RadioField(choices=list(CARDS))


class CloseForm(FlaskForm):
    """Leaving the page has nothing to fill in, only the token against foreign pages."""


class AcquirerPage:
    """What the acquirer shows and does. Needs no login: the address is the right to pay."""

    def __init__(self, container: Container) -> None:
        ledger = container.settings.test_acquirer_ledger
        assert ledger is not None, "the settings fill it in"
        self._ledger = AcquirerLedger(ledger)
        self._container = container
        self._webhooks = WebhookSender(container.settings.base_url)

    def show(self, attempt_id: UUID) -> ResponseReturnValue:
        """The cards to choose from, or how the payment has ended."""
        return self._render(self._charge(attempt_id), CardForm())

    def pay(self, attempt_id: UUID) -> ResponseReturnValue:
        """Take the money; a declined card leaves the page open for another one."""
        charge, form = self._charge(attempt_id), CardForm()
        if not self._is_open(charge):
            return self._back(charge)
        if not form.validate_on_submit():
            return self._render(charge, form, _("Choose one of the test cards.")), 400
        outcome = self._container.test_acquirer.pay(str(attempt_id), form.token.data)
        if outcome.kind is OutcomeKind.FAILED:
            return self._render(charge, form, decline_message(outcome.failure_code)), 402
        self._tell(attempt_id)
        return self._back(charge)

    def close(self, attempt_id: UUID) -> ResponseReturnValue:
        """Leave without paying."""
        charge = self._charge(attempt_id)
        self._container.test_acquirer.close_checkout(str(attempt_id))
        self._tell(attempt_id)
        return self._back(charge)

    def _charge(self, attempt_id: UUID) -> Charge:
        charge = self._ledger.find(str(attempt_id))
        if charge is None or charge.return_url is None:
            raise NotFound("payment page")
        return charge

    def _is_open(self, charge: Charge) -> bool:
        return charge.state == "open" and not charge.expired(self._container.wall_clock.now())

    def _tell(self, attempt_id: UUID) -> None:
        self._webhooks.send(*self._container.test_acquirer.signed_event(str(attempt_id)))

    def _back(self, charge: Charge) -> ResponseReturnValue:
        return redirect(charge.return_url or url_for("demo.panel"), 303)

    def _render(self, charge: Charge, form: CardForm, problem: str | None = None) -> str:
        return render_template(
            "demo/acquirer.html",
            charge=charge,
            is_open=self._is_open(charge),
            form=form,
            close_form=CloseForm(),
            cards=[(card, card_behaviour(card.token)) for card in CARDS.values()],
            problem=problem,
        )


class SetupPage:
    """Where a card is added without paying."""

    def __init__(self, container: Container) -> None:
        self._container = container

    def show(self, setup_id: UUID) -> ResponseReturnValue:
        """The cards to choose from."""
        return self._render(setup_id, CardForm())

    def save(self, setup_id: UUID) -> ResponseReturnValue:
        """Keep the card; a declined one leaves the page open for another."""
        form = CardForm()
        if not form.validate_on_submit():
            return self._render(setup_id, form, _("Choose one of the test cards.")), 400
        outcome = self._container.test_acquirer.save_method(str(setup_id), form.token.data)
        if outcome.kind is SetupOutcomeKind.FAILED and self._is_open(setup_id):
            return self._render(setup_id, form, decline_message(outcome.failure_code)), 402
        return redirect(self._return_url(setup_id), 303)

    def close(self, setup_id: UUID) -> ResponseReturnValue:
        """Leave without adding a card."""
        address = self._return_url(setup_id)
        self._container.test_acquirer.close_setup(str(setup_id))
        return redirect(address, 303)

    def _is_open(self, setup_id: UUID) -> bool:
        stands = self._container.test_acquirer.find_setup(str(setup_id))
        return stands.kind is SetupOutcomeKind.AWAITING_CUSTOMER

    def _return_url(self, setup_id: UUID) -> str:
        address = self._container.test_acquirer.setup_return_url(str(setup_id))
        if address is None:
            raise NotFound("setup page")
        return address

    def _render(self, setup_id: UUID, form: CardForm, problem: str | None = None) -> str:
        return render_template(
            "demo/acquirer_setup.html",
            setup_id=setup_id,
            return_url=self._return_url(setup_id),
            is_open=self._is_open(setup_id),
            form=form,
            close_form=CloseForm(),
            cards=[(card, card_behaviour(card.token)) for card in CARDS.values()],
            problem=problem,
        )


def register(blueprint: Blueprint, container: Container) -> None:
    """Put the pages under the blueprint."""
    page = AcquirerPage(container)
    rule = "/test-acquirer/<uuid:attempt_id>"
    blueprint.add_url_rule(rule, "acquirer", page.show)
    blueprint.add_url_rule(rule, "acquirer_pay", page.pay, methods=["POST"])
    blueprint.add_url_rule(f"{rule}/close", "acquirer_close", page.close, methods=["POST"])
    setup, rule = SetupPage(container), "/test-acquirer/setup/<uuid:setup_id>"
    blueprint.add_url_rule(rule, "acquirer_setup", setup.show)
    blueprint.add_url_rule(rule, "acquirer_setup_save", setup.save, methods=["POST"])
    blueprint.add_url_rule(f"{rule}/close", "acquirer_setup_close", setup.close, methods=["POST"])


def card_behaviour(token: str) -> str:
    """What a test card does, for people."""
    behaviours = {
        "tok_visa": _("Pays."),
        "tok_mastercard": _("Pays."),
        "tok_insufficient_funds": _("Declined: not enough money. Another try may succeed."),
        "tok_stolen": _("Declined for good: the card was reported stolen."),
        "tok_declined_later": _("Pays here; later charges without you are declined."),
    }
    return str(behaviours[token])


def decline_message(failure_code: str | None) -> str:
    """Why the card was declined, as a bank would say it."""
    reasons = {
        "insufficient_funds": _("The bank declined the card: not enough money. Try another card."),
        "stolen_card": _("The bank declined the card. Use another card."),
    }
    return str(reasons.get(failure_code or "", _("The bank declined the card. Use another card.")))
