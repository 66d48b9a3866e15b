"""Compensation: each with a reason and an approver (H7)."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import pytest

from app.billing.actors import Actor
from app.billing.approval import SecondPersonRequired
from app.billing.compensation import CompensationFacts, CompensationKind, CompensationStatus
from app.billing.errors import InvalidInput, NotFound, NotPermitted
from app.billing.transitions import IllegalTransition
from app.bootstrap import Container
from app.models import AuditEntry, Compensation, CustomerCredit, PromoCode, StatusChange
from app.services.compensation import approve_compensation, reject_compensation
from tests.clock import ManualClock
from tests.factories import buy, create_customer, mails, promised, rows
from tests.ledger_rows import registered
from tests.parallel import at_once
from tests.services.compensating import (
    ANNA,
    BORIS,
    FIVE_DAYS,
    GOODWILL,
    HALF,
    WHY,
    approve,
    asked,
    code_of,
    given,
    subscription,
)


@pytest.fixture
def paid(container: Container, alice: int) -> int:
    """Alice, with a paid month of the CRM connector that ends on 2 April at noon."""
    registered(container, alice)
    buy(container, alice, "crm-connector")
    return alice


def test_a_request_gives_nothing(container: Container, paid: int) -> None:
    before = mails(container)
    compensation_id = asked(container, paid, FIVE_DAYS)
    (row,) = rows(container, Compensation)
    assert (row.id, row.status, row.kind, row.days, row.requested_by, row.reason) == (
        compensation_id,
        CompensationStatus.REQUESTED,
        CompensationKind.EXTRA_DAYS,
        5,
        "staff:anna",
        WHY,
    )
    assert subscription(container).nominal_period_end is None
    assert mails(container) == before
    (entry,) = rows(container, AuditEntry, object_kind="compensation")
    assert (entry.action, entry.reason, entry.details) == (
        "compensation.request",
        WHY,
        {"kind": "extra_days", "days": 5},
    )


def test_what_was_given_has_its_history_and_a_mail(
    container: Container, clock: ManualClock, paid: int
) -> None:
    row = given(container, paid, FIVE_DAYS)
    assert (row.status, row.decided_by, row.decided_at) == (
        CompensationStatus.APPLIED,
        "staff:anna",
        clock.now(),
    )
    changes = rows(container, StatusChange, object_kind="compensation")
    assert [(each.new_status, each.reason) for each in changes] == [
        ("requested", WHY),
        ("approved", "виноваты мы"),
        ("applied", "given"),
    ]
    assert [each.action for each in rows(container, AuditEntry, object_kind="compensation")] == [
        "compensation.request",
        "compensation.approve",
    ]
    (mail,) = promised(container, "mail.compensation_granted")
    assert (mail.payload, mail.customer_id) == ({"compensation_id": row.id}, paid)


@pytest.mark.parametrize("facts", [FIVE_DAYS, HALF])
def test_days_and_discounts_are_of_a_subscription(
    container: Container, paid: int, facts: CompensationFacts
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        asked(container, paid, facts, None)
    assert code_of(refusal) == "COMPENSATION_WITHOUT_SUBSCRIPTION"


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (CompensationFacts(CompensationKind.EXTRA_DAYS, " ", days=5), "COMPENSATION_WITHOUT_REASON"),
        (CompensationFacts(CompensationKind.EXTRA_DAYS, "x" * 501, days=5), "REASON_REQUIRED"),
        (CompensationFacts(CompensationKind.EXTRA_DAYS, WHY, days=91), "COMPENSATION_DAYS"),
        (CompensationFacts(CompensationKind.DISCOUNT, WHY, days=5), "COMPENSATION_NOT_OF_ITS_KIND"),
    ],
)
def test_the_policy_says_what_may_be_asked_for(
    container: Container, paid: int, facts: CompensationFacts, code: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        asked(container, paid, facts)
    assert code_of(refusal) == code


def test_above_the_limit_a_second_person_approves(container: Container, paid: int) -> None:
    month = CompensationFacts(CompensationKind.EXTRA_DAYS, WHY, days=15)
    compensation_id = asked(container, paid, month)
    with pytest.raises(SecondPersonRequired):
        approve(container, compensation_id, ANNA)
    assert subscription(container).nominal_period_end is None
    approve(container, compensation_id, BORIS)
    assert rows(container, Compensation)[0].decided_by == "staff:boris"


def test_only_staff_give(container: Container, paid: int) -> None:
    compensation_id = asked(container, paid, FIVE_DAYS)
    for actor in (Actor.customer(paid), Actor.system("sweep")):
        with pytest.raises(NotPermitted):
            asked(container, paid, FIVE_DAYS, actor=actor)
        with pytest.raises(NotPermitted):
            approve(container, compensation_id, actor)


def test_anothers_subscription_looks_as_if_there_were_none(container: Container, paid: int) -> None:
    eve = create_customer(container, "eve@example.com")
    with pytest.raises(NotFound):
        asked(container, eve, FIVE_DAYS)
    with pytest.raises(NotFound):
        asked(container, 404, GOODWILL, None)


def test_a_refusal_gives_nothing(container: Container, paid: int) -> None:
    compensation_id = asked(container, paid, GOODWILL, None)
    reject_compensation(
        container.transactions,
        actor=BORIS,
        compensation_id=compensation_id,
        reason="сбоя не было",
        now=container.clock.now(),
    )
    (row,) = rows(container, Compensation)
    assert (row.status, row.decided_by) == (CompensationStatus.REJECTED, "staff:boris")
    assert rows(container, CustomerCredit) == []
    assert promised(container, "mail.compensation_granted") == []
    assert rows(container, StatusChange, object_kind="compensation")[-1].reason == "сбоя не было"
    with pytest.raises(IllegalTransition):
        approve(container, compensation_id)


def test_a_decision_needs_a_reason(container: Container, paid: int) -> None:
    compensation_id = asked(container, paid, GOODWILL, None)
    for decide in (approve_compensation, reject_compensation):
        with pytest.raises(InvalidInput, match="reason"):
            decide(
                container.transactions,
                actor=ANNA,
                compensation_id=compensation_id,
                reason=" ",
                now=container.clock.now(),
            )


@pytest.mark.parametrize("facts", [FIVE_DAYS, GOODWILL, HALF])
def test_two_approvals_at_once_give_once(container: Container, paid: int, facts: CompensationFacts) -> None:
    compensation_id = asked(container, paid, facts)
    outcomes = at_once(*[partial(approve, container, compensation_id, actor) for actor in (ANNA, BORIS) * 2])
    assert len(outcomes.results) == 1
    assert outcomes.refusals == ["ILLEGAL_TRANSITION"] * 3
    assert sum(row.amount_minor for row in rows(container, CustomerCredit)) in (0, 50_000)
    assert len(rows(container, PromoCode)) <= 1
    end = subscription(container).period_end
    assert end in (datetime(2026, 4, 2, 9, tzinfo=UTC), datetime(2026, 4, 7, 9, tzinfo=UTC))
    assert len(promised(container, "mail.compensation_granted")) == 1


def test_lists_of_compensation(container: Container, paid: int) -> None:
    first, second = asked(container, paid, GOODWILL, None), asked(container, paid, FIVE_DAYS)
    with container.transactions.reading() as repositories:
        assert [row.id for row in repositories.compensations.of_customer(paid)] == [second, first]
