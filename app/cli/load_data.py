"""`bpm load-data`: many paying customers for measurements, written in bulk."""

from __future__ import annotations

import secrets

import click

from app.billing.errors import NotFound
from app.cli.bulk_customers import CHUNK, BulkCustomers
from app.cli.output import answer, as_json, container_of, progress


@click.command("load-data")
@click.option("--customers", type=click.IntRange(1, 1_000_000), required=True, help="How many customers.")
@click.option(
    "--subscriptions", type=click.IntRange(1, 10_000_000), required=True, help="How many in all; paid for."
)
@as_json
@click.pass_context
def load_data(context: click.Context, customers: int, subscriptions: int, *, as_json: bool) -> None:
    """Add customers with paid subscriptions, invoices and payments, for measurements. Refused in production.

    Every row is as the use cases would have written it, so the invariants hold; no mail leaves and no
    document is rendered. Nobody can log in as these customers.
    """
    container = container_of(context)
    if container.settings.is_production:
        raise click.ClickException("Made-up customers are not loaded into production.")
    if subscriptions < customers:
        raise click.UsageError("Every customer gets one subscription at least.")
    password_hash = container.password_hasher.hash(secrets.token_urlsafe())
    try:
        bulk = BulkCustomers(container.transactions, container.clock.now(), password_hash)
    except NotFound as missing:
        raise click.ClickException(f"There is no {missing} yet: load the demo data first.") from None
    shares = [subscriptions // customers + (n < subscriptions % customers) for n in range(customers)]
    for start in range(0, customers, CHUNK):
        bulk.add(shares[start : start + CHUNK])
        progress(f"{min(start + CHUNK, customers)} of {customers} customers")
    answer(
        {"customers": customers, "subscriptions": subscriptions},
        f"{customers} customers with {subscriptions} subscriptions were added.",
        as_json=as_json,
    )
