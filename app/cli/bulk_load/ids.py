"""Ids for a chunk of customers and for everything they have, so that every row can name the others."""

from __future__ import annotations

CHUNK_TABLES = {
    "new_customer": """
        n bigint, moment int, share int, customer_id bigint, payer_id bigint, method_id bigint, key_id bigint
    """,
    "new_subscription": "n bigint, place int, subscription_id bigint",
    "new_invoice": """
        n bigint, moment int, ordinal int, share int, customer_id bigint, payer_id bigint, method_id bigint,
        invoice_id bigint, attempt_id uuid, payment_id bigint, series text, year int, number bigint
    """,
    "new_line": """
        moment int, ordinal int, place int, position int, customer_id bigint, payer_id bigint,
        invoice_id bigint, line_id bigint, subscription_id bigint, service_month_id bigint
    """,
}

TAKE_IDS = (
    """
    INSERT INTO new_customer
    SELECT n, n % :moments, :share + (n < :with_one_more)::int, nextval('customer_id_seq'),
        nextval('payer_id_seq'), nextval('payment_method_id_seq'), nextval('api_key_id_seq')
    FROM generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) AS n
    """,
    """
    INSERT INTO new_subscription
    SELECT n, place, nextval('subscription_id_seq') FROM new_customer, generate_series(0, share - 1) AS place
    """,
    """
    INSERT INTO new_invoice
    SELECT n, moment, ordinal, share, customer_id, payer_id, method_id, nextval('invoice_id_seq'),
        gen_random_uuid(), nextval('payment_id_seq'), :series, extract(year FROM issued_on),
        number_before + n / :moments + 1
    FROM new_customer JOIN known_period USING (moment)
    """,
    """
    INSERT INTO new_line
    SELECT moment, ordinal, place % :goods, place + 1, customer_id, payer_id, invoice_id,
        nextval('invoice_line_id_seq'), subscription_id, nextval('service_month_id_seq')
    FROM new_invoice JOIN new_subscription USING (n)
    """,
)
