"""The bank: transfers of customers and our payment orders on our statement, and the clerk who books them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from app.billing.actors import Actor
from app.billing.bank_statement import BankStatement, Direction
from app.billing.bank_statement import StatementLine as ToldLine
from app.billing.money import Money
from app.billing.payment_order import PaymentOrder
from app.billing.periods import local_date
from app.services.bank_statements import Importing, StatementFile, apply_statement
from app.services.bank_transfers import Transfer, receive_transfer
from app.simulation.dice import Dice
from app.simulation.world import Ending, World

CLERK = Actor.staff("clerk")
NEXT_MORNING = (timedelta(hours=1), timedelta(hours=30))
PATIENCE = 30
"""How often a transfer that a person has to decide about is looked at before it is sent back."""


@dataclass(slots=True)
class StatementLine:
    """Money that came for an invoice. `booked` is what the clerk has seen the product accept."""

    reference: str
    invoice_id: int
    money: Money
    booked: bool = False
    sent_back: bool = False
    looked_at: int = 0


@dataclass(slots=True)
class PaidOut:
    """A payment order that the bank has carried out. `booked`: its line was taken in."""

    order: PaymentOrder
    booked: bool = False


class Bank:
    """Our account's statement: the bank's own books."""

    def __init__(self, world: World, dice: Dice) -> None:
        self.statement: list[StatementLine] = []
        self.paid_out: dict[int, PaidOut] = {}
        """What left, by the number of its payment order; an order of the same number is the same one."""
        self._world, self._dice = world, dice
        self._numbers = count(1)

    def transfer(self, invoice_id: int, money: Money, delay: timedelta) -> None:
        """Let money arrive after the delay; a clerk books it within two days."""

        def arrive() -> None:
            line = StatementLine(f"transfer-{next(self._numbers)}", invoice_id, money)
            self.statement.append(line)
            self._book_soon(line)

        self._world.agenda.after(delay, arrive)

    def pay_out(self, order: PaymentOrder) -> None:
        """Carry out a payment order, once however often it is brought; its line comes on a statement."""
        if order.number not in self.paid_out:
            paid = self.paid_out[order.number] = PaidOut(order)
            self._world.agenda.after(self._dice.span(*NEXT_MORNING), lambda: self._take_in_soon(paid))

    def book_everything(self) -> None:
        """Look at every line that is not booked yet."""
        for paid in self.paid_out.values():
            self._take_in(paid)
        for line in self.statement:
            if not line.booked and not line.sent_back:
                self._book(line)

    def _take_in_soon(self, paid: PaidOut) -> None:
        """Take the line in; a clerk whose process died does it again."""
        self._take_in(paid)
        if not paid.booked:
            self._world.agenda.after(self._dice.span(*NEXT_MORNING), lambda: self._take_in_soon(paid))

    def _take_in(self, paid: PaidOut) -> None:
        if paid.booked:
            return
        world, told = self._world, _statement_of(paid.order, self._world.now)
        file = StatementFile(f"{paid.order.number}.txt", str(paid.order.number).encode())
        importing = Importing(world.transactions, lambda _content, _name: [told])
        ending = world.ask(
            "take in a statement",
            lambda: apply_statement(importing, actor=CLERK, file=file, now=world.now),
        )
        paid.booked = ending is Ending.DONE

    def _book_soon(self, line: StatementLine) -> None:
        self._world.agenda.after(self._dice.span(*NEXT_MORNING), lambda: self._look(line))

    def _look(self, line: StatementLine) -> None:
        if not line.booked and not line.sent_back and not self._book(line):
            self._book_soon(line)

    def _book(self, line: StatementLine) -> bool:
        """Book the line; the same file is sometimes read twice. False: look again later."""
        world = self._world
        transfer = Transfer(line.invoice_id, line.money, line.reference)
        for _ in range(2 if self._dice.chance(0.05) else 1):
            ending = world.ask(
                "book a transfer",
                lambda: receive_transfer(world.transactions, actor=CLERK, transfer=transfer, now=world.now),
            )
            line.booked = line.booked or ending is Ending.DONE
        line.looked_at += 1
        line.sent_back = not line.booked and line.looked_at >= PATIENCE
        return line.booked or line.sent_back


def _statement_of(order: PaymentOrder, now: datetime) -> BankStatement:
    """A statement over the line of one payment order; its fingerprint is the order's own."""
    day, name = local_date(now), f"order {order.number}"
    line = ToldLine(
        position=1,
        fingerprint=hashlib.sha256(name.encode()).hexdigest(),
        booked_on=day,
        direction=Direction.OUT,
        amount=order.amount,
        reference=str(order.number),
        purpose=order.purpose,
        party_name=order.recipient.name,
        party_inn=order.recipient.inn,
        party_account=order.recipient.account,
    )
    account, currency = order.payer.account, order.amount.currency
    return BankStatement(
        account, currency, starts_on=day, ends_on=day, opening=None, closing=None, turnover_in=None,
        turnover_out=order.amount, lines=(line,),
    )  # fmt: skip
