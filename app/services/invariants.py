"""What must always hold in the stored data, asked from the database itself (design §2.7).

Each invariant is one query for the ids of what breaks it. Walls in the database guard most of them; the
queries find out when a wall was missing, a backup half restored, or a row repaired by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text

from app.services.unit_of_work import Repositories, Transactions

OLDEST_DUE_MESSAGE = timedelta(hours=1)
"""A message that is due for longer means that the relay or the workers stand still."""
MOST_EXAMPLES = 5
KEY_PATTERN = "bpm_(prod|trial|test)_[A-Za-z0-9]{32}"


@dataclass(frozen=True, slots=True)
class Invariant:
    """A name, why it matters, and a query for the ids of the rows that break it."""

    name: str
    reason: str
    query: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many rows break an invariant, with the ids of a few of them."""

    name: str
    reason: str
    count: int
    examples: tuple[str, ...]


def check_invariants(transactions: Transactions, *, real_now: datetime) -> list[Verdict]:
    """Every invariant with what breaks it, in one fixed order. Changes nothing."""
    with transactions.reading() as repositories:
        return [_verdict(repositories, invariant, real_now) for invariant in INVARIANTS]


def _verdict(repositories: Repositories, invariant: Invariant, real_now: datetime) -> Verdict:
    # The queries are constants of this module.
    statement = text(
        f"SELECT broken.id::text, count(*) OVER () FROM ({invariant.query}) AS broken (id)"  # noqa: S608
        f" ORDER BY 1 LIMIT {MOST_EXAMPLES}"
    )
    parameters = {"due_since": real_now - OLDEST_DUE_MESSAGE} if ":due_since" in invariant.query else {}
    rows = repositories.session.execute(statement, parameters).all()
    count = rows[0][1] if rows else 0
    return Verdict(invariant.name, invariant.reason, count, tuple(row[0] for row in rows))


def _history(table: str, column: str = "status") -> Invariant:
    return Invariant(
        f"the history of every {table} ends in its {column}",
        "a status was changed past the transition table",
        f"""
        SELECT object.id FROM {table} AS object
        LEFT JOIN LATERAL (
            SELECT new_status FROM status_change
            WHERE object_kind = '{table}' AND object_id = object.id::text ORDER BY id DESC LIMIT 1
        ) AS last ON true
        WHERE last.new_status IS DISTINCT FROM object.{column}
        """,  # noqa: S608 - names of our own tables
    )


def _owner(child: str, join: str, owner: str) -> Invariant:
    parent = "invoice" if owner.startswith(f"{child}.") else owner.partition(".")[0]
    return Invariant(
        f"{child} and its {parent} belong to one customer",
        "one customer could see or pay what is another's",
        f"SELECT {child}.id FROM {child} {join} WHERE {owner} <> invoice.customer_id",  # noqa: S608
    )


MONEY = (
    Invariant(
        "a paid invoice has a payment",
        "access was given without money",
        """
        SELECT id FROM invoice WHERE status = 'paid'
        AND NOT EXISTS (SELECT FROM payment WHERE payment.invoice_id = invoice.id)
        """,
    ),
    Invariant(
        "money that was used equals the lines that started",
        "money was lost, or a period started without it",
        """
        SELECT invoice.id FROM invoice
        LEFT JOIN (SELECT invoice_id, sum(amount_minor - unallocated_minor) AS used FROM payment GROUP BY 1)
            AS money ON money.invoice_id = invoice.id
        LEFT JOIN (
            SELECT invoice_id, sum(total_minor) AS started FROM invoice_line
            JOIN subscription_period ON invoice_line_id = invoice_line.id GROUP BY 1
        ) AS lines ON lines.invoice_id = invoice.id
        WHERE coalesce(used, 0) <> coalesce(started, 0)
        """,
    ),
    Invariant(
        "an unpaid invoice has used no money",
        "the customer paid and the invoice does not know",
        """
        SELECT invoice.id FROM invoice JOIN payment ON payment.invoice_id = invoice.id
        WHERE status <> 'paid' AND unallocated_minor < amount_minor
        """,
    ),
    Invariant(
        "a succeeded attempt has one payment of its amount",
        "the provider took money that is not booked, or other money than was asked for",
        """
        SELECT payment_attempt.id FROM payment_attempt
        LEFT JOIN payment ON payment.attempt_id = payment_attempt.id
        WHERE (state = 'succeeded') <> (payment.id IS NOT NULL)
        OR payment.amount_minor <> payment_attempt.amount_minor
        OR payment.currency <> payment_attempt.currency
        """,
    ),
    Invariant(
        "money that paid nothing has a task for staff",
        "nobody would give it back",
        """
        SELECT payment.id FROM payment WHERE unallocated_minor > 0 AND NOT EXISTS (
            SELECT FROM staff_task WHERE kind = 'unallocated_payment' AND object_id = payment.id::text
        )
        """,
    ),
    Invariant(
        "an invoice is the sum of its lines",
        "the customer was asked for another sum than is printed",
        """
        SELECT invoice.id FROM invoice LEFT JOIN invoice_line ON invoice_line.invoice_id = invoice.id
        GROUP BY invoice.id
        HAVING coalesce(sum(invoice_line.total_minor), -1) <> invoice.total_minor
        OR coalesce(sum(invoice_line.vat_minor), -1) <> invoice.vat_minor
        OR bool_or(invoice_line.currency <> invoice.currency)
        """,
    ),
    Invariant(
        "the VAT of a line is the rate's share of its price, rounded half-up",
        "a wrong tax was shown and will be paid",
        """
        SELECT id FROM invoice_line WHERE vat_minor <> CASE WHEN vat_rate IS NULL THEN 0
        ELSE (2 * total_minor * vat_rate + 10000 + vat_rate) / (2 * (10000 + vat_rate)) END
        """,
    ),
    Invariant(
        "at most one attempt of an invoice is in doubt",
        "the customer could be charged twice",
        """
        SELECT invoice_id FROM payment_attempt WHERE state IN ('started', 'unknown')
        GROUP BY 1 HAVING count(*) > 1
        """,
    ),
)
NUMBERS_AND_DOCUMENTS = (
    Invariant(
        "numbers of a series and year have no gap",
        "the tax office asks where the missing document is",
        """
        SELECT concat_ws(' ', seller_id, series, year) FROM invoice
        FULL JOIN number_series USING (seller_id, series, year)
        GROUP BY seller_id, series, year
        HAVING count(number) <> max(last_number) OR coalesce(max(number), 0) <> max(last_number)
        OR max(last_number) IS NULL
        """,
    ),
    Invariant(
        "an invoice has its document, with its number and sum",
        "the customer has nothing to pay by, or something else than was issued",
        """
        SELECT invoice.id FROM invoice LEFT JOIN document ON document.invoice_id = invoice.id
        WHERE document.id IS NULL
        OR document.number <> concat(series, '-', year, '-', lpad(invoice.number::text, 6, '0'))
        """,
    ),
)
SUBSCRIPTIONS = (
    Invariant(
        "paid periods of a subscription do not overlap",
        "the customer paid twice for the same days",
        """
        SELECT one.subscription_id FROM subscription_period AS one JOIN subscription_period AS other
        ON one.subscription_id = other.subscription_id AND one.id < other.id
        AND tstzrange(one.starts_at, one.ends_at) && tstzrange(other.starts_at, other.ends_at)
        """,
    ),
    Invariant(
        "a paid period belongs to a paid line of its own subscription",
        "access was given for another subscription's money, or for none",
        """
        SELECT subscription_period.id FROM subscription_period
        JOIN invoice_line ON invoice_line.id = invoice_line_id JOIN invoice ON invoice.id = invoice_id
        WHERE invoice_line.subscription_id <> subscription_period.subscription_id OR invoice.status <> 'paid'
        """,
    ),
    Invariant(
        "a paid subscription shows its last paid period",
        "access ends on another day than was paid for",
        """
        SELECT subscription.id FROM subscription
        LEFT JOIN LATERAL (
            SELECT starts_at, ends_at FROM subscription_period
            WHERE subscription_id = subscription.id ORDER BY starts_at DESC LIMIT 1
        ) AS last ON true
        WHERE status IN ('active', 'payment_pending', 'suspended', 'canceled')
        AND (period_end, period_start) IS DISTINCT FROM (ends_at, starts_at)
        """,
    ),
    Invariant(
        "one live subscription per customer, connector and Make account",
        "the customer pays twice for one right",
        """
        SELECT min(id) FROM subscription
        WHERE status NOT IN ('pending', 'expired') AND make_account IS NOT NULL
        GROUP BY customer_id, connector_id, make_account HAVING count(*) > 1
        """,
    ),
    *(_history(table) for table in ("subscription", "invoice", "api_key", "customer")),
    _history("payment_attempt", "state"),
    Invariant(
        "every change of status starts where the one before ended",
        "a status was changed without a history row",
        """
        SELECT id FROM (
            SELECT id, old_status, lag(new_status)
            OVER (PARTITION BY object_kind, object_id ORDER BY id) AS before FROM status_change
        ) AS change WHERE before IS NOT NULL AND old_status IS DISTINCT FROM before
        """,
    ),
)
TENANTS_AND_SECRETS = (
    _owner("payment", "JOIN invoice ON invoice.id = payment.invoice_id", "payment.customer_id"),
    _owner("document", "JOIN invoice ON invoice.id = document.invoice_id", "document.customer_id"),
    _owner("invoice", "JOIN payer ON payer.id = invoice.payer_id", "payer.customer_id"),
    _owner("invoice", "JOIN cart ON cart.id = invoice.cart_id", "cart.customer_id"),
    _owner(
        "invoice_line",
        "JOIN invoice ON invoice.id = invoice_line.invoice_id"
        " JOIN subscription ON subscription.id = invoice_line.subscription_id",
        "subscription.customer_id",
    ),
    _owner(
        "payment_attempt",
        "JOIN invoice ON invoice.id = payment_attempt.invoice_id"
        " JOIN payment_method ON payment_method.id = payment_attempt.payment_method_id",
        "payment_method.customer_id",
    ),
    Invariant(
        "no API key stands anywhere in plain text",
        "whoever reads the database or a backup could use it",
        f"""
        SELECT 'audit_entry ' || id FROM audit_entry
            WHERE details::text ~ '{KEY_PATTERN}' OR reason ~ '{KEY_PATTERN}'
        UNION ALL SELECT 'status_change ' || id FROM status_change WHERE reason ~ '{KEY_PATTERN}'
        UNION ALL SELECT 'outbox_message ' || id FROM outbox_message WHERE payload::text ~ '{KEY_PATTERN}'
        UNION ALL SELECT 'api_key ' || id FROM api_key WHERE concat(name, group_name) ~ '{KEY_PATTERN}'
        UNION ALL SELECT 'document ' || id FROM document WHERE snapshot::text ~ '{KEY_PATTERN}'
        """,  # noqa: S608 - our own pattern
    ),
    Invariant(
        "promised work is not due for longer than an hour",
        "mails and documents don't leave: the relay or the workers stand still",
        """
        SELECT id FROM outbox_message
        WHERE status IN ('waiting', 'relayed') AND available_at < :due_since
        """,
    ),
)
INVARIANTS = (*MONEY, *NUMBERS_AND_DOCUMENTS, *SUBSCRIPTIONS, *TENANTS_AND_SECRETS)
