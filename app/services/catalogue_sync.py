"""Providers that keep products and prices are told every change of the catalogue (H2)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime

import structlog

from app.billing.actors import Actor
from app.billing.catalogue_sync import CatalogueItem, CatalogueMirror
from app.services.unit_of_work import Transactions

ACTOR = Actor.system("catalogue")
log = structlog.get_logger()


def sync_catalogue(
    transactions: Transactions,
    mirrors: Mapping[str, CatalogueMirror],
    *,
    now: datetime,
    real_now: datetime,
) -> int:
    """Tell every provider of the connectors that differ from what it was told last; how many it took.

    A change is found by comparing, so it does not matter who made it, and one that a provider gave no
    answer about is told again the next time. No transaction is open while a provider is asked.
    """
    if not mirrors:
        return 0
    with transactions.reading() as repositories:
        items = repositories.catalogue_publications.items(now)
        told = {provider: repositories.catalogue_publications.digests(provider) for provider in mirrors}
    taken = 0
    for provider, mirror in mirrors.items():
        for connector_id, item in items.items():
            digest = digest_of(item)
            if told[provider].get(connector_id) == digest:
                continue
            if not mirror.publish(item):
                log.warning("catalogue_not_published", provider=provider, connector=item.slug)
                continue
            with transactions.begin(ACTOR) as work:
                work.catalogue_publications.told(provider, connector_id, digest, real_now)
            taken += 1
    return taken


def digest_of(item: CatalogueItem) -> str:
    """Names everything that a provider shows of a connector."""
    prices = sorted(
        (
            each.price_version_id,
            each.interval.value,
            each.amount.currency,
            each.amount.minor,
            each.active,
        )
        for each in item.prices
    )
    return hashlib.sha256(repr((item.slug, item.name, item.active, prices)).encode()).hexdigest()
