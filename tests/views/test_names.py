"""Everything that the product writes by a code has a name that staff can read."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Enum

from app.billing.ledger import Account, EntryKind
from app.billing.mail import MailKind
from app.billing.provider import DisputeState
from app.bootstrap import Container
from app.jobs.handlers import handlers
from app.models import Base
from app.services.invariants import INVARIANTS
from app.services.webhooks import ALERTS
from app.views.action_names import ACTIONS
from app.views.invariant_names import invariant_name
from app.views.labels import LABELS, STATUS_OF_OBJECT
from app.views.ledger_names import ACCOUNTS, ENTRIES, account_name
from app.views.message_names import MESSAGES
from app.views.object_names import OBJECT_NAMES
from app.views.reason_names import REASONS, reason_name
from app.views.task_names import FAILED_STEPS, TASKS, task_name

SERVICES = Path(__file__).parent.parent.parent / "app/services"
BY_FORMS_OF_THE_FRAMEWORK = {"staff.create", "staff.update", "staff.delete"}
MOVES = ("move_subscription", "move_invoice", "move_attempt", "move_refund", "move_compensation")


def calls(*names: str) -> Iterator[ast.Call]:
    """Every call of these functions or methods in the use cases."""
    for path in sorted(SERVICES.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)) if name in names:
                    yield node
                case _:
                    pass


def texts(nodes: Iterator[ast.expr]) -> set[str]:
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def written_actions() -> set[str]:
    whole = texts(call.args[0] for call in calls("audit"))
    asked = {f"subscription.{name}" for name in texts(call.args[2] for call in calls("asked_subscription"))}
    decided = {f"{kind}.{deed}" for kind in ("refund", "compensation")
               for deed in ("request", "approve", "reject")}  # fmt: skip
    settled = {"dispute.debt_paid", "dispute.write_off"}
    sent = {"refund.send", "refund.send_again", "refund.by_bank"}
    return whole | asked | decided | settled | sent | BY_FORMS_OF_THE_FRAMEWORK


def test_every_deed_of_the_audit_has_a_name_and_no_name_is_left_over() -> None:
    assert {"refund.send", "subscription.uncancel", "price_campaign.launch"} <= written_actions()
    assert set(ACTIONS) == written_actions()


def test_every_status_and_kind_in_the_database_has_a_name() -> None:
    columns = [column for table in Base.metadata.tables.values() for column in table.columns]
    stored: set[Any] = {column.type.enum_class for column in columns if isinstance(column.type, Enum)}

    assert len(stored) > 20
    assert {kind.__name__ for kind in stored if set(LABELS.get(kind, {})) != set(kind)} == set()
    assert [kind.__name__ for kind, names in LABELS.items() if set(names) != set(kind)] == []


def test_every_kind_of_object_has_a_name() -> None:
    recorded = texts(call.args[1] for call in calls("audit")) | texts(
        call.args[0] for call in calls("record_status")
    )
    asked_about = texts(call.args[1] for call in calls("ask_staff"))

    assert (recorded | asked_about) - set(OBJECT_NAMES) == set()
    assert set(STATUS_OF_OBJECT) - set(OBJECT_NAMES) == set()


def test_every_mail_and_job_has_a_name(container: Container) -> None:
    mails = {f"mail.{kind.value}" for kind in MailKind}

    assert set(MESSAGES) == mails | {name for name in handlers(container) if not name.startswith("mail.")}


def test_every_task_has_a_name(office: Flask) -> None:
    kinds = texts(call.args[0] for call in calls("ask_staff"))

    kinds |= {f"dispute_{state}" for state in DisputeState} | set(ALERTS.values())
    assert kinds == set(TASKS)
    with office.test_request_context():
        for step in FAILED_STEPS:
            assert task_name(f"{step}:INVALID_INPUT") != f"{step}:INVALID_INPUT"
        assert task_name("something_new") == "something_new"


def test_every_account_and_entry_of_the_ledger_has_a_name(office: Flask) -> None:
    assert set(ACCOUNTS) == set(Account)
    assert set(ENTRIES) == set(EntryKind)
    with office.test_request_context():
        assert account_name("cash:bank") == "Деньги: Банк"
        assert account_name("cash:somebody") == "Деньги: somebody"


def written_reasons() -> set[str]:
    moved = texts(call.args[2] for call in calls(*MOVES))
    recorded = texts(call.args[4] for call in calls("record_status"))
    passed_on = texts(call.args[2] for call in calls("release_lines", "void_invoice", "expire"))
    return moved | recorded | passed_on


def test_every_reason_that_the_product_writes_has_a_name() -> None:
    assert {"issued", "invoice paid", "compensation"} <= written_reasons()
    assert written_reasons() - set(REASONS) == set()


def test_reasons_with_something_in_them_are_worded(office: Flask) -> None:
    with office.test_request_context():
        for reason, told in (
            ("provider: succeeded", "списание прошло"),
            ("paid: bank", "оплачен: Банк"),
            ("sent: balance", "отправлен: Баланс клиента"),
            ("sent: re_1", "отправлен: re_1"),
            ("not sent: card_closed", "не отправлен: card_closed"),
            ("billing failed: CONFLICT", "расчёт не удался: CONFLICT"),
            ("INV7: numbers of a series and year have no gap", "номера серии за год идут без пропусков"),
            ("клиент попросил", "клиент попросил"),
        ):
            assert reason_name(reason) == told, reason


def test_every_rule_of_the_data_has_its_russian_also_when_it_was_cut(office: Flask) -> None:
    with office.test_request_context():
        for invariant in INVARIANTS:
            assert invariant_name(invariant.name) != invariant.name, invariant.name
            assert invariant_name(invariant.name[:64]) == invariant_name(invariant.name)
        assert invariant_name("a rule of tomorrow") == "a rule of tomorrow"
