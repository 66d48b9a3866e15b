"""A ZIP of the documents of a period: whole, listed, gone on with after a kill (J5)."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date
from zipfile import ZipFile

import pytest

from app.billing.actors import Actor
from app.billing.documents.kinds import DocumentKind
from app.billing.errors import BillingError, NotPermitted
from app.billing.long_work import WorkState
from app.bootstrap import Container
from app.models import AuditEntry, LongWork, StaffTask
from app.services import document_archives
from app.services.document_archives import ArchiveRequest, ask_for_archive
from app.services.long_work import Working, read_work, take_turn
from tests.clock import ManualClock
from tests.factories import FACTORY, create_customer, create_payer, deliver_all, rows
from tests.services.papers import issue_receipt, make_files

MARCH = ArchiveRequest("2026-03")
FINANCE = Actor.staff("finance")


class HurriedClock:
    """Every look at it costs a minute: each turn is over after its first batch."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock

    def now(self) -> object:
        """A minute later."""
        self._clock.advance(minutes=1)
        return self._clock.now()


def ask(container: Container, actor: Actor, request: ArchiveRequest = MARCH) -> int:
    return ask_for_archive(
        container.transactions,
        actor=actor,
        request=request,
        now=container.clock.now(),
        real_now=container.wall_clock.now(),
    )


def row(container: Container, work_id: int) -> LongWork:
    (found,) = rows(container, LongWork, id=work_id)
    return found


def contents(container: Container, work_id: int) -> dict[str, bytes]:
    with read_work(container.working, row(container, work_id)) as file, ZipFile(file) as archive:
        assert archive.testzip() is None
        assert archive.comment == b""
        names = archive.namelist()
        assert len(names) == len(set(names))
        return {name: archive.read(name) for name in names}


def manifest(files: dict[str, bytes]) -> list[dict[str, str]]:
    text = files["manifest.csv"].decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


@pytest.fixture
def papers(container: Container, alice: int) -> list[int]:
    """Three receipts of Alice in March and one in April, all with files."""
    days = (date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 31), date(2026, 4, 1))
    made = [issue_receipt(container, alice, supplied_on=day) for day in days]
    make_files(container, *made)
    return made


def test_a_customer_gets_the_documents_of_a_month(
    container: Container, alice: int, papers: list[int]
) -> None:
    work_id = ask(container, Actor.customer(alice))
    deliver_all(container)

    files = contents(container, work_id)

    assert sorted(files) == [
        "2026-03/ON_TEST_20260302.xml",
        "2026-03/ON_TEST_20260303.xml",
        "2026-03/ON_TEST_20260331.xml",
        "2026-03/Квитанция № КВ-2026-000001 от 02.03.2026.pdf",
        "2026-03/Квитанция № КВ-2026-000002 от 03.03.2026.pdf",
        "2026-03/Квитанция № КВ-2026-000003 от 31.03.2026.pdf",
        "manifest.csv",
    ]
    listed = manifest(files)
    assert {line["file"] for line in listed} == set(files) - {"manifest.csv"}
    assert {(line["state"], line["total"], line["payer"]) for line in listed} == {
        ("packed", "990,00", "ООО «Ромашка»")
    }
    done = row(container, work_id)
    assert (done.state, done.done, done.total, done.file_name) == (
        WorkState.DONE,
        3,
        3,
        "documents-2026-03.zip",
    )
    assert done.size
    assert [entry.details["period"] for entry in rows(container, AuditEntry, action="documents.archive")] == [
        "2026-03"
    ]


def test_a_customer_never_gets_anothers_documents(
    container: Container, alice: int, papers: list[int]
) -> None:
    bob = create_customer(container, "bob@example.com")
    create_payer(container, bob, inn="7707083893")
    own = issue_receipt(container, bob)
    make_files(container, own)

    work_id = ask(container, Actor.customer(bob), ArchiveRequest("2026", customer_id=alice))
    deliver_all(container)

    assert len(contents(container, work_id)) == 3


def test_finance_gets_a_sellers_month_of_one_kind(
    container: Container, alice: int, papers: list[int]
) -> None:
    work_id = ask(container, FINANCE, ArchiveRequest("2026-03", seller_id=1, kind=DocumentKind.RECEIPT))
    deliver_all(container)
    assert len(contents(container, work_id)) == 7
    with pytest.raises(BillingError, match="nothing to pack"):
        ask(container, FINANCE, ArchiveRequest("2026-03", seller_id=1, kind=DocumentKind.ACT))
    with pytest.raises(BillingError, match="no month"):
        ask(container, FINANCE, ArchiveRequest("March"))
    with pytest.raises(NotPermitted):
        ask(container, Actor.system("x"))


def test_what_can_not_be_packed_is_listed(container: Container, alice: int, papers: list[int]) -> None:
    waiting = issue_receipt(container, alice)
    container.document_store.save(f"documents/2026/{papers[0]}.pdf", b"%PDF another sum")

    work_id = ask(container, Actor.customer(alice))
    deliver_all(container)

    files = contents(container, work_id)
    states = {(line["number"], line["file"][-4:]): line["state"] for line in manifest(files)}
    assert states["КВ-2026-000001", ".pdf"] == "refused"
    assert states["КВ-2026-000001", ".xml"] == "packed"
    assert states["КВ-2026-000005", ""] == "pending"
    assert len(files) == 6
    assert [task.kind for task in rows(container, StaffTask)] == ["document_file_changed"]
    assert waiting


def hurried(container: Container, clock: ManualClock) -> Working:
    return replace(container.working, wall_clock=HurriedClock(clock))  # type: ignore[arg-type]  # of its kind


def test_turns_add_up_to_the_same_archive(
    container: Container,
    clock: ManualClock,
    alice: int,
    papers: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole_id = ask(container, FINANCE)
    take_turn(container.working, work_id=whole_id)
    monkeypatch.setattr(document_archives, "BATCH", 1)
    work_id = ask(container, Actor.customer(alice))
    turns = 0
    while row(container, work_id).state is not WorkState.DONE:
        take_turn(hurried(container, clock), work_id=work_id)
        turns += 1
        assert row(container, work_id).done == min(turns, 3)
    assert turns == 4
    assert contents(container, work_id) == contents(container, whole_id)


@pytest.mark.parametrize("kept", [0.0, 0.5, 0.99])
def test_a_torn_archive_is_begun_anew(
    container: Container,
    clock: ManualClock,
    alice: int,
    papers: list[int],
    monkeypatch: pytest.MonkeyPatch,
    kept: float,
) -> None:
    monkeypatch.setattr(document_archives, "BATCH", 1)
    work_id = ask(container, Actor.customer(alice))
    for _ in range(2):
        take_turn(hurried(container, clock), work_id=work_id)
    assert container.settings.documents_directory is not None
    path = container.settings.documents_directory / "work" / f"{work_id}.zip"
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)] + b"half a file")

    take_turn(container.working, work_id=work_id)

    assert len(contents(container, work_id)) == 7
    assert row(container, work_id).done == 3


def test_names_inside_are_unique_and_lead_nowhere(container: Container, alice: int) -> None:
    evil = "../../etc/passwd\\..\\x"
    made = [issue_receipt(container, alice) for _ in range(3)]
    make_files(container, *made)
    with container.transactions.begin(FACTORY) as work:
        work.session.connection().exec_driver_sql("ALTER TABLE document_file DISABLE TRIGGER append_only")
        for document_id in made:
            for file in work.documents.get(document_id).files:
                file.name = f"{evil}.{file.format}"
    work_id = ask(container, Actor.customer(alice))
    deliver_all(container)
    with container.transactions.begin(FACTORY) as work:
        work.session.connection().exec_driver_sql("ALTER TABLE document_file ENABLE TRIGGER append_only")

    names = set(contents(container, work_id)) - {"manifest.csv"}

    assert len(names) == 6
    assert all(name.startswith("2026-03/") and name.count("/") == 1 and "\\" not in name for name in names)
    assert not any(".." in name.split("/") for name in names)


def test_an_archive_has_a_limit(
    container: Container, alice: int, papers: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document_archives, "MOST_DOCUMENTS", 2)
    with pytest.raises(BillingError) as refusal:
        ask(container, Actor.customer(alice))
    assert refusal.value.code == "TOO_MANY_DOCUMENTS"
