"""Yesterday's bank statement: what a person has to look at, so that the queue is not empty (H4)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select

from app.billing.bank_statement import BankStatement, Direction, StatementLine
from app.billing.invoice import InvoiceStatus, PaymentMethodKind
from app.billing.money import Money
from app.billing.periods import local_date
from app.demo.seed.staff import FINANCE
from app.demo.seed.stage import Stage
from app.models import Invoice
from app.services.bank_statements import Importing, StatementFile, apply_statement

FEE = Money(150_00, "RUB")
OPENING = Money(1_250_000_00, "RUB")


def add_statement(stage: Stage, now: datetime) -> None:
    """Finance takes in a statement: of one invoice only a part came, another is paid without its number, and
    the bank took its fee.
    """
    day = local_date(now) - timedelta(days=1)
    with stage.transactions.reading() as repositories:
        account = repositories.sellers.current().bank_account
        in_part, unnamed = repositories.session.scalars(
            select(Invoice)
            .where(
                Invoice.status == InvoiceStatus.OPEN,
                Invoice.method == PaymentMethodKind.BANK_TRANSFER,
                Invoice.currency == FEE.currency,
            )
            .order_by(Invoice.id.desc())
            .limit(2)
        ).all()
        lines = (
            _line(1, day, _half(in_part), f"Оплата по счету {in_part.full_number}, 1-я часть", in_part),
            _line(2, day, unnamed.due, "За доступ к сервису, НДС в том числе", unnamed),
            _line(3, day, FEE, "Комиссия за ведение счета", None),
        )
    told = _statement(account, day, lines)
    importing = Importing(stage.transactions, lambda _content, _filename: [told])
    file = StatementFile(f"vypiska-{day:%Y-%m-%d}.txt", f"{day}".encode())
    apply_statement(importing, actor=FINANCE, file=file, now=now)


def _half(invoice: Invoice) -> Money:
    return Money(invoice.due.minor // 2, invoice.currency)


def _line(position: int, day: date, amount: Money, purpose: str, invoice: Invoice | None) -> StatementLine:
    """Money for an invoice, or what the bank took."""
    return StatementLine(
        position=position,
        fingerprint=hashlib.sha256(f"{day} {position}".encode()).hexdigest(),
        booked_on=day,
        direction=Direction.OUT if invoice is None else Direction.IN,
        amount=amount,
        reference=str(240 + position),
        purpose=purpose,
        party_name="АО «Образцовый банк»" if invoice is None else invoice.payer.name,
        party_inn=None if invoice is None else invoice.payer.inn,
        party_account=None,
    )


def _statement(account: str, day: date, lines: Sequence[StatementLine]) -> BankStatement:
    came = lines[0].amount + lines[1].amount
    return BankStatement(
        account, FEE.currency, starts_on=day, ends_on=day, opening=OPENING, closing=OPENING + came - FEE,
        turnover_in=came, turnover_out=FEE, lines=tuple(lines),
    )  # fmt: skip
