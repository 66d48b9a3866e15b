"""How tests speak of bank statements: lines made by hand, and a file that holds them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import Any

from app.billing.actors import Actor
from app.billing.bank_statement import BankStatement, Direction, StatementLine
from app.billing.money import Money, total
from app.bootstrap import Container
from app.models import SellerBankAccount
from app.services.bank_statements import (
    Imported,
    Importing,
    StatementFile,
    StatementPreview,
    apply_statement,
    preview_statement,
)
from app.services.invariants import check_invariants

ANNA = Actor.staff("anna")
ACCOUNT = "40702810138250123017"
FURTHER_ACCOUNT = "40702810200000000001"
DOLLARS = "40702840500000000001"
INN = "7736050003"
DAY = date(2026, 3, 3)


def line(purpose: str, minor: int = 99_000, **changes: Any) -> StatementLine:
    """An incoming line in roubles of the company that tests buy as."""
    values: dict[str, Any] = {
        "position": 1,
        "fingerprint": "",
        "booked_on": DAY,
        "direction": Direction.IN,
        "amount": Money(minor, "RUB"),
        "reference": "17",
        "purpose": purpose,
        "party_name": "ООО «Ромашка»",
        "party_inn": INN,
        "party_account": "40702810900000000001",
    } | changes
    if not values["fingerprint"]:
        identity = repr((values["purpose"], values["amount"], values["reference"], values["direction"]))
        values["fingerprint"] = hashlib.sha256(identity.encode()).hexdigest()
    return StatementLine(**values)


def sent(purpose: str, minor: int = 99_000, **changes: Any) -> StatementLine:
    """An outgoing line."""
    return line(purpose, minor, direction=Direction.OUT, **changes)


def statement(*lines: StatementLine, **changes: Any) -> BankStatement:
    """A statement of the seller's account over these lines, with totals that agree."""
    came = total((each.amount for each in lines if each.direction is Direction.IN), "RUB")
    went = total((each.amount for each in lines if each.direction is Direction.OUT), "RUB")
    values: dict[str, Any] = {
        "account": ACCOUNT,
        "currency": "RUB",
        "starts_on": DAY,
        "ends_on": DAY,
        "opening": Money(1_000_000, "RUB"),
        "closing": Money(1_000_000, "RUB") + came - went,
        "turnover_in": came,
        "turnover_out": went,
        "lines": lines,
    } | changes
    return BankStatement(**values)


def open_further_account(
    container: Container, account: str = FURTHER_ACCOUNT, currency: str = "RUB", *, is_main: bool = False
) -> None:
    """Another account of the seller, in another bank."""
    with container.transactions.begin(ANNA) as work:
        work.session.add(
            SellerBankAccount(
                seller_id=work.sellers.current().id,
                currency=currency,
                account=account,
                bank_name="ПАО Сбербанк",
                bank_bik="044525225",
                is_main=is_main,
            )
        )


def importing(container: Container, *statements: BankStatement) -> Importing:
    """An import whose reader finds these statements in any file."""

    def read(_content: bytes, _filename: str) -> Sequence[BankStatement]:
        return statements

    return Importing(container.transactions, read)


def file(name: str = "march.txt") -> StatementFile:
    """A file; its content is its name."""
    return StatementFile(name, name.encode())


def bring(
    container: Container, *lines: StatementLine, name: str = "march.txt", actor: Actor = ANNA
) -> Imported:
    """Apply a statement over these lines."""
    (imported,) = apply_statement(
        importing(container, statement(*lines)), actor=actor, file=file(name), now=container.clock.now()
    )
    return imported


def look(container: Container, *lines: StatementLine) -> StatementPreview:
    """What a statement over these lines would do."""
    (preview,) = preview_statement(importing(container, statement(*lines)), file=file())
    return preview


def broken_rules(container: Container) -> list[str]:
    """The rules of the data that do not hold; customers made by factories have no history."""
    verdicts = check_invariants(container.transactions, real_now=container.wall_clock.now())
    return [each.name for each in verdicts if each.count and "every customer" not in each.name]


def document(number: int, amount: str, purpose: str) -> str:
    """A payment to the seller as the bank client exports it."""
    return f"""СекцияДокумент=Платежное поручение
Номер={number}
Дата=03.03.2026
Сумма={amount}
ПлательщикСчет=40702810900000000001
Плательщик=ИНН {INN} ООО «Ромашка»
ПлательщикИНН={INN}
Плательщик1=ООО «Ромашка»
ДатаПоступило=03.03.2026
ПолучательСчет={ACCOUNT}
Получатель=ООО «БПМ Центр»
ПолучательИНН=7707083893
НазначениеПлатежа={purpose}
КонецДокумента
"""


def exported(*documents: str, came: str) -> bytes:
    """A file of the bank client over these payments; `came` is their sum."""
    text = f"""1CClientBankExchange
ВерсияФормата=1.03
Кодировка=Windows
ДатаНачала=03.03.2026
ДатаКонца=03.03.2026
РасчСчет={ACCOUNT}
СекцияРасчСчет
ДатаНачала=03.03.2026
ДатаКонца=03.03.2026
РасчСчет={ACCOUNT}
НачальныйОстаток=0.00
ВсегоПоступило={came}
ВсегоСписано=0.00
КонечныйОстаток={came}
КонецРасчСчет
{"".join(documents)}КонецФайла
"""
    return text.replace("\n", "\r\n").encode("cp1251")
