"""Test cards, with the numbers that Stripe publishes, and how each behaves."""

from __future__ import annotations

VISA = "4242424242424242"
MASTERCARD = "5555555555554444"
INSUFFICIENT = "4000000000009995"
STOLEN = "4000000000009979"
EXPIRED = "4000000000000069"
DECLINED = "4000000000000341"
CONFIRM = "4000002760003184"

DECLINES = {
    INSUFFICIENT: ("card_declined", "insufficient_funds"),
    STOLEN: ("card_declined", "stolen_card"),
    EXPIRED: ("expired_card", "expired_card"),
    DECLINED: ("card_declined", "generic_decline"),
}
