"""The customer's documents: list, files, archives; nobody else's (J5)."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from zipfile import ZipFile

import pytest
from flask import Flask
from sqlalchemy import event

from app.bootstrap import Container
from app.models import AuditEntry, Document, DocumentKind, StaffTask
from tests.factories import buy, create_customer, create_payer, deliver_all, rows
from tests.portal.browser import Browser, visible_text
from tests.services.papers import issue_receipt, make_files


@pytest.fixture
def papers(container: Container, alice: int) -> list[int]:
    """A receipt of each month from January to April 2026, with files."""
    made = [issue_receipt(container, alice, supplied_on=date(2026, month, 15)) for month in range(1, 5)]
    make_files(container, *made)
    return made


@pytest.fixture
def mallory(container: Container, app: Flask, alice: int) -> Browser:
    """Somebody else, signed in."""
    create_customer(container, "mallory@example.com")
    browser = Browser(app)
    browser.log_in("mallory@example.com")
    return browser


def numbers(page: str) -> list[str]:
    return sorted(set(re.findall(r"КВ-2026-\d{6}", page)))


def test_the_list_is_narrowed_by_what_stands_in_the_address(member: Browser, papers: list[int]) -> None:
    assert len(numbers(member.get("/documents").text)) == 4
    assert numbers(member.get("/documents?period=2026-02").text) == ["КВ-2026-000002"]
    assert len(numbers(member.get("/documents?period=2026&kind=receipt").text)) == 4
    empty = member.get("/documents?kind=act")
    assert (numbers(empty.text), "Таких документов нет" in empty.text) == ([], True)
    assert len(numbers(member.get("/documents?period=hello&kind=*&older_than=x").text)) == 4


def test_the_list_has_pages(container: Container, alice: int, member: Browser) -> None:
    for _ in range(30):
        issue_receipt(container, alice)
    first = member.get("/documents?kind=receipt")
    assert len(numbers(first.text)) == 25
    (older,) = re.findall(r'rel="next" href="([^"]+)"', first.text)
    second = member.get(older.replace("&amp;", "&"))
    assert len(numbers(second.text)) == 5
    (newer,) = re.findall(r'rel="prev" href="([^"]+)"', second.text)
    assert numbers(member.get(newer.replace("&amp;", "&")).text) == numbers(first.text)


@contextmanager
def counted(container: Container) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    for engine in (container.engine, container.reading_engine):
        event.listen(engine, "before_cursor_execute", note)
    yield statements
    for engine in (container.engine, container.reading_engine):
        event.remove(engine, "before_cursor_execute", note)


def test_a_full_page_costs_few_queries(container: Container, alice: int, member: Browser) -> None:
    made = [issue_receipt(container, alice) for _ in range(25)]
    make_files(container, *made)
    with counted(container) as statements:
        page = member.get("/documents")
    assert len(numbers(page.text)) == 25
    assert len(statements) < 10, "\n".join(statements)


def test_both_files_are_offered_and_handed_out(member: Browser, papers: list[int]) -> None:
    page = member.get("/documents")
    assert f"/documents/{papers[0]}/file" in page.text
    assert f"/documents/{papers[0]}/exchange-file" in page.text
    xml = member.get(f"/documents/{papers[0]}/exchange-file")
    assert (xml.status_code, xml.mimetype, xml.data) == (
        200,
        "application/xml",
        "КВ-2026-000001".encode("cp1251"),
    )
    assert xml.headers["Cache-Control"] == "no-store"


def test_a_changed_file_is_refused_plainly(container: Container, member: Browser, papers: list[int]) -> None:
    container.document_store.save(f"documents/2026/{papers[0]}.pdf", b"%PDF another sum")
    answer = member.get(f"/documents/{papers[0]}/file")
    assert answer.status_code == 409
    assert "Файл повреждён" in answer.text
    assert "another sum" not in answer.text
    assert [task.kind for task in rows(container, StaffTask)] == ["document_file_changed"]
    assert len(rows(container, AuditEntry, action="document.file_refused")) == 1


def test_an_invoice_lists_its_documents(container: Container, alice: int, member: Browser) -> None:
    bought = buy(container, alice, "crm-connector")
    deliver_all(container, documents=True)
    page = member.get(f"/invoices/{bought.invoice_id}")
    assert "Документы по счёту" in page.text
    assert "Счёт СЧ-2026-000001" in visible_text(page)


def test_the_documents_of_a_month_as_an_archive(
    container: Container, member: Browser, papers: list[int]
) -> None:
    asked = member.post("/documents/archive", {"period": "2026-03"})
    assert asked.status_code == 303
    page = member.get(asked.location)
    assert '<noscript><meta http-equiv="refresh"' in page.text
    assert f'hx-get="{asked.location}/progress"' in page.text
    assert member.get(f"{asked.location}/file").status_code == 409
    assert member.get(f"{asked.location}/progress").status_code == 200

    deliver_all(container)

    done = member.get(f"{asked.location}/progress")
    assert (done.status_code, done.headers["HX-Refresh"]) == (204, "true")
    assert "refresh" not in member.get(asked.location).text.split("<body")[0].replace("hx-refresh", "")
    file = member.get(f"{asked.location}/file")
    assert file.mimetype == "application/zip"
    assert "filename=documents-2026-03.zip" in file.headers["Content-Disposition"].replace('"', "")
    assert file.headers["Cache-Control"] == "no-store"
    assert len(ZipFile(io.BytesIO(file.data)).namelist()) == 3
    file.close()
    assert "Готов" in member.get("/documents").text


def test_an_archive_needs_a_time_and_documents(member: Browser, papers: list[int]) -> None:
    for form, sentence in (
        ({}, "Выберите месяц или год"),
        ({"period": "2025"}, "документов нет"),
        ({"period": "2026", "kind": "act"}, "документов нет"),
    ):
        answer = member.post("/documents/archive", form)
        assert sentence in member.get(answer.location).text


def test_an_archive_is_given_up(container: Container, member: Browser, papers: list[int]) -> None:
    asked = member.post("/documents/archive", {"period": "2026-03"})
    answer = member.post(f"{asked.location}/cancel")
    assert answer.location == "/documents"
    deliver_all(container)
    assert member.get(f"{asked.location}/file").status_code == 409


def test_nobody_else_sees_or_changes_any_of_it(
    container: Container, member: Browser, mallory: Browser, papers: list[int]
) -> None:
    asked = member.post("/documents/archive", {"period": "2026-03"})
    deliver_all(container)
    for path in (
        f"/documents/{papers[0]}/file",
        f"/documents/{papers[0]}/exchange-file",
        asked.location,
        f"{asked.location}/progress",
        f"{asked.location}/file",
    ):
        assert mallory.get(path).status_code == 404, path
    assert mallory.post(f"{asked.location}/cancel").status_code == 404
    assert numbers(mallory.get("/documents").text) == []
    create_payer(container, 2, inn="7707083893")
    assert mallory.post("/documents/archive", {"period": "2026"}).location == "/documents?period=2026"
    with member.get(f"{asked.location}/file") as own:
        assert own.status_code == 200


def test_a_reconciliation_statement_is_asked_for(container: Container, alice: int, member: Browser) -> None:
    buy(container, alice, "crm-connector")
    answer = member.post("/documents/reconciliation", {"period": "2026-03"})
    assert answer.location == "/documents"
    assert "Акт сверки" in visible_text(member.get("/documents?kind=reconciliation"))
    (act,) = rows(container, Document, kind=DocumentKind.RECONCILIATION)
    assert act.customer_id == alice
    for form in ({}, {"period": "2027"}):
        refused = member.post("/documents/reconciliation", form)
        assert refused.location.startswith("/documents")
    assert len(rows(container, Document, kind=DocumentKind.RECONCILIATION)) == 1


def test_a_guest_is_asked_to_log_in(guest: Browser) -> None:
    for path in ("/work/1", "/work/1/file", "/documents/1/exchange-file"):
        assert guest.get(path).location == f"/login?next={path}"
