"""A register is told of every promised receipt, under one id (54-ФЗ)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.billing.actors import Actor
from app.billing.errors import BillingError, Conflict, InvalidInput, NotFound, NotPermitted
from app.billing.fiscal import FiscalReceiptRefused, FiscalRegisterUnreachable
from app.bootstrap import Container
from app.jobs.scheduler import TIMETABLE
from app.models import (
    AuditEntry,
    FiscalReceiptRow,
    FiscalReceiptState,
    OutboxMessage,
    StaffTask,
    StatusChange,
)
from app.services.fiscal.promised import Fiscalisation
from app.services.fiscal.promising import promise_receipts
from app.services.fiscal.registering import register_again, register_receipt
from tests.factories import deliver_all, rows
from tests.ledger_rows import sold
from tests.services.corrections.papers import ANNA
from tests.services.fiscal.persons import Register, fiscal_of, person, receipts, says

REGISTERED, FAILED, PROMISED = (
    FiscalReceiptState.REGISTERED,
    FiscalReceiptState.FAILED,
    FiscalReceiptState.PROMISED,
)


@pytest.fixture
def register() -> Register:
    return Register()


@pytest.fixture
def fiscal(container: Container, register: Register) -> Fiscalisation:
    return fiscal_of(container, register)


@pytest.fixture
def promised(container: Container, shop: object, fiscal: Fiscalisation) -> FiscalReceiptRow:
    """A receipt that waits for the register."""
    sold(container, person(container))
    promise_receipts(fiscal, now=container.clock.now())
    return receipts(container)[0]


def tell(container: Container, fiscal: Fiscalisation, row: FiscalReceiptRow) -> FiscalReceiptRow:
    register_receipt(fiscal, receipt_id=row.id, now=container.clock.now())
    return receipts(container)[0]


def again(
    container: Container, row: FiscalReceiptRow, actor: Actor = ANNA, reason: str = "касса починена"
) -> None:
    register_again(
        container.transactions, actor=actor, receipt_id=row.id, reason=reason, now=container.clock.now()
    )


def test_it_is_told_once(
    container: Container, fiscal: Fiscalisation, register: Register, promised: FiscalReceiptRow
) -> None:
    for _ in range(2):
        row = tell(container, fiscal, promised)
    assert (row.state, row.reference, row.registered_at) == (REGISTERED, "fd-1", container.clock.now())
    assert register.told == [(says(promised), promised.external_id, container.clock.now())]
    changes = rows(container, StatusChange, object_kind="fiscal_receipt")
    assert [(each.old_status, each.new_status) for each in changes] == [
        (None, "promised"),
        ("promised", "registered"),
    ]


def test_while_the_register_is_away_it_waits_and_keeps_its_id(
    container: Container, fiscal: Fiscalisation, register: Register, promised: FiscalReceiptRow
) -> None:
    register.trouble = FiscalRegisterUnreachable()
    with pytest.raises(FiscalRegisterUnreachable):
        tell(container, fiscal, promised)
    assert receipts(container)[0].state is PROMISED

    register.trouble = None
    assert tell(container, fiscal, promised).state is REGISTERED
    assert register.told[0][1] == promised.external_id


def test_what_the_register_refuses_goes_to_staff_who_have_it_told_again(
    container: Container, fiscal: Fiscalisation, register: Register, promised: FiscalReceiptRow
) -> None:
    register.trouble = FiscalReceiptRefused(code="FISCAL_EMAIL_TOO_LONG")
    row = tell(container, fiscal, promised)
    assert (row.state, row.failure_code) == (FAILED, "FISCAL_EMAIL_TOO_LONG")
    (task,) = rows(container, StaffTask)
    assert (task.kind, task.object_id) == ("fiscal_receipt_failed", str(promised.id))
    assert tell(container, fiscal, promised).state is FAILED

    register.trouble = None
    again(container, promised)

    row = receipts(container)[0]
    assert (row.state, row.failure_code) == (PROMISED, None)
    assert len(rows(container, OutboxMessage, name="fiscal.register")) == 2
    assert tell(container, fiscal, promised).state is REGISTERED
    (entry,) = rows(container, AuditEntry, action="fiscal_receipt.register_again")
    assert (entry.reason, entry.object_id) == ("касса починена", str(promised.id))


def test_one_that_waits_may_be_hurried(container: Container, promised: FiscalReceiptRow) -> None:
    again(container, promised)
    assert receipts(container)[0].state is PROMISED
    assert len(rows(container, OutboxMessage, name="fiscal.register")) == 2


def test_who_may_not_and_what_may_not(
    container: Container, fiscal: Fiscalisation, promised: FiscalReceiptRow
) -> None:
    refused: list[tuple[type[BillingError], Actor, str]] = [
        (NotPermitted, Actor.customer(promised.customer_id), "почему бы нет"),
        (InvalidInput, ANNA, ""),
    ]
    for kind, actor, reason in refused:
        with pytest.raises(kind):
            again(container, promised, actor, reason)
    with pytest.raises(NotFound):
        again(container, FiscalReceiptRow(id=10_000))
    tell(container, fiscal, promised)
    with pytest.raises(Conflict) as refusal:
        again(container, promised)
    assert refusal.value.code == "FISCAL_RECEIPT_REGISTERED"


def test_a_worker_writes_it_into_the_file(container: Container, shop: object) -> None:
    sold(container, person(container))
    for task in TIMETABLE:
        if task.name.startswith("fiscal-"):
            task.run(container)
    deliver_all(container)

    (row,) = receipts(container)
    assert row.state is REGISTERED
    path = container.settings.fiscal_receipts_file
    assert path is not None
    (line,) = Path(path).read_text("utf-8").splitlines()
    told = json.loads(line)
    assert (told["operation"], told["body"]["external_id"]) == ("sell", str(row.external_id))


def test_without_a_register_nothing_is_promised(container: Container, shop: object) -> None:
    settings = container.settings.model_copy(update={"fiscal_receipts_file": None})
    bare = Container(settings, container.clock)
    sold(container, person(container))
    for task in TIMETABLE:
        if task.name.startswith("fiscal-"):
            task.run(bare)
    bare.engine.dispose()
    assert receipts(container) == []
