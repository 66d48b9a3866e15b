"""The ledger: its accounts, its entries, what every event moves (K1)."""

from collections.abc import Callable
from inspect import signature

import pytest

from app.billing import ledger
from app.billing.ledger import (
    Account,
    Entry,
    EntryKind,
    account_balances,
    accounts_on_wrong_side,
    allocate_advance_vat,
    cash_account,
    is_account,
    trial_balance_is_zero,
)
from app.billing.money import CurrencyMismatch, Money

CASH = "cash:stripe"


def rub(minor: int) -> Money:
    return Money(minor, "RUB")


def moved(entries: tuple[Entry, ...]) -> str:
    """The entries on one line each, as an accountant would read them aloud."""
    return "; ".join(f"{each.kind} {each.debit} < {each.credit} {each.amount.minor}" for each in entries)


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        (
            ledger.money_received("stripe", rub(100), rub(7)),
            "money_received cash:stripe < advances 100; money_unallocated cash:stripe < customer_balance 7",
        ),
        (
            ledger.money_received_for_usage("bank", rub(100), rub(7)),
            "money_received cash:bank < receivable 100; money_unallocated cash:bank < customer_balance 7",
        ),
        (ledger.balance_used(rub(5), postpaid=False), "balance_used customer_balance < advances 5"),
        (ledger.balance_used(rub(5), postpaid=True), "balance_used customer_balance < receivable 5"),
        (ledger.advance_vat(rub(18)), "advance_vat vat_on_advances < vat_payable 18"),
        (
            ledger.service_given(rub(122), rub(22), rub(20)),
            "service_given receivable < revenue 122; service_vat revenue < vat_payable 22;"
            " advance_offset advances < receivable 122;"
            " advance_vat_deducted vat_payable < vat_on_advances 20",
        ),
        (
            ledger.usage_given(rub(122), rub(22)),
            "service_given receivable < revenue 122; service_vat revenue < vat_payable 22",
        ),
        (
            ledger.prepayment_refund_decided(rub(122), rub(22)),
            "prepayment_refund advances < refunds_payable 122;"
            " advance_vat_returned vat_payable < vat_on_advances 22",
        ),
        (
            ledger.service_refund_decided(rub(122), rub(22)),
            "service_refund revenue < refunds_payable 122; service_vat_reduced vat_payable < revenue 22",
        ),
        (ledger.balance_refund_decided(rub(9)), "balance_refund customer_balance < refunds_payable 9"),
        (ledger.refund_sent("stripe", rub(9)), "refund_sent refunds_payable < cash:stripe 9"),
        (ledger.refund_returned("stripe", rub(9)), "refund_returned cash:stripe < refunds_payable 9"),
        (ledger.refund_to_balance(rub(9)), "refund_to_balance refunds_payable < customer_balance 9"),
        (
            ledger.advance_to_balance(rub(122), rub(22)),
            "advance_to_balance advances < customer_balance 122;"
            " advance_vat_returned vat_payable < vat_on_advances 22",
        ),
        (ledger.goodwill_granted(rub(9)), "goodwill_granted goodwill_granted < goodwill 9"),
        (ledger.goodwill_used(rub(9)), "goodwill_used goodwill < goodwill_granted 9"),
        (ledger.provider_fee("stripe", rub(3)), "provider_fee fees < cash:stripe 3"),
        (ledger.used_money_sent_back(rub(9)), "refund_of_used_money bad_debts < refunds_payable 9"),
        (ledger.dispute_lost("stripe", rub(9)), "dispute_lost receivable < cash:stripe 9"),
        (ledger.dispute_won_back("stripe", rub(9)), "dispute_won_back cash:stripe < receivable 9"),
        (ledger.debt_paid(rub(9)), "debt_paid customer_balance < receivable 9"),
        (ledger.debt_payment_returned(rub(9)), "debt_payment_returned receivable < customer_balance 9"),
        (ledger.debt_written_off(rub(9)), "debt_written_off bad_debts < receivable 9"),
        (ledger.write_off_undone(rub(9)), "write_off_undone receivable < bad_debts 9"),
    ],
)
def test_what_an_event_moves(entries: tuple[Entry, ...], expected: str) -> None:
    assert moved(entries) == expected


EVENTS: dict[str, Callable[..., tuple[Entry, ...]]] = {
    "money_received": ledger.money_received,
    "money_received_for_usage": ledger.money_received_for_usage,
    "balance_used": ledger.balance_used,
    "advance_vat": ledger.advance_vat,
    "service_given": ledger.service_given,
    "usage_given": ledger.usage_given,
    "prepayment_refund_decided": ledger.prepayment_refund_decided,
    "service_refund_decided": ledger.service_refund_decided,
    "balance_refund_decided": ledger.balance_refund_decided,
    "refund_sent": ledger.refund_sent,
    "refund_returned": ledger.refund_returned,
    "refund_to_balance": ledger.refund_to_balance,
    "advance_to_balance": ledger.advance_to_balance,
    "goodwill_granted": ledger.goodwill_granted,
    "goodwill_used": ledger.goodwill_used,
    "provider_fee": ledger.provider_fee,
    "used_money_sent_back": ledger.used_money_sent_back,
    "dispute_lost": ledger.dispute_lost,
    "dispute_won_back": ledger.dispute_won_back,
    "debt_paid": ledger.debt_paid,
    "debt_payment_returned": ledger.debt_payment_returned,
    "debt_written_off": ledger.debt_written_off,
    "write_off_undone": ledger.write_off_undone,
}


def event_of(name: str, amount: int) -> tuple[Entry, ...]:
    """The event with every sum of money set to the amount."""
    others: dict[str, object] = {"provider": "paypal", "postpaid": True}
    return EVENTS[name](
        **{parameter: others.get(parameter, rub(amount)) for parameter in signature(EVENTS[name]).parameters}
    )


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_without_money_leaves_no_entry(name: str) -> None:
    assert event_of(name, 0) == ()


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_of_less_than_nothing_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="more than nothing"):
        event_of(name, -1)


@pytest.mark.parametrize("name", EVENTS)
def test_within_an_event_no_kind_repeats(name: str) -> None:
    kinds = [entry.kind for entry in event_of(name, 1)]
    assert kinds
    assert len(kinds) == len(set(kinds))


def test_every_kind_is_booked_by_some_event() -> None:
    assert {entry.kind for name in EVENTS for entry in event_of(name, 1)} == set(EntryKind)


def test_only_the_part_with_money_is_booked() -> None:
    assert moved(ledger.money_received("bank", rub(0), rub(7))) == (
        "money_unallocated cash:bank < customer_balance 7"
    )
    assert moved(ledger.service_given(rub(100), rub(0), rub(0))) == (
        "service_given receivable < revenue 100; advance_offset advances < receivable 100"
    )


@pytest.mark.parametrize("name", [*Account, "cash:stripe", "cash:test_acquirer"])
def test_accounts_of_the_ledger(name: str) -> None:
    assert is_account(name)


@pytest.mark.parametrize(
    "name", ["", "cash", "cash:", "cash:Stripe", "cash:a:b", "cash:stripe\n", "Revenue", "RECEIVABLE", "bank"]
)
def test_no_other_account_exists(name: str) -> None:
    assert not is_account(name)


def test_cash_lies_at_a_provider() -> None:
    assert cash_account("test_acquirer") == "cash:test_acquirer"
    for provider in ("", "Stripe", "pay pal", "a:b", "bank1", "bank\n"):
        with pytest.raises(ValueError, match="provider"):
            cash_account(provider)


@pytest.mark.parametrize(
    ("debit", "credit", "amount", "message"),
    [
        ("revenue", "vat_payable", 0, "more than nothing"),
        ("revenue", "vat_payable", -1, "more than nothing"),
        ("revenue", "revenue", 1, "two accounts"),
        ("revenue", "profit", 1, "two accounts"),
        ("profit", "revenue", 1, "two accounts"),
    ],
)
def test_an_entry_moves_something_between_two_accounts(
    debit: str, credit: str, amount: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Entry(EntryKind.SERVICE_VAT, debit, credit, rub(amount))


def test_balances_are_debit_minus_credit() -> None:
    entries = [
        *ledger.usage_given(rub(122), rub(22)),
        *ledger.money_received_for_usage("bank", rub(122), rub(1)),
    ]
    balances = account_balances(entries)
    assert balances == {
        "receivable": rub(0),
        "revenue": rub(-100),
        "vat_payable": rub(-22),
        "cash:bank": rub(123),
        "customer_balance": rub(-1),
    }
    assert account_balances([]) == {}


def test_a_ledger_has_one_currency() -> None:
    entries = [*ledger.goodwill_granted(rub(1)), *ledger.goodwill_granted(Money(1, "EUR"))]
    with pytest.raises(CurrencyMismatch):
        account_balances(entries)
    with pytest.raises(CurrencyMismatch):
        trial_balance_is_zero({"revenue": rub(-1), "fees": Money(1, "EUR")})


def test_a_lost_half_of_an_entry_shows_in_the_trial_balance() -> None:
    balances = account_balances(ledger.usage_given(rub(122), rub(22)))
    assert trial_balance_is_zero(balances)
    assert trial_balance_is_zero({})
    assert not trial_balance_is_zero(balances | {"receivable": rub(121)})


@pytest.mark.parametrize("name", [*Account, CASH])
def test_every_account_but_cash_has_one_side(name: str) -> None:
    in_debit, in_credit = accounts_on_wrong_side({name: rub(1)}), accounts_on_wrong_side({name: rub(-1)})
    assert accounts_on_wrong_side({name: rub(0)}) == []
    if name == CASH:
        assert (in_debit, in_credit) == ([], [])
    elif name in {"receivable", "vat_on_advances", "goodwill_granted", "fees", "bad_debts"}:
        assert (in_debit, in_credit) == ([], [name])
    else:
        assert (in_debit, in_credit) == ([name], [])


def test_accounts_on_the_wrong_side_are_named_in_order() -> None:
    balances = {"revenue": rub(3), "fees": rub(-2), "advances": rub(-1), "cash:bank": rub(-7)}
    assert accounts_on_wrong_side(balances) == ["fees", "revenue"]


def test_the_vat_of_an_advance_is_split_without_a_remainder() -> None:
    assert allocate_advance_vat(rub(100), [rub(300)] * 3) == [rub(34), rub(33), rub(33)]
    assert allocate_advance_vat(rub(22), [rub(61), rub(0), rub(61)]) == [rub(11), rub(0), rub(11)]
    assert allocate_advance_vat(rub(0), [rub(0), rub(0)]) == [rub(0), rub(0)]
    assert allocate_advance_vat(rub(0), []) == []
    for nothing in ([], [rub(0)]):
        with pytest.raises(ValueError, match="weights"):
            allocate_advance_vat(rub(1), nothing)
