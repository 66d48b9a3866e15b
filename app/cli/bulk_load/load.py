"""Writes the customers chunk by chunk, all of them in one transaction: what is broken off leaves nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from app.billing.actors import Actor
from app.billing.api_key import CONNECTOR_SCOPES, ApiKeyKind
from app.billing.ledger import cash_account
from app.cli.bulk_load.goods import PAYER_NAME, Goods, distinct_shares
from app.cli.bulk_load.ids import CHUNK_TABLES, TAKE_IDS
from app.cli.bulk_load.moments import moments
from app.cli.bulk_load.numbers import SERIES, numbered
from app.cli.bulk_load.purchases import CUSTOMERS, PURCHASES
from app.cli.bulk_load.reference import make_reference
from app.cli.bulk_load.service import HISTORY, SERVICE
from app.models import NumberSeries
from app.services.unit_of_work import Transactions

ACTOR = Actor.system("bpm load-data")
CHUNK = 5000
PROVIDER = "test"
KEY_NAME = "Автоматически созданный ключ"
WRITE_CHUNK = (*TAKE_IDS, *CUSTOMERS, *PURCHASES, *SERVICE, *HISTORY)


@dataclass(frozen=True, slots=True)
class Load:
    """How much is loaded, and what all customers share; `history` is in months before the running one."""

    customers: int
    subscriptions: int
    history: int
    now: datetime
    password_hash: str


def bulk_load(transactions: Transactions, load: Load, report: Callable[[int], None]) -> None:
    """Write the customers; `report` hears after each chunk how many there are.

    Raises NotFound when there is no seller or connector to buy from, NoTaxRate when the history reaches
    back further than the tax rates. The tables are analysed at the end, as a database that grew slowly is.
    """
    with transactions.begin(ACTOR) as work:
        session = work.session
        session.execute(text("SET LOCAL statement_timeout = 0"))
        goods, known = Goods(work, load.now), moments(load.now, load.history)
        series = _new_series(session)
        numbering = numbered(known, load.customers)
        shares = distinct_shares(load.customers, load.subscriptions)
        make_reference(session, known, goods, numbering, series, shares)
        for year, last in numbering.last_numbers.items():
            session.execute(
                insert(NumberSeries).values(
                    seller_id=goods.seller.id, series=series, year=year, last_number=last
                )
            )
        shared = _shared(load, goods, len(known), series)
        for first in range(0, load.customers, CHUNK):
            last = min(first + CHUNK, load.customers) - 1
            _write_chunk(session, shared | {"first": first, "last": last})
            report(last + 1)
        session.execute(text("ANALYZE"))


def _new_series(session: Session) -> str:
    """A series that no load has used."""
    used = session.scalars(
        select(NumberSeries.series).where(NumberSeries.series.like(SERIES.format(load="%"))).distinct()
    ).all()
    return SERIES.format(load=len(used) + 1)


def _shared(load: Load, goods: Goods, moment_count: int, series: str) -> dict[str, Any]:
    share, with_one_more = divmod(load.subscriptions, load.customers)
    return {
        "moments": moment_count,
        "share": share,
        "with_one_more": with_one_more,
        "goods": len(goods.all),
        "seller_id": goods.seller.id,
        "series": series,
        "provider": PROVIDER,
        "cash": cash_account(PROVIDER),
        "paid": f"paid: {PROVIDER}",
        "password_hash": load.password_hash,
        "scopes": [scope.value for scope in CONNECTOR_SCOPES],
        "key_kind": ApiKeyKind.PRODUCTION,
        "key_name": KEY_NAME,
        "payer_name": PAYER_NAME,
        "actor": ACTOR.identity,
    }


def _write_chunk(session: Session, parameters: dict[str, Any]) -> None:
    for name, columns in CHUNK_TABLES.items():
        session.execute(text(f"DROP TABLE IF EXISTS {name}"))
        session.execute(text(f"CREATE TEMP TABLE {name} ({columns}) ON COMMIT DROP"))
    for statement in WRITE_CHUNK:
        session.execute(text(statement), parameters)
