"""Walls around issued documents: no code path and no SQL of the product's role gets through (J3)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.bootstrap import Container
from app.models import Base
from app.services.issuing import issue_due_documents
from app.services.revenue import recognise_revenue
from tests.clock import ManualClock
from tests.factories import FACTORY, buy
from tests.shop import alice, invoice_id, method_id, shop

__all__ = ["alice", "invoice_id", "method_id", "shop"]

Run = Callable[[str], None]
CHANGEABLE = {"status", "failure_code", "original_state", "rendered_at"}
"""What is known of the files and of the signed original: nothing of it is printed."""


@pytest.fixture
def sql(container: Container) -> Run:
    """Runs one statement in a transaction of its own."""

    def run(statement: str) -> None:
        with container.transactions.begin(FACTORY) as work:
            work.session.execute(text(statement.replace(":", r"\:")))

    return run


@pytest.fixture
def refused(sql: Run) -> Callable[[str, str], None]:
    """The database refuses the statement, and names this wall."""

    def check(wall: str, statement: str) -> None:
        with pytest.raises(DBAPIError) as error:
            sql(statement)
        assert wall in str(error.value.orig), statement

    return check


Refused = Callable[[str, str], None]


@pytest.fixture
def issued(container: Container, clock: ManualClock, alice: int) -> None:
    """Document 1 is a счёт, 2 an advance's счёт-фактура, 3 a receipt, 4 the УПД of its month."""
    buy(container, alice, "crm-connector")
    for days in (0, 31):
        clock.advance(days=days)
        recognise_revenue(container.transactions, now=clock.now())
        issue_due_documents(container.transactions, now=clock.now())


def copied(table: str, where: str, **changes: str) -> str:
    """Inserts a copy of a row with some columns changed."""
    columns = [column.name for column in Base.metadata.tables[table].columns if column.name != "id"]
    values = ", ".join(changes.get(name, name) for name in columns)
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} WHERE {where}"  # noqa: S608 - our own names


CHANGE = "UPDATE document SET {}"
OTHER = {"DATE": "date '2020-01-01'", "DATETIME": "timestamptz '2020-01-01'", "JSONB": "'{}'::jsonb",
         "VARCHAR": "'ZZZ'", "INTEGER": "99", "BIGINT": "99"}  # fmt: skip
"""A value that no document has, by the type of its column."""
FROZEN = [each for each in Base.metadata.tables["document"].columns if each.name not in CHANGEABLE]


@pytest.mark.usefixtures("issued")
def test_an_issued_document_never_changes(sql: Run, refused: Refused) -> None:
    for column in FROZEN:
        value = OTHER[str(column.type).split("(", maxsplit=1)[0]]
        for document_id in (1, 2, 3, 4):
            refused("refused", CHANGE.format(f"{column.name} = {value}") + f" WHERE id = {document_id}")
    for legal in ("original_state = 'signed'", "status = 'failed'", "failure_code = 'X'"):
        sql(CHANGE.format(legal))


@pytest.mark.usefixtures("issued")
def test_nothing_of_a_document_is_removed_or_rewritten(refused: Refused) -> None:
    for statement in (
        "DELETE FROM document WHERE id = 3",
        "DELETE FROM document_line WHERE document_id = 4",
        "UPDATE document_line SET vat_minor = 1",
        "DELETE FROM document_advance",
        "UPDATE document_advance SET vat_minor = 1",
    ):
        refused("refused", statement)


@pytest.mark.usefixtures("issued")
def test_a_number_is_given_once(sql: Run, refused: Refused) -> None:
    receipt = {"payment_id": "NULL"}
    refused("uq_document_seller_id", copied("document", "id = 3", **receipt))
    sql(copied("document", "id = 3", ordinal="2", **receipt))


@pytest.mark.usefixtures("issued")
def test_nothing_is_documented_twice(sql: Run, refused: Refused) -> None:
    refused("uq_document_invoice", copied("document", "id = 2", ordinal="2"))
    refused("uq_document_payment", copied("document", "id = 3", ordinal="2"))
    again = copied("document_line", "document_id = 4", document_id="3", position="9")
    refused("uq_document_line_service_month", again)
    sql(copied("document_line", "document_id = 4", document_id="3", position="9", correction="1"))


@pytest.mark.usefixtures("issued")
def test_operations_are_documented_once(refused: Refused, sql: Run) -> None:
    sql(copied("document_line", "document_id = 4", service_month_id="NULL", position="7"))
    refused(
        "uq_document_line_usage",
        copied("document_line", "document_id = 4 AND position = 7", position="8"),
    )


@pytest.mark.usefixtures("issued")
def test_an_advance_is_used_for_something(refused: Refused) -> None:
    for changes in ({"gross_minor": "0"}, {"vat_minor": "-1"}, {"vat_minor": "gross_minor + 1"}):
        refused("ck_document_advance_amounts", copied("document_advance", "true", document_id="3", **changes))


@pytest.mark.usefixtures("issued")
def test_no_kind_takes_the_series_of_invoices(refused: Refused, sql: Run) -> None:
    chosen = "INSERT INTO document_series (seller_id, kind, series) VALUES (1, '{}', '{}')"
    for kind, series in (("act", "СЧ"), ("invoice", "Ф")):
        refused("ck_document_series_invoices_apart", chosen.format(kind, series))
    for series in ("ф", "", "СФ-1", "ААААААААА"):
        refused("", chosen.format("act", series))
    sql(chosen.format("act", "АВР"))
