"""Accounts, entries of the ledger and providers as staff read them."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.billing.ledger import Account, EntryKind
from app.models import BALANCE_PROVIDER, BANK_PROVIDER

CASH = "cash:"
ACCOUNTS: dict[str, Any] = {
    Account.RECEIVABLE: _("Receivable"),
    Account.ADVANCES: _("Advances received"),
    Account.VAT_ON_ADVANCES: _("VAT on advances"),
    Account.VAT_PAYABLE: _("VAT payable"),
    Account.REVENUE: _("Revenue without VAT"),
    Account.REFUNDS_PAYABLE: _("Refunds to be sent"),
    Account.CUSTOMER_BALANCE: _("Customers' balances"),
    Account.GOODWILL: _("Goodwill not used yet"),
    Account.GOODWILL_GRANTED: _("Goodwill granted"),
    Account.FEES: _("Fees of providers"),
    Account.BAD_DEBTS: _("Bad debts"),
}
ENTRIES: dict[str, Any] = {
    EntryKind.MONEY_RECEIVED: _("Money received"),
    EntryKind.MONEY_UNALLOCATED: _("Money that paid nothing"),
    EntryKind.BALANCE_USED: _("Balance used"),
    EntryKind.ADVANCE_VAT: _("VAT on an advance"),
    EntryKind.SERVICE_GIVEN: _("Service given"),
    EntryKind.SERVICE_VAT: _("VAT on service"),
    EntryKind.ADVANCE_OFFSET: _("Advance offset"),
    EntryKind.ADVANCE_VAT_DEDUCTED: _("VAT on an advance deducted"),
    EntryKind.PREPAYMENT_REFUND: _("Refund of an advance"),
    EntryKind.ADVANCE_VAT_RETURNED: _("VAT on a refunded advance"),
    EntryKind.SERVICE_REFUND: _("Refund of service given"),
    EntryKind.SERVICE_VAT_REDUCED: _("VAT on service reduced"),
    EntryKind.BALANCE_REFUND: _("Refund of the balance"),
    EntryKind.REFUND_SENT: _("Refund sent"),
    EntryKind.REFUND_RETURNED: _("Refund came back"),
    EntryKind.REFUND_TO_BALANCE: _("Refund put on the balance"),
    EntryKind.REFUND_OF_USED_MONEY: _("Refund of money that was used already"),
    EntryKind.ADVANCE_TO_BALANCE: _("Advance put on the balance"),
    EntryKind.GOODWILL_GRANTED: _("Goodwill granted"),
    EntryKind.GOODWILL_USED: _("Goodwill used"),
    EntryKind.PROVIDER_FEE: _("Fee of a provider"),
    EntryKind.DISPUTE_LOST: _("Payment taken back by a bank"),
    EntryKind.DISPUTE_WON_BACK: _("Payment won back from a bank"),
    EntryKind.DEBT_PAID: _("Debt paid from the balance"),
    EntryKind.DEBT_PAYMENT_RETURNED: _("Payment of a debt returned to the balance"),
    EntryKind.DEBT_WRITTEN_OFF: _("Debt written off"),
    EntryKind.WRITE_OFF_UNDONE: _("Written-off debt taken back"),
}
PROVIDERS: dict[str, Any] = {
    BANK_PROVIDER: _("Bank"),
    BALANCE_PROVIDER: _("Customer's balance"),
    "stripe": "Stripe",
    "paypal": "PayPal",
    "test": _("Test acquirer"),
}


def account_name(account: str) -> str:
    """An account in words: «Деньги: Банк» for the cash at a provider."""
    if account.startswith(CASH):
        provider = provider_name(account.removeprefix(CASH))
        return str(gettext("Money: %(provider)s", provider=provider))
    return str(ACCOUNTS.get(account, account))


def entry_name(kind: str) -> str:
    """Why something moved."""
    return str(ENTRIES.get(kind, kind))


def provider_name(provider: str) -> str:
    """Who took the money; the code itself for a provider that nobody has named yet."""
    return str(PROVIDERS.get(provider, provider))
