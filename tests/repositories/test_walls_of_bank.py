"""Walls of bank statements: what no code path gets through, tried in SQL, beside the legal neighbour."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.bootstrap import Container
from tests.bank import bring, line, sent
from tests.factories import FACTORY
from tests.services.test_bank_statements import NUMBER


def run(container: Container, statement: str) -> None:
    with container.transactions.begin(FACTORY) as work:
        work.session.execute(text(statement.replace(":", r"\:")))


def refused(container: Container, wall: str, statement: str) -> None:
    """The database refuses the statement, and names this wall."""
    with pytest.raises(DBAPIError) as error:
        run(container, statement)
    assert wall in str(error.value.orig)


@pytest.fixture
def brought(container: Container, invoice_id: int) -> None:
    """Line 1 is booked, line 2 waits, line 3 is put aside."""
    bring(container, line(NUMBER), line("за услуги"), sent("аренда"))


def copied(table: str, where: str, **changes: str) -> str:
    """Insert a copy of a row with these columns changed."""
    names = {
        "bank_line": "statement_id, seller_id, account, fingerprint, position, booked_on, direction,"
        " currency, amount_minor, reference, purpose, party_name, state, finding, refund_id, decided_by,"
        " decided_at, reason",
        "bank_statement": "seller_id, account, currency, starts_on, ends_on, turnover_in_minor,"
        " turnover_out_minor, line_count, in_minor, out_minor, filename, file_sha256, position,"
        " imported_at, imported_by",
    }[table].replace(" ", "")
    values = ", ".join(changes.get(name, name) for name in names.split(","))
    return f"INSERT INTO {table} ({names}) SELECT {values} FROM {table} WHERE {where}"  # noqa: S608


@pytest.mark.usefixtures("brought")
def test_a_line_is_stored_once_and_makes_sense(container: Container) -> None:
    refused(container, "uq_bank_line_seller_id_account_fingerprint", copied("bank_line", "id = 2"))
    for wall, where, changes in (
        ("amount_positive", "id = 2", {"amount_minor": "0"}),
        ("decided_with_state", "id = 2", {"state": "'matched'"}),
        ("decided_with_state", "id = 1", {"state": "'unmatched'"}),
        ("decided_whole", "id = 1", {"decided_by": "NULL"}),
        ("refund_with_state", "id = 3", {"state": "'settled_refund'"}),
        ("money_comes_in", "id = 1", {"direction": "'out'"}),
        ("ignored_with_reason", "id = 3", {"reason": "NULL"}),
        ("direction", "id = 2", {"direction": "'up'"}),
    ):
        refused(container, wall, copied("bank_line", where, fingerprint="'x'", **changes))
    run(container, copied("bank_line", "id = 2", fingerprint="'x'"))


@pytest.mark.usefixtures("brought")
def test_a_statement_is_stored_once_and_agrees_with_its_totals(container: Container) -> None:
    refused(container, "uq_bank_statement_seller_id_file_sha256_position", copied("bank_statement", "id = 1"))
    for wall, changes in (
        ("turnover_in_agrees", {"in_minor": "1"}),
        ("turnover_out_agrees", {"out_minor": "1"}),
        ("ends_after_start", {"ends_on": "starts_on - 1"}),
        ("sums_not_negative", {"line_count": "-1"}),
        ("file_sha256_form", {"file_sha256": "'abc'"}),
        ("position_positive", {"position": "0"}),
    ):
        refused(container, wall, copied("bank_statement", "id = 1", **{"position": "2"} | changes))
    run(container, copied("bank_statement", "id = 1", position="2"))


@pytest.mark.usefixtures("brought")
def test_what_the_bank_told_and_what_was_booked_never_change(container: Container) -> None:
    for statement in (
        "UPDATE bank_line SET amount_minor = 1 WHERE id = 2",
        "UPDATE bank_line SET state = 'ignored' WHERE id = 1",
        "DELETE FROM bank_line WHERE id = 2",
        "UPDATE bank_statement SET in_minor = 1, turnover_in_minor = 1",
        "DELETE FROM bank_statement",
        "UPDATE bank_line_share SET amount_minor = 1",
        "DELETE FROM bank_line_share",
    ):
        refused(container, "", statement)
    run(container, "UPDATE bank_line SET party_name = 'стёрто' WHERE id = 1")


ACCOUNT = (
    "INSERT INTO seller_bank_account (seller_id, currency, account, bank_name, bank_bik, is_main) VALUES "
)


@pytest.mark.usefixtures("invoice_id")
def test_an_account_stands_once_and_one_is_the_main_of_its_currency(container: Container) -> None:
    run(container, ACCOUNT + "(1, 'USD', 'DE89370400440532013000', '', 'COBADEFF', true)")
    run(container, ACCOUNT + "(1, 'USD', 'DE02120300000000202051', '', 'COBADEFF', false)")
    run(container, ACCOUNT + "(1, 'RUB', '40702810200000000001', '', '044525225', false)")
    for wall, values in (
        ("uq_seller_bank_account_account", "(1, 'EUR', 'DE89370400440532013000', '', '', false)"),
        ("uq_seller_bank_account_main", "(1, 'USD', 'DE0000', '', '', true)"),
        ("ck_seller_bank_account_main_in_roubles_is_the_sellers", "(1, 'RUB', 'DE0000', '', '', true)"),
        ("ck_seller_bank_account_currency_form", "(1, 'rub', 'DE0000', '', '', false)"),
        ("ck_seller_bank_account_account_form", "(1, 'USD', 'DE 0000', '', '', false)"),
        ("fk_seller_bank_account_seller_id", "(99, 'USD', 'DE0000', '', '', false)"),
    ):
        refused(container, wall, ACCOUNT + values)
