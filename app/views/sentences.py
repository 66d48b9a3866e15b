"""Refusals of the business as sentences for staff."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.billing.errors import BillingError

SENTENCES: dict[str, Any] = {
    "ANNOUNCEMENT_EMPTY": _("Subscribers are told why, in both languages."),
    "AUDIENCE_CHANGED": _("Who is meant, or what they pay, has changed since you looked. Look again."),
    "AUDIENCE_INVALID": _("The customers that are meant can't be read."),
    "BAD_PERIOD": _("Enter a month like 2026-03, or a year."),
    "BAD_SERIES": _("A series has 1 to 8 capital letters and digits; «СЧ» is that of invoices."),
    "BANK_ACCOUNT_UNKNOWN": _("The statement is of an account that is not ours."),
    "BAD_INN": _("This is no ИНН of such a buyer."),
    "BAD_KPP": _("This is no КПП."),
    "BALANCE_EMPTY": _("There is no money in this currency on the customer's balance."),
    "BAD_CHOICE": _("Choose one of the options."),
    "BAD_DAY": _("Enter a day like 02.03.2026."),
    "BAD_INVOICE_NUMBER": _("Enter the number as on the invoice, or only its last digits."),
    "BAD_SUM": _("Enter a sum like 990 or 990,50."),
    "CANCELLATION_FINAL": _("The paid period has ended: the subscription can only be resumed."),
    "CHARGE_IN_PROGRESS": _("The invoice is being paid by card at this moment. Wait for the outcome."),
    "CLOCK_MOVE": _("The clock moves forward only."),
    "COMPENSATION_AMOUNT": _("The sum is above the limit of goodwill."),
    "COMPENSATION_CURRENCY": _("Goodwill is given in the customer's currency."),
    "COMPENSATION_DAYS": _("At most 90 extra days."),
    "COMPENSATION_NOT_OF_ITS_KIND": _("The value does not go with the kind of compensation."),
    "COMPENSATION_OF_USAGE": _(
        "A subscription that is paid per operation gets neither days nor a discount: give goodwill."
    ),
    "COMPENSATION_PERCENT": _("A discount is at most 100 %."),
    "COMPENSATION_WITHOUT_REASON": _("Please give a reason of at most 500 characters."),
    "COMPENSATION_WITHOUT_SUBSCRIPTION": _("Extra days and a discount are given to a subscription."),
    "CONFLICT": _("This contradicts the present state of the record."),
    "DOCUMENT_CORRECTED_ALREADY": _("The document was corrected already: correct its newest issue."),
    "DOCUMENT_NOT_CORRECTABLE": _("Such a document is not corrected: a new one is made."),
    "FISCAL_RECEIPT_REGISTERED": _("The receipt is registered already."),
    "DOCUMENT_FILE_CHANGED": _(
        "The stored file is not the one that was made, so it is not handed out. Have it made again."
    ),
    "DOCUMENT_FILE_MISSING": _("The file of this document is missing in the store. Tell the developers."),
    "DOCUMENT_NOT_READY": _("The document is not ready yet, so there is nothing to send."),
    "DOCUMENT_WITHOUT_ORIGINAL": _("Nobody signs this kind of document."),
    "EXPORT_TOO_LONG": _("There are too many payments for one file. Choose fewer days."),
    "ILLEGAL_TRANSITION": _("This can't be done any more: the record's status has changed meanwhile."),
    "INVOICE_NUMBER_UNCLEAR": _("One of the numbers fits no invoice, or several: give them with their year."),
    "INVALID_INPUT": _("Something in the form is not right."),
    "IN_DUNNING": _("The renewal is not paid yet. A discount is possible after that."),
    "LINE_DECIDED": _("This line was decided about already; nothing is changed."),
    "MAKE_ACCOUNT_INVALID": _("The id of a Make account has 1 to 128 printable characters."),
    "MAKE_ACCOUNT_TAKEN": _(
        "Another subscription of the customer to this connector stands in that Make account."
    ),
    "MONTH_BUSY": _("Somebody is booking in the month at this moment. It will be tried again."),
    "MONTH_CLOSED": _("The month is closed already."),
    "MONTH_NOT_OVER": _("The month is not over yet."),
    "NOTHING_CHOSEN": _("Choose an invoice for money that came in, a refund for money that went out."),
    "NOT_A_PART": _("A part is kept towards one open invoice that asks for more."),
    "NOT_CANCELABLE": _("Only a paid subscription that still gives access can be canceled."),
    "NOT_EXTENDABLE": _("Extra days need a paid period that runs."),
    "NOTHING_CORRECTED": _("Nothing differs from the document as it stands."),
    "NOT_FOUND": _("This record does not exist any more."),
    "NOT_PERMITTED": _("This is not for you to decide."),
    "NOT_RESUMABLE": _("Only a subscription that has ended can be resumed."),
    "NOT_RUNNING": _("The Make account changes only while the subscription runs."),
    "NO_DOCUMENTS": _("There are no documents in that time."),
    "NO_ACCESS_TO_END": _("This refund has left no access that could end."),
    "NO_DEBT": _("The customer owes nothing."),
    "NO_LONGER_SOLD": _("The connector is no longer sold so."),
    "PAYER_REQUIRED": _("The customer has no payer yet: documents need one."),
    "PAYMENT_ORDER_INVALID": _(
        "A bank would refuse this order: check the name, the accounts, the БИК and the ИНН."
    ),
    "PICTURE_TOO_LARGE": _("The picture is too large: at most 2 MB and 16 million pixels."),
    "PICTURE_UNREADABLE": _("This is no picture that can be read: PNG, JPEG or WebP."),
    "PRICE_CHANGED": _("The price was changed since the draft. Draft the change anew."),
    "PRICE_EXISTS": _("There is a price from this very instant already."),
    "PRICE_IN_THE_PAST": _("A price can't hold from the past: somebody may have bought at the old one."),
    "PRICE_NOT_FOUND": _("The connector is not sold so: there is no price to change."),
    "PRICE_NOT_FROM_A_MONTH": _(
        "A changed price of operations begins at 0:00 Moscow time on the first day of a month: "
        "the bill of a month has one price."
    ),
    "PRICE_NOT_POSITIVE": _("A price must be more than zero."),
    "PRICE_PLANNED": _("Another price is planned for later. It has to come into force first."),
    "PRICE_WITHOUT_NOTICE": _(
        "Customers pay for these operations already: they are told at least 30 days before a new price."
    ),
    "PROMO_CODE_FORM": _("A code has 3 to 32 Latin letters, digits and hyphens."),
    "PROMO_DATES": _("A code ends after it starts."),
    "PROMO_DISCOUNT": _("A code gives either a percentage up to 100 or an amount."),
    "PROMO_EXISTS": _("There is such a code already."),
    "PROMO_IN_PLACE": _("A promo code lowers the next period already."),
    "PROMO_LIMITS": _("A limit is a positive number."),
    "RATES_INCOMPLETE": _("A currency that the product sells in is not in the file."),
    "RATES_IN_FUTURE": _("Nobody can know these rates yet."),
    "RATES_OF_ANOTHER_DAY": _("The file can't be the Bank's answer for that day."),
    "RATES_UNREADABLE": _("This is no file of exchange rates of the Bank of Russia."),
    "RATE_DIFFERS": _(
        "The file gives another rate for a day that is known. Nothing was stored; there is a task."
    ),
    "RATE_MISSING": _("The rate of the Bank of Russia for today is not known yet."),
    "RATE_WITHOUT_COLUMN": _("A document has a rate of VAT that the sales book has no column for."),
    "RECONCILIATION_PERIOD": _("The days are in order, not in the future, and at most three years."),
    "RECONCILIATIONS_TOO_MANY": _("There are too many such acts today already."),
    "ROUBLE_VALUE_MISSING": _(
        "A document in another currency has no rouble value: enter the exchange rate first."
    ),
    "TEXT_REQUIRED": _("A text is missing or too long."),
    "REASON_REQUIRED": _("Please give a reason of at most 500 characters."),
    "REFERENCE_REQUIRED": _("A number of 1 to 128 characters is needed."),
    "PAYMENT_DISPUTED": _("A bank takes this payment back: sent as a refund as well, it would go twice."),
    "REFUND_EXCEEDS_LINE": _("The line does not hold so much any more."),
    "REFUND_EXCEEDS_PAYMENT": _("The payment does not hold so much any more."),
    "REFUND_IN_FLIGHT": _("The provider is sending it. If it does not tell how that ended, you get a task."),
    "REFUND_LEAVES_BY_BANK": _(
        "A payment order for it was made: the bank may send the money, and so would the provider."
    ),
    "REFUND_LATER_PERIOD_FIRST": _("A later period of the subscription is paid: its money goes back first."),
    "REFUND_NOT_AWAITED": _("No refund of this sum waits to leave by bank transfer."),
    "REFUND_NOT_BY_PROVIDER": _("No provider took this payment: the refund leaves by bank transfer."),
    "REFUND_NOT_POSITIVE": _("There is nothing to give back."),
    "REFUND_OPEN": _("A refund of this period waits already."),
    "RENEWAL_NOT_SWITCHABLE": _("This works on a running, paid subscription only."),
    "SECOND_PERSON_REQUIRED": _("Above the limit another person decides than the one who asked."),
    "SEVERAL_CUSTOMERS": _("The invoices belong to several customers: a line pays those of one."),
    "STATEMENT_FORMAT_UNKNOWN": _(
        "This is no bank statement that we can read: 1C exchange, camt.053 or MT940."
    ),
    "STATEMENT_MALFORMED": _("The file is broken, nothing of it was taken."),
    "STATEMENT_TOO_LARGE": _(
        "The file is too large for a page. Drop it into the folder, or ask the bank for shorter periods."
    ),
    "STATEMENT_TOTALS": _("The lines do not add up to the totals of the statement; nothing was taken."),
    "STATEMENT_TOTALS_MISMATCH": _(
        "The lines do not add up to the totals that the file states; nothing was taken."
    ),
    "SUMS_DIFFER": _("Several open invoices are paid by exactly their sum only."),
    "TOO_MANY_DOCUMENTS": _("There are too many documents for one archive. Choose a month, or one kind."),
    "WORK_NOT_READY": _("The file is not there yet, or not any more."),
    "TOO_MUCH_WORK": _("Three of yours are being made already. Wait for one of them."),
    "TRANSFER_AMOUNT": _("A transfer has a positive sum in the invoice's currency and a number."),
    "TRANSFER_KNOWN": _("A transfer with this number was booked before; nothing is changed."),
    "UNDERPAID": _("The sum is less than the invoice asks for. A person has to decide first."),
    "UPLOAD_EXPIRED": _("The file did not come back whole. Upload it again."),
}


def sentence_of(refusal: BillingError) -> str:
    """What to tell the employee; the code where there is no sentence yet."""
    known = SENTENCES.get(refusal.code)
    return str(known) if known else gettext("Refused: %(code)s", code=refusal.code)
