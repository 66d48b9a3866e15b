"""The bank: transfers of customers on our statement, and the clerk who books them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import count

from app.billing.actors import Actor
from app.billing.money import Money
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


class Bank:
    """Our account's statement: the bank's own books."""

    def __init__(self, world: World, dice: Dice) -> None:
        self.statement: list[StatementLine] = []
        self._world, self._dice = world, dice
        self._numbers = count(1)

    def transfer(self, invoice_id: int, money: Money, delay: timedelta) -> None:
        """Let money arrive after the delay; a clerk books it within two days."""

        def arrive() -> None:
            line = StatementLine(f"transfer-{next(self._numbers)}", invoice_id, money)
            self.statement.append(line)
            self._book_soon(line)

        self._world.agenda.after(delay, arrive)

    def book_everything(self) -> None:
        """Look at every line that is not booked yet."""
        for line in self.statement:
            if not line.booked and not line.sent_back:
                self._book(line)

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
