"""What every code says to a customer: the one place where failures become sentences."""

from __future__ import annotations

from typing import Final

from flask_babel import lazy_gettext as _l

SENTENCES: Final = {
    "ALREADY_REFUNDED": _l("The money for this period has been given back already."),
    "ALREADY_SUBSCRIBED": _l("You already have this connector in this Make account."),
    "BAD_ACCOUNT": _l("This account does not go with this BIK: one of the digits is wrong."),
    "BAD_BIK": _l("A BIK has 9 digits and starts with 0. Check the number."),
    "BAD_CHARACTERS": _l("This has characters that can't be stored. Please type it by hand."),
    "BAD_CHOICE": _l("Choose one of the options."),
    "BAD_CREDENTIALS": _l("The e-mail or the password is wrong."),
    "BAD_DAY": _l("Enter a day like 02.03.2026."),
    "BAD_EMAIL": _l("Enter an e-mail address like name@example.com."),
    "BAD_EXCHANGE_ID": _l("This is no participant's id of electronic exchange."),
    "BAD_INN": _l("This INN can't be right: a company has 10 digits, a person or sole trader 12."),
    "BAD_INVOICE_NUMBER": _l("Enter the number as on the invoice, or only its last digits."),
    "BAD_KPP": _l("A KPP has 9 characters, such as 770701001. Check the number."),
    "BAD_OGRN": _l("This number can't be right: an OGRN has 13 digits, an OGRNIP 15."),
    "BAD_PERIOD": _l("Choose a month or a year."),
    "BAD_PHONE": _l("Enter a phone number: digits, spaces, brackets and hyphens."),
    "BAD_REQUEST": _l("The request could not be understood. Go back and try again."),
    "BAD_SUM": _l("Enter a sum like 990 or 990,50."),
    "BODY_TOO_LARGE": _l("Too much was sent at once. Shorten the text and try again."),
    "CANCELLATION_FINAL": _l(
        "The paid period has ended, so the cancellation can't be taken back. Resume the subscription instead."
    ),
    "CART_EMPTY": _l("The cart is empty. Add a connector first."),
    "CART_FULL": _l("The cart is full: one invoice holds up to 50 connectors. Pay for these first."),
    "CHARGE_IN_PROGRESS": _l("A payment for this invoice is being processed. Wait a moment, please."),
    "CONFLICT": _l("This can't be done in the present state. Refresh the page and try again."),
    "COUNTRY_MISMATCH": _l(
        "Choose the country of the foreign payer; Russian payers have a type of their own."
    ),
    "CSRF_FAILED": _l("This page has become outdated. Go back, refresh it and send the form again."),
    "CUSTOMER_BLOCKED": _l("This account is blocked. Please write to support."),
    "DOCUMENT_FILE_CHANGED": _l(
        "The file is damaged, so we do not hand it out. Our staff know and will restore it."
    ),
    "DOCUMENT_NOT_READY": _l("The document is being prepared. Come back in a minute."),
    "EXPORT_TOO_LONG": _l("There are too many payments for one file. Choose fewer days."),
    "FORBIDDEN": _l("This is not available to you."),
    "ILLEGAL_TRANSITION": _l("This can't be done in the present state. Refresh the page and try again."),
    "INTERNAL_ERROR": _l("Something broke on our side. We already know about it."),
    "INVALID_INPUT": _l("Something in the form is not right. Check what you entered."),
    "INVALID_PAYER": _l("Check the payer's details."),
    "INVOICE_NOT_OPEN": _l("This invoice is no longer waiting for payment."),
    "KEY_ALREADY_SHOWN": _l(
        "This key has been shown already. We don't store keys, so replace it by a new one."
    ),
    "KEY_GROUP_INVALID": _l("A group has up to 100 printable characters."),
    "KEY_LIMIT": _l("You have 50 working keys, and more are not possible. Delete one that is not needed."),
    "KEY_NAME_INVALID": _l("A name has 1 to 100 printable characters."),
    "KEY_NOT_LIVE": _l("This key is switched off or has expired. Create a new one."),
    "KEY_NOT_SHOWN": _l("This key is still waiting for you: open it instead of replacing it."),
    "KEY_ROTATING": _l("This key is being replaced already."),
    "MAKE_ACCOUNT_INVALID": _l("The id of a Make account has 1 to 128 printable characters."),
    "MAKE_ACCOUNT_TAKEN": _l("You already have this connector in that Make account."),
    "METHOD_NOT_ALLOWED": _l("This address does not take such requests."),
    "METHOD_REQUIRED": _l("Save a card first: it will pay what comes."),
    "NOTHING_PAID": _l("Nothing was paid for this period, so there is nothing to give back."),
    "NOTHING_UNUSED": _l("No whole day of this period is unused, so there is nothing to give back."),
    "NOT_ACTIVATED": _l(
        "Confirm your e-mail first: the link is in our message. A new one comes if you register again."
    ),
    "NOT_CANCELABLE": _l("Only a running paid subscription can be cancelled."),
    "NOT_CONTINUABLE": _l("This trial can't continue by itself. Buy the connector instead."),
    "NOT_FOUND": _l("There is no such page, or it belongs to somebody else."),
    "NOT_METERED": _l("This connector can't be used with payment per operation right now."),
    "NOT_ON_TRIAL": _l("This subscription is not on trial any more."),
    "NOT_PERMITTED": _l("This is not available to you."),
    "NOT_RESUMABLE": _l("Only a subscription that has ended can be resumed."),
    "NOT_RUNNING": _l("The Make account can be changed while the subscription runs."),
    "NO_DOCUMENTS": _l("There are no documents in that time."),
    "NO_LONGER_SOLD": _l("One of the connectors is no longer sold. Remove it from the cart."),
    "NO_REFUND_FOR_MONTH": _l(
        "A month that has begun is not refunded. You can cancel: access stays until it ends."
    ),
    "ORDER_PENDING": _l(
        "You already have an unpaid order for this connector and account. Pay for it on the Payments page."
    ),
    "OVERLAP_NOT_OFFERED": _l("Choose one of the options."),
    "PASSWORD_TOO_LONG": _l("A password may have up to 1000 characters."),
    "PASSWORD_TOO_SHORT": _l("Use 12 characters or more. Four random words are easy to remember."),
    "PAYER_REQUIRED": _l("Tell us first who pays."),
    "PERIOD_OVER": _l("This period has ended, so its money is not given back."),
    "PRICED_PER_OPERATION": _l("This connector is paid for by operations: there is no period to buy."),
    "PROMO_ALREADY_USED": _l("You have used this promo code already."),
    "PROMO_EXPIRED": _l("This promo code is no longer valid."),
    "PROMO_FIRST_ORDER_ONLY": _l("This promo code is for the first order only."),
    "PROMO_NOT_FOR_THESE": _l("This promo code is not for the connectors in the cart."),
    "PROMO_NOT_FOR_YOU": _l("This promo code is for another customer."),
    "PROMO_NOT_YET": _l("This promo code is not valid yet."),
    "PROMO_REFUSED": _l("This promo code gives nothing for this order."),
    "PROMO_UNKNOWN": _l("There is no such promo code. Check the letters and digits."),
    "PROMO_USED_UP": _l("This promo code has been used up."),
    "PROMO_WRONG_CURRENCY": _l("This promo code is in another currency."),
    "PROVIDER_UNAVAILABLE": _l("The payment page did not open. Your order is kept: try again in a minute."),
    "RATE_MISSING": _l("The official exchange rate is not known yet. Try again tomorrow."),
    "REASON_REQUIRED": _l("Say why in a few words."),
    "RECONCILIATIONS_TOO_MANY": _l(
        "You have asked for ten statements today. The next one can be had tomorrow."
    ),
    "RECONCILIATION_PERIOD": _l("A statement covers days that have come, three years at most."),
    "REFUND_LATER_PERIOD_FIRST": _l(
        "A later period of this subscription is paid. Its money goes back first."
    ),
    "REFUND_OPEN": _l("You have asked for this refund already. We will answer by e-mail."),
    "RENEWAL_NOT_SWITCHABLE": _l("Auto-renewal is switched on running paid subscriptions only."),
    "REQUIRED": _l("Fill in this field."),
    "TERMS_CHANGED": _l("The terms have just changed. Read them and accept once more."),
    "TERMS_NOT_ACCEPTED": _l("Read and accept the terms to continue."),
    "TOO_LATE": _l(
        "The trial ends in less than a day, so it can't continue by itself. Buy the connector instead."
    ),
    "TOO_LONG": _l("This is too long."),
    "TOO_MANY_DOCUMENTS": _l("There are too many documents for one archive. Choose a month or one kind."),
    "TOO_MANY_REQUESTS": _l("Too many attempts in a short time. Wait a minute and try again."),
    "WORK_NOT_READY": _l("The file is not there yet, or not any more. Ask for it again."),
    "TOO_MUCH_WORK": _l("Three archives are being made already. Wait for one of them."),
    "TRIAL_NOTHING_CHOSEN": _l("Choose at least one connector."),
    "TRIAL_NOT_ELIGIBLE": _l("One of these connectors can't be tried for free."),
    "TRIAL_REFUSED": _l("The trial can't be started."),
    "TRIAL_TOO_MANY": _l("Choose up to three connectors."),
    "TRIAL_USED": _l("The free trial has been used already. You can buy any connector at any time."),
    "TRY_AGAIN": _l("The service is busy right now. Please try again in a few seconds."),
    "USAGE_UNPAID": _l("Operations used earlier are not paid for. Pay for them first."),
}
ANYTHING_ELSE: Final = _l("Something went wrong. Please try again.")

DECLINES: Final = {
    "insufficient_funds": _l("There is not enough money on the card."),
    "card_declined": _l("The bank declined the payment."),
    "stolen_card": _l("The bank declined the payment."),
    "no_such_method": _l("This card is no longer available."),
}


def sentence_for(code: str) -> str:
    """The sentence for a code in the reader's language; a general one for a code nobody wrote about."""
    return str(SENTENCES.get(code, ANYTHING_ELSE))


def decline_reason(failure_code: str | None) -> str:
    """Why a charge failed, as far as the bank told."""
    return str(DECLINES.get(failure_code or "", DECLINES["card_declined"]))


class CodedText(str):
    """The sentence at a field, with the stable code behind it."""

    code: str

    @classmethod
    def of(cls, code: str) -> CodedText:
        """The sentence for this code in the reader's language."""
        text = cls(sentence_for(code))
        text.code = code
        return text
