"""Writes a promised mail and hands it to the mailer (M1)."""

from __future__ import annotations

from dataclasses import dataclass

from app.billing.mail import Mailer, MailFailed, MailKind, MailRenderer, message_id
from app.billing.ports import Signer
from app.services.links import Links
from app.services.mail_contents import MAIL_CONTENTS, MailContext
from app.services.outbox import PermanentFailure, PromisedWork
from app.services.unit_of_work import Transactions


@dataclass(frozen=True, slots=True)
class Mailing:
    """What writing and sending mails needs. `domain` stands in Message-IDs."""

    transactions: Transactions
    render: MailRenderer
    mailer: Mailer
    signer: Signer
    links: Links
    domain: str


def deliver_mail(mailing: Mailing, *, work: PromisedWork) -> None:
    """Write and send the mail of an outbox message, in the customer's language, if it is still true.

    Raises MailFailed when it may go later, PermanentFailure when it never will.
    """
    assert work.customer_id is not None, "mails go to customers"
    kind = MailKind(work.name.removeprefix("mail."))
    with mailing.transactions.reading() as repositories:
        customer = repositories.customers.get(work.customer_id)
        context = MailContext(repositories, customer, work.payload, mailing.links, mailing.signer)
        data = MAIL_CONTENTS[kind](context)
        if data is None:
            return
        language, recipient = customer.language, customer.email
    identity = message_id(work.message_id, mailing.domain)
    mail = mailing.render(kind, language, recipient, data, identity)
    try:
        mailing.mailer.send(mail)
    except MailFailed as failure:
        if failure.permanent:
            raise PermanentFailure(code=failure.code) from failure
        raise
