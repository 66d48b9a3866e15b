"""The ledger: every money event as movements between two accounts, equal by construction (K1, design §3).

A function names one event and returns its movements; amounts of zero leave no movement. Within one event
no kind repeats. One ledger is kept per seller and currency, and nothing in it is ever changed: what was
wrong is moved back by new entries.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from app.billing.money import Money, total

_CASH = re.compile(r"cash:[a-z_]+")


class Account(StrEnum):
    """The accounts of a ledger, beside `cash:{provider}`; in brackets the account of the Russian plan."""

    RECEIVABLE = "receivable"
    """Service given and not paid yet (62.01)."""
    ADVANCES = "advances"
    """Money received for service to come, with VAT (62.02)."""
    VAT_ON_ADVANCES = "vat_on_advances"
    """VAT charged on these advances, to be deducted when they end (76.АВ)."""
    VAT_PAYABLE = "vat_payable"
    """VAT owed to the budget (68.02)."""
    REVENUE = "revenue"
    """Service given, without VAT (90.01 less 90.03)."""
    REFUNDS_PAYABLE = "refunds_payable"
    """Refunds decided and not sent yet (76)."""
    CUSTOMER_BALANCE = "customer_balance"
    """The customer's own money that no invoice has used yet (76)."""
    GOODWILL = "goodwill"
    """Granted for trouble and not used yet: a discount to come, never money (memorandum)."""
    GOODWILL_GRANTED = "goodwill_granted"
    """The other side of goodwill (memorandum)."""
    FEES = "fees"
    """What providers keep for their work (91.02)."""
    BAD_DEBTS = "bad_debts"
    """What customers owed and will not pay (91.02)."""


_NAMED: frozenset[str] = frozenset(Account)

DEBIT_ACCOUNTS: frozenset[str] = frozenset(
    {
        Account.RECEIVABLE,
        Account.VAT_ON_ADVANCES,
        Account.GOODWILL_GRANTED,
        Account.FEES,
        Account.BAD_DEBTS,
    }
)
"""Accounts that may stand in debit only. All the others but cash may stand in credit only; cash may stand
on either side, because a provider keeps its fee of a payment that was returned."""


class EntryKind(StrEnum):
    """Why something moved."""

    MONEY_RECEIVED = "money_received"
    MONEY_UNALLOCATED = "money_unallocated"
    BALANCE_USED = "balance_used"
    ADVANCE_VAT = "advance_vat"
    SERVICE_GIVEN = "service_given"
    SERVICE_VAT = "service_vat"
    ADVANCE_OFFSET = "advance_offset"
    ADVANCE_VAT_DEDUCTED = "advance_vat_deducted"
    PREPAYMENT_REFUND = "prepayment_refund"
    ADVANCE_VAT_RETURNED = "advance_vat_returned"
    SERVICE_REFUND = "service_refund"
    SERVICE_VAT_REDUCED = "service_vat_reduced"
    BALANCE_REFUND = "balance_refund"
    REFUND_SENT = "refund_sent"
    REFUND_RETURNED = "refund_returned"
    REFUND_TO_BALANCE = "refund_to_balance"
    REFUND_OF_USED_MONEY = "refund_of_used_money"
    ADVANCE_TO_BALANCE = "advance_to_balance"
    GOODWILL_GRANTED = "goodwill_granted"
    GOODWILL_USED = "goodwill_used"
    PROVIDER_FEE = "provider_fee"
    DISPUTE_LOST = "dispute_lost"
    DISPUTE_WON_BACK = "dispute_won_back"
    DEBT_PAID = "debt_paid"
    DEBT_PAYMENT_RETURNED = "debt_payment_returned"
    DEBT_WRITTEN_OFF = "debt_written_off"
    WRITE_OFF_UNDONE = "write_off_undone"


def cash_account(provider: str) -> str:
    """The account of the money at a provider. Raises ValueError unless the name is of a-z and «_»."""
    name = f"cash:{provider}"
    if not _CASH.fullmatch(name):
        raise ValueError(f"not a name of a provider: {provider!r}")
    return name


def is_account(name: str) -> bool:
    """Whether the ledger has an account of this name."""
    return name in _NAMED or _CASH.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class Entry:
    """A movement of `amount` from the credited to the debited account: debit and credit are always equal.

    Raises ValueError for an amount that is not above zero, an unknown account, or an account against itself.
    """

    kind: EntryKind
    debit: str
    credit: str
    amount: Money

    def __post_init__(self) -> None:
        """Refuse what no ledger may hold."""
        if self.amount.minor <= 0:
            raise ValueError("an entry moves more than nothing")
        if not (is_account(self.debit) and is_account(self.credit)) or self.debit == self.credit:
            raise ValueError(f"an entry needs two accounts, not {self.debit!r} and {self.credit!r}")


def money_received(provider: str, used: Money, unallocated: Money) -> tuple[Entry, ...]:
    """Money came for service to come; what its invoice does not take is the customer's balance."""
    return _money_in(provider, Account.ADVANCES, used, unallocated)


def money_received_for_usage(provider: str, used: Money, unallocated: Money) -> tuple[Entry, ...]:
    """Money came for service given already (I1); what its invoice does not take is the customer's balance."""
    return _money_in(provider, Account.RECEIVABLE, used, unallocated)


def balance_used(amount: Money, postpaid: bool) -> tuple[Entry, ...]:
    """The customer's balance paid an invoice of service to come or, `postpaid`, of service given already."""
    paid = Account.RECEIVABLE if postpaid else Account.ADVANCES
    return _booked((EntryKind.BALANCE_USED, Account.CUSTOMER_BALANCE, paid, amount))


def advance_vat(vat: Money) -> tuple[Entry, ...]:
    """VAT falls due on money received before the service, at the calculated rate of that day."""
    return _booked((EntryKind.ADVANCE_VAT, Account.VAT_ON_ADVANCES, Account.VAT_PAYABLE, vat))


def service_given(gross: Money, vat: Money, advance_vat: Money) -> tuple[Entry, ...]:
    """A prepaid service month was given.

    `gross` is its price with VAT and ends the same part of the advance. `vat` is at the rate of the day of
    service; `advance_vat` is this month's part of the VAT charged on the advance (п. 8 ст. 171 НК).
    """
    return usage_given(gross, vat) + _booked(
        (EntryKind.ADVANCE_OFFSET, Account.ADVANCES, Account.RECEIVABLE, gross),
        (EntryKind.ADVANCE_VAT_DEDUCTED, Account.VAT_PAYABLE, Account.VAT_ON_ADVANCES, advance_vat),
    )


def usage_given(gross: Money, vat: Money) -> tuple[Entry, ...]:
    """Service was given and is still to be paid (I1); `vat` is contained in `gross`."""
    return _booked(
        (EntryKind.SERVICE_GIVEN, Account.RECEIVABLE, Account.REVENUE, gross),
        (EntryKind.SERVICE_VAT, Account.REVENUE, Account.VAT_PAYABLE, vat),
    )


def prepayment_refund_decided(amount: Money, advance_vat: Money) -> tuple[Entry, ...]:
    """Money for service not given is to go back, and with it its part of the advance's VAT.

    The VAT is deducted (п. 5 ст. 171 НК); the price of nothing given changes, so no КСФ follows.
    """
    return _booked(
        (EntryKind.PREPAYMENT_REFUND, Account.ADVANCES, Account.REFUNDS_PAYABLE, amount),
        (EntryKind.ADVANCE_VAT_RETURNED, Account.VAT_PAYABLE, Account.VAT_ON_ADVANCES, advance_vat),
    )


def service_refund_decided(amount: Money, vat: Money) -> tuple[Entry, ...]:
    """The price of service given and paid is lowered by `amount`, which contains `vat` (a КСФ follows).

    `vat` is at the rate of the day of service, whatever the rate is now. Revenue falls by the net.
    """
    return _booked(
        (EntryKind.SERVICE_REFUND, Account.REVENUE, Account.REFUNDS_PAYABLE, amount),
        (EntryKind.SERVICE_VAT_REDUCED, Account.VAT_PAYABLE, Account.REVENUE, vat),
    )


def balance_refund_decided(amount: Money) -> tuple[Entry, ...]:
    """A part of the customer's balance is to go back."""
    return _booked((EntryKind.BALANCE_REFUND, Account.CUSTOMER_BALANCE, Account.REFUNDS_PAYABLE, amount))


def refund_sent(provider: str, amount: Money) -> tuple[Entry, ...]:
    """The provider has sent a refund that was decided before."""
    return _booked((EntryKind.REFUND_SENT, Account.REFUNDS_PAYABLE, cash_account(provider), amount))


def refund_returned(provider: str, amount: Money) -> tuple[Entry, ...]:
    """A refund that was sent came back; it is owed again."""
    return _booked((EntryKind.REFUND_RETURNED, cash_account(provider), Account.REFUNDS_PAYABLE, amount))


def refund_to_balance(amount: Money) -> tuple[Entry, ...]:
    """A refund that cannot be sent stays with us as the customer's balance."""
    return _booked((EntryKind.REFUND_TO_BALANCE, Account.REFUNDS_PAYABLE, Account.CUSTOMER_BALANCE, amount))


def used_money_sent_back(amount: Money) -> tuple[Entry, ...]:
    """Money was sent back that its customer had used already: our loss, unless a person gets it again."""
    return _booked((EntryKind.REFUND_OF_USED_MONEY, Account.BAD_DEBTS, Account.REFUNDS_PAYABLE, amount))


def advance_to_balance(amount: Money, advance_vat: Money) -> tuple[Entry, ...]:
    """A paid line that cannot start becomes the customer's balance; the VAT on its advance is taken back."""
    return _booked(
        (EntryKind.ADVANCE_TO_BALANCE, Account.ADVANCES, Account.CUSTOMER_BALANCE, amount),
        (EntryKind.ADVANCE_VAT_RETURNED, Account.VAT_PAYABLE, Account.VAT_ON_ADVANCES, advance_vat),
    )


def goodwill_granted(amount: Money) -> tuple[Entry, ...]:
    """Goodwill was granted: a note of discounts to come, no money (H7)."""
    return _booked((EntryKind.GOODWILL_GRANTED, Account.GOODWILL_GRANTED, Account.GOODWILL, amount))


def goodwill_used(amount: Money) -> tuple[Entry, ...]:
    """Goodwill became a discount on an invoice, whose lines are lower by it already."""
    return _booked((EntryKind.GOODWILL_USED, Account.GOODWILL, Account.GOODWILL_GRANTED, amount))


def provider_fee(provider: str, amount: Money) -> tuple[Entry, ...]:
    """The provider kept its fee out of our money."""
    return _booked((EntryKind.PROVIDER_FEE, Account.FEES, cash_account(provider), amount))


def dispute_lost(provider: str, amount: Money) -> tuple[Entry, ...]:
    """A bank took a payment back: the money is gone and the customer owes for what was sold (H2, H3)."""
    return _booked((EntryKind.DISPUTE_LOST, Account.RECEIVABLE, cash_account(provider), amount))


def dispute_won_back(provider: str, amount: Money) -> tuple[Entry, ...]:
    """Money that a dispute had taken came again; the customer does not owe it any more."""
    return _booked((EntryKind.DISPUTE_WON_BACK, cash_account(provider), Account.RECEIVABLE, amount))


def debt_paid(amount: Money) -> tuple[Entry, ...]:
    """The customer's balance paid what a lost dispute had left to pay."""
    return _booked((EntryKind.DEBT_PAID, Account.CUSTOMER_BALANCE, Account.RECEIVABLE, amount))


def debt_payment_returned(amount: Money) -> tuple[Entry, ...]:
    """A debt that the balance had paid was none after all: the money is the customer's again."""
    return _booked((EntryKind.DEBT_PAYMENT_RETURNED, Account.RECEIVABLE, Account.CUSTOMER_BALANCE, amount))


def debt_written_off(amount: Money) -> tuple[Entry, ...]:
    """Nobody will pay what a lost dispute had left to pay: it is our loss."""
    return _booked((EntryKind.DEBT_WRITTEN_OFF, Account.BAD_DEBTS, Account.RECEIVABLE, amount))


def write_off_undone(amount: Money) -> tuple[Entry, ...]:
    """A debt that had been written off was none after all: there is no loss."""
    return _booked((EntryKind.WRITE_OFF_UNDONE, Account.RECEIVABLE, Account.BAD_DEBTS, amount))


def allocate_advance_vat(total_vat: Money, months: Sequence[Money]) -> list[Money]:
    """Split the VAT of an advance over the gross parts of it, by the largest remainder (design §2.1).

    The parts add up to `total_vat` exactly, and none is above its gross while the whole is not. A part may
    be a service month or what is refunded of one: `allocate_advance_vat(vat_of_month, [refunded, kept])`.
    Raises ValueError when there is VAT and nothing to put it on.
    """
    if not total_vat:
        return [total_vat for _ in months]
    return total_vat.allocate([month.minor for month in months])


Balances: TypeAlias = Mapping[str, Money]
"""Debit minus credit of every account of one ledger."""


def account_balances(entries: Iterable[Entry]) -> dict[str, Money]:
    """Debit minus credit of every account that the entries touch, zeros included.

    Raises CurrencyMismatch when an account is moved in two currencies: a ledger has one.
    """
    balances: dict[str, Money] = {}
    for entry in entries:
        nothing = Money.zero(entry.amount.currency)
        balances[entry.debit] = balances.get(entry.debit, nothing) + entry.amount
        balances[entry.credit] = balances.get(entry.credit, nothing) - entry.amount
    return balances


def trial_balance_is_zero(balances: Balances) -> bool:
    """Whether all debits equal all credits: true of any set of whole entries, so false means a damaged store.

    Raises CurrencyMismatch when the balances are not of one ledger.
    """
    amounts = list(balances.values())
    return not amounts or not total(amounts, amounts[0].currency)


def accounts_on_wrong_side(balances: Balances) -> list[str]:
    """The accounts whose balance is on the side where it can never be, sorted: an invariant was broken."""
    return sorted(name for name, balance in balances.items() if _on_wrong_side(name, balance))


def _on_wrong_side(name: str, balance: Money) -> bool:
    if _CASH.fullmatch(name):
        return False
    return balance.minor < 0 if name in DEBIT_ACCOUNTS else balance.minor > 0


def _money_in(provider: str, paid: Account, used: Money, unallocated: Money) -> tuple[Entry, ...]:
    cash = cash_account(provider)
    return _booked(
        (EntryKind.MONEY_RECEIVED, cash, paid, used),
        (EntryKind.MONEY_UNALLOCATED, cash, Account.CUSTOMER_BALANCE, unallocated),
    )


def _booked(*movements: tuple[EntryKind, str, str, Money]) -> tuple[Entry, ...]:
    return tuple(Entry(*movement) for movement in movements if movement[3])
