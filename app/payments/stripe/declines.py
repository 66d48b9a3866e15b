"""What the codes of a decline mean for the next try (G4), as data.

Source: the lists of decline codes and error codes in Stripe's documentation. What is not listed is taken
for soft: the dates of dunning limit the tries.
"""

from __future__ import annotations

AUTHENTICATION = frozenset(
    {"authentication_required", "authentication_not_handled", "payment_intent_authentication_failure"}
)
"""The bank wants the customer to confirm: without the customer the same card fails again."""

HARD_DECLINES = AUTHENTICATION | frozenset(
    {
        # the card is gone or was never there
        "card_not_supported",
        "expired_card",
        "incorrect_number",
        "invalid_account",
        "invalid_card_type",
        "invalid_expiry_month",
        "invalid_expiry_year",
        "invalid_number",
        "lost_card",
        "new_account_information_available",
        "payment_method_unactivated",
        "pickup_card",
        "stolen_card",
        # only the customer can put it right
        "incorrect_address",
        "incorrect_cvc",
        "incorrect_pin",
        "incorrect_zip",
        "invalid_cvc",
        "invalid_pin",
        "offline_pin_required",
        "online_or_offline_pin_required",
        "pin_try_exceeded",
        # the bank or Radar forbids it for good
        "currency_not_supported",
        "do_not_try_again",
        "fraudulent",
        "highest_risk_level",
        "live_mode_test_card",
        "merchant_blacklist",
        "not_permitted",
        "restricted_card",
        "revocation_of_all_authorizations",
        "revocation_of_authorization",
        "security_violation",
        "service_not_allowed",
        "stop_payment_order",
        "testmode_decline",
        "transaction_not_allowed",
    }
)
"""Never sent to the same card again."""

ADVICE_AGAINST_RETRY = frozenset({"do_not_try_again", "confirm_card_data"})
"""What the card network itself advises, whatever the code says."""

REFUSED_REQUESTS = frozenset({"amount_too_small", "amount_too_large", "invalid_charge_amount"})
"""Codes of a refused request that say for certain that nothing was taken and never will be."""


def may_retry(code: str | None, advice: str | None = None) -> bool:
    """Whether the same method may be charged again after this decline."""
    return code not in HARD_DECLINES and advice not in ADVICE_AGAINST_RETRY
