"""PostgreSQL breaks the line during a COMMIT, or refuses one of two transactions (faults 10 and 11)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy.exc import OperationalError

from app.billing.invoice import PaymentMethodKind
from app.billing.payment import AttemptState
from app.bootstrap import Container
from app.embedded.postgres import SOCKET_NAME, USER
from app.models import PaymentAttempt, PaymentMethod
from app.services.charging import janitor
from app.services.fault_points import AFTER_CHARGE_BEFORE_SETTLE, installed
from app.services.ordering import Order, place_order
from app.services.renewals import renew_due
from app.services.sweep import sweep
from tests.factories import filled_cart, mails, order, rows
from tests.faults.books import assert_books_agree
from tests.faults.moments import minutes_pass
from tests.faults.proxy import Cut, PostgresProxy, running_proxy
from tests.faults.subscribers import PRICE, due_subscribers, invoices, renewal_charges, subscriber
from tests.servers import TestServers
from tests.services.charges import charge, states

pytestmark = pytest.mark.usefixtures("shop")


@pytest.fixture
def proxy(servers: TestServers) -> Iterator[PostgresProxy]:
    """Stands before the PostgreSQL of the tests."""
    (folder,) = parse_qs(urlsplit(servers.postgres.url()).query)["host"]
    with running_proxy(Path(folder) / SOCKET_NAME) as proxy:
        yield proxy


@pytest.fixture
def database_url(database_url: str, proxy: PostgresProxy) -> str:
    """The product reaches its database through the proxy."""
    return f"postgresql+psycopg://{USER}@127.0.0.1:{proxy.port}{urlsplit(database_url).path}"


def run(container: Container) -> None:
    sweep(container.billing_run())


def settle_in_doubt(container: Container) -> None:
    """What the janitor does when it is time."""
    minutes_pass(container)
    janitor(container.charging, now=container.clock.now(), real_now=container.wall_clock.now())


@contextmanager
def cut_at(proxy: PostgresProxy, point: str, cut: Cut) -> Iterator[None]:
    """Cut the line at the first COMMIT after the named point."""

    def arm(name: str) -> None:
        if name == point:
            proxy.cut_next_commit(cut)

    with installed(arm):
        yield
    assert proxy.cuts == 1


@pytest.mark.parametrize("cut", Cut)
def test_a_settlement_whose_commit_was_cut_is_there_once(
    container: Container, proxy: PostgresProxy, cut: Cut
) -> None:
    """Fault 10: whether the settlement was stored is unknown; it reads again before it writes again."""
    (who,) = due_subscribers(container, 1)

    with cut_at(proxy, AFTER_CHARGE_BEFORE_SETTLE, cut):
        run(container)

    assert renewal_charges(container, who) == [PRICE]
    assert states(container, invoices(container, who)[-1].id) == [AttemptState.SUCCEEDED]
    assert mails(container).count("subscription_renewed") == 1
    assert_books_agree(container)


@pytest.mark.parametrize("cut", Cut)
def test_a_renewal_whose_claim_was_cut_is_invoiced_and_charged_once(
    container: Container, proxy: PostgresProxy, cut: Cut
) -> None:
    """Fault 10: what was issued and claimed is the janitor's; what was not is still due."""
    (who,) = due_subscribers(container, 1)
    proxy.cut_next_commit(cut)

    with pytest.raises(OperationalError):
        renew_due(container.billing_run())

    assert renewal_charges(container, who) == []
    run(container)
    assert len(invoices(container, who)) == 2
    settle_in_doubt(container)
    run(container)
    (attempt,) = rows(container, PaymentAttempt, invoice_id=invoices(container, who)[-1].id)
    assert attempt.state is AttemptState.SUCCEEDED
    assert renewal_charges(container, who) == [PRICE]
    assert_books_agree(container)


@pytest.mark.parametrize("cut", Cut)
def test_a_claim_of_a_worker_that_was_cut_is_charged_once(
    container: Container, proxy: PostgresProxy, cut: Cut
) -> None:
    """Fault 10 where a customer pays with a saved card: the job comes again and finds the claim."""
    who = subscriber(container)
    invoice_id = order(container, who.customer_id, "mail-connector")
    (method,) = rows(container, PaymentMethod, customer_id=who.customer_id)
    proxy.cut_next_commit(cut)

    with pytest.raises(OperationalError):
        charge(container, invoice_id, method.id)

    charge(container, invoice_id, method.id)
    settle_in_doubt(container)
    assert states(container, invoice_id) == [AttemptState.SUCCEEDED]
    assert renewal_charges(container, who) == [PRICE]
    assert_books_agree(container)


@pytest.mark.parametrize("cut", Cut)
def test_an_order_whose_commit_was_cut_is_one_invoice(
    container: Container, proxy: PostgresProxy, cut: Cut
) -> None:
    """Fault 10 where the customer sees an error and presses again."""
    who = subscriber(container)
    cart_id = filled_cart(container, who.customer_id, "another account")
    wish = Order(who.customer_id, cart_id, PaymentMethodKind.CARD)
    proxy.cut_next_commit(cut)
    with pytest.raises(OperationalError):
        place_order(container.transactions, order=wish, now=container.clock.now())

    invoice_id = place_order(container.transactions, order=wish, now=container.clock.now())

    assert [each.id for each in invoices(container, who)][1:] == [invoice_id]
    assert_books_agree(container)
