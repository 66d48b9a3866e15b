"""INV6 and INV9: periods are paid once and follow each other; whoever pays is never forgotten."""

from __future__ import annotations

from app.services.invariants.invariant import Invariant

SUBSCRIPTIONS = (
    Invariant(
        "INV6",
        "a period of a subscription stands on one invoice",
        "the customer would pay twice for the same days",
        """
        SELECT subscription_id, min(customer_id) FROM invoice_line JOIN invoice ON invoice.id = invoice_id
        WHERE period_start IS NOT NULL AND released_at IS NULL
        GROUP BY subscription_id, period_start HAVING count(*) > 1
        """,
    ),
    Invariant(
        "INV6",
        "paid periods of a subscription do not overlap",
        "the customer paid twice for the same days",
        """
        SELECT id, customer_id FROM (
            SELECT subscription.id, customer_id, starts_at,
            lag(ends_at) OVER (PARTITION BY subscription_id ORDER BY starts_at) AS before
            FROM subscription_period JOIN subscription ON subscription.id = subscription_id
        ) AS period WHERE starts_at < before
        """,
    ),
    Invariant(
        "INV6",
        "a paid period belongs to a paid line of its own subscription",
        "access was given for another subscription's money, or for none",
        """
        SELECT subscription_period.id, invoice.customer_id FROM subscription_period
        JOIN invoice_line ON invoice_line.id = invoice_line_id JOIN invoice ON invoice.id = invoice_id
        WHERE invoice_line.subscription_id <> subscription_period.subscription_id OR invoice.status <> 'paid'
        """,
    ),
    Invariant(
        "INV6",
        "a paid subscription shows its last paid period",
        "access ends on another day than was paid for",
        """
        SELECT subscription.id, customer_id FROM subscription
        LEFT JOIN LATERAL (
            SELECT starts_at, ends_at FROM subscription_period
            WHERE subscription_id = subscription.id ORDER BY starts_at DESC LIMIT 1
        ) AS last ON true
        WHERE status IN ('active', 'payment_pending', 'suspended', 'canceled') AND NOT metered
        AND (period_end, period_start) IS DISTINCT FROM (ends_at, starts_at)
        """,
    ),
    Invariant(
        "INV6",
        "one live subscription per customer, connector and Make account",
        "the customer pays twice for one right",
        """
        SELECT min(id), customer_id FROM subscription
        WHERE status NOT IN ('pending', 'expired') AND make_account IS NOT NULL
        GROUP BY customer_id, connector_id, make_account HAVING count(*) > 1
        """,
    ),
    Invariant(
        "INV9",
        "a subscription that renews is going to: told, invoiced or standing on an invoice",
        "a paying customer would be forgotten and lose access",
        """
        SELECT subscription.id, subscription.customer_id FROM subscription
        WHERE status = 'active' AND auto_renew AND NOT metered
        AND notice_due_at IS NULL AND renewal_due_at IS NULL AND NOT EXISTS (
            SELECT FROM invoice_line JOIN invoice ON invoice.id = invoice_id
            WHERE subscription_id = subscription.id AND period_start = subscription.period_end
            AND released_at IS NULL AND invoice.status = 'open'
        )
        """,
    ),
    Invariant(
        "INV9",
        "dunning has a first failure and an open invoice, and nothing else has",
        "access would never end, or end for somebody who has paid",
        """
        SELECT subscription.id, subscription.customer_id FROM subscription
        WHERE status IN ('payment_pending', 'suspended') AND (first_failed_at IS NULL OR NOT EXISTS (
            SELECT FROM invoice_line JOIN invoice ON invoice.id = invoice_id
            WHERE subscription_id = subscription.id AND invoice.status = 'open'
        )) OR status = 'active' AND first_failed_at IS NOT NULL
        """,
    ),
    Invariant(
        "INV9",
        "no renewal is asked for that nobody can use",
        "somebody would pay for a subscription that has ended",
        """
        SELECT invoice.id, invoice.customer_id FROM invoice
        WHERE invoice.status = 'open' AND purpose = 'renewal' AND NOT EXISTS (
            SELECT FROM payment_attempt
            WHERE invoice_id = invoice.id AND state IN ('started', 'unknown')
        ) AND EXISTS (
            SELECT FROM invoice_line JOIN subscription ON subscription.id = subscription_id
            WHERE invoice_id = invoice.id AND subscription.status IN ('canceled', 'expired')
        )
        """,
    ),
    Invariant(
        "INV9",
        "what was used is on the bill of its month",
        "an operation would be given away or paid twice",
        """
        SELECT concat_ws(' ', subscription.id, month), customer_id
        FROM usage_month FULL JOIN (
            SELECT subscription_id, month, count(*) AS counted FROM metered_operation GROUP BY 1, 2
        ) AS operation USING (subscription_id, month)
        JOIN subscription ON subscription.id = subscription_id
        LEFT JOIN invoice_line ON invoice_line.id = usage_month.invoice_line_id
        WHERE coalesce(operations, 0) <> coalesce(counted, 0) OR invoice_line.quantity <> operations
        """,
    ),
)
