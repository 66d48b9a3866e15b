"""Disputes: what follows from how one stands (H2, H3)."""

from functools import partial
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.disputes import (
    DISPUTE_POLICY,
    DisputeDebt,
    DisputePolicy,
    NoDebt,
    decide_dispute,
    pay_debt,
    told_anew,
    write_off,
)
from app.billing.ledger import Account, EntryKind, account_balances, dispute_lost, dispute_won_back
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


# What a customer owes after a lost dispute.


def rub(minor: int) -> Money:
    return Money(minor, "RUB")


def debt(lost: int, paid: int = 0, written_off: int = 0) -> DisputeDebt:
    return DisputeDebt(rub(lost), rub(paid), rub(written_off))


DEBTS = st.builds(
    lambda left, paid, off: debt(left + paid + off, paid, off), *[st.integers(0, 10**6) for _ in range(3)]
)


def test_what_is_left_is_written_off() -> None:
    change = write_off(debt(1000, paid=300))
    assert change.debt == debt(1000, paid=300, written_off=700)
    (entry,) = change.entries("stripe")
    assert (entry.kind, entry.debit, entry.credit, entry.amount) == (
        EntryKind.DEBT_WRITTEN_OFF, Account.BAD_DEBTS, Account.RECEIVABLE, rub(700),
    )  # fmt: skip
    assert not change.to_balance


@pytest.mark.parametrize(("balance", "taken"), [(1, 1), (999, 999), (1000, 1000), (1001, 1000)])
def test_the_balance_pays_what_it_can(balance: int, taken: int) -> None:
    change = pay_debt(debt(1000), rub(balance))
    assert change.debt == debt(1000, paid=taken)
    (entry,) = change.entries("stripe")
    assert (entry.kind, entry.debit, entry.credit, entry.amount) == (
        EntryKind.DEBT_PAID, Account.CUSTOMER_BALANCE, Account.RECEIVABLE, rub(taken),
    )  # fmt: skip
    assert change.to_balance == rub(-taken)


def test_nothing_owed_or_nothing_there_is_refused() -> None:
    for settled in (debt(0), debt(1000, paid=400, written_off=600)):
        for deed in (write_off, partial(pay_debt, balance=rub(5))):
            with pytest.raises(NoDebt) as refusal:
                deed(settled)
            assert refusal.value.code == "NO_DEBT"
    with pytest.raises(NoDebt) as refusal:
        pay_debt(debt(1000), rub(0))
    assert refusal.value.code == "BALANCE_EMPTY"


@pytest.mark.parametrize(
    ("before", "lost", "after", "kinds", "to_balance"),
    [
        (debt(0), 1000, debt(1000), ["dispute_lost"], 0),
        (debt(1000), 1000, debt(1000), [], 0),
        (debt(1000), 0, debt(0), ["dispute_won_back"], 0),
        (debt(1000, written_off=1000), 0, debt(0), ["dispute_won_back", "write_off_undone"], 0),
        (debt(1000, paid=1000), 0, debt(0), ["dispute_won_back", "debt_payment_returned"], 1000),
        (
            debt(1000, 300, 700), 0, debt(0),
            ["dispute_won_back", "write_off_undone", "debt_payment_returned"], 300,
        ),
        (debt(1000, 300, 700), 900, debt(900, 300, 600), ["dispute_won_back", "write_off_undone"], 0),
        (debt(1000, 300, 700), 1200, debt(1200, 300, 700), ["dispute_lost"], 0),
        (debt(1000, 300), 400, debt(400, 300), ["dispute_won_back"], 0),
    ],
)  # fmt: skip
def test_what_is_won_back_undoes_the_write_off_before_the_payment(
    before: DisputeDebt, lost: int, after: DisputeDebt, kinds: list[str], to_balance: int
) -> None:
    change = told_anew(before, rub(lost))
    assert change.debt == after
    assert [entry.kind for entry in change.entries("stripe")] == kinds
    assert change.to_balance == rub(to_balance)


@given(DEBTS, st.integers(0, 3 * 10**6))
def test_the_books_follow_the_debt(before: DisputeDebt, lost: int) -> None:
    change = told_anew(before, rub(lost))
    after = change.debt
    assert after.left.minor >= 0
    assert (after.paid <= before.paid, after.written_off <= before.written_off) == (True, True)
    moved = account_balances(change.entries("stripe"))
    assert moved.get(Account.RECEIVABLE, rub(0)) == after.left - before.left
    assert moved.get(Account.BAD_DEBTS, rub(0)) == after.written_off - before.written_off
    assert moved.get(Account.CUSTOMER_BALANCE, rub(0)) == after.paid - before.paid
    assert moved.get("cash:stripe", rub(0)) == before.lost - after.lost
    assert change.to_balance == before.paid - after.paid


def test_more_settled_than_lost_is_no_debt() -> None:
    with pytest.raises(ValueError, match="more was settled than lost"):
        debt(1000, 600, 401)
