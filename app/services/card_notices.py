"""Tells customers whose saved card runs out before its next charge (H6)."""

from __future__ import annotations

from collections.abc import Sequence

from app.billing.card_expiry import card_notice_due
from app.billing.mail import MailKind
from app.billing.periods import local_date
from app.repositories.expiring_cards import running_out
from app.services.billing_chunks import BillingRun, in_billing_chunks
from app.services.bulk import BulkResult
from app.services.unit_of_work import UnitOfWork


def send_card_notices(run: BillingRun) -> BulkResult:
    """Tell everybody whose card runs out, 30 and 7 days ahead, once each; safe to run twice or late.

    Cards that the network renews in time are told of by their provider, and need no mail.
    """
    with run.transactions.reading() as repositories:
        due = running_out(repositories.session, local_date(run.now))
    return in_billing_chunks(run, due, _notify)


def _notify(work: UnitOfWork, method_ids: Sequence[int], run: BillingRun) -> None:
    for method_id in method_ids:
        method = work.payment_methods.get(method_id, lock=True)
        noticed_on = None if method.expiry_noticed_at is None else local_date(method.expiry_noticed_at)
        valid_until = method.valid_until
        if valid_until is None or not card_notice_due(valid_until, noticed_on, local_date(run.now)):
            continue
        method.expiry_noticed_at = run.now
        work.promise_mail(
            MailKind.CARD_EXPIRING,
            method.customer_id,
            dedupe_key=f"{method_id}:{run.now.isoformat()}",
            method_id=method_id,
            valid_until=valid_until.isoformat(),
        )
