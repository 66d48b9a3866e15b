"""What is the same for many customers, in temporary tables that the statements of a chunk join."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.cli.bulk_load.goods import Goods
from app.cli.bulk_load.moments import Moment, PaidPeriod
from app.cli.bulk_load.numbers import Numbering

TABLES = {
    "known_moment": """
        moment int PRIMARY KEY, bought_at timestamptz, anchor_day int, period_start timestamptz,
        period_end timestamptz, noticed_at timestamptz, noticed_end timestamptz, notice_due_at timestamptz,
        renewal_due_at timestamptz
    """,
    "known_period": """
        moment int, ordinal int, starts_at timestamptz, ends_at timestamptz, paid_at timestamptz,
        issued_on date, due_on date, last_day date, recognised_at timestamptz, number_before bigint,
        PRIMARY KEY (moment, ordinal)
    """,
    "known_line": """
        moment int, ordinal int, place int, connector_id bigint, price_version_id bigint, description text,
        total_minor bigint, vat_rate int, vat_minor bigint, service_vat_rate int, service_vat_minor bigint,
        PRIMARY KEY (moment, ordinal, place)
    """,
    "known_invoice": """
        moment int, ordinal int, share int, total_minor bigint, vat_minor bigint, number text, snapshot text,
        PRIMARY KEY (moment, ordinal, share)
    """,
}
"""Emptied when the transaction ends. `known_invoice` holds a number to be replaced in its snapshot."""


def make_reference(
    session: Session,
    moments: Sequence[Moment],
    goods: Goods,
    numbering: Numbering,
    series: str,
    shares: Sequence[int],
) -> None:
    """Create and fill the tables; they vanish with the transaction."""
    rows = {
        "known_moment": _moments(moments),
        "known_period": _periods(moments, numbering),
        "known_line": _lines(moments, goods),
        "known_invoice": _invoices(moments, goods, series, shares),
    }
    for name, columns in TABLES.items():
        session.execute(text(f"CREATE TEMP TABLE {name} ({columns}) ON COMMIT DROP"))
        statement = f"INSERT INTO {name} SELECT * FROM jsonb_populate_recordset(NULL::{name}, :rows)"  # noqa: S608
        session.execute(text(statement), {"rows": json.dumps(list(rows[name]), default=str)})
        session.execute(text(f"ANALYZE {name}"))


def _moments(moments: Sequence[Moment]) -> Iterator[Mapping[str, Any]]:
    for place, moment in enumerate(moments):
        running = moment.periods[-1].period
        yield {
            "moment": place,
            "bought_at": moment.bought_at,
            "anchor_day": moment.anchor_day,
            "period_start": running.start,
            "period_end": running.end,
            "noticed_at": moment.noticed_at,
            "noticed_end": moment.noticed_end,
            "notice_due_at": moment.schedule.notice_due_at,
            "renewal_due_at": moment.schedule.renewal_due_at,
        }


def _paid(moments: Sequence[Moment]) -> Iterator[tuple[Mapping[str, Any], PaidPeriod]]:
    """Every period with the columns that name it."""
    for place, moment in enumerate(moments):
        for paid in moment.periods:
            yield {"moment": place, "ordinal": paid.ordinal}, paid


def _periods(moments: Sequence[Moment], numbering: Numbering) -> Iterator[Mapping[str, Any]]:
    for key, paid in _paid(moments):
        yield {
            **key,
            "starts_at": paid.period.start,
            "ends_at": paid.period.end,
            "paid_at": paid.paid_at,
            "issued_on": paid.issued_on,
            "due_on": paid.due_on,
            "last_day": paid.last_day,
            "recognised_at": paid.recognised_at,
            "number_before": numbering.before[key["moment"], paid.ordinal],
        }


def _lines(moments: Sequence[Moment], goods: Goods) -> Iterator[Mapping[str, Any]]:
    for key, paid in _paid(moments):
        for place, line in enumerate(goods.lines(paid)):
            yield {**key, "place": place, **line}


def _invoices(
    moments: Sequence[Moment], goods: Goods, series: str, shares: Sequence[int]
) -> Iterator[Mapping[str, Any]]:
    for (key, paid), share in product(_paid(moments), shares):
        invoice = goods.invoice(paid, series, share)
        yield {
            **key,
            "share": share,
            "total_minor": invoice.total_minor,
            "vat_minor": invoice.vat_minor,
            "number": invoice.full_number,
            "snapshot": json.dumps(goods.snapshot(invoice), ensure_ascii=False),
        }
