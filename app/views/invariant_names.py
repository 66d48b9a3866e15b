"""What must always hold in the data, as staff read it when it does not."""

from __future__ import annotations

import re

from flask_babel import gettext

from app.views.object_names import OBJECT_NAMES


def _(text: str) -> str:
    """Marks a text for the translators; `invariant_name` translates it."""
    return text


RULES = (
    _("a КСФ or УКД lowers service by what its refund took from it"),
    _("a refund of documented service has its КСФ or УКД, or a task says why not"),
    _("a fiscal receipt is over what was settled"),
    _("money that was used equals the lines that started"),
    _("money that paid nothing has a task for staff"),
    _("refunds take from a payment exactly what it says, and never more than it was"),
    _("an unpaid invoice has used no money"),
    _("an invoice is the sum of its lines"),
    _("the VAT of a line is the rate's share of its price, rounded half-up"),
    _("at most one attempt of an invoice is in doubt"),
    _("one payment at most pays an invoice, beside the customer's balance"),
    _("a succeeded attempt has one payment of its amount"),
    _("no account of a customer stands on the side where it can never be"),
    _("the money of every payment stands in the ledger"),
    _("advances are the paid service that is still to be given"),
    _("the VAT on advances is that of the service still to be given"),
    _("a customer's balance is what the ledger says, less what open invoices have reserved"),
    _("a customer's goodwill is what the ledger says, less what open invoices have reserved"),
    _("what customers owe is usage that they have not paid, and what banks took back of payments"),
    _("what is still to be sent of a refund is all that returns to its method, until it is sent"),
    _("the months of a line add up to the line"),
    _("a booked bank line equals its payments"),
    _("a refund leaves with one bank line at most, of its sum"),
    _("numbers of a series and year have no gap"),
    _("a higher number was never issued on an earlier day"),
    _("an invoice has its document, with its number"),
    _("a VAT invoice of an advance says the VAT that the ledger was charged with"),
    _("every advance taxed for a Russian business has its VAT invoice"),
    _("a prepayment has its VAT invoice, or a task says why not"),
    _("every service month is on one document, with the sums that were booked"),
    _("an invoice of operations is on documents with the sums that were booked"),
    _("documents of service use of each advance the VAT that was deducted"),
    _("a tax document is the sum of its lines"),
    _("every payment of new money has its receipt over its amount"),
    _("service that was given has its documents, or a task says why not"),
    _("a payment has its receipt, or a task says why not"),
    _("a refund has its receipt, or a task says why not"),
    _("a period of a subscription stands on one invoice"),
    _("paid periods of a subscription do not overlap"),
    _("a paid period belongs to a paid line of its own subscription"),
    _("a paid subscription shows its last paid period"),
    _("one live subscription per customer, connector and Make account"),
    _("a subscription that renews is going to: told, invoiced or standing on an invoice"),
    _("dunning has a first failure and an open invoice, and nothing else has"),
    _("no renewal is asked for that nobody can use"),
    _("what was used is on the bill of its month"),
    _("every change of status starts where the one before ended"),
    _("every key that was shown has an audit entry"),
    _("no API key stands anywhere in plain text"),
    _("a provider's event does not wait for longer than an hour"),
    _("promised work is not due for longer than an hour"),
)
OF_KINDS = (
    (
        re.compile(r"the history of every (?P<one>\w+) ends in its \w+"),
        _("the history ends in the status: %(one)s"),
    ),
    (
        re.compile(r"only listed changes of the status of (?P<one>\w+) happened"),
        _("only listed changes of the status happened: %(one)s"),
    ),
    (
        re.compile(r"(?P<one>\w+) and its (?P<other>\w+) belong to one customer"),
        _("both belong to one customer: %(one)s and %(other)s"),
    ),
)


def invariant_name(name: str) -> str:
    """The rule in the reader's language; a long name may have been cut where it was stored."""
    for pattern, text in OF_KINDS:
        found = pattern.match(name)
        if found is not None:
            kinds = {key: str(OBJECT_NAMES.get(kind, kind)) for key, kind in found.groupdict().items()}
            return str(gettext(text)) % kinds
    known = next((rule for rule in RULES if rule.startswith(name)), None)
    return name if known is None else str(gettext(known))
