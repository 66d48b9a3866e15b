"""What a mail would say if it were written now; and rows that tests of mails change by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

from app.billing.mail import MAIL_LANGUAGES, MailData, MailKind
from app.billing.money import Money
from app.bootstrap import Container
from app.models import Base, CreditKind
from app.notifications.rendering import render
from app.services.mail_contents import MAIL_CONTENTS, MailContext
from app.services.sweep import sweep
from tests.clock import ManualClock
from tests.factories import FACTORY, promised

Data = TypeVar("Data", bound=MailData)


def facts_of(container: Container, kind: MailKind, customer_id: int, **payload: Any) -> MailData | None:
    """The data of the mail with this payload; what there is to say can be said in every language."""
    mailing = container.mailing
    with mailing.transactions.reading() as repositories:
        customer = repositories.customers.get(customer_id)
        data = MAIL_CONTENTS[kind](
            MailContext(repositories, customer, payload, mailing.links, mailing.signer)
        )
    if data is not None:
        for language in MAIL_LANGUAGES:
            render(kind, language, "anna@example.com", data, "<outbox-1@bpm.example>")
    return data


def told(container: Container, wanted: type[Data]) -> Data:
    """The data of the mail of this kind that was promised last."""
    data = last_promised(container, wanted.kind)
    assert isinstance(data, wanted)
    return data


def last_promised(container: Container, kind: MailKind) -> MailData | None:
    """What the mail of this kind that was promised last says now."""
    message = promised(container, f"mail.{kind.value}")[-1]
    assert message.customer_id is not None
    return facts_of(container, kind, message.customer_id, **message.payload)


def swept_at(container: Container, clock: ManualClock, instant: datetime) -> None:
    """Let the sweep run at this instant."""
    clock.move_to(instant)
    sweep(container.billing_run())


def change(container: Container, table: type[Base], identity: object, **columns: Any) -> None:
    """Set columns of a row."""
    with container.transactions.begin(FACTORY) as work:
        row = work.session.get_one(table, identity)
        for name, value in columns.items():
            setattr(row, name, value)


def insert(container: Container, row: Base) -> int:
    """Insert the row; its id."""
    with container.transactions.begin(FACTORY) as work:
        work.session.add(row)
        work.session.flush()
        return int(vars(row)["id"])


def credit(container: Container, customer_id: int, minor: int, kind: CreditKind = CreditKind.BALANCE) -> None:
    """Give the customer roubles."""
    with container.transactions.begin(FACTORY) as work:
        work.credits.change(customer_id, kind, Money(minor, "RUB"))
