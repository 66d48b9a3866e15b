"""INV7: numbers without gaps, and a document for every invoice."""

from __future__ import annotations

from app.services.invariants.invariant import Invariant

ISSUED = """
    SELECT seller_id, series, year, ordinal, issued_on, customer_id FROM document WHERE correction = 0
    UNION SELECT seller_id, series, year, number, issued_on, customer_id FROM invoice
"""
"""Every number that was given, once."""

NUMBERS = (
    Invariant(
        "INV7",
        "numbers of a series and year have no gap",
        "the tax office asks where the missing document is",
        f"""
        SELECT concat_ws(' ', seller_id, series, year), NULL::bigint FROM ({ISSUED}) AS issued
        FULL JOIN number_series USING (seller_id, series, year)
        GROUP BY seller_id, series, year
        HAVING count(ordinal) <> max(last_number) OR coalesce(max(ordinal), 0) <> max(last_number)
        OR max(last_number) IS NULL
        """,  # noqa: S608 - our own query
    ),
    Invariant(
        "INV7",
        "a higher number was never issued on an earlier day",
        "the tax office takes it for back-dating",
        f"""
        SELECT concat_ws(' ', series, year, ordinal), customer_id FROM (
            SELECT series, year, ordinal, customer_id, issued_on,
            lag(issued_on) OVER (PARTITION BY seller_id, series, year ORDER BY ordinal) AS before
            FROM ({ISSUED}) AS numbered
        ) AS issued WHERE issued_on < before
        """,  # noqa: S608 - our own query
    ),
    Invariant(
        "INV7",
        "an invoice has its document, with its number",
        "the customer has nothing to pay by, or something else than was issued",
        """
        SELECT invoice.id, invoice.customer_id FROM invoice
        LEFT JOIN document ON document.invoice_id = invoice.id AND document.kind = 'invoice'
        WHERE document.id IS NULL OR document.ordinal <> invoice.number
        OR document.number <> concat(
            invoice.series, '-', invoice.year, '-', to_char(invoice.number, 'FM999999000000')
        )
        """,
    ),
)
