"""What each promised mail says: its data read from the database when it is written (M1).

A payload holds ids, so a mail is about the present state of what it names; anything else stands in it only
where the present state may say something else by then. None: there is nothing left to say.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.billing.mail import MailKind
from app.services.mail_contents.account import ACCOUNT_MAILS
from app.services.mail_contents.context import Contents, MailContext
from app.services.mail_contents.documents import DOCUMENT_MAILS
from app.services.mail_contents.invoices import INVOICE_MAILS
from app.services.mail_contents.refunds import REFUND_MAILS
from app.services.mail_contents.renewals import RENEWAL_MAILS
from app.services.mail_contents.subscriptions import SUBSCRIPTION_MAILS
from app.services.mail_contents.trials import TRIAL_MAILS
from app.services.mail_contents.usage import USAGE_MAILS

__all__ = ["MAIL_CONTENTS", "MailContext"]

MAIL_CONTENTS: Mapping[MailKind, Contents] = {
    **ACCOUNT_MAILS,
    **TRIAL_MAILS,
    **INVOICE_MAILS,
    **DOCUMENT_MAILS,
    **SUBSCRIPTION_MAILS,
    **RENEWAL_MAILS,
    **USAGE_MAILS,
    **REFUND_MAILS,
}
"""How the contents of every kind are written."""
