"""Deeds of the audit as staff read them."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

ACTIONS: dict[str, Any] = {
    "customer.contact_data": _("Contact data changed"),
    "customer.password_reset": _("Password reset"),
    "payer.save": _("Payer saved"),
    "api_key.create": _("API key created"),
    "api_key.reveal": _("API key shown to its owner"),
    "api_key.deactivate": _("API key deactivated"),
    "document.resend": _("Document sent again"),
    "subscription.bind": _("Subscription bound to a Make account"),
    "subscription.cancel": _("Subscription canceled"),
    "subscription.auto_renewal": _("Auto-renewal changed"),
    "price.add": _("New price"),
    "operation_price.add": _("New price of operations"),
    "clock.move": _("Clock moved"),
    "staff.login": _("Employee logged in"),
    "staff.logout": _("Employee logged out"),
    "staff.login_failed": _("Wrong password at login"),
    "staff.create": _("Record created"),
    "staff.update": _("Record changed"),
    "staff.delete": _("Record deleted"),
    "customer.sessions_end": _("Other sessions ended"),
    "api_key.label": _("Name or group of an API key changed"),
    "api_key.rotate": _("API key is being replaced"),
    "api_key.rotation_taken_back": _("Replacement of an API key taken back"),
    "api_key.delete": _("API key deleted"),
    "subscription.uncancel": _("Cancellation taken back"),
    "subscription.interval": _("Month or year switched"),
    "subscription.make_account": _("Make account changed"),
    "subscription.resume": _("Subscription resumed"),
    "subscription.continue_trial": _("What follows the trial changed"),
    "subscription.payment_method": _("Card of the subscription changed"),
    "subscription.start_metered": _("Pay-as-you-go started"),
    "payment_method.add": _("Card added"),
    "payment_method.prefer": _("Card made the default"),
    "payment_method.delete": _("Saved card deleted"),
    "payment.transfer": _("Bank transfer entered"),
    "refund.request": _("Refund asked for"),
    "refund.approve": _("Refund approved"),
    "refund.reject": _("Refund rejected"),
    "refund.send": _("Refund sent"),
    "refund.made_at_provider": _("Refund made at the provider"),
    "refund.end_access": _("Access of a refund ended"),
    "refund.send_again": _("Refund ordered of the provider again"),
    "dispute.note": _("Note about a dispute"),
    "dispute.debt_paid": _("Debt of a dispute paid from the balance"),
    "dispute.write_off": _("Debt of a dispute written off"),
    "refund.by_bank": _("Refund to leave by bank transfer"),
    "payment_method.update": _("The provider told of a saved card"),
    "refund.payment_order": _("Payment order of a refund made"),
    "bank_statement.import": _("Bank statement taken in"),
    "bank_line.decide": _("Line of a bank statement decided"),
    "compensation.request": _("Compensation asked for"),
    "compensation.approve": _("Compensation approved"),
    "compensation.reject": _("Compensation rejected"),
    "promo_code.create": _("Promo code made"),
    "price_campaign.draft": _("Price change drafted"),
    "price_campaign.launch": _("Price change launched"),
    "price_campaign.cancel": _("Price change given up"),
    "billing.park": _("Billing parked"),
    "billing.resume": _("Billing goes on"),
    "payment_history.export": _("Payment history taken out as a table"),
    "exchange_rate.import": _("Exchange rates stored"),
    "staff_task.finish": _("Task done"),
}


def action_name(action: str) -> str:
    """What was done, in words; the code itself when nobody has named it yet."""
    return str(ACTIONS.get(action, action))
