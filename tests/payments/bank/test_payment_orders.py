"""Payment orders in 1CClientBankExchange: what the bank reads is what was ordered, and nothing more."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.errors import InvalidInput
from app.payments.bank.exchange_sections import Section, read_sections
from app.payments.bank.payment_orders import write_payment_orders
from app.payments.bank.statements import read_statements
from tests.billing.payment_orders import ORDER, PAYER, RECIPIENT
from tests.payments.bank.samples import header, lines_of


def documents(content: bytes) -> list[Section]:
    return [section for section in read_sections(content) if section.kind]


def test_the_bank_reads_what_was_ordered() -> None:
    (read,) = documents(write_payment_orders([ORDER]))
    assert {key: value for key, value in read.values.items() if value} == {
        "": "Платежное поручение",
        "Номер": "7",
        "Дата": "01.03.2026",
        "Сумма": "990.05",
        "ПлательщикСчет": "40702810200000000001",
        "Плательщик": 'ИНН 7707083893 ООО "БПМ Центр"',
        "ПлательщикИНН": "7707083893",
        "ПлательщикКПП": "773601001",
        "Плательщик1": 'ООО "БПМ Центр"',
        "ПлательщикРасчСчет": "40702810200000000001",
        "ПлательщикБанк1": "ПАО СБЕРБАНК",
        "ПлательщикБИК": "044525225",
        "ПлательщикКорсчет": "30101810400000000225",
        "ПолучательСчет": "40817810700000000001",
        "Получатель": "Иванов Иван",
        "Получатель1": "Иванов Иван",
        "ПолучательРасчСчет": "40817810700000000001",
        "ПолучательБанк1": "ПАО СБЕРБАНК",
        "ПолучательБИК": "044525225",
        "ПолучательКорсчет": "30101810400000000225",
        "ВидПлатежа": "Электронно",
        "ВидОплаты": "01",
        "Очередность": "5",
        "НазначениеПлатежа": "Возврат по счету СЧ-2026-000001",
    }


def test_the_file_begins_and_ends_as_the_format_says() -> None:
    later = replace(ORDER, number=8, dated=date(2026, 3, 4))
    lines = write_payment_orders([later, ORDER]).decode("windows-1251").split("\r\n")
    assert lines[:12] == [
        "1CClientBankExchange",
        "ВерсияФормата=1.03",
        "Кодировка=Windows",
        "Отправитель=BPM Centr",
        "Получатель=",
        "ДатаСоздания=04.03.2026",
        "ВремяСоздания=00:00:00",
        "ДатаНачала=01.03.2026",
        "ДатаКонца=04.03.2026",
        "РасчСчет=40702810200000000001",
        "Документ=Платежное поручение",
        "СекцияДокумент=Платежное поручение",
    ]
    assert lines[-3:] == ["КонецДокумента", "КонецФайла", ""]
    assert [read.text("Номер") for read in documents(write_payment_orders([later, ORDER]))] == ["8", "7"]


def test_a_file_without_orders_is_not_written() -> None:
    with pytest.raises(InvalidInput) as refused:
        write_payment_orders([])
    assert refused.value.code == "PAYMENT_ORDERS_EMPTY"


def test_an_order_comes_back_as_the_outgoing_line() -> None:
    """The bank returns our document with the day on which the money left."""
    written = write_payment_orders([ORDER]).decode("windows-1251")
    document = written[written.index("СекцияДокумент") :]
    carried_out = document.replace("Номер=7", "Номер=7\r\nДатаСписано=02.01.2026")
    (statement,) = read_statements((header(PAYER.account) + carried_out).encode("windows-1251"), "x")
    (line,) = statement.lines
    assert (line.direction, line.amount, line.reference) == ("out", ORDER.amount, "7")
    assert (line.purpose, line.party_name, line.party_account) == (
        ORDER.purpose,
        RECIPIENT.name,
        RECIPIENT.account,
    )


INJECTION = lines_of("х", "КонецДокумента", "СекцияДокумент=Платежное поручение", "Сумма=1000000.00")


@given(text=st.text(st.characters(codec="windows-1251"), max_size=60))
def test_no_value_adds_a_line(text: str) -> None:
    hostile = f"а{text}{INJECTION}"
    parties = (
        replace(PAYER, name=hostile[:160], bank_name=hostile[:160]),
        replace(RECIPIENT, name=hostile[:160]),
    )
    order = replace(ORDER, payer=parties[0], recipient=parties[1], purpose=hostile[:210])
    content = write_payment_orders([order])
    assert content.count(b"\n") == write_payment_orders([ORDER]).count(b"\n")
    (read,) = documents(content)
    assert read.text("Сумма") == "990.05"
    assert set(read.values) == set(documents(write_payment_orders([ORDER]))[0].values)
