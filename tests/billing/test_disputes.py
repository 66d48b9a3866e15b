"""Disputes: what follows from how one stands (H2, H3)."""

from itertools import product

import pytest

from app.billing.disputes import DISPUTE_POLICY, DisputePolicy, decide_dispute
from app.billing.ledger import Account, EntryKind, dispute_lost, dispute_won_back
from app.billing.money import Money
from app.billing.provider import DisputeReport, DisputeState

SUM = Money(99_000, "RUB")


def report(state: DisputeState) -> DisputeReport:
    return DisputeReport("dp_1", "ch_1", SUM, state, "fraudulent", None)


@pytest.mark.parametrize(("before", "state"), list(product([None, *DisputeState], DisputeState)))
def test_what_follows(before: DisputeState | None, state: DisputeState) -> None:
    decision = decide_dispute(before, report(state), DISPUTE_POLICY)
    assert decision.lost == (SUM if state == "lost" else Money(0, "RUB"))
    assert decision.task == (None if before is state else f"dispute_{state}")
    assert not decision.ends_access
    strict = decide_dispute(before, report(state), DisputePolicy(access_ends=frozenset({DisputeState.LOST})))
    assert strict.ends_access is (state == "lost" and before != "lost")


def test_what_is_lost_is_owed_and_won_back_is_not() -> None:
    (lost,) = dispute_lost("stripe", SUM)
    assert (lost.kind, lost.debit, lost.credit, lost.amount) == (
        EntryKind.DISPUTE_LOST, Account.RECEIVABLE, "cash:stripe", SUM,
    )  # fmt: skip
    (back,) = dispute_won_back("stripe", SUM)
    assert (back.kind, back.debit, back.credit, back.amount) == (
        EntryKind.DISPUTE_WON_BACK, "cash:stripe", Account.RECEIVABLE, SUM,
    )  # fmt: skip
    assert dispute_lost("stripe", Money(0, "RUB")) == ()
