"""Whole stories: clean, with faults, twice the same, and with a defect that must be seen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pytest

from app.billing.check import CheckCode, CheckDecision, CheckFacts
from app.billing.payment import ChargeOutcome, ChargeRequest
from app.models import Invoice
from app.services import checks, settlement
from app.services.receipts import Receipt
from app.services.unit_of_work import UnitOfWork
from app.simulation.gateway import SimulatedGateway
from app.simulation.provider_books import ChargeState
from app.simulation.report import Report
from app.simulation.story import Script
from tests.simulation.conftest import Play

pytestmark = pytest.mark.slow

CLEAN = Script(customers=10, months=2, seed=7)
FAULTY = Script(customers=10, months=2, seed=7, faults=True)


def kinds(report: Report) -> set[str]:
    return {each.kind for each in report.violations}


def test_a_clean_world_has_no_faults_and_nothing_is_violated(play_story: Play) -> None:
    report = play_story(CLEAN)

    assert report.violations == []
    assert report.charges > 0
    assert (report.faults, report.kills) == ({}, {})


def test_with_faults_nothing_is_violated_and_the_same_seed_is_the_same_story(play_story: Play) -> None:
    first, second = play_story(FAULTY), play_story(FAULTY)

    assert first.violations == []
    assert first.faults
    assert first.kills
    assert second.as_json() == first.as_json()


def test_another_seed_is_another_story(play_story: Play) -> None:
    short = Script(customers=2, months=1, seed=1)

    assert play_story(short).digest != play_story(Script(customers=2, months=1, seed=2)).digest


def test_a_provider_that_takes_the_money_twice_is_found_out(
    play_story: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    charge_once = SimulatedGateway.charge

    def charge_twice(gateway: SimulatedGateway, request: ChargeRequest) -> ChargeOutcome:
        outcome = charge_once(gateway, request)
        taken = gateway.books.find(request.attempt_id)
        assert taken is not None
        gateway.books.enter(request, ChargeState.SUCCEEDED, taken.card, taken.asked_at)
        return outcome

    monkeypatch.setattr(SimulatedGateway, "charge", charge_twice)

    assert "lost money" in kinds(play_story(CLEAN))


def test_a_settlement_that_forgets_the_payment_is_found_out(
    play_story: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forget(work: UnitOfWork, receipts: Sequence[Receipt], now: datetime) -> list[Invoice]:
        return []

    monkeypatch.setattr(settlement, "receive", forget)

    assert {"lost money", "INV8"} <= kinds(play_story(CLEAN))


@pytest.mark.parametrize("allowed", [True, False])
def test_a_check_that_says_the_same_to_everybody_is_found_out(
    play_story: Play, monkeypatch: pytest.MonkeyPatch, allowed: bool
) -> None:
    def decide(facts: CheckFacts, connector: str, account: str, now: datetime) -> CheckDecision:
        return CheckDecision(CheckCode.OK if allowed else CheckCode.EXPIRED, allowed=allowed)

    monkeypatch.setattr(checks, "decide", decide)

    assert "INV9" in kinds(play_story(CLEAN))
