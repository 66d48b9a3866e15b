"""INV7: numbers without gaps, and a document for every invoice."""

from __future__ import annotations

from app.services.invariants.invariant import Invariant

NUMBERS = (
    Invariant(
        "INV7",
        "numbers of a series and year have no gap",
        "the tax office asks where the missing document is",
        """
        SELECT concat_ws(' ', seller_id, series, year), NULL::bigint FROM invoice
        FULL JOIN number_series USING (seller_id, series, year)
        GROUP BY seller_id, series, year
        HAVING count(number) <> max(last_number) OR coalesce(max(number), 0) <> max(last_number)
        OR max(last_number) IS NULL
        """,
    ),
    Invariant(
        "INV7",
        "a higher number was never issued on an earlier day",
        "the tax office takes it for back-dating",
        """
        SELECT id, customer_id FROM (
            SELECT id, customer_id, issued_on,
            lag(issued_on) OVER (PARTITION BY seller_id, series, year ORDER BY number) AS before FROM invoice
        ) AS issued WHERE issued_on < before
        """,
    ),
    Invariant(
        "INV7",
        "an invoice has its document, with its number",
        "the customer has nothing to pay by, or something else than was issued",
        """
        SELECT invoice.id, invoice.customer_id FROM invoice
        LEFT JOIN document ON document.invoice_id = invoice.id
        WHERE document.id IS NULL
        OR document.number <> concat(series, '-', year, '-', to_char(invoice.number, 'FM999999000000'))
        """,
    ),
)
