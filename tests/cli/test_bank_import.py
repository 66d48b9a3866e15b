"""`bpm bank-import`: looks at a statement, and takes it in only when it is told to (H4)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from app.bootstrap import Container
from app.models import AuditEntry, BankLine, Payment
from app.payments.bank.statements import LARGEST_FILE
from tests.bank import document, exported
from tests.factories import create_connector, create_customer, create_payer, create_seller, order, rows

Run = Callable[..., Result]
RunJson = Callable[..., Any]


@pytest.fixture
def statement(container: Container, tmp_path: Path) -> str:
    """A file with a line that pays an invoice and one that nobody can tell."""
    create_seller(container)
    create_connector(container)
    customer_id = create_customer(container)
    create_payer(container, customer_id)
    order(container, customer_id, "crm-connector")
    path = tmp_path / "march.txt"
    certain = document(17, "990.00", "Оплата по счёту СЧ-2026-000001")
    path.write_bytes(exported(certain, document(18, "10.00", "за услуги"), came="1000.00"))
    return str(path)


def counts(report: dict[str, Any]) -> tuple[int, ...]:
    return tuple(report[name] for name in ("parsed", "matched", "doubtful", "rejected", "known"))


def test_a_look_tells_what_would_be_and_writes_nothing(
    statement: str, container: Container, run_json: RunJson
) -> None:
    report = run_json("bank-import", statement)
    assert (report["applied"], counts(report)) == (False, (2, 1, 1, 0, 0))
    assert report["reasons"] == {"exact": 1, "no_number": 1}
    assert [
        (each["position"], each["amount"], each["state"], each["finding"]) for each in report["lines"]
    ] == [
        (1, "990.00 RUB", "matched", "exact"),
        (2, "10.00 RUB", "unmatched", "no_number"),
    ]
    assert rows(container, BankLine) == []


def test_applied_it_books_each_line_once(statement: str, container: Container, run_json: RunJson) -> None:
    assert counts(run_json("bank-import", statement, "--apply")) == (2, 1, 1, 0, 0)
    again = run_json("bank-import", statement, "--apply")
    assert (again["applied"], counts(again)) == (True, (2, 0, 0, 0, 2))
    assert [payment.amount_minor for payment in rows(container, Payment)] == [99_000]
    imports = rows(container, AuditEntry, action="bank_statement.import")
    assert {entry.actor_identity for entry in imports} == {"bank-import"}


@pytest.mark.parametrize("apply", [(), ("--apply",)])
def test_a_broken_file_is_refused_with_its_line_and_reason(
    statement: str, container: Container, run_json: RunJson, apply: tuple[str, ...]
) -> None:
    broken = Path(statement)
    broken.write_bytes(broken.read_bytes().replace(b"=10.00", b"=1e30"))
    report = run_json("bank-import", statement, *apply, exit_code=1)
    assert (report["applied"], counts(report)) == (False, (0, 0, 0, 1, 0))
    assert report["reasons"] == {"STATEMENT_MALFORMED": 1}
    assert report["refusal"]["line"] == 33
    assert report["refusal"]["detail"] == "not an amount"
    assert rows(container, BankLine) == []


def test_a_statement_of_a_strangers_account_is_refused(
    statement: str, container: Container, run_json: RunJson
) -> None:
    stranger = Path(statement)
    stranger.write_bytes(stranger.read_bytes().replace(b"40702810138250123017", b"40702810138250123018"))
    report = run_json("bank-import", statement, "--apply", exit_code=1)
    assert report["reasons"] == {"BANK_ACCOUNT_UNKNOWN": 1}


def test_a_file_above_the_limit_is_refused_unread(run_json: RunJson, tmp_path: Path) -> None:
    path = tmp_path / "large.txt"
    with path.open("wb") as file:
        file.truncate(LARGEST_FILE + 1)
    assert run_json("bank-import", str(path), exit_code=1)["reasons"] == {"STATEMENT_TOO_LARGE": 1}


def test_for_people_it_sums_up(statement: str, run: Run) -> None:
    text = run("bank-import", statement).stdout
    assert "parsed 2, matched 1, doubtful 1, rejected 0, known 0" in text
    assert "no_number" in text
    assert "--apply" in text
    assert run("bank-import", "no-such-file").exit_code == 2
