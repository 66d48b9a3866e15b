"""What a line of a bank statement pays: certain only by what it says itself, never guessed (H4).

Certain is a number with the sum that is due and a payer that does not contradict. Anything else waits for a
person, with the best guesses and the reasons for them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from app.billing.bank_purpose import Mention, mentioned_invoices, mentioned_refunds
from app.billing.bank_statement import Direction, StatementLine
from app.billing.invoice import InvoiceStatus
from app.billing.money import Money, total

MOST_GUESSES = 5
RECENT = timedelta(days=14)
"""An invoice issued so shortly before the money came is likelier to be meant."""


class Finding(StrEnum):
    """What became of a line and why; stable, shown to staff."""

    EXACT = "exact"
    SPLIT = "split"
    OVERPAID = "overpaid"
    LATE = "late"
    REFUND = "refund"
    OUTGOING = "outgoing"
    OWN_MONEY = "own_money"
    NO_NUMBER = "no_number"
    UNKNOWN_NUMBER = "unknown_number"
    AMBIGUOUS = "ambiguous"
    OTHER_CURRENCY = "other_currency"
    OTHER_PAYER = "other_payer"
    PAYER_UNCONFIRMED = "payer_unconfirmed"
    ALREADY_PAID = "already_paid"
    VOID = "void"
    CHARGE_IN_PROGRESS = "charge_in_progress"
    SUMS_DIFFER = "sums_differ"
    UNDERPAID = "underpaid"
    REFUND_UNKNOWN = "refund_unknown"
    REFUND_SUM = "refund_sum"
    REFUSED = "refused"


MONEY_CERTAIN = frozenset({Finding.EXACT, Finding.SPLIT, Finding.OVERPAID, Finding.LATE})
"""Booked without a person."""
NOT_OURS_TO_BOOK = frozenset({Finding.OUTGOING, Finding.OWN_MONEY})
"""Put aside without a person: the firm's own business."""


class Hint(StrEnum):
    """What speaks for a guess; the stronger first."""

    NUMBER = "number"
    PAYER = "payer"
    SUM = "sum"
    RECENT = "recent"


_WEIGHTS = {Hint.NUMBER: 8, Hint.PAYER: 4, Hint.SUM: 2, Hint.RECENT: 1}


@dataclass(frozen=True, slots=True)
class InvoiceFacts:
    """An invoice that a line may pay."""

    id: int
    customer_id: int
    number: int
    year: int
    issued_on: date
    status: InvoiceStatus
    due: Money
    """What it asks for, or asked for before it was paid or void."""
    payer_inn: str | None
    is_being_charged: bool = False
    """An attempt to charge a card for it has not ended."""
    is_replaced: bool = False
    """Void, and issued again with fewer lines."""


@dataclass(frozen=True, slots=True)
class AwaitedRefund:
    """An approved refund of a bank payment whose money has not left yet."""

    id: int
    amount: Money


@dataclass(frozen=True, slots=True)
class Share:
    """The part of a line's money that goes to one invoice."""

    invoice_id: int
    amount: Money


@dataclass(frozen=True, slots=True)
class Guess:
    """An invoice that may be meant, and what speaks for it."""

    invoice_id: int
    hints: tuple[Hint, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """What is known about a line. Money moves without a person only by `shares` or `refund_id`."""

    finding: Finding
    shares: tuple[Share, ...] = ()
    refund_id: int | None = None
    guesses: tuple[Guess, ...] = ()


def match_line(
    line: StatementLine,
    invoices: Sequence[InvoiceFacts],
    refunds: Collection[AwaitedRefund] = (),
    own_accounts: Collection[str] = (),
) -> Match:
    """What the line pays, given every invoice and refund that it may mean. Never raises.

    Money that moves between the seller's own accounts pays nothing, whatever its purpose says.
    """
    if line.party_account is not None and line.party_account in own_accounts:
        return Match(Finding.OWN_MONEY)
    if line.direction is Direction.OUT:
        return _outgoing(line, refunds)
    mentions = mentioned_invoices(line.purpose)
    finding, named = _named(mentions, invoices)
    if finding is None:
        finding = _finding(line, named, is_vague=any(mention.year is None for mention in mentions))
    if finding not in MONEY_CERTAIN:
        return Match(finding, guesses=best_guesses(line, invoices))
    if len(named) == 1:
        return Match(finding, (Share(named[0].id, line.amount),))
    return Match(finding, split(line.amount, named))


def split(amount: Money, invoices: Sequence[InvoiceFacts]) -> tuple[Share, ...]:
    """Give every invoice exactly what it asks for; nothing at all unless the sum agrees to the kopeck."""
    if total((each.due for each in invoices), amount.currency) != amount:
        return ()
    return tuple(Share(each.id, each.due) for each in invoices)


def best_guesses(line: StatementLine, invoices: Sequence[InvoiceFacts]) -> tuple[Guess, ...]:
    """The likeliest invoices for an incoming line, the best first, with the reasons; at most five."""
    mentions = mentioned_invoices(line.purpose)
    guesses = [Guess(each.id, _hints(line, mentions, each)) for each in invoices]
    likely = [guess for guess in guesses if set(guess.hints) - {Hint.RECENT}]
    likely.sort(key=lambda guess: (-sum(_WEIGHTS[hint] for hint in guess.hints), guess.invoice_id))
    return tuple(likely[:MOST_GUESSES])


def _outgoing(line: StatementLine, refunds: Collection[AwaitedRefund]) -> Match:
    """An outgoing line is ours to settle only when it names a refund; the rest is the firm's business."""
    named = mentioned_refunds(line.purpose)
    if not named:
        return Match(Finding.OUTGOING)
    awaited = [refund for refund in refunds if refund.id in named]
    if len(named) > 1 or not awaited:
        return Match(Finding.REFUND_UNKNOWN)
    if awaited[0].amount != line.amount:
        return Match(Finding.REFUND_SUM)
    return Match(Finding.REFUND, refund_id=awaited[0].id)


def _named(
    mentions: Sequence[Mention], invoices: Sequence[InvoiceFacts]
) -> tuple[Finding | None, list[InvoiceFacts]]:
    """The invoices that the mentions name, one each; or why that can't be told."""
    if not mentions:
        return Finding.NO_NUMBER, []
    named: dict[int, InvoiceFacts] = {}
    for mention in mentions:
        meant = [each for each in invoices if _is_meant(mention, each)]
        if len(meant) > 1:
            meant = [each for each in meant if each.status is InvoiceStatus.OPEN] or meant
        if not meant:
            return Finding.UNKNOWN_NUMBER, []
        if len(meant) > 1:
            return Finding.AMBIGUOUS, []
        named[meant[0].id] = meant[0]
    return None, list(named.values())


def _is_meant(mention: Mention, invoice: InvoiceFacts) -> bool:
    return (
        mention.number == invoice.number
        and mention.year in (None, invoice.year)
        and mention.issued_on in (None, invoice.issued_on)
    )


def _finding(line: StatementLine, named: Sequence[InvoiceFacts], *, is_vague: bool) -> Finding:
    """What is known about a line whose invoices are known. `is_vague`: a number came without its year."""
    payers = {each.payer_inn for each in named}
    is_confirmed = line.party_inn is not None and payers == {line.party_inn}
    if any(each.due.currency != line.amount.currency for each in named):
        return Finding.OTHER_CURRENCY
    if line.party_inn is not None and payers - {line.party_inn, None}:
        return Finding.OTHER_PAYER
    if len({each.customer_id for each in named}) > 1:
        return Finding.AMBIGUOUS
    if any(each.is_being_charged for each in named):
        return Finding.CHARGE_IN_PROGRESS
    if any(each.status is not InvoiceStatus.OPEN for each in named):
        return _finding_of_settled(line, named, is_confirmed=is_confirmed)
    finding = _finding_of_sum(line.amount, named)
    if (finding is Finding.OVERPAID or (finding in MONEY_CERTAIN and is_vague)) and not is_confirmed:
        return Finding.PAYER_UNCONFIRMED
    return finding


def _finding_of_settled(line: StatementLine, named: Sequence[InvoiceFacts], *, is_confirmed: bool) -> Finding:
    """Money for a void invoice is the customer's balance, and resumes (design §4): when all else agrees."""
    if any(each.status is InvoiceStatus.PAID for each in named):
        return Finding.ALREADY_PAID
    is_whole = len(named) == 1 and named[0].due == line.amount
    return Finding.LATE if is_whole and is_confirmed and not named[0].is_replaced else Finding.VOID


def _finding_of_sum(amount: Money, named: Sequence[InvoiceFacts]) -> Finding:
    due = total((each.due for each in named), amount.currency)
    if due == amount:
        return Finding.EXACT if len(named) == 1 else Finding.SPLIT
    if len(named) > 1:
        return Finding.SUMS_DIFFER
    return Finding.UNDERPAID if amount < due else Finding.OVERPAID


def _hints(line: StatementLine, mentions: Sequence[Mention], invoice: InvoiceFacts) -> tuple[Hint, ...]:
    age = line.booked_on - invoice.issued_on
    speaks = {
        Hint.NUMBER: any(mention.number == invoice.number for mention in mentions),
        Hint.PAYER: line.party_inn is not None and line.party_inn == invoice.payer_inn,
        Hint.SUM: line.amount == invoice.due,
        Hint.RECENT: timedelta(0) <= age <= RECENT,
    }
    return tuple(hint for hint in Hint if speaks[hint])
