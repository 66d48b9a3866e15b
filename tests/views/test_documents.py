"""Documents in the back-office: files, originals, archives; and what a seller prints (J3, J5, L5)."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import date
from zipfile import ZipFile

import pytest
from PIL import Image

from app.billing.documents.kinds import DocumentKind, OriginalState
from app.bootstrap import Container
from app.models import (
    AuditEntry,
    Document,
    DocumentSeries,
    DocumentStatus,
    LongWork,
    Picture,
    Seller,
    SellerTaxRegime,
    StaffTask,
)
from tests.factories import FACTORY, deliver_all, order, rows
from tests.services.papers import issue_receipt, make_files
from tests.views.conftest import Employee, Shop, deeds
from tests.views.test_reference_data import SELLER

Staff = Callable[[str], Employee]


@pytest.fixture
def paper(container: Container, shop: Shop) -> int:
    """A receipt with both files."""
    document_id = issue_receipt(container, shop.customer_id, supplied_on=date(2026, 3, 2))
    make_files(container, document_id)
    return document_id


def make_act_of(container: Container, document_id: int) -> None:
    """Let the document be of a kind that is signed; issued documents are walled in."""
    with container.transactions.begin(FACTORY) as work:
        connection = work.session.connection()
        connection.exec_driver_sql("ALTER TABLE document DISABLE TRIGGER frozen")
        work.documents.get(document_id).kind = DocumentKind.ACT
        work.session.flush()
        connection.exec_driver_sql("ALTER TABLE document ENABLE TRIGGER frozen")


def test_both_files_and_their_checksums_are_on_the_page(staff: Staff, paper: int) -> None:
    finance = staff("Finance")
    page = finance.get(f"/documents/show/{paper}").text
    assert "Квитанция № КВ-2026-000001 от 02.03.2026.pdf" in page
    assert f"/documents/exchange-file/{paper}" in page
    assert len(re.findall("[0-9a-f]{64}", page)) >= 2
    xml = finance.get(f"/documents/exchange-file/{paper}")
    assert xml.content_type == "application/xml"
    assert xml.headers["Content-Disposition"].startswith("attachment")
    assert xml.headers["Cache-Control"] == "no-store"


def test_a_changed_file_is_refused_and_made_again(staff: Staff, container: Container, paper: int) -> None:
    finance = staff("Finance")
    container.document_store.save(f"documents/2026/{paper}.pdf", b"%PDF another sum")
    refused = finance.get(f"/documents/file/{paper}", follow_redirects=True)
    assert "Файл в хранилище не тот" in refused.text
    assert [task.kind for task in rows(container, StaffTask)] == ["document_file_changed"]
    assert len(rows(container, AuditEntry, action="document.file_refused")) == 1

    answer = finance.post(
        f"/documents/make-again/{paper}", {"reason": "файл испорчен"}, follow_redirects=True
    )

    assert "Файлы скоро будут готовы" in answer.text
    assert deeds(container, "document.make_again") == [("finance", "файл испорчен")]
    make_files(container, paper)
    assert finance.get(f"/documents/file/{paper}").data == b"%PDF " + "КВ-2026-000001".encode()


def test_a_failed_document_waits_again(staff: Staff, container: Container, shop: Shop) -> None:
    order(container, shop.customer_id, "crm-connector")
    (failed,) = rows(container, Document)[-1:]
    with container.transactions.begin(FACTORY) as work:
        row = work.documents.get(failed.id)
        row.status, row.failure_code = DocumentStatus.FAILED, "RENDERING_ERROR"
    finance = staff("Finance")
    assert "RENDERING_ERROR" in finance.get(f"/documents/make-again/{failed.id}").text
    finance.post(f"/documents/make-again/{failed.id}", {"reason": "исправили"})
    assert rows(container, Document, id=failed.id)[0].status is DocumentStatus.PENDING


def test_finance_keeps_the_state_of_the_original(staff: Staff, container: Container, paper: int) -> None:
    finance = staff("Finance")
    form = {"state": "signed", "reason": "пришёл подписанный"}
    refused = finance.post(f"/documents/original/{paper}", form)
    assert "Такой документ никто не подписывает" in refused.text
    make_act_of(container, paper)
    finance.post(f"/documents/original/{paper}", form)
    finance.post(f"/documents/original/{paper}", form)
    finance.post(f"/documents/original/{paper}", form | {"state": "framed"})
    assert rows(container, Document, id=paper)[0].original_state is OriginalState.SIGNED
    entries = rows(container, AuditEntry, action="document.original_state")
    assert [(entry.reason, entry.details) for entry in entries] == [
        ("пришёл подписанный", {"original_state": ["none", "signed"]})
    ]
    assert "пришёл подписанный" in finance.get(f"/documents/show/{paper}").text


def test_support_reads_and_changes_nothing(staff: Staff, container: Container, paper: int) -> None:
    support = staff("Support")
    page = support.get(f"/documents/show/{paper}").text
    assert "/documents/file/" in page
    for command in ("make-again", "original", "resend", "correct"):
        assert f"/documents/{command}/" not in page
        assert support.post(f"/documents/{command}/{paper}", {"reason": "x"}).status_code == 403
    for path in ("/sellers/show/1", "/sellers/image/1/stamp", "/work/add"):
        answer = support.get(path)
        assert answer.status_code == 403, path
        assert "40702810138250123017" not in answer.text
    assert rows(container, AuditEntry, action="document.make_again") == []


def test_finance_packs_a_sellers_month(staff: Staff, container: Container, paper: int) -> None:
    finance = staff("Finance")
    form = {"seller_id": "1", "period": "2026-03", "kind": "receipt"}
    assert "Укажите месяц" in finance.post("/work/add", form | {"period": "март"}).text
    assert "документов нет" in finance.post("/work/add", form | {"kind": "act"}).text
    asked = finance.post("/work/add", form)
    (work,) = rows(container, LongWork)
    assert asked.location.endswith(f"/work/show/{work.id}")
    page = finance.get(f"/work/show/{work.id}").text
    assert '<noscript><meta http-equiv="refresh"' in page
    assert finance.get(f"/work/progress/{work.id}").status_code == 200

    deliver_all(container)

    assert finance.get(f"/work/progress/{work.id}").headers["HX-Refresh"] == "true"
    assert "Архив документов" in finance.get("/work/list/").text
    with finance.get(f"/work/file/{work.id}") as file:
        assert len(ZipFile(io.BytesIO(file.data)).namelist()) == 3
    assert deeds(container, "documents.archive") == [("finance", None)]

    admin = staff("Admin")
    assert admin.get(f"/work/show/{work.id}").status_code == 404
    assert admin.get(f"/work/file/{work.id}").status_code == 404
    assert admin.post(f"/work/cancel/{work.id}").status_code == 404


def test_an_archive_is_given_up(staff: Staff, container: Container, paper: int) -> None:
    finance = staff("Finance")
    finance.post("/work/add", {"seller_id": "1", "period": "2026", "kind": ""})
    finance.post("/work/cancel/1", {})
    assert rows(container, LongWork)[0].state.value == "canceled"
    lost = finance.get("/work/file/1", follow_redirects=True)
    assert "Файла ещё нет" in lost.text


def stamp() -> bytes:
    written = io.BytesIO()
    Image.new("RGBA", (40, 40), "navy").save(written, "PNG")
    return written.getvalue()


def upload(finance: Employee, content: bytes, kind: str = "stamp") -> str:
    return finance.post(
        f"/sellers/picture/1/{kind}", {"file": (io.BytesIO(content), "stamp.png")}, follow_redirects=True
    ).text


def test_a_stamp_is_uploaded_shown_and_taken_away(staff: Staff, container: Container, shop: Shop) -> None:
    finance = staff("Finance")
    assert "Это не картинка" in upload(finance, b"<svg/>")
    page = upload(finance, stamp() + b"<script>alert(1)</script>")
    assert "/sellers/image/1/stamp" in page
    (picture,) = rows(container, Picture)
    assert rows(container, Seller)[0].stamp_sha256 == picture.sha256
    shown = finance.get("/sellers/image/1/stamp")
    assert (shown.content_type, b"script" in shown.data) == ("image/png", False)
    upload(finance, stamp())
    assert len(rows(container, Picture)) == 1
    assert finance.get("/sellers/image/1/logo").status_code == 404
    assert finance.get("/sellers/picture/1/face").status_code == 404
    finance.post("/sellers/picture/1/stamp", {"remove": "y"})
    assert rows(container, Seller)[0].stamp_sha256 is None
    assert len(rows(container, AuditEntry, action="seller.picture")) == 3


def test_kinds_are_numbered_in_series_of_ones_own(staff: Staff, container: Container, shop: Shop) -> None:
    finance = staff("Finance")
    assert "СЧ" in finance.post("/sellers/series/1", {"act": "СЧ"}).text
    finance.post("/sellers/series/1", {"act": "а1", "transfer": "Т"})
    finance.post("/sellers/series/1", {"act": "А2"})
    assert [(row.kind, row.series) for row in rows(container, DocumentSeries)] == [(DocumentKind.ACT, "А2")]
    assert "А2" in finance.get("/sellers/series/1").text
    entries = rows(container, AuditEntry, action="seller.series")
    assert [entry.details for entry in entries] == [
        {"act": [None, "А1"], "transfer": [None, "Т"]},
        {"act": ["А1", "А2"], "transfer": ["Т", None]},
    ]


def test_another_seller_is_added_and_chosen(staff: Staff, container: Container, shop: Shop) -> None:
    admin, finance = staff("Admin"), staff("Finance")
    other = SELLER | {"name": "ООО «Второй продавец»", "inn": "7736050003", "exchange_id": "2BM-7736050003"}
    assert finance.post("/sellers/add", other).status_code == 403
    assert len(rows(container, Seller)) == 1
    assert "идентификатор участника ЭДО" in admin.post("/sellers/add", other | {"exchange_id": "ид"}).text
    admin.post("/sellers/add", other)
    (second,) = rows(container, Seller, inn="7736050003")
    with container.transactions.begin(FACTORY) as work:
        work.session.add(
            SellerTaxRegime(
                seller_id=second.id,
                effective_from=date(2019, 1, 1),
                regime=rows(container, SellerTaxRegime)[0].regime,
            )
        )
    assert finance.post(f"/sellers/choose/{second.id}", {"reason": "x"}).status_code == 403
    for chosen in (second.id, 1, second.id):
        admin.post(f"/sellers/choose/{chosen}", {"reason": "переезд"})
    with container.transactions.reading() as repositories:
        assert repositories.sellers.current().id == second.id
    order(container, shop.customer_id, "crm-connector")
    assert rows(container, Document)[-1].seller_id == second.id
    assert len(deeds(container, "seller.choose")) == 3
