"""Writes the customers of a chunk and what they bought: the columns that the use cases set."""

from __future__ import annotations

CUSTOMERS = (
    """
    INSERT INTO customer (id, email, canonical_email, password_hash, name, country, currency, language,
        status, created_at, activated_at)
    SELECT customer_id, concat('load-', customer_id, '@example.com'),
        concat('load-', customer_id, '@example.com'), :password_hash, concat('Клиент ', customer_id), 'RU',
        'RUB', 'ru', 'active', bought_at, bought_at
    FROM new_customer JOIN known_moment USING (moment)
    """,
    """
    INSERT INTO payer (id, customer_id, kind, name, country, created_at)
    SELECT payer_id, customer_id, 'individual', concat('Клиент ', customer_id), 'RU', bought_at
    FROM new_customer JOIN known_moment USING (moment)
    """,
    """
    INSERT INTO payment_method (id, customer_id, provider, token, brand, last4, fingerprint, created_at,
        valid_until)
    SELECT method_id, customer_id, :provider, concat('pm:tok_visa:', customer_id), 'Visa', '4242', 'tok_visa',
        bought_at, DATE '2035-12-31'
    FROM new_customer JOIN known_moment USING (moment)
    """,
    """
    INSERT INTO api_key (id, customer_id, kind, scopes, name, status, created_at)
    SELECT key_id, customer_id, :key_kind, :scopes, :key_name, 'unclaimed', bought_at
    FROM new_customer JOIN known_moment USING (moment)
    """,
    """
    INSERT INTO subscription (id, customer_id, connector_id, make_account, status, interval, currency,
        auto_renew, anchor_day, first_paid_at, period_start, period_end, created_at, method, price_version_id,
        continues_after_trial, metered, notice_due_at, noticed_at, noticed_period_end, renewal_due_at)
    SELECT subscription_id, customer_id, connector_id,
        concat(customer_id, '-', new_subscription.place / :goods), 'active', 'month', 'RUB', true, anchor_day,
        bought_at, period_start, period_end, bought_at, 'card', price_version_id, false, false, notice_due_at,
        noticed_at, noticed_end, renewal_due_at
    FROM new_subscription JOIN new_customer USING (n) JOIN known_moment USING (moment)
    JOIN known_line ON known_line.moment = new_customer.moment AND ordinal = 0
        AND known_line.place = new_subscription.place % :goods
    """,
)

PURCHASES = (
    """
    INSERT INTO invoice (id, seller_id, customer_id, payer_id, series, year, number, status, method, purpose,
        currency, total_minor, vat_minor, balance_minor, goodwill_minor, issued_on, issued_at, due_on,
        paid_at, documented_at)
    SELECT invoice_id, :seller_id, customer_id, payer_id, series, year, new_invoice.number, 'paid', 'card',
        CASE ordinal WHEN 0 THEN 'order' ELSE 'renewal' END, 'RUB', total_minor, vat_minor, 0, 0, issued_on,
        paid_at, due_on, paid_at, 'epoch'
    FROM new_invoice JOIN known_period USING (moment, ordinal)
    JOIN known_invoice USING (moment, ordinal, share)
    """,
    """
    INSERT INTO invoice_line (id, invoice_id, position, subscription_id, price_version_id, description,
        interval, currency, total_minor, vat_rate, vat_minor, quantity, price_minor, discount_minor,
        period_start, period_end)
    SELECT line_id, invoice_id, position, subscription_id, price_version_id, description, 'month', 'RUB',
        total_minor, vat_rate, vat_minor, 1, total_minor, 0,
        CASE WHEN ordinal > 0 THEN starts_at END, CASE WHEN ordinal > 0 THEN ends_at END
    FROM new_line JOIN known_line USING (moment, ordinal, place) JOIN known_period USING (moment, ordinal)
    """,
    """
    INSERT INTO payment_attempt (id, invoice_id, ordinal, provider, payment_method_id, state, currency,
        amount_minor, reference, started_at, settled_at, hard_decline, risk)
    SELECT attempt_id, invoice_id, 1, :provider, CASE WHEN ordinal > 0 THEN method_id END, 'succeeded', 'RUB',
        total_minor, concat('ch_', attempt_id), paid_at, paid_at, false, 'normal'
    FROM new_invoice JOIN known_period USING (moment, ordinal)
    JOIN known_invoice USING (moment, ordinal, share)
    """,
    """
    INSERT INTO payment (id, customer_id, invoice_id, attempt_id, provider, provider_reference, method_label,
        currency, amount_minor, unallocated_minor, refunded_minor, unallocated_refunded_minor, received_at,
        documented_at)
    SELECT payment_id, customer_id, invoice_id, attempt_id, :provider, concat('ch_', attempt_id),
        'Visa •••• 4242', 'RUB', total_minor, 0, 0, 0, paid_at, 'epoch'
    FROM new_invoice JOIN known_period USING (moment, ordinal)
    JOIN known_invoice USING (moment, ordinal, share)
    """,
    """
    INSERT INTO document (seller_id, customer_id, payer_id, invoice_id, kind, series, year, ordinal, number,
        correction, issued_on, currency, total_minor, vat_minor, snapshot, status, original_state, created_at)
    SELECT :seller_id, customer_id, payer_id, invoice_id, 'invoice', series, year, new_invoice.number,
        full_number, 0, issued_on, 'RUB', total_minor, vat_minor,
        replace(replace(snapshot, known_invoice.number, full_number), :payer_name,
            concat('Клиент ', customer_id))::jsonb, 'pending', 'none', paid_at
    FROM new_invoice JOIN known_period USING (moment, ordinal)
    JOIN known_invoice USING (moment, ordinal, share)
    CROSS JOIN LATERAL concat(series, '-', year, '-', to_char(new_invoice.number, 'FM999999000000'))
        AS full_number
    """,
)
