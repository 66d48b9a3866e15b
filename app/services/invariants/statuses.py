"""INV11 and INV13: every status has its history, and only listed changes happened."""

from __future__ import annotations

from app.billing.invoice import INVOICE_TRANSITIONS
from app.billing.payment import ATTEMPT_TRANSITIONS
from app.billing.refunds import REFUND_TRANSITIONS
from app.billing.subscription import SUBSCRIPTION_TRANSITIONS
from app.billing.transitions import Status, TransitionTable
from app.services.invariants.invariant import Invariant

OWNERS = {
    "subscription": "object.customer_id",
    "invoice": "object.customer_id",
    "api_key": "object.customer_id",
    "customer": "object.id",
    "refund": "object.customer_id",
    "dispute": "object.customer_id",
    "payment_attempt": "(SELECT customer_id FROM invoice WHERE invoice.id = object.invoice_id)",
}


def _history(table: str, column: str = "status") -> Invariant:
    return Invariant(
        "INV11",
        f"the history of every {table} ends in its {column}",
        "a status was changed past the transition table",
        f"""
        SELECT object.id, {OWNERS[table]} FROM {table} AS object
        LEFT JOIN LATERAL (
            SELECT new_status FROM status_change
            WHERE object_kind = '{table}' AND object_id = object.id::text ORDER BY id DESC LIMIT 1
        ) AS last ON true
        WHERE last.new_status IS DISTINCT FROM object.{column}
        """,  # noqa: S608 - names of our own tables
    )


def _listed(table: TransitionTable[Status]) -> Invariant:
    listed = ", ".join(
        f"('{old.value}', '{new.value}')"
        for old, following in table.allowed.items()
        for new in sorted(following)
    )
    return Invariant(
        "INV13",
        f"only listed changes of the status of {table.kind} happened",
        "a status was reached that its rules do not lead to",
        f"""
        SELECT id, NULL::bigint FROM status_change WHERE object_kind = '{table.kind}'
        AND old_status IS NOT NULL AND (old_status, new_status) NOT IN (VALUES {listed})
        """,  # noqa: S608 - our own transition table
    )


STATUSES = (
    *(_history(table) for table in ("subscription", "invoice", "api_key", "customer")),
    _history("payment_attempt", "state"),
    _history("refund"),
    _history("dispute", "state"),
    Invariant(
        "INV11",
        "every change of status starts where the one before ended",
        "a status was changed without a history row",
        """
        SELECT id, NULL::bigint FROM (
            SELECT id, old_status, lag(new_status)
            OVER (PARTITION BY object_kind, object_id ORDER BY id) AS before FROM status_change
        ) AS change WHERE before IS NOT NULL AND old_status IS DISTINCT FROM before
        """,
    ),
    Invariant(
        "INV11",
        "every key that was shown has an audit entry",
        "nobody could tell who took a key",
        """
        SELECT id, customer_id FROM api_key WHERE claimed_at IS NOT NULL AND NOT EXISTS (
            SELECT FROM audit_entry WHERE object_kind = 'api_key' AND object_id = api_key.id::text
        )
        """,
    ),
    _listed(SUBSCRIPTION_TRANSITIONS),
    _listed(INVOICE_TRANSITIONS),
    _listed(ATTEMPT_TRANSITIONS),
    _listed(REFUND_TRANSITIONS),
)
