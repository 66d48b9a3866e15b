"""What staff do with a record: a reason is asked, a use case does it, the audit keeps it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.billing.api_key import ApiKeyStatus
from app.billing.documents.kinds import FileFormat
from app.bootstrap import Container
from app.models import ApiKey, Document, DocumentFile, DocumentStatus
from tests.factories import FACTORY, check, create_customer, promised, rows
from tests.views.conftest import Employee, Shop, deeds

Staff = Callable[[str], Employee]
COMMANDS = (
    "/api-keys/deactivate/", "/documents/resend/", "/documents/file/", "/releases/delete/", "/tasks/finish/",
    "/subscriptions/cancel/", "/subscriptions/take-back/", "/subscriptions/renew-on/",
    "/subscriptions/renew-off/", "/subscriptions/interval/", "/subscriptions/make-account/",
    "/subscriptions/resume/", "/subscriptions/request-refund/", "/subscriptions/request-compensation/",
    "/refunds/approve/", "/refunds/reject/", "/refunds/mark-sent/", "/compensations/approve/",
    "/compensations/reject/", "/invoices/bank-transfer/", "/customers/resume-billing/",
    "/price-campaigns/dry-run/", "/price-campaigns/launch/", "/price-campaigns/cancel/",
)  # fmt: skip


def make_ready(container: Container) -> None:
    """Give the document a file without starting the renderer."""
    stored = container.document_store.save("documents/2026/1.pdf", b"%PDF-1.7 made by a test")
    now = container.clock.now()
    with container.transactions.begin(FACTORY) as work:
        document = work.documents.get(1)
        document.status, document.rendered_at = DocumentStatus.READY, now
        work.session.add(
            DocumentFile(
                document_id=1,
                format=FileFormat.PDF,
                name="Счёт.pdf",
                file_key=stored.key,
                sha256=stored.sha256,
                size=stored.size,
                made_at=now,
            )
        )


def test_support_switches_a_key_off_with_a_reason(staff: Staff, shop: Shop, container: Container) -> None:
    support = staff("Support")
    assert check(container, shop.api_key, "777").allowed
    question = support.get("/api-keys/deactivate/1")
    assert "alice@example.com" in question.text
    assert rows(container, ApiKey)[0].status is ApiKeyStatus.ACTIVE
    answer = support.post("/api-keys/deactivate/1", {"reason": " Ключ утёк "}, follow_redirects=True)
    assert "Ключ отключён." in answer.text
    assert "Ключ утёк" in answer.text
    assert not check(container, shop.api_key, "777").allowed
    assert deeds(container, "api_key.deactivate") == [("support", "Ключ утёк")]
    assert "Отключить ключ" not in support.get("/api-keys/show/1").text


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_without_a_good_reason_nothing_happens(
    staff: Staff, shop: Shop, container: Container, reason: str
) -> None:
    staff("Support").post("/api-keys/deactivate/1", {"reason": reason})
    assert rows(container, ApiKey)[0].status is ApiKeyStatus.ACTIVE


def test_without_the_forms_token_nothing_happens(staff: Staff, shop: Shop, container: Container) -> None:
    support = staff("Support")
    for token in ({}, {"csrf_token": "x"}):
        answer = support.post_without_token("/api-keys/deactivate/1", {"reason": "leaked"} | token)
        assert answer.status_code == 400
        assert "Форму, которая долго была открыта" in answer.text
    assert rows(container, ApiKey)[0].status is ApiKeyStatus.ACTIVE


def test_a_command_on_a_record_that_is_not_there_is_refused(staff: Staff, shop: Shop) -> None:
    admin = staff("Admin")
    for path in COMMANDS:
        for unknown in ("999", "abc", "0", "9" * 25):
            status = admin.post(f"{path}{unknown}", {"reason": "x"}).status_code
            assert status in (404, 405), (path, unknown)


def test_the_frameworks_generic_actions_do_not_exist(staff: Staff, shop: Shop) -> None:
    admin = staff("Admin")
    for name in ("api-keys", "documents", "staff", "customers"):
        form = {"action": "deactivate", "rowid": "1"}
        assert admin.post(f"/{name}/action_post", form).status_code == 404
        assert admin.post(f"/{name}/action/deactivate/1").status_code == 404
        assert admin.get(f"/{name}/download/x").status_code == 404


def test_finance_sends_a_document_again(staff: Staff, shop: Shop, container: Container) -> None:
    finance = staff("Finance")
    early = finance.post("/documents/resend/1", {"reason": "asked"}, follow_redirects=True)
    assert "Документ ещё не готов" in early.text
    make_ready(container)
    late = finance.post("/documents/resend/1", {"reason": "Бухгалтер потерял"}, follow_redirects=True)
    assert "Документ будет отправлен" in late.text
    assert [row.payload["document_id"] for row in promised(container, "mail.document_ready")] == [1]
    assert deeds(container, "document.resend") == [("finance", "Бухгалтер потерял")]


def test_the_pdf_opens_for_those_who_may(staff: Staff, shop: Shop, container: Container) -> None:
    finance = staff("Finance")
    missing = finance.get("/documents/file/1", follow_redirects=True)
    assert "Документ ещё не готов" in missing.text
    make_ready(container)
    answer = finance.get("/documents/file/1")
    assert answer.data.startswith(b"%PDF")
    assert answer.content_type == "application/pdf"
    assert "%D0%A1%D1%87%D1%91%D1%82.pdf" in answer.headers["Content-Disposition"]


def test_a_lost_file_is_said_plainly(staff: Staff, shop: Shop, container: Container) -> None:
    make_ready(container)
    assert container.settings.documents_directory is not None
    for file in container.settings.documents_directory.rglob("*.pdf"):
        file.unlink()
    answer = staff("Finance").get("/documents/file/1", follow_redirects=True)
    assert answer.status_code == 200
    assert "Файл в хранилище не тот" in answer.text


def test_reading_changes_nothing(staff: Staff, shop: Shop, container: Container) -> None:
    create_customer(container, "bob@example.com")
    admin = staff("Admin")
    before = [(row.status, row.deactivated_at) for row in rows(container, ApiKey)]
    documents = [row.status for row in rows(container, Document)]
    for path in ("/api-keys/deactivate/1?reason=x", "/documents/resend/1?reason=x", "/releases/delete/1"):
        admin.get(path)
    assert [(row.status, row.deactivated_at) for row in rows(container, ApiKey)] == before
    assert [row.status for row in rows(container, Document)] == documents
    assert deeds(container, "api_key.deactivate") == deeds(container, "document.resend") == []
