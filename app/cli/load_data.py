"""`bpm load-data`: many paying customers for measurements, written in bulk."""

from __future__ import annotations

import secrets
import time

import click

from app.billing.errors import NotFound
from app.billing.tax import NoTaxRate
from app.cli.bulk_load.load import Load, bulk_load
from app.cli.output import answer, as_json, container_of, progress

LONGEST_HISTORY = 60


@click.command("load-data")
@click.option("--customers", type=click.IntRange(1, 1_000_000), required=True, help="How many customers.")
@click.option(
    "--subscriptions", type=click.IntRange(1, 10_000_000), required=True, help="How many in all; paid for."
)
@click.option(
    "--history",
    type=click.IntRange(0, LONGEST_HISTORY),
    default=1,
    show_default=True,
    help="How many months were paid and given before the one that runs.",
)
@as_json
@click.pass_context
def load_data(
    context: click.Context, customers: int, subscriptions: int, history: int, *, as_json: bool
) -> None:
    """Add customers with paid subscriptions, for measurements. Refused in production.

    Invoices, payments, the ledger and the histories are as the use cases would have written them, so the
    invariants hold; the numbers of the invoices are in a series of their own. No mail leaves and no
    document is rendered. Nobody can log in as these customers. Broken off, it leaves nothing.
    """
    container = container_of(context)
    if container.settings.is_production:
        raise click.ClickException("Made-up customers are not loaded into production.")
    if subscriptions < customers:
        raise click.UsageError("Every customer gets one subscription at least.")
    started = time.monotonic()
    password_hash = container.password_hasher.hash(secrets.token_urlsafe())
    load = Load(customers, subscriptions, history, container.clock.now(), password_hash)
    try:
        bulk_load(container.transactions, load, lambda loaded: progress(f"{loaded} of {customers} customers"))
    except NotFound as missing:
        raise click.ClickException(f"There is no {missing} yet: load the demo data first.") from None
    except NoTaxRate as missing:
        raise click.ClickException(f"The history is too long: {missing}.") from None
    seconds = round(time.monotonic() - started, 1)
    answer(
        {"customers": customers, "subscriptions": subscriptions, "seconds": seconds},
        f"{customers} customers with {subscriptions} subscriptions were added in {seconds} s.",
        as_json=as_json,
    )
