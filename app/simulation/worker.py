"""Who does the promised work of a story: as the product's workers do, but few mails are written out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from app.billing.mail import MailFailed, MailKind
from app.services.charging import charge_saved_method
from app.services.document_production import render_document
from app.services.mailing import deliver_mail
from app.services.outbox import Handler, PromisedWork
from app.services.refund_sending import send_refund
from app.services.webhooks import process_webhook
from app.simulation.dice import Dice
from app.simulation.faults import Fault
from app.simulation.world import World

WRITTEN_OUT = 50
"""One mail in so many is written with its facts and its text; the others are counted."""


@dataclass(frozen=True, slots=True)
class DeliveredMail:
    """A mail as its reader sees it: what it is about and when it came."""

    message_id: int
    kind: MailKind
    customer_id: int
    at: datetime
    payload: dict[str, object]


class Postbox:
    """Where mails arrive. One that was sent twice because a worker died in between is read once."""

    def __init__(self, read: Callable[[DeliveredMail], None]) -> None:
        self._read = read
        self._seen: set[int] = set()

    def arrive(self, mail: DeliveredMail) -> None:
        """Let its reader read the mail, once."""
        if mail.message_id not in self._seen:
            self._seen.add(mail.message_id)
            self._read(mail)


def handlers(world: World, postbox: Postbox, dice: Dice) -> dict[str, Handler]:
    """The handler of every message name."""
    mail = _mail_handler(world, postbox, dice)
    return {
        **{f"mail.{kind.value}": mail for kind in MailKind},
        "document.render": partial(_make_document, world),
        "payment.charge": partial(_charge, world),
        "payment.webhook": partial(_process_webhook, world),
        "refund.send": partial(_send_refund, world),
        "payment.forget_method": _forget,
    }


def _mail_handler(world: World, postbox: Postbox, dice: Dice) -> Handler:
    def send_mail(work: PromisedWork) -> None:
        assert work.customer_id is not None, "mails go to customers"
        if world.faults.strikes(Fault.MAIL_FAILED, dice):
            raise MailFailed("SMTP_AWAY", permanent=False)
        if dice.chance(1 / WRITTEN_OUT):
            deliver_mail(world.product.mailing, work=work)
        kind = MailKind(work.name.removeprefix("mail."))
        world.journal.mails[kind] += 1
        postbox.arrive(DeliveredMail(work.message_id, kind, work.customer_id, world.now, dict(work.payload)))

    return send_mail


def _make_document(world: World, work: PromisedWork) -> None:
    render_document(
        world.product.production, document_id=work.payload["document_id"], now=world.now, tries=work.attempts
    )


def _charge(world: World, work: PromisedWork) -> None:
    charge_saved_method(
        world.product.charging,
        invoice_id=work.payload["invoice_id"],
        method_id=work.payload["method_id"],
        ordinal=work.payload["ordinal"],
        now=world.now,
        real_now=world.now,
    )


def _forget(_work: PromisedWork) -> None:
    """The simulated provider keeps deleted cards, so that a charge of one would be seen."""


def _process_webhook(world: World, work: PromisedWork) -> None:
    process_webhook(
        world.product.charging,
        world.product.providers,
        webhook_event_id=work.payload["webhook_event_id"],
        now=world.now,
        real_now=world.now,
    )


def _send_refund(world: World, work: PromisedWork) -> None:
    send_refund(
        world.transactions,
        world.product.providers,
        refund_id=work.payload["refund_id"],
        order_id=UUID(work.payload["order_id"]),
        now=world.now,
        real_now=world.now,
    )
