"""The limit that renewals are compared with: the same rows by a chain of INSERT … SELECT, one commit.

It is no way to renew: nobody can be charged in between, nothing is decided, no failure is met.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine, text

from app.billing.periods import local_date

TAKE_NUMBERS = """
    INSERT INTO number_series (seller_id, series, year, last_number)
    SELECT 1, 'СЧ', :year, count(*) FROM subscription WHERE renewal_due_at <= :now
    ON CONFLICT (seller_id, series, year)
    DO UPDATE SET last_number = number_series.last_number + excluded.last_number
"""
RENEWED = """
    CREATE TEMP TABLE renewed ON COMMIT DROP AS
    SELECT subscription.id AS subscription_id, subscription.customer_id, payer.id AS payer_id,
        payer.name AS payer_name, method.id AS method_id, price.id AS price_version_id,
        price.amount_minor AS minor, (2 * price.amount_minor * 2200 + 12200) / 24400 AS vat,
        subscription.period_end AS starts_at, ends_at, gen_random_uuid() AS attempt_id,
        nextval('invoice_id_seq') AS invoice_id, nextval('invoice_line_id_seq') AS line_id,
        nextval('document_id_seq') AS document_id, nextval('payment_id_seq') AS payment_id,
        concat('СЧ-', CAST(:year AS int), '-', to_char(number, 'FM999999000000')) AS full_number, number,
        format('Доступ к коннектору «%s» с %s по %s', connector.name,
            to_char(subscription.period_end AT TIME ZONE 'Europe/Moscow', 'DD.MM.YYYY'),
            to_char(ends_at AT TIME ZONE 'Europe/Moscow' - interval '1 us', 'DD.MM.YYYY')) AS description
    FROM (
        SELECT *, (SELECT last_number FROM number_series WHERE series = 'СЧ' AND year = :year)
            - row_number() OVER (ORDER BY customer_id DESC, id DESC) + 1 AS number
        FROM subscription WHERE renewal_due_at <= :now AND NOT metered
    ) AS subscription
    JOIN payer ON payer.customer_id = subscription.customer_id
    JOIN payment_method AS method ON method.customer_id = subscription.customer_id
    JOIN price_version AS price ON price.id = subscription.price_version_id
    JOIN connector ON connector.id = subscription.connector_id
    CROSS JOIN LATERAL (SELECT subscription.period_end AT TIME ZONE 'Europe/Moscow' AS local) AS zone
    CROSS JOIN LATERAL (SELECT date_trunc('month', local) + interval '1 month' AS month) AS next
    CROSS JOIN LATERAL (SELECT (month + local::time + interval '1 day' * (least(anchor_day,
        extract(day FROM month + interval '1 month - 1 day')) - 1)) AT TIME ZONE 'Europe/Moscow' AS ends_at
    ) AS period
"""
INSERTS = (
    """
    INSERT INTO invoice (id, seller_id, customer_id, payer_id, series, year, number, status, method, purpose,
        currency, total_minor, vat_minor, balance_minor, goodwill_minor, issued_on, issued_at, due_on,
        paid_at)
    SELECT invoice_id, 1, customer_id, payer_id, 'СЧ', :year, number, 'paid', 'card', 'renewal', 'RUB', minor,
        vat, 0, 0, :today, :now, CAST(:today AS date) + 7, :now
    FROM renewed
    """,
    """
    INSERT INTO invoice_line (id, invoice_id, position, subscription_id, price_version_id, description,
        interval, currency, total_minor, vat_rate, vat_minor, quantity, price_minor, discount_minor,
        period_start, period_end)
    SELECT line_id, invoice_id, 1, subscription_id, price_version_id, description, 'month', 'RUB', minor,
        2200, vat, 1, minor, 0, starts_at, ends_at
    FROM renewed
    """,
    """
    INSERT INTO document (id, seller_id, customer_id, payer_id, invoice_id, kind, series, year, ordinal,
        number, correction, issued_on, currency, total_minor, vat_minor, original_state, snapshot, status,
        created_at)
    SELECT document_id, 1, customer_id, payer_id, invoice_id, 'invoice', 'СЧ', :year, number, full_number, 0,
        :today, 'RUB', minor, vat, 'none',
        replace(replace(replace(CAST(:snapshot AS text), :printed_number, full_number), :printed_payer,
            payer_name), :printed_line, description)::jsonb, 'pending', :now
    FROM renewed
    """,
    """
    INSERT INTO payment_attempt (id, invoice_id, ordinal, provider, payment_method_id, state, currency,
        amount_minor, reference, started_at, settled_at, hard_decline)
    SELECT attempt_id, invoice_id, 1, 'test', method_id, 'succeeded', 'RUB', minor,
        concat('ch_', left(attempt_id::text, 24)), :now, :now, false
    FROM renewed
    """,
    """
    INSERT INTO payment (id, customer_id, invoice_id, attempt_id, provider, provider_reference, method_label,
        currency, amount_minor, unallocated_minor, refunded_minor, unallocated_refunded_minor, received_at)
    SELECT payment_id, customer_id, invoice_id, attempt_id, 'test', concat('ch_', attempt_id),
        'Visa •••• 4242', 'RUB', minor, 0, 0, 0, :now
    FROM renewed
    """,
    """
    INSERT INTO subscription_period (subscription_id, starts_at, ends_at, price_version_id, invoice_line_id)
    SELECT subscription_id, starts_at, ends_at, price_version_id, line_id FROM renewed
    """,
    """
    INSERT INTO service_month (seller_id, customer_id, payer_id, invoice_id, invoice_line_id, subscription_id,
        ordinal, starts_at, ends_at, last_day, currency, gross_minor, advance_vat_minor, refunded_minor,
        refunded_advance_vat_minor)
    SELECT 1, customer_id, payer_id, invoice_id, line_id, subscription_id, 1, starts_at, ends_at,
        (ends_at AT TIME ZONE 'Europe/Moscow' - interval '1 us')::date, 'RUB', minor, vat, 0, 0
    FROM renewed
    """,
    """
    INSERT INTO ledger_entry (seller_id, customer_id, kind, debit, credit, currency, amount_minor, at,
        booked_on, invoice_id, payment_id)
    SELECT 1, customer_id, kind, debit, credit, 'RUB', amount, :now, :today, invoice_id, payment_id
    FROM renewed CROSS JOIN LATERAL (VALUES
        ('money_received', 'cash:test', 'advances', minor),
        ('advance_vat', 'vat_on_advances', 'vat_payable', vat)
    ) AS entry (kind, debit, credit, amount)
    """,
    """
    INSERT INTO status_change (object_kind, object_id, old_status, new_status, at, actor_kind, actor_identity,
        reason)
    SELECT kind, object_id, old_status, new_status, :now, 'system', 'billing', reason
    FROM renewed CROSS JOIN LATERAL (VALUES
        ('invoice', invoice_id::text, NULL, 'open', 'issued'),
        ('payment_attempt', attempt_id::text, NULL, 'started', 'claimed'),
        ('payment_attempt', attempt_id::text, 'started', 'succeeded', 'provider: succeeded'),
        ('invoice', invoice_id::text, 'open', 'paid', 'paid: test')
    ) AS change (kind, object_id, old_status, new_status, reason)
    """,
    """
    INSERT INTO outbox_message (name, queue, payload, dedupe_key, customer_id, status, attempts, created_at,
        available_at)
    SELECT name, queue, payload, dedupe_key, customer_id, 'waiting', 0, :now, :now
    FROM renewed CROSS JOIN LATERAL (VALUES
        ('document.render', 'documents', jsonb_build_object('document_id', document_id), NULL),
        ('mail.subscription_renewed', 'short',
            jsonb_build_object('invoice_id', invoice_id, 'payment_id', payment_id),
            concat('mail.subscription_renewed:', invoice_id))
    ) AS message (name, queue, payload, dedupe_key)
    """,
    """
    UPDATE subscription SET period_start = starts_at, period_end = ends_at, nominal_period_end = NULL,
        first_failed_at = NULL, renewal_due_at = NULL, notice_due_at = ends_at - interval '3 days'
    FROM renewed WHERE id = subscription_id
    """,
)
A_SNAPSHOT = """
    SELECT snapshot::text, snapshot #>> '{document,number}', snapshot #>> '{document,payer,name}',
        snapshot #>> '{document,lines,0,description}'
    FROM document JOIN invoice ON invoice.id = invoice_id WHERE purpose = 'renewal' AND invoice.series = 'СЧ'
    LIMIT 1
"""


def renew_set_based(engine: Engine, now: datetime) -> None:
    """Renew whatever is due. One renewal must have been done by the product: its document is copied."""
    parameters = {"now": now, "today": local_date(now), "year": local_date(now).year}
    with engine.begin() as connection:
        snapshot = connection.execute(text(A_SNAPSHOT)).one()
        names = ("snapshot", "printed_number", "printed_payer", "printed_line")
        parameters |= dict(zip(names, snapshot, strict=True))
        for statement in (TAKE_NUMBERS, RENEWED, *INSERTS):
            connection.execute(text(statement), parameters)
