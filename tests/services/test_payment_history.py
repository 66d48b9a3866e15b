"""The payment history on a real database: pages, filters, owners, a bounded number of queries (H5)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event

from app.billing.actors import Actor
from app.billing.errors import Conflict, NotFound, NotPermitted
from app.billing.invoice import InvoiceStatus
from app.billing.money import Money
from app.billing.payment_history import HistoryFilter, HistoryStatus, InvoiceNumber, Place
from app.bootstrap import Container
from app.models import AuditEntry, Invoice, Payment
from app.services import payment_history as module
from app.services.payment_history import (
    HistoryPage,
    exported_history,
    note_export,
    payment_details,
    payment_history,
)
from tests.clock import ManualClock
from tests.factories import FACTORY, buy, create_customer, create_payer, order, rows

FIRST_DAY = date(2026, 3, 2)


@contextmanager
def queries() -> Iterator[list[str]]:
    """The statements that the block sends to the database."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield seen
    event.remove(Engine, "before_cursor_execute", note)


@pytest.fixture
def history(container: Container, clock: ManualClock, alice: int) -> list[int]:
    """Invoices of Alice, oldest first: paid, refunded, paid and larger, void, overdue, waiting."""
    paid = buy(container, alice, "crm-connector").invoice_id
    refunded = buy(container, alice, "mail-connector").invoice_id
    clock.advance(days=1)
    large = buy(container, alice, "premium-connector").invoice_id
    void = order(container, alice, "sheet-connector")
    overdue = order(container, alice, "sheet-connector", make_account="a")
    waiting = order(container, alice, "sheet-connector", make_account="b")
    with container.transactions.begin(FACTORY) as work:
        for payment in work.session.query(Payment).filter_by(invoice_id=refunded):
            payment.refunded_minor = 10_000
        work.move_invoice(
            work.invoices.get(void), InvoiceStatus.VOID, "not paid by the due date", clock.now()
        )
        work.invoices.get(void).voided_at = clock.now()
        work.invoices.get(overdue).first_failed_at = clock.now()
    return [paid, refunded, large, void, overdue, waiting]


def ids(page: HistoryPage) -> list[int]:
    return [entry.invoice.id for entry in page.entries]


def found(container: Container, customer_id: int | None, **wanted: Any) -> list[int]:
    """Oldest first."""
    page = payment_history(container.transactions, customer_id=customer_id, wanted=HistoryFilter(**wanted))
    return sorted(ids(page))


def test_the_newest_comes_first_with_everything_about_it(
    container: Container, alice: int, history: list[int]
) -> None:
    page = payment_history(container.transactions, customer_id=alice)
    assert ids(page) == history[::-1]
    assert (page.newer, page.older) == (None, None)
    statuses = [entry.status for entry in reversed(page.entries)]
    assert statuses == [
        HistoryStatus.PAID, HistoryStatus.REFUNDED, HistoryStatus.PAID, HistoryStatus.VOID,
        HistoryStatus.OVERDUE, HistoryStatus.WAITING,
    ]  # fmt: skip
    refunded = page.entries[-2]
    assert refunded.refunded == Money(10_000, "RUB")
    assert [payment.method_label for payment in refunded.payments] == ["Visa •••• 4242"]
    assert "Mail connector" in refunded.invoice.lines[0].description
    assert refunded.invoice.vat == Money(17_852, "RUB")


@pytest.mark.parametrize(
    ("wanted", "places"),
    [
        ({"status": HistoryStatus.PAID}, [0, 2]),
        ({"status": HistoryStatus.REFUNDED}, [1]),
        ({"status": HistoryStatus.VOID}, [3]),
        ({"status": HistoryStatus.OVERDUE}, [4]),
        ({"status": HistoryStatus.WAITING}, [5]),
        ({"last": FIRST_DAY}, [0, 1]),
        ({"first": FIRST_DAY + timedelta(days=1)}, [2, 3, 4, 5]),
        ({"first": FIRST_DAY, "last": FIRST_DAY + timedelta(days=1)}, [0, 1, 2, 3, 4, 5]),
        ({"first": FIRST_DAY + timedelta(days=2)}, []),
        ({"least": 99_001}, [2]),
        ({"least": 99_000, "most": 99_000}, [0, 1, 3, 4, 5]),
        ({"most": 98_999}, []),
        ({"number": InvoiceNumber(2)}, [1]),
        ({"number": InvoiceNumber(2, 2026, "СЧ")}, [1]),
        ({"number": InvoiceNumber(2, 2025, "СЧ")}, []),
        ({"number": InvoiceNumber(2, 2026, "АВ")}, []),
        ({"status": HistoryStatus.PAID, "least": 99_001}, [2]),
    ],
)
def test_a_list_is_narrowed(
    container: Container, alice: int, history: list[int], wanted: dict[str, Any], places: list[int]
) -> None:
    assert found(container, alice, **wanted) == [history[place] for place in places]


def test_everybody_sees_only_their_own_and_staff_see_all(
    container: Container, alice: int, history: list[int]
) -> None:
    mallory = create_customer(container, "mallory@example.com")
    create_payer(container, mallory)
    hers = order(container, mallory, "crm-connector")
    assert found(container, mallory) == [hers]
    assert found(container, mallory, number=InvoiceNumber(1)) == []
    assert found(container, alice) == history
    assert found(container, None) == [*history, hers]
    for invoice_id in history:
        with pytest.raises(NotFound):
            payment_details(container.transactions, customer_id=mallory, invoice_id=invoice_id)
    exported = exported_history(container.transactions, customer_id=mallory)
    assert [entry.invoice.id for entry in exported] == [hers]


def test_details_hold_the_history_of_statuses(container: Container, alice: int, history: list[int]) -> None:
    details = payment_details(container.transactions, customer_id=alice, invoice_id=history[0])
    assert [(change.object_kind, change.new_status) for change in details.status_changes] == [
        ("invoice", "open"),
        ("payment_attempt", "started"),
        ("payment_attempt", "awaiting_customer"),
        ("payment_attempt", "succeeded"),
        ("invoice", "paid"),
    ]
    assert len(details.attempts) == len(details.entry.payments) == 1
    assert payment_details(container.transactions, customer_id=None, invoice_id=history[0]).entry.invoice.id
    with pytest.raises(NotFound):
        payment_details(container.transactions, customer_id=None, invoice_id=999)


def test_pages_go_down_and_up_without_a_gap_while_rows_come(
    container: Container, alice: int, history: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ROWS_OF_A_PAGE", 2)
    newest_first = history[::-1]

    def page(place: Place) -> HistoryPage:
        return payment_history(container.transactions, customer_id=alice, place=place)

    first = page(Place())
    assert (ids(first), first.newer) == (newest_first[:2], None)
    assert first.older is not None
    order(container, alice, "crm-connector", make_account="new")
    second = page(first.older)
    assert ids(second) == newest_first[2:4]
    assert second.older is not None
    third = page(second.older)
    assert (ids(third), third.older) == (newest_first[4:], None)
    assert third.newer is not None
    assert ids(page(third.newer)) == newest_first[2:4]
    assert second.newer is not None
    up = page(second.newer)
    assert ids(up) == newest_first[:2]
    assert up.newer is not None, "the one that came meanwhile"
    assert up.older is not None
    assert len(ids(page(up.newer))) == 1
    assert page(up.newer).newer is None
    assert page(Place(older_than=history[0])) == HistoryPage([], None, None)


def test_a_page_costs_the_same_however_long(container: Container, alice: int, history: list[int]) -> None:
    with queries() as few:
        payment_history(container.transactions, customer_id=alice, wanted=HistoryFilter(last=FIRST_DAY))
    with queries() as more:
        payment_history(container.transactions, customer_id=alice)
    assert len(more) == len(few) == 3
    with queries() as details:
        payment_details(container.transactions, customer_id=alice, invoice_id=history[2])
    assert len(details) <= 6


def test_an_export_holds_everything_in_batches(
    container: Container, alice: int, history: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for rows_of_a_batch in (1, 2, 3, 6, 500):
        monkeypatch.setattr(module, "ROWS_OF_A_BATCH", rows_of_a_batch)
        exported = exported_history(container.transactions, customer_id=alice)
        assert [entry.invoice.id for entry in exported] == history[::-1]
    paid = exported_history(
        container.transactions, customer_id=alice, wanted=HistoryFilter(status=HistoryStatus.PAID)
    )
    assert [entry.invoice.id for entry in paid] == [history[2], history[0]]


def test_an_export_that_is_too_long_is_refused_before_it_begins(
    container: Container, alice: int, history: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_EXPORTED", len(history))
    exported_history(container.transactions, customer_id=alice)
    monkeypatch.setattr(module, "MOST_EXPORTED", len(history) - 1)
    with pytest.raises(Conflict) as error:
        exported_history(container.transactions, customer_id=alice)
    assert error.value.code == "EXPORT_TOO_LONG"


def test_what_staff_take_out_of_the_house_stands_in_the_audit(container: Container) -> None:
    now = container.clock.now()
    with pytest.raises(NotPermitted):
        note_export(container.transactions, actor=Actor.customer(1), arguments={}, now=now)
    note_export(container.transactions, actor=Actor.staff("anna"), arguments={"status": "paid"}, now=now)
    (entry,) = rows(container, AuditEntry, action="payment_history.export")
    assert (entry.actor_identity, entry.details) == ("anna", {"status": "paid"})


def test_the_rule_of_the_query_is_the_rule_of_the_status(
    container: Container, alice: int, history: list[int]
) -> None:
    page = payment_history(container.transactions, customer_id=alice)
    for status in HistoryStatus:
        told = sorted(entry.invoice.id for entry in page.entries if entry.status is status)
        assert found(container, alice, status=status) == told
    assert len(rows(container, Invoice)) == len(history)
