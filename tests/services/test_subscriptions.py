"""Cancelling and switching renewal (F4)."""

from functools import partial

import pytest

from app.billing.errors import NotFound
from app.billing.subscription import SubscriptionStatus
from app.bootstrap import Container
from app.models import AuditEntry, StatusChange, Subscription
from app.services.settlement import settle_attempt
from app.services.subscriptions import (
    Asked,
    NotCancelable,
    RenewalNotSwitchable,
    cancel_subscription,
    switch_auto_renewal,
)
from app.services.sweep import sweep
from tests.clock import ManualClock
from tests.factories import buy, create_customer, mails, order, promised, rows, trial_key
from tests.parallel import at_once
from tests.services.charges import opened


def cancel(container: Container, customer_id: int, subscription_id: int = 1, reason: str = "") -> None:
    cancel_subscription(
        container.transactions, Asked.by_customer(customer_id, subscription_id, container.clock.now(), reason)
    )


def switch(container: Container, customer_id: int, enabled: bool, subscription_id: int = 1) -> None:
    switch_auto_renewal(
        container.transactions,
        Asked.by_customer(customer_id, subscription_id, container.clock.now()),
        enabled=enabled,
    )


def test_cancelling_is_set_at_once_and_keeps_the_paid_time(container: Container, alice: int) -> None:
    buy(container, alice, "crm-connector")
    before = rows(container, Subscription)[0].period_end

    cancel(container, alice, reason="слишком дорого")

    (row,) = rows(container, Subscription)
    assert (row.status, row.canceled_at, row.period_end) == (
        SubscriptionStatus.CANCELED,
        container.clock.now(),
        before,
    )
    change = rows(container, StatusChange, object_kind="subscription")[-1]
    assert (change.actor_kind, change.actor_identity, change.reason) == (
        "customer",
        str(alice),
        "слишком дорого",
    )
    assert rows(container, AuditEntry, action="subscription.cancel")[0].reason == "слишком дорого"
    assert mails(container)[-1] == "subscription_canceled"


def test_cancelling_twice_is_once(container: Container, alice: int) -> None:
    buy(container, alice, "crm-connector")
    at_once(*[partial(cancel, container, alice)] * 6)
    assert mails(container).count("subscription_canceled") == 1
    assert len(rows(container, AuditEntry, action="subscription.cancel")) == 1


def test_what_can_not_be_canceled(container: Container, shop: dict[str, int], alice: int) -> None:
    trial_key(container, alice, [shop["crm-connector"]])
    order(container, alice, "mail-connector")
    for subscription_id in (1, 2):
        with pytest.raises(NotCancelable):
            cancel(container, alice, subscription_id)
        with pytest.raises(RenewalNotSwitchable):
            switch(container, alice, False, subscription_id)


def test_nobody_cancels_anothers(container: Container, alice: int) -> None:
    buy(container, alice, "crm-connector")
    eve = create_customer(container, "eve@example.com")
    with pytest.raises(NotFound):
        cancel(container, eve)
    with pytest.raises(NotFound):
        switch(container, eve, False)


@pytest.mark.parametrize("days", [31, 36, 60])
def test_what_was_never_charged_again_can_still_be_canceled(
    container: Container, clock: ManualClock, alice: int, days: int
) -> None:
    buy(container, alice, "crm-connector")
    clock.advance(days=days)
    if days == 60:
        with pytest.raises(NotCancelable):
            cancel(container, alice)
        return

    cancel(container, alice)

    sweep(container.billing_run())
    assert rows(container, Subscription)[0].status is SubscriptionStatus.EXPIRED


def test_renewal_is_switched_off_and_on(container: Container, alice: int) -> None:
    buy(container, alice, "crm-connector")
    for enabled in (False, False, True, True):
        switch(container, alice, enabled)
        assert rows(container, Subscription)[0].auto_renew is enabled
    assert [mail.payload["enabled"] for mail in promised(container, "mail.auto_renewal_changed")] == [
        False,
        True,
    ]
    assert [entry.details for entry in rows(container, AuditEntry, action="subscription.auto_renewal")] == [
        {"enabled": False},
        {"enabled": True},
    ]
    assert rows(container, Subscription)[0].status is SubscriptionStatus.ACTIVE


def test_a_canceled_subscription_has_no_renewal_to_switch(container: Container, alice: int) -> None:
    buy(container, alice, "crm-connector")
    cancel(container, alice)
    with pytest.raises(RenewalNotSwitchable):
        switch(container, alice, True)


def test_cancelling_while_paying_for_another_keeps_both_right(container: Container, alice: int) -> None:
    for _ in range(10):
        buy(container, alice, "crm-connector")
        held = rows(container, Subscription)[-1].id
        invoice_id = order(container, alice, "mail-connector")
        attempt_id = opened(container, alice, invoice_id)
        container.test_acquirer.pay(str(attempt_id), "tok_visa")
        outcome = container.test_acquirer.find(str(attempt_id))
        settle = partial(
            settle_attempt,
            container.transactions,
            attempt_id=attempt_id,
            outcome=outcome,
            now=container.clock.now(),
        )
        at_once(partial(cancel, container, alice, held), settle)
        canceled, started = rows(container, Subscription)[-2:]
        assert (canceled.status, started.status) == (SubscriptionStatus.CANCELED, SubscriptionStatus.ACTIVE)


def test_cancelling_what_is_being_paid_is_one_serial_order(container: Container, alice: int) -> None:
    for _ in range(10):
        invoice_id = order(container, alice, "crm-connector")
        attempt_id = opened(container, alice, invoice_id)
        container.test_acquirer.pay(str(attempt_id), "tok_visa")
        settle = partial(
            settle_attempt,
            container.transactions,
            attempt_id=attempt_id,
            outcome=container.test_acquirer.find(str(attempt_id)),
            now=container.clock.now(),
        )
        paid = rows(container, Subscription)[-1].id
        outcomes = at_once(partial(cancel, container, alice, paid), settle)
        row = rows(container, Subscription)[-1]
        expected = SubscriptionStatus.ACTIVE if outcomes.refusals else SubscriptionStatus.CANCELED
        assert row.status is expected
        assert row.period_end is not None
