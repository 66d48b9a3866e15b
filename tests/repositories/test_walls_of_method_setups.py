"""Walls around adding a method: an end has its instant and its method, whatever code writes the row."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.bootstrap import Container
from tests.factories import FACTORY, create_customer
from tests.services.setups import added

CHANGE = "UPDATE method_setup SET {}"


@pytest.fixture
def refused(container: Container) -> Callable[[str, str], None]:
    """The database refuses to change the one setup there is, and names this wall."""
    added(container, create_customer(container))

    def check(wall: str, change: str) -> None:
        with pytest.raises(DBAPIError) as error, container.transactions.begin(FACTORY) as work:
            work.session.execute(text(CHANGE.format(change)))
        assert wall in str(error.value.orig)

    return check


@pytest.mark.parametrize(
    ("wall", "change"),
    [
        ("ck_method_setup_saved_has_method", "payment_method_id = NULL"),
        ("ck_method_setup_saved_has_method", "state = 'failed'"),
        ("ck_method_setup_end_has_instant", "finished_at = NULL"),
        ("ck_method_setup_replaces_another", "replaces_id = payment_method_id"),
        ('"state"', "state = 'lost', payment_method_id = NULL, finished_at = NULL"),
        ("fk_method_setup_customer_id", "customer_id = 999"),
        ("fk_method_setup_payment_method_id", "payment_method_id = 999"),
    ],
)
def test_the_database_refuses(refused: Callable[[str, str], None], wall: str, change: str) -> None:
    refused(wall, change)


def test_its_legal_neighbour_passes(container: Container) -> None:
    added(container, create_customer(container))
    with container.transactions.begin(FACTORY) as work:
        change = "state = 'failed', payment_method_id = NULL, failure_code = 'declined'"
        work.session.execute(text(CHANGE.format(change)))
