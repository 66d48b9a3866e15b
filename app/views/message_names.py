"""Mails and jobs as staff read them."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

MESSAGES: dict[str, Any] = {
    "mail.activation": _("Mail: confirm the address"),
    "mail.already_registered": _("Mail: you are registered already"),
    "mail.password_reset": _("Mail: new password"),
    "mail.password_changed": _("Mail: password changed"),
    "mail.trial_started": _("Mail: trial started"),
    "mail.trial_ending": _("Mail: trial ends soon"),
    "mail.trial_ended": _("Mail: trial ended"),
    "mail.api_key_waiting": _("Mail: an API key waits"),
    "mail.switch_to_production_key": _("Mail: switch to the production key"),
    "mail.key_deactivated": _("Mail: API key deactivated"),
    "mail.invoice_issued": _("Mail: invoice"),
    "mail.invoice_voided": _("Mail: invoice void"),
    "mail.document_ready": _("Mail: document"),
    "mail.documents_ready": _("Mail: documents"),
    "mail.payment_received": _("Mail: payment received"),
    "mail.payment_failed": _("Mail: payment failed"),
    "mail.payment_confirmation": _("Mail: the bank wants a confirmation"),
    "mail.subscription_started": _("Mail: subscription started"),
    "mail.subscription_canceled": _("Mail: subscription canceled"),
    "mail.auto_renewal_changed": _("Mail: auto-renewal changed"),
    "mail.access_ended": _("Mail: access ended"),
    "mail.renewal_notice": _("Mail: renewal ahead"),
    "mail.access_ending": _("Mail: access will end"),
    "mail.trial_continues_notice": _("Mail: the trial goes on as a subscription"),
    "mail.subscription_renewed": _("Mail: subscription renewed"),
    "mail.payment_reminder": _("Mail: reminder of a payment"),
    "mail.subscription_suspended": _("Mail: subscription suspended"),
    "mail.cancellation_taken_back": _("Mail: cancellation taken back"),
    "mail.interval_switched": _("Mail: month or year switched"),
    "mail.make_account_changed": _("Mail: Make account changed"),
    "mail.price_change": _("Mail: the price changes"),
    "mail.operation_price_change": _("Mail: the price of operations changes"),
    "mail.usage_notice": _("Mail: used operations, preliminary"),
    "mail.usage_invoiced": _("Mail: invoice of used operations"),
    "mail.refund_requested": _("Mail: refund asked for"),
    "mail.refund_decided": _("Mail: refund decided"),
    "mail.refund_sent": _("Mail: refund sent"),
    "mail.compensation_granted": _("Mail: compensation given"),
    "mail.balance_credited": _("Mail: money on the balance"),
    "mail.key_rotated": _("Mail: API key replaced"),
    "mail.billing_resumed": _("Mail: subscription runs again"),
    "mail.card_expiring": _("Mail: saved card runs out"),
    "payment.charge": _("Job: charge the saved card"),
    "payment.forget_method": _("Job: have the provider forget a card"),
    "payment.webhook": _("Job: look at what the provider told"),
    "refund.send": _("Job: have the provider send a refund"),
    "fiscal.register": _("Job: tell the register of a receipt"),
    "month.close": _("Job: close the month"),
    "document.render": _("Job: make the document"),
    "long_work.turn": _("Job: turn of an archive or export"),
}


def message_name(name: str) -> str:
    """A mail or job in words; the name itself when nobody has worded it yet."""
    return str(MESSAGES.get(name, name))
