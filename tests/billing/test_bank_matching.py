"""What a line of a bank statement pays: certain only by what it says itself, never guessed (H4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.bank_matching import (
    MONEY_CERTAIN,
    MOST_GUESSES,
    AwaitedRefund,
    Finding,
    Guess,
    Hint,
    InvoiceFacts,
    Match,
    Share,
    best_guesses,
    match_line,
    split,
)
from app.billing.bank_statement import Direction, StatementLine
from app.billing.invoice import InvoiceStatus
from app.billing.money import Money, total

INN, OTHER_INN = "7736050003", "7707083893"
DAY = date(2026, 3, 2)


def rub(minor: int) -> Money:
    return Money(minor, "RUB")


def line(purpose: str = "счёт СЧ-2026-000007", minor: int = 990, **changes: Any) -> StatementLine:
    values: dict[str, Any] = {
        "position": 1, "fingerprint": "f", "booked_on": DAY, "direction": Direction.IN, "amount": rub(minor),
        "reference": "17", "purpose": purpose, "party_name": "ООО", "party_inn": INN, "party_account": None,
    }  # fmt: skip
    return StatementLine(**(values | changes))


SEVEN = InvoiceFacts(70, 1, 7, 2026, DAY, InvoiceStatus.OPEN, rub(990), INN)
EIGHT = replace(SEVEN, id=80, number=8, due=rub(10))
PAID = replace(SEVEN, status=InvoiceStatus.PAID)
VOID = replace(SEVEN, status=InvoiceStatus.VOID)
LAST_YEAR = replace(SEVEN, id=71, year=2025, issued_on=date(2025, 3, 2))
BOTH = "счета №№ 7, 8"


@pytest.mark.parametrize(
    ("told", "invoices", "finding"),
    [
        (line(), [SEVEN], Finding.EXACT),
        (line(party_inn=None), [SEVEN], Finding.EXACT),
        (line(), [replace(SEVEN, payer_inn=None)], Finding.EXACT),
        (line(party_inn=OTHER_INN), [SEVEN], Finding.OTHER_PAYER),
        (line("счёт 7"), [SEVEN], Finding.EXACT),
        (line("счёт 7", party_inn=None), [SEVEN], Finding.PAYER_UNCONFIRMED),
        (line("счёт 7"), [SEVEN, LAST_YEAR], Finding.AMBIGUOUS),
        (line("счёт 7"), [SEVEN, replace(LAST_YEAR, status=InvoiceStatus.PAID)], Finding.EXACT),
        (
            line("счёт 7"),
            [PAID, replace(LAST_YEAR, status=InvoiceStatus.PAID)],
            Finding.AMBIGUOUS,
        ),
        (line("счёт 7 от 02.03.2026", party_inn=None), [SEVEN, LAST_YEAR], Finding.EXACT),
        (line("счёт 7 от 03.03.2026"), [SEVEN], Finding.UNKNOWN_NUMBER),
        (line("счёт 9"), [SEVEN], Finding.UNKNOWN_NUMBER),
        (line("за услуги"), [SEVEN], Finding.NO_NUMBER),
        (line(minor=1_000), [SEVEN], Finding.OVERPAID),
        (line(minor=1_000, party_inn=None), [SEVEN], Finding.PAYER_UNCONFIRMED),
        (line(minor=1_000), [replace(SEVEN, payer_inn=None)], Finding.PAYER_UNCONFIRMED),
        (line(minor=989), [SEVEN], Finding.UNDERPAID),
        (line(), [replace(SEVEN, due=Money(990, "USD"))], Finding.OTHER_CURRENCY),
        (line(), [replace(SEVEN, is_being_charged=True)], Finding.CHARGE_IN_PROGRESS),
        (line(), [PAID], Finding.ALREADY_PAID),
        (line(), [VOID], Finding.LATE),
        (line(party_inn=None), [VOID], Finding.VOID),
        (line(minor=991), [VOID], Finding.VOID),
        (line(), [replace(VOID, is_replaced=True)], Finding.VOID),
        (line(BOTH, 1_000), [SEVEN, EIGHT], Finding.SPLIT),
        (line(BOTH, 1_000, party_inn=None), [SEVEN, EIGHT], Finding.PAYER_UNCONFIRMED),
        (line(BOTH, 1_001), [SEVEN, EIGHT], Finding.SUMS_DIFFER),
        (line(BOTH, 999), [SEVEN, EIGHT], Finding.SUMS_DIFFER),
        (line(BOTH, 1_000), [SEVEN, replace(EIGHT, customer_id=2)], Finding.AMBIGUOUS),
        (line(BOTH, 1_000), [SEVEN, replace(EIGHT, payer_inn=OTHER_INN)], Finding.OTHER_PAYER),
        (line(BOTH, 1_000), [VOID, EIGHT], Finding.VOID),
        (line(BOTH, 1_000), [PAID, EIGHT], Finding.ALREADY_PAID),
        (line(BOTH, 1_000), [SEVEN], Finding.UNKNOWN_NUMBER),
    ],
)
def test_what_is_known_of_a_line(told: StatementLine, invoices: list[InvoiceFacts], finding: Finding) -> None:
    match = match_line(told, invoices)
    assert match.finding is finding
    assert bool(match.shares) is (finding in MONEY_CERTAIN)


def test_one_invoice_gets_all_the_money_of_its_line() -> None:
    assert match_line(line(minor=1_000), [SEVEN]) == Match(Finding.OVERPAID, (Share(70, rub(1_000)),))


def test_several_get_what_each_asks_for() -> None:
    assert match_line(line(BOTH, 1_000), [SEVEN, EIGHT]).shares == (Share(70, rub(990)), Share(80, rub(10)))


@given(dues=st.lists(st.integers(1, 10**9), min_size=1, max_size=6), off=st.integers(-5, 5))
def test_a_split_gives_each_its_due_and_loses_nothing(dues: list[int], off: int) -> None:
    invoices = [replace(SEVEN, id=number, due=rub(due)) for number, due in enumerate(dues, start=1)]
    amount = rub(sum(dues) + off)
    shares = split(amount, invoices)
    if off:
        assert shares == ()
    else:
        assert [share.amount for share in shares] == [each.due for each in invoices]
        assert total((share.amount for share in shares), "RUB") == amount


@given(
    purpose=st.sampled_from(["счёт 7", BOTH, "счёт СЧ-2026-000007", "за услуги"]),
    minor=st.integers(1, 2_000),
    inn=st.sampled_from([None, INN, OTHER_INN]),
    statuses=st.tuples(st.sampled_from(InvoiceStatus), st.sampled_from(InvoiceStatus)),
)
def test_money_that_is_certain_is_all_the_money_of_the_line(
    purpose: str, minor: int, inn: str | None, statuses: tuple[InvoiceStatus, InvoiceStatus]
) -> None:
    invoices = [replace(SEVEN, status=statuses[0]), replace(EIGHT, status=statuses[1])]
    match = match_line(line(purpose, minor, party_inn=inn), invoices)
    if match.shares:
        assert total((share.amount for share in match.shares), "RUB") == rub(minor)
        assert inn != OTHER_INN
        assert InvoiceStatus.PAID not in {
            each.status for each in invoices if each.id in {share.invoice_id for share in match.shares}
        }
    else:
        assert match.finding not in MONEY_CERTAIN


def test_guesses_are_ranked_by_what_speaks_for_them() -> None:
    stranger = replace(SEVEN, id=1, number=1, payer_inn=None, due=rub(5), issued_on=DAY)
    same_sum = replace(stranger, id=2, number=2, due=rub(990), issued_on=date(2026, 1, 1))
    same_payer = replace(stranger, id=3, number=3, payer_inn=INN, issued_on=date(2026, 2, 15))
    told = line("счёт 7 от 05.05.2026")
    assert best_guesses(told, [stranger, same_sum, same_payer, SEVEN]) == (
        Guess(70, (Hint.NUMBER, Hint.PAYER, Hint.SUM, Hint.RECENT)),
        Guess(3, (Hint.PAYER,)),
        Guess(2, (Hint.SUM,)),
    )


def test_an_invoice_issued_after_the_money_came_is_not_recent() -> None:
    (guess,) = best_guesses(line("за услуги"), [replace(SEVEN, issued_on=date(2026, 3, 3))])
    assert guess.hints == (Hint.PAYER, Hint.SUM)


def test_a_person_sees_five_guesses_at_most_and_older_invoices_first() -> None:
    many = [replace(SEVEN, id=number) for number in range(10, 0, -1)]
    assert [guess.invoice_id for guess in best_guesses(line("за услуги"), many)] == [1, 2, 3, 4, 5]
    assert MOST_GUESSES == 5


def test_what_waits_carries_its_guesses() -> None:
    assert [guess.invoice_id for guess in match_line(line("за услуги"), [SEVEN]).guesses] == [70]


@pytest.mark.parametrize(
    ("purpose", "minor", "match"),
    [
        ("аренда", 990, Match(Finding.OUTGOING)),
        ("Возврат № 5", 990, Match(Finding.REFUND, refund_id=5)),
        ("Возврат № 5", 991, Match(Finding.REFUND_SUM)),
        ("Возврат № 6", 990, Match(Finding.REFUND_UNKNOWN)),
        ("Возврат № 5, возврат № 6", 990, Match(Finding.REFUND_UNKNOWN)),
    ],
)
def test_money_that_goes_out_settles_the_refund_that_it_names(purpose: str, minor: int, match: Match) -> None:
    told = line(purpose, minor, direction=Direction.OUT)
    assert match_line(told, [SEVEN], [AwaitedRefund(5, rub(990))]) == match


@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("purpose", ["счёт СЧ-2026-000007", "Возврат № 5", "Перевод собственных средств"])
def test_money_between_our_own_accounts_pays_and_settles_nothing(purpose: str, direction: Direction) -> None:
    told = line(purpose, direction=direction, party_account="40702810200000000001")
    refunds, own = [AwaitedRefund(5, rub(990))], {"40702810200000000001", "40702810138250123017"}
    assert match_line(told, [SEVEN], refunds, own) == Match(Finding.OWN_MONEY)
    assert match_line(told, [SEVEN], refunds, {"40702810138250123017"}).finding is not Finding.OWN_MONEY
    assert match_line(replace(told, party_account=None), [SEVEN], refunds, own) != Match(Finding.OWN_MONEY)
