"""Which use case does the work of which outbox message."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from app.billing.mail import MailKind
from app.bootstrap import Container
from app.services.charging import charge_saved_method
from app.services.document_production import render_document
from app.services.fiscal.registering import register_receipt
from app.services.long_work import take_turn
from app.services.mailing import deliver_mail
from app.services.month_closing import JOB as CLOSE_MONTH
from app.services.month_closing import run_closing
from app.services.outbox import Handler, PromisedWork
from app.services.payment_methods import forget_method
from app.services.refund_sending import send_refund
from app.services.webhooks import process_webhook


def handlers(container: Container) -> dict[str, Handler]:
    """The handler of every message name."""
    jobs = {
        **{f"mail.{kind.value}": _send_mail for kind in MailKind},
        "document.render": _make_document,
        CLOSE_MONTH: _close_month,
        "payment.charge": _charge,
        "payment.webhook": _webhook,
        "payment.forget_method": _forget,
        "refund.send": _refund,
        "fiscal.register": _register_receipt,
        "long_work.turn": _work_on,
    }
    return {name: partial(job, container) for name, job in jobs.items()}


def _send_mail(container: Container, work: PromisedWork) -> None:
    deliver_mail(container.mailing, work=work)


def _make_document(container: Container, work: PromisedWork) -> None:
    render_document(
        container.production,
        document_id=work.payload["document_id"],
        now=container.clock.now(),
        tries=work.attempts,
    )


def _charge(container: Container, work: PromisedWork) -> None:
    charge_saved_method(
        container.charging,
        invoice_id=work.payload["invoice_id"],
        method_id=work.payload["method_id"],
        ordinal=work.payload["ordinal"],
        now=container.clock.now(),
        real_now=container.wall_clock.now(),
    )


def _webhook(container: Container, work: PromisedWork) -> None:
    process_webhook(
        container.charging,
        container.providers,
        webhook_event_id=work.payload["webhook_event_id"],
        now=container.clock.now(),
        real_now=container.wall_clock.now(),
    )


def _forget(container: Container, work: PromisedWork) -> None:
    forget_method(container.transactions, container.providers, method_id=work.payload["method_id"])


def _close_month(container: Container, work: PromisedWork) -> None:
    run_closing(
        container.transactions,
        closing_id=work.payload["closing_id"],
        run=work.payload["run"],
        now=container.clock.now(),
        real_now=container.wall_clock.now(),
    )


def _refund(container: Container, work: PromisedWork) -> None:
    send_refund(
        container.transactions,
        container.providers,
        refund_id=work.payload["refund_id"],
        order_id=UUID(work.payload["order_id"]),
        now=container.clock.now(),
        real_now=container.wall_clock.now(),
    )


def _work_on(container: Container, work: PromisedWork) -> None:
    take_turn(container.working, work_id=work.payload["work_id"], tries=work.attempts)


def _register_receipt(container: Container, work: PromisedWork) -> None:
    """Where the register was taken away since, the receipt waits: staff see it and have it told again."""
    if container.fiscalisation is not None:
        register_receipt(
            container.fiscalisation, receipt_id=work.payload["receipt_id"], now=container.clock.now()
        )
