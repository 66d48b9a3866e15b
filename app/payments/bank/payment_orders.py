"""The file of payment orders that a bank client takes: refunds of bank transfers leave this way (H4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.billing.errors import InvalidInput
from app.billing.payment_order import OrderParty, PaymentOrder
from app.payments.bank.exchange_sections import DOCUMENT_SECTION, END_OF_FILE, MAGIC

_DAY = "%d.%m.%Y"
_KIND = "Платежное поручение"


def write_payment_orders(orders: Sequence[PaymentOrder]) -> bytes:
    """The orders as 1CClientBankExchange 1.03 in windows-1251, lines ended as on Windows.

    No value can add a line of its own: white space and control characters become one space. The file is the
    same for the same orders, so it is dated by the latest of them. Raises InvalidInput PAYMENT_ORDERS_EMPTY.
    """
    if not orders:
        raise InvalidInput("a file without orders", code="PAYMENT_ORDERS_EMPTY")
    lines = [MAGIC, *_printed(_header(orders))]
    for order in orders:
        lines += [f"{DOCUMENT_SECTION}={_KIND}", *_printed(_document(order)), "КонецДокумента"]
    return "".join(f"{line}\r\n" for line in [*lines, END_OF_FILE]).encode("windows-1251")


def _header(orders: Sequence[PaymentOrder]) -> Iterator[tuple[str, str]]:
    days = [order.dated for order in orders]
    yield "ВерсияФормата", "1.03"
    yield "Кодировка", "Windows"
    yield "Отправитель", "BPM Centr"
    yield "Получатель", ""
    yield "ДатаСоздания", max(days).strftime(_DAY)
    yield "ВремяСоздания", "00:00:00"
    yield "ДатаНачала", min(days).strftime(_DAY)
    yield "ДатаКонца", max(days).strftime(_DAY)
    for account in dict.fromkeys(order.payer.account for order in orders):
        yield "РасчСчет", account
    yield "Документ", _KIND


def _document(order: PaymentOrder) -> Iterator[tuple[str, str]]:
    yield "Номер", str(order.number)
    yield "Дата", order.dated.strftime(_DAY)
    yield "Сумма", f"{order.amount.decimal:.2f}"
    yield from _party("Плательщик", order.payer)
    yield from _party("Получатель", order.recipient)
    yield "ВидПлатежа", "Электронно"
    yield "ВидОплаты", "01"
    yield "Очередность", "5"
    yield "НазначениеПлатежа", order.purpose


def _party(side: str, party: OrderParty) -> Iterator[tuple[str, str]]:
    yield f"{side}Счет", party.account
    yield side, f"ИНН {party.inn} {party.name}" if party.inn else party.name
    yield f"{side}ИНН", party.inn or ""
    yield f"{side}КПП", party.kpp or ""
    yield f"{side}1", party.name
    yield f"{side}РасчСчет", party.account
    yield f"{side}Банк1", party.bank_name
    yield f"{side}БИК", party.bic
    yield f"{side}Корсчет", party.correspondent_account


def _printed(fields: Iterator[tuple[str, str]]) -> Iterator[str]:
    for key, value in fields:
        printable = "".join(letter if letter.isprintable() else " " for letter in value)
        yield f"{key}={' '.join(printable.split())}"
