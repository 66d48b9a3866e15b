"""Registers of VAT: rows from issued documents, tied to the ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from sqlalchemy import text

from app.billing.documents.correcting import CorrectedTexts, texts_of
from app.billing.documents.decision import Paper
from app.billing.documents.kinds import DocumentKind
from app.billing.money import Money
from app.billing.periods import BillingInterval
from app.billing.registers import Register, RoubleValueMissing
from app.billing.registers_missing import Deed
from app.billing.registers_table import Cell, Totals
from app.bootstrap import Container
from app.models import Document, PayerKind, ServicePaper
from app.repositories.ledger import Books
from app.repositories.registers import Stretch
from app.services.corrections.correcting import correct_document
from app.services.registers import RegisterRequest, open_register
from app.services.registers_balances import open_balances
from app.services.registers_documents import documents_of_period
from app.services.registers_vat import VatTie, vat_tie
from tests.clock import ManualClock
from tests.factories import FACTORY, create_customer, create_payer, rows
from tests.ledger_rows import Sale, sold
from tests.services.corrections.papers import ANNA, document, given, lowered, papers, printed, rub, settings
from tests.services.refunding import refunded

LONG = (date(2025, 1, 1), date(2027, 12, 31))
WINTER = (date(2025, 10, 1), date(2025, 12, 31))
SPRING = (date(2026, 1, 1), date(2026, 3, 31))
Told = dict[str, Cell]


def read(container: Container, register: Register, days: tuple[date, date] = LONG) -> list[Told]:
    """The rows of a register without their empty cells."""
    wanted = RegisterRequest(register, 1, *days)
    with open_register(container.transactions, wanted=wanted) as table:
        names = [column.name for column in table.columns]
        return [
            {name: cell for name, cell in zip(names, row, strict=True) if cell is not None}
            for row in table.rows
        ]


def sums(container: Container, register: Register, days: tuple[date, date] = LONG) -> dict[str, Decimal]:
    """The totals of a register's columns."""
    with open_register(container.transactions, wanted=RegisterRequest(register, 1, *days)) as table:
        totals = Totals(table.columns)
        for _row in totals.adding(table.rows):
            pass
        cells = totals.cells("")
        return {
            column.name: cell
            for column, cell in zip(table.columns, cells, strict=True)
            if isinstance(cell, Decimal)
        }


def tie(container: Container, days: tuple[date, date] = LONG) -> VatTie:
    return vat_tie(container.transactions, stretch=Stretch(1, *days))


def missing(container: Container, days: tuple[date, date] = LONG) -> dict[tuple[Deed, Paper], int]:
    """What lacks and how often; the sales of these tests are made without their счёт."""
    found = documents_of_period(container.transactions, stretch=Stretch(1, *days))
    return {(each.deed, each.paper): each.count for each in found.missing if each.deed is not Deed.INVOICE}


def individual(container: Container, email: str = "bob@example.com") -> int:
    customer_id = create_customer(container, email)
    create_payer(container, customer_id, kind=PayerKind.INDIVIDUAL, name="Боб", inn=None, kpp=None)
    return customer_id


def test_a_prepaid_month_is_an_advance_a_sale_and_a_deduction(
    container: Container, clock: ManualClock, alice: int
) -> None:
    given(container, clock, alice)
    advance, service = read(container, Register.SALES)
    assert (advance["code"], advance["gross"], advance["vat_20"]) == (
        "02",
        Decimal("990.00"),
        Decimal("165.00"),
    )
    assert "net_20" not in advance
    assert (service["code"], service["net_20"], service["vat_20"]) == (
        "01",
        Decimal("825.00"),
        Decimal("165.00"),
    )
    assert service["advances"] == advance["invoice"]
    assert str(service["payment"]).endswith("от 03.12.2025")
    (deduction,) = read(container, Register.PURCHASES)
    assert (deduction["code"], deduction["invoice"]) == ("22", advance["invoice"])
    assert (deduction["accepted_on"], deduction["vat"]) == (date(2025, 12, 31), Decimal("165.00"))
    assert read(container, Register.ADDITIONAL) == read(container, Register.WITHOUT_VAT) == []
    assert tie(container).ties
    assert missing(container) == {}


def test_a_row_belongs_to_the_day_of_the_tax_and_not_of_the_issue(
    container: Container, clock: ManualClock, alice: int
) -> None:
    given(container, clock, alice)  # issued in February for 31 December
    assert [row["code"] for row in read(container, Register.SALES, WINTER)] == ["02", "01"]
    assert read(container, Register.SALES, SPRING) == []
    assert tie(container, WINTER).ties
    assert tie(container, SPRING).ties


def test_a_lowered_price_is_18_at_the_rate_of_the_service(
    container: Container, clock: ManualClock, alice: int
) -> None:
    line = given(container, clock, alice)
    lowered(container, line, rub(39_000))
    document(container)
    (row,) = read(container, Register.PURCHASES, SPRING)
    assert row["code"] == "18"
    assert str(row["adjustment"]).endswith("от 10.02.2026")
    assert str(row["invoice"]).startswith("СФ-")
    assert (row["gross"], row["vat"]) == (Decimal("390.00"), Decimal("65.00"))
    assert read(container, Register.SALES, SPRING) == []
    assert tie(container).ties
    assert missing(container) == {}


def test_service_papers_in_a_pair_count_once(container: Container, clock: ManualClock, alice: int) -> None:
    settings(container, ServicePaper.INVOICE_AND_ACT)
    line = given(container, clock, alice)
    lowered(container, line, rub(39_000))
    document(container)
    assert {each.kind for each in papers(container)} >= {DocumentKind.ACT, DocumentKind.VAT_ADJUSTMENT}
    assert [row["code"] for row in read(container, Register.SALES)] == ["02", "01"]
    assert [row["code"] for row in read(container, Register.PURCHASES)] == ["22", "18"]
    assert read(container, Register.WITHOUT_VAT) == []
    assert tie(container).ties
    assert missing(container) == {}


def test_an_advance_that_goes_back_is_deducted_by_its_own_document(
    container: Container, clock: ManualClock, alice: int
) -> None:
    line = sold(container, alice)
    document(container)
    refunded(container, alice, line)
    (row,) = read(container, Register.PURCHASES)
    assert (row["code"], row["gross"], row["vat"]) == ("22", Decimal("990.00"), Decimal("178.52"))
    assert row["invoice"] == read(container, Register.SALES)[0]["invoice"]
    assert tie(container).ties


def test_an_advance_that_goes_back_without_a_document_is_told(container: Container, alice: int) -> None:
    line = sold(container, alice)
    refunded(container, alice, line)
    (row,) = read(container, Register.PURCHASES)
    assert str(row["invoice"]).startswith("не выставлен")
    found = tie(container)
    assert not found.ties
    assert {(each.flow.value, each.documents.minor, each.ledger.minor) for each in found.differences} == {
        ("advance", 0, 17_852), ("advance_returned", 0, 17_852),
    }  # fmt: skip
    assert found.count == 2


def test_individuals_are_one_row_with_the_code_26(
    container: Container, clock: ManualClock, alice: int
) -> None:
    for email in ("bob@example.com", "carol@example.com"):
        given(container, clock, individual(container, email))
    found = [(row["code"], row["invoice"], row["gross"]) for row in read(container, Register.SALES)]
    assert found == [
        ("26", "ФЛ-А-2025-12 от 31.12.2025", Decimal("1980.00")),
        ("26", "ФЛ-Р-2025-12 от 31.12.2025", Decimal("1980.00")),
    ]
    (row,) = read(container, Register.PURCHASES)
    assert (row["code"], row["invoice"], row["vat"]) == (
        "22",
        "ФЛ-А-2025-12 от 31.12.2025",
        Decimal("330.00"),
    )
    assert tie(container).ties
    assert missing(container) == {}


def words(row: Document) -> CorrectedTexts:
    return replace(texts_of(printed(row)), buyer_name="ООО «Роза»")


def corrected(container: Container, row: Document) -> None:
    correct_document(
        container.transactions,
        actor=ANNA,
        document_id=row.id,
        texts=words(row),
        reason="опечатка",
        now=container.clock.now(),
    )


def test_what_is_corrected_within_its_quarter_is_taken_back_and_entered_anew(
    container: Container, clock: ManualClock, alice: int
) -> None:
    sold(container, alice)
    document(container)
    (advance,) = papers(container, DocumentKind.ADVANCE_INVOICE)
    clock.advance(days=3)
    corrected(container, advance)
    told = [(row["buyer"], row.get("correction"), row["gross"]) for row in read(container, Register.SALES)]
    assert told == [
        ("ООО «Ромашка»", None, Decimal("990.00")),
        ("ООО «Ромашка»", None, Decimal("-990.00")),
        ("ООО «Роза»", "1 от 05.03.2026", Decimal("990.00")),
    ]
    assert read(container, Register.ADDITIONAL) == []
    assert tie(container).ties


def test_what_is_corrected_later_stands_on_the_additional_sheet_of_its_quarter(
    container: Container, clock: ManualClock, alice: int
) -> None:
    given(container, clock, alice)
    (upd,) = papers(container, DocumentKind.TRANSFER)
    corrected(container, upd)  # in February, of December
    assert len(read(container, Register.SALES, WINTER)) == 2
    told = [(row["buyer"], row["net_20"]) for row in read(container, Register.ADDITIONAL, WINTER)]
    assert told == [("ООО «Ромашка»", Decimal("-825.00")), ("ООО «Роза»", Decimal("825.00"))]
    assert read(container, Register.ADDITIONAL, SPRING) == read(container, Register.SALES, SPRING) == []
    assert tie(container, WINTER).ties


def test_sales_abroad_have_no_vat_and_carry_roubles(
    container: Container, clock: ManualClock, dollars: int
) -> None:
    given(container, clock, dollars, Sale(price=Money(10_000, "USD")))
    assert read(container, Register.SALES) == read(container, Register.PURCHASES) == []
    (row,) = read(container, Register.WITHOUT_VAT)
    assert (row["currency"], row["gross_in_currency"]) == ("USD, 840", Decimal("100.00"))
    assert row["gross"] == row["exempt"] == Decimal("8000.00")
    with container.transactions.begin(FACTORY) as work:
        work.session.execute(text("SET LOCAL session_replication_role = replica"))
        work.session.execute(text("UPDATE document SET rouble_minor = NULL, rouble_vat_minor = NULL"))
    with pytest.raises(RoubleValueMissing):
        read(container, Register.WITHOUT_VAT)


RATES = (
    "INSERT INTO exchange_rate (currency, published_on, nominal, value, imported_at, imported_by) SELECT "
    "'USD', day, 1, 80, now(), '' FROM generate_series('2025-11-01'::date, '2026-04-01', '1 day') AS day",
    "INSERT INTO exchange_rate_day (day, published_on, imported_at) SELECT day, day, now() "
    "FROM generate_series('2025-11-01'::date, '2026-04-01', '1 day') AS day",
)


@pytest.fixture
def dollars(container: Container, alice: int) -> int:
    """A foreign customer, and a rate of 80 roubles for every day."""
    customer_id = create_customer(container, "eve@example.com", currency="USD", country="DE")
    create_payer(container, customer_id, kind=PayerKind.FOREIGN_COMPANY, name="Acme GmbH", country="DE",
                 inn=None, kpp=None)  # fmt: skip
    with container.transactions.begin(FACTORY) as work:
        for statement in RATES:
            work.session.execute(text(statement))
    return customer_id


def test_a_year_over_the_change_of_the_rate_stands_in_both_columns(
    container: Container, clock: ManualClock, alice: int
) -> None:
    clock.move_to(datetime(2025, 11, 15, 9, tzinfo=UTC))
    sold(container, alice, Sale(price=rub(1_000_000), interval=BillingInterval.YEAR))
    clock.move_to(datetime(2026, 2, 20, 9, tzinfo=UTC))
    document(container)
    found = {row["invoice"]: row for row in read(container, Register.SALES)}
    assert [("vat_20" in row, "vat_22" in row) for row in found.values()] == [
        (True, False), (True, False), (False, True), (False, True),
    ]  # fmt: skip
    totals = sums(container, Register.SALES)
    assert totals["vat_20"] > Decimal("1666.67"), "the advance of the year and December"
    assert totals["net_22"] > totals["net_20"] > 0
    deducted = sums(container, Register.PURCHASES)
    assert deducted["vat"] == tie(container).debit.decimal
    assert tie(container, WINTER).ties
    assert tie(container, SPRING).ties


def test_what_is_not_documented_yet_is_missing_by_kind_and_counted(
    container: Container, clock: ManualClock, alice: int
) -> None:
    bob = individual(container)
    sold(container, alice)
    sold(container, bob)
    found = missing(container)
    assert found[Deed.PAYMENT, Paper.RECEIPT] == 2
    assert found[Deed.PREPAYMENT, Paper.ADVANCE_INVOICE] == 1, "an individual gets none"
    assert (Deed.SERVICE_MONTH, Paper.TRANSFER_WITH_INVOICE) not in found
    with container.transactions.begin(FACTORY) as work:
        work.session.execute(text("UPDATE payment SET documented_at = 'epoch'"))
    assert (Deed.PAYMENT, Paper.RECEIPT) not in missing(container), "before documents were issued at all"


def test_balances_are_those_of_the_day(container: Container, clock: ManualClock, alice: int) -> None:
    given(container, clock, alice)
    books = Books(1, "RUB")
    for day, advances in (
        (date(2025, 12, 2), None),
        (date(2025, 12, 30), 99_000),
        (date(2025, 12, 31), None),
    ):
        with open_balances(container.transactions, books=books, day=day) as balances:
            found = {each.email: each.position.advances.minor for each in balances}
        assert found == ({} if advances is None else {"alice@example.com": advances}), day


def trade(container: Container, clock: ManualClock, dice: Random, customers: list[int]) -> None:
    """Two dozen sales over the change of the rate, some given back whole, some lowered."""
    started_at = datetime(2025, 10, 5, 9, tzinfo=UTC)
    for step in range(24):
        clock.move_to(started_at + timedelta(days=7 * step))
        sale = Sale(
            price=rub(dice.randrange(1, 3_000_000)),
            interval=dice.choice(list(BillingInterval)),
            other_line=rub(dice.randrange(1, 500_000)) if dice.random() < 0.3 else None,
            over=rub(777) if dice.random() < 0.2 else None,
        )
        customer_id = dice.choice(customers)
        line = sold(container, customer_id, sale)
        if dice.random() < 0.5:
            document(container)
        if dice.random() < 0.25:
            refunded(container, customer_id, line)
        elif dice.random() < 0.6 and sale.interval is BillingInterval.MONTH and sale.price.minor > 100:
            clock.advance(days=40)
            document(container)
            lowered(container, line, rub(dice.randrange(1, sale.price.minor // 2)))
            started_at += timedelta(days=40)
    document(container)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2026])
def test_registers_tie_to_the_ledger_whatever_is_traded(
    container: Container, clock: ManualClock, alice: int, seed: int
) -> None:
    dice = Random(seed)  # noqa: S311 - the same sales every time
    trade(container, clock, dice, [alice, individual(container)])
    days = [LONG, WINTER, SPRING, (date(2025, 11, 10), date(2026, 2, 17))]
    for stretch in days:
        found = tie(container, stretch)
        assert found.ties, (stretch, found.differences)
        book, deductions = (
            sums(container, Register.SALES, stretch),
            sums(container, Register.PURCHASES, stretch),
        )
        charged = sum((amount for name, amount in book.items() if name.startswith("vat_")), Decimal(0))
        assert charged == found.credit.decimal
        assert deductions.get("vat", Decimal(0)) == found.debit.decimal
        assert missing(container, stretch) == {}
    assert {row["code"] for row in read(container, Register.SALES)} == {"01", "02", "26"}
    assert {row["code"] for row in read(container, Register.PURCHASES)} == {"18", "22"}
    assert len(rows(container, Document)) > 40
