"""Where the accounts end after the life of a paid line, whatever happens in it (K1, J2)."""

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.billing import ledger
from app.billing.ledger import (
    Account,
    Entry,
    account_balances,
    accounts_on_wrong_side,
    allocate_advance_vat,
    trial_balance_is_zero,
)
from app.billing.money import Money, total
from app.billing.refunds import split_refund
from app.billing.tax import included_vat

CASH = "cash:stripe"
RATES = st.sampled_from([None, 0, 500, 700, 2000, 2200])


def rub(minor: int) -> Money:
    return Money(minor, "RUB")


@dataclass(frozen=True)
class PaidLine:
    """A line, paid and cut into service months, each given at a rate of its own."""

    months: list[Money]
    advance_rate: int | None
    service_rates: Sequence[int | None]
    given: int
    """How many months are given before the rest, or a part of it, goes back."""
    refund_percent: int
    """The part of the months not given that goes back."""

    @property
    def gross(self) -> Money:
        return total(self.months, "RUB")

    @property
    def advance_vat(self) -> Money:
        return included_vat(self.gross, self.advance_rate)


@st.composite
def paid_lines(draw: st.DrawFn) -> PaidLine:
    gross = rub(draw(st.integers(1, 10**8)))
    days = draw(st.lists(st.integers(28, 31), min_size=1, max_size=12))
    return PaidLine(
        months=gross.allocate(days),
        advance_rate=draw(RATES),
        service_rates=draw(st.lists(RATES, min_size=len(days), max_size=len(days))),
        given=draw(st.integers(0, len(days))),
        refund_percent=draw(st.integers(0, 100)),
    )


class Books:
    """Keeps the entries of a life and looks at every account after each event."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def book(self, entries: tuple[Entry, ...]) -> None:
        self.entries.extend(entries)
        balances = account_balances(self.entries)
        assert trial_balance_is_zero(balances)
        assert accounts_on_wrong_side(balances) == []

    def balance(self, account: str) -> Money:
        return account_balances(self.entries).get(account, rub(0))

    def pay(self, line: PaidLine) -> None:
        self.book(ledger.money_received("stripe", line.gross, rub(0)))
        self.book(ledger.advance_vat(line.advance_vat))

    def give(self, month: Money, rate: int | None, advance_vat: Money) -> Money:
        """Give a month; the VAT of the service."""
        vat = included_vat(month, rate)
        self.book(ledger.service_given(month, vat, advance_vat))
        return vat

    def assert_ends(self, *, cash: Money, service: Money, vat: Money) -> None:
        for account in (
            Account.ADVANCES,
            Account.VAT_ON_ADVANCES,
            Account.RECEIVABLE,
            Account.REFUNDS_PAYABLE,
        ):
            assert self.balance(account) == rub(0), account
        assert self.balance(CASH) == cash
        assert self.balance(Account.REVENUE) == -(service - vat)
        assert self.balance(Account.VAT_PAYABLE) == -vat


NEW_YEAR = PaidLine(
    months=rub(1_009_800).allocate([31] * 12),
    advance_rate=2000,
    service_rates=[2000] * 3 + [2200] * 9,
    given=5,
    refund_percent=100,
)


@settings(max_examples=60)
@given(paid_lines())
@example(NEW_YEAR)
def test_a_line_given_to_its_end(line: PaidLine) -> None:
    books, vat = Books(), rub(0)
    books.pay(line)

    parts = allocate_advance_vat(line.advance_vat, line.months)
    for month, rate, part in zip(line.months, line.service_rates, parts, strict=True):
        vat += books.give(month, rate, part)

    books.assert_ends(cash=line.gross, service=line.gross, vat=vat)


@settings(max_examples=60)
@given(paid_lines())
@example(NEW_YEAR)
def test_a_line_given_in_part_and_the_rest_paid_back(line: PaidLine) -> None:
    books, vat = Books(), rub(0)
    books.pay(line)
    parts = allocate_advance_vat(line.advance_vat, line.months)
    for number in range(line.given):
        vat += books.give(line.months[number], line.service_rates[number], parts[number])

    rest = total(line.months[line.given :], "RUB")
    books.book(ledger.prepayment_refund_decided(rest, total(parts[line.given :], "RUB")))
    books.book(ledger.refund_sent("stripe", rest))

    books.assert_ends(cash=line.gross - rest, service=line.gross - rest, vat=vat)


@settings(max_examples=60)
@given(paid_lines())
@example(NEW_YEAR)
def test_months_lowered_by_a_refund_are_given_at_what_is_left_of_them(line: PaidLine) -> None:
    books, vat = Books(), rub(0)
    books.pay(line)
    parts = allocate_advance_vat(line.advance_vat, line.months)
    for number in range(line.given):
        vat += books.give(line.months[number], line.service_rates[number], parts[number])

    unused = line.months[line.given :]
    back = total(unused, "RUB").share(line.refund_percent, 100)
    taken = list(split_refund(back, [], unused).unused) if back else [rub(0) for _ in unused]
    for number, (month, part) in enumerate(zip(unused, taken, strict=True), start=line.given):
        of_refund, of_service = allocate_advance_vat(parts[number], [part, month - part])
        books.book(ledger.prepayment_refund_decided(part, of_refund))
        vat += books.give(month - part, line.service_rates[number], of_service)
    if back:
        books.book(ledger.refund_sent("stripe", back))
        books.book(ledger.refund_returned("stripe", back))
        books.book(ledger.refund_to_balance(back))

    assert books.balance(Account.CUSTOMER_BALANCE) == -back
    books.assert_ends(cash=line.gross, service=line.gross - back, vat=vat)


@settings(max_examples=60)
@given(paid_lines(), st.integers(1, 100))
def test_a_price_lowered_after_the_service(line: PaidLine, percent: int) -> None:
    books, before = Books(), rub(0)
    books.pay(line)
    parts = allocate_advance_vat(line.advance_vat, line.months)
    for month, rate, part in zip(line.months, line.service_rates, parts, strict=True):
        before += books.give(month, rate, part)

    back, after = rub(0), rub(0)
    for month, rate in zip(line.months, line.service_rates, strict=True):
        lowered = month - month.share(percent, 100)
        back, after = back + month - lowered, after + included_vat(lowered, rate)
        books.book(
            ledger.service_refund_decided(
                month - lowered, included_vat(month, rate) - included_vat(lowered, rate)
            )
        )
    books.book(ledger.refund_sent("stripe", back))

    books.assert_ends(cash=line.gross - back, service=line.gross - back, vat=after)
    assert after <= before


@settings(max_examples=30)
@given(paid_lines())
def test_a_line_that_cannot_start_pays_for_another(line: PaidLine) -> None:
    books, vat = Books(), rub(0)
    books.pay(line)
    books.book(ledger.advance_to_balance(line.gross, line.advance_vat))
    books.assert_ends(cash=line.gross, service=rub(0), vat=rub(0))
    assert books.balance(Account.CUSTOMER_BALANCE) == -line.gross

    books.book(ledger.balance_used(line.gross, postpaid=False))
    books.book(ledger.advance_vat(line.advance_vat))
    parts = allocate_advance_vat(line.advance_vat, line.months)
    for month, rate, part in zip(line.months, line.service_rates, parts, strict=True):
        vat += books.give(month, rate, part)

    assert books.balance(Account.CUSTOMER_BALANCE) == rub(0)
    books.assert_ends(cash=line.gross, service=line.gross, vat=vat)


@settings(max_examples=30)
@given(st.integers(1, 10**8), RATES, st.integers(0, 10**6))
def test_usage_is_owed_until_it_is_paid(minor: int, rate: int | None, extra: int) -> None:
    books, gross = Books(), rub(minor)
    vat = included_vat(gross, rate)
    books.book(ledger.usage_given(gross, vat))
    assert books.balance(Account.RECEIVABLE) == gross

    books.book(ledger.money_received_for_usage("stripe", gross, rub(extra)))
    books.book(ledger.balance_refund_decided(rub(extra)))
    if extra:
        books.book(ledger.refund_sent("stripe", rub(extra)))

    books.assert_ends(cash=gross, service=gross, vat=vat)
    assert books.balance(Account.CUSTOMER_BALANCE) == rub(0)


@settings(max_examples=30)
@given(paid_lines())
def test_the_parts_of_the_advance_vat_tie_to_what_was_booked(line: PaidLine) -> None:
    parts = allocate_advance_vat(line.advance_vat, line.months)
    assert total(parts, "RUB") == line.advance_vat
    for part, month in zip(parts, line.months, strict=True):
        assert rub(0) <= part <= month
        assert abs(part.minor * line.gross.minor - month.minor * line.advance_vat.minor) < line.gross.minor


def test_a_fee_stays_with_the_provider_when_the_payment_goes_back() -> None:
    books = Books()
    books.book(ledger.money_received("stripe", rub(100), rub(0)))
    books.book(ledger.provider_fee("stripe", rub(3)))
    books.book(ledger.prepayment_refund_decided(rub(100), rub(0)))
    books.book(ledger.refund_sent("stripe", rub(100)))
    assert (books.balance(CASH), books.balance(Account.FEES)) == (rub(-3), rub(3))


def test_goodwill_is_no_money() -> None:
    books = Books()
    books.book(ledger.goodwill_granted(rub(500)))
    books.book(ledger.goodwill_used(rub(200)))
    assert account_balances(books.entries) == {"goodwill_granted": rub(300), "goodwill": rub(-300)}
