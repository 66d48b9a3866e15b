"""Reconciliation: what no webhook brought is found within the hour, once (fault 24)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

import pytest

from app.billing.payment import AttemptState, ChargeOutcome, GatewayEvent, OutcomeKind
from app.bootstrap import Container
from app.models import Payment, ProviderCursor, WebhookEvent, WebhookState
from app.payments.test_acquirer.gateway import TestAcquirer
from app.services.reconciliation import FIRST_LOOK, OVERLAP, reconcile
from app.services.settlement import settle_attempt
from app.services.webhooks import receive_webhook
from tests.factories import deliver_all, rows
from tests.ledger_rows import assert_everything_ties, registered
from tests.parallel import at_once
from tests.services.charges import opened, states
from tests.services.sending import books_of, tasks


class Listener(TestAcquirer):
    """The built-in acquirer, which notes from when on it was asked for events, and may be silent."""

    def __init__(self, container: Container) -> None:
        super().__init__(books_of(container), "http://localhost", "secret", container.wall_clock)
        self.asked_since: list[datetime] = []
        self.silent = False

    def events_since(self, instant: datetime) -> Sequence[GatewayEvent] | None:
        """Everything since then, or no answer."""
        self.asked_since.append(instant)
        return None if self.silent else super().events_since(instant)


@pytest.fixture
def acquirer(container: Container) -> Listener:
    return Listener(container)


def look(container: Container, acquirer: TestAcquirer, *, after: timedelta = timedelta(0)) -> int:
    return reconcile(
        container.transactions,
        {acquirer.name: acquirer},
        now=container.clock.now(),
        real_now=container.wall_clock.now() + after,
    )


def the_cursor(container: Container) -> ProviderCursor:
    (cursor,) = rows(container, ProviderCursor)
    return cursor


def test_a_payment_whose_webhook_never_came_is_found(
    container: Container, alice: int, invoice_id: int, acquirer: Listener
) -> None:
    registered(container, alice)
    container.test_acquirer.pay(str(opened(container, alice, invoice_id)), "tok_visa")
    assert look(container, acquirer) == 1
    deliver_all(container)
    assert states(container, invoice_id) == [AttemptState.SUCCEEDED]
    assert len(rows(container, Payment)) == 1
    assert look(container, acquirer) == 0
    deliver_all(container)
    assert [event.state for event in rows(container, WebhookEvent)] == [WebhookState.PROCESSED]
    assert_everything_ties(container)


def test_an_attempt_that_was_given_up_too_early_is_found_again(
    container: Container, alice: int, invoice_id: int, acquirer: Listener
) -> None:
    registered(container, alice)
    attempt_id = opened(container, alice, invoice_id)
    settle_attempt(
        container.transactions,
        attempt_id=attempt_id,
        outcome=ChargeOutcome(OutcomeKind.NOT_FOUND),
        now=container.clock.now(),
    )
    assert states(container, invoice_id) == [AttemptState.ABANDONED]
    container.test_acquirer.pay(str(attempt_id), "tok_visa")
    look(container, acquirer)
    deliver_all(container)
    assert states(container, invoice_id) == [AttemptState.SUCCEEDED]
    assert len(rows(container, Payment)) == 1
    assert_everything_ties(container)


def test_what_a_webhook_brought_is_not_stored_again(
    container: Container, alice: int, invoice_id: int, acquirer: Listener
) -> None:
    attempt_id = str(opened(container, alice, invoice_id))
    container.test_acquirer.pay(attempt_id, "tok_visa")
    body, signature = container.test_acquirer.signed_event(attempt_id)
    now = container.wall_clock.now()
    event = container.test_acquirer.read_event(body, signature, now)
    receive_webhook(container.transactions, provider="test", event=event, real_now=now)
    assert look(container, acquirer) == 0
    assert len(rows(container, WebhookEvent)) == 1


def test_two_schedulers_find_it_once(
    container: Container, alice: int, invoice_id: int, acquirer: Listener
) -> None:
    container.test_acquirer.pay(str(opened(container, alice, invoice_id)), "tok_visa")
    found = at_once(*[partial(look, container, acquirer)] * 4)
    assert sorted(found.results) == [0, 0, 0, 1]
    assert len(rows(container, WebhookEvent)) == 1


def test_events_are_asked_for_from_before_what_is_known(container: Container, acquirer: Listener) -> None:
    began = container.wall_clock.now()
    look(container, acquirer)
    look(container, acquirer, after=timedelta(hours=1))
    first, second = acquirer.asked_since
    assert abs(began - FIRST_LOOK - OVERLAP - first) < timedelta(minutes=5)
    assert abs(began - OVERLAP - second) < timedelta(minutes=5)


def test_a_silent_provider_is_asked_for_the_same_time_again(container: Container, acquirer: Listener) -> None:
    look(container, acquirer)
    known = the_cursor(container).seen_until
    acquirer.silent = True
    look(container, acquirer, after=timedelta(hours=5))
    assert the_cursor(container).seen_until == known
    assert the_cursor(container).asked_at > known
    assert tasks(container) == []
    look(container, acquirer, after=timedelta(hours=7))
    assert tasks(container) == ["reconciliation_late"]
    acquirer.silent = False
    look(container, acquirer, after=timedelta(hours=8))
    assert acquirer.asked_since[-3:] == [known - OVERLAP] * 3
    assert the_cursor(container).seen_until > known


def test_a_silent_provider_holds_up_no_other(container: Container, acquirer: Listener) -> None:
    acquirer.silent, acquirer.name = True, "other"
    reconcile(
        container.transactions,
        {"other": acquirer, "test": container.test_acquirer},
        now=container.clock.now(),
        real_now=container.wall_clock.now(),
    )
    assert {row.provider for row in rows(container, ProviderCursor)} == {"other", "test"}


def test_the_word_of_a_slower_look_does_not_go_back(container: Container, acquirer: Listener) -> None:
    look(container, acquirer, after=timedelta(hours=2))
    known = the_cursor(container).seen_until
    look(container, acquirer)
    assert the_cursor(container).seen_until == known
