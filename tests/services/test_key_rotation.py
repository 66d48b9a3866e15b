"""Rotation: the old key works until its successor was shown, and an overlap longer (E3)."""

from datetime import datetime, timedelta

import pytest

from app.billing.actors import Actor
from app.billing.api_key import TRIAL_KEY_AFTERLIFE, ApiKeyKind, ApiKeyStatus, KeyLabel
from app.billing.check import CheckCode
from app.billing.errors import BillingError, InvalidInput, NotFound
from app.bootstrap import Container
from app.models import ApiKey, AuditEntry, StatusChange
from app.services.api_keys import create_key, deactivate_key
from app.services.key_rotation import rotate_key
from app.services.sweep import sweep
from tests.clock import ManualClock
from tests.factories import (
    buy,
    check,
    create_customer,
    deliver_all,
    mails,
    production_key,
    promised,
    rows,
    shown_key,
    trial_key,
)
from tests.parallel import at_once

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
INSTANT = timedelta(microseconds=1)
AT_ONCE = timedelta(0)


def rotate(container: Container, customer_id: int, api_key_id: int, overlap: timedelta = DAY) -> int:
    return rotate_key(
        container.transactions,
        actor=Actor.customer(customer_id),
        customer_id=customer_id,
        api_key_id=api_key_id,
        overlap=overlap,
        now=container.clock.now(),
    )


def switch_off(container: Container, customer_id: int, api_key_id: int) -> None:
    deactivate_key(
        container.transactions,
        actor=Actor.customer(customer_id),
        customer_id=customer_id,
        api_key_id=api_key_id,
        reason="не нужен",
        now=container.clock.now(),
    )


def answers(container: Container, key: str, account: str = "acc") -> CheckCode:
    return check(container, key, account).code


def key_row(container: Container, api_key_id: int) -> ApiKey:
    (row,) = rows(container, ApiKey, id=api_key_id)
    return row


@pytest.fixture
def old(container: Container, alice: int) -> str:
    """The secret of Alice's production key 1, which opens what she has paid for."""
    buy(container, alice, "crm-connector")
    return production_key(container, alice)


def test_the_successor_has_everything_of_the_old_key_but_the_secret(container: Container, alice: int) -> None:
    first = create_key(
        container.transactions,
        actor=Actor.customer(alice),
        customer_id=alice,
        label=KeyLabel("Отдел продаж", "Офис"),
        now=container.clock.now(),
    )
    shown_key(container, alice, first)
    with container.transactions.begin(Actor.system("test")) as work:
        work.api_keys.get(first).scopes = ["keys:manage"]

    successor = key_row(container, rotate(container, alice, first))

    assert (successor.customer_id, successor.name, successor.group_name) == (alice, "Отдел продаж", "Офис")
    assert (successor.kind, successor.scopes) == (ApiKeyKind.PRODUCTION, ["keys:manage"])
    assert (successor.status, successor.fingerprint) == (ApiKeyStatus.UNCLAIMED, None)
    replaced = key_row(container, first)
    assert (replaced.status, replaced.replaced_by_id) == (ApiKeyStatus.ACTIVE, successor.id)
    (created,) = rows(container, StatusChange, object_kind="api_key", object_id=str(successor.id))
    assert created.reason == f"replaces key {first}"
    (entry,) = rows(container, AuditEntry, action="api_key.rotate")
    assert (entry.object_id, entry.customer_id) == (str(first), alice)
    assert entry.details == {"successor": successor.id, "overlap_seconds": 24 * 3600}


@pytest.mark.parametrize("overlap", [AT_ONCE, HOUR, DAY, 7 * DAY])
def test_both_keys_work_from_the_reveal_for_the_overlap(
    container: Container, clock: ManualClock, alice: int, old: str, overlap: timedelta
) -> None:
    successor = rotate(container, alice, 1, overlap)
    new = shown_key(container, alice, successor)
    shown_at = clock.now()

    clock.move_to(shown_at + overlap - INSTANT)
    assert answers(container, old) is CheckCode.OK
    clock.move_to(shown_at + overlap)
    assert answers(container, old) is CheckCode.KEY_EXPIRED
    assert answers(container, new) is CheckCode.OK


@pytest.mark.parametrize("overlap", [AT_ONCE, HOUR])
def test_whoever_reads_the_mail_late_is_not_cut_off(
    container: Container, clock: ManualClock, alice: int, old: str, overlap: timedelta
) -> None:
    successor = rotate(container, alice, 1, overlap)
    clock.advance(days=20)
    sweep(container.billing_run())
    assert answers(container, old) is CheckCode.OK

    shown_key(container, alice, successor)
    shown_at = clock.now()
    clock.move_to(shown_at + overlap - INSTANT)
    assert answers(container, old) is CheckCode.OK
    clock.move_to(shown_at + overlap)
    assert answers(container, old) is CheckCode.KEY_EXPIRED


def test_a_mail_says_that_a_key_waits_and_then_how_long_the_old_one_works(
    container: Container, clock: ManualClock, alice: int, old: str
) -> None:
    successor = rotate(container, alice, 1)
    assert promised(container, "mail.api_key_waiting")[-1].payload == {"api_key_id": successor}
    assert promised(container, "mail.key_rotated") == []

    clock.advance(days=2)
    shown_key(container, alice, successor)

    (mail,) = promised(container, "mail.key_rotated")
    assert mail.customer_id == alice
    assert mail.payload["api_key_id"] == 1
    assert datetime.fromisoformat(mail.payload["works_until"]) == clock.now() + DAY


def test_the_sweep_writes_down_that_a_rotated_key_has_ended(
    container: Container, clock: ManualClock, alice: int, old: str
) -> None:
    shown_key(container, alice, rotate(container, alice, 1))
    clock.advance(hours=23)
    assert sweep(container.billing_run()).expired_keys == 0
    clock.advance(hours=1)
    assert sweep(container.billing_run()).expired_keys == 1

    assert [key.status for key in rows(container, ApiKey)] == [ApiKeyStatus.EXPIRED, ApiKeyStatus.ACTIVE]
    assert answers(container, old) is CheckCode.KEY_EXPIRED


def test_without_an_overlap_the_old_key_is_over_at_the_reveal(
    container: Container, alice: int, old: str
) -> None:
    shown_key(container, alice, rotate(container, alice, 1, AT_ONCE))

    assert key_row(container, 1).status is ApiKeyStatus.EXPIRED
    history = rows(container, StatusChange, object_kind="api_key", object_id="1")
    assert (history[-1].new_status, history[-1].reason) == ("expired", "was replaced")
    deliver_all(container)
    assert container.local_mailbox is not None
    texts = [message.text for message in container.local_mailbox.list_messages()]
    assert any("Прежний ключ уже не работает" in text for text in texts)
    assert sweep(container.billing_run()).expired_keys == 0


def test_a_missed_reveal_is_answered_by_a_rotation(container: Container, alice: int, old: str) -> None:
    missed = rotate(container, alice, 1)
    shown_key(container, alice, missed)

    again = shown_key(container, alice, rotate(container, alice, missed, AT_ONCE))

    assert answers(container, again) is CheckCode.OK
    assert key_row(container, missed).replaced_by_id == 3


def test_of_rotations_at_once_one_makes_a_key(container: Container, alice: int, old: str) -> None:
    outcomes = at_once(*[lambda: rotate(container, alice, 1)] * 6)

    (successor,) = outcomes.results
    assert outcomes.refusals == ["KEY_ROTATING"] * 5
    assert [key.id for key in rows(container, ApiKey)] == [1, successor]
    assert key_row(container, 1).replaced_by_id == successor
    assert len(rows(container, AuditEntry, action="api_key.rotate")) == 1


@pytest.mark.parametrize("shown", [False, True])
def test_a_key_that_is_being_rotated_is_not_rotated_again(
    container: Container, alice: int, old: str, shown: bool
) -> None:
    successor = rotate(container, alice, 1)
    if shown:
        shown_key(container, alice, successor)
    with pytest.raises(BillingError) as refusal:
        rotate(container, alice, 1)
    assert refusal.value.code == "KEY_ROTATING"


def test_what_is_off_over_or_not_yet_shown_is_not_rotated(
    container: Container, clock: ManualClock, alice: int, old: str
) -> None:
    waiting = rotate(container, alice, 1)
    with pytest.raises(BillingError) as refusal:
        rotate(container, alice, waiting)
    assert refusal.value.code == "KEY_NOT_SHOWN"

    shown_key(container, alice, waiting)
    clock.advance(days=1)
    with pytest.raises(BillingError) as refusal:
        rotate(container, alice, 1)  # over by the clock, whatever the sweep has done
    assert refusal.value.code == "KEY_NOT_LIVE"

    switch_off(container, alice, waiting)
    with pytest.raises(BillingError) as refusal:
        rotate(container, alice, waiting)
    assert refusal.value.code == "KEY_NOT_LIVE"


def test_an_overlap_that_is_not_offered_changes_nothing(container: Container, alice: int, old: str) -> None:
    with pytest.raises(InvalidInput):
        rotate(container, alice, 1, timedelta(days=400))
    assert len(rows(container, ApiKey)) == 1


def test_nobody_rotates_anothers_key(container: Container, alice: int, old: str) -> None:
    stranger = create_customer(container, "eve@example.com")
    for api_key_id in (1, 10**9):
        with pytest.raises(NotFound):
            rotate(container, stranger, api_key_id)
    assert len(rows(container, ApiKey)) == 1


def test_switching_a_waiting_successor_off_takes_the_rotation_back(
    container: Container, clock: ManualClock, alice: int, old: str
) -> None:
    successor = rotate(container, alice, 1, AT_ONCE)

    switch_off(container, alice, successor)

    clock.advance(days=20)
    assert answers(container, old) is CheckCode.OK
    assert (key_row(container, 1).replaced_by_id, key_row(container, 1).rotation_overlap) == (None, None)
    assert len(rows(container, AuditEntry, action="api_key.rotation_taken_back")) == 1
    assert rotate(container, alice, 1) > successor


def test_switching_a_shown_successor_off_does_not_reopen_the_old_key(
    container: Container, clock: ManualClock, alice: int, old: str
) -> None:
    successor = rotate(container, alice, 1, HOUR)
    new = shown_key(container, alice, successor)
    switch_off(container, alice, successor)
    clock.advance(hours=1)

    assert answers(container, old) is CheckCode.KEY_EXPIRED
    assert answers(container, new) is CheckCode.KEY_REVOKED


def test_showing_a_successor_says_nothing_of_an_old_key_that_is_off(
    container: Container, alice: int, old: str
) -> None:
    successor = rotate(container, alice, 1)
    switch_off(container, alice, 1)
    new = shown_key(container, alice, successor)

    assert "key_rotated" not in mails(container)
    assert answers(container, old) is CheckCode.KEY_REVOKED
    assert answers(container, new) is CheckCode.OK


def test_showing_and_switching_off_at_once_end_in_one_of_two_ways(
    container: Container, clock: ManualClock, alice: int, old: str
) -> None:
    successor = rotate(container, alice, 1, AT_ONCE)

    def show() -> str:
        return shown_key(container, alice, successor)

    def drop() -> str:
        switch_off(container, alice, successor)
        return ""

    outcomes = at_once(show, drop)

    shown_first = outcomes.refusals == []
    assert outcomes.refusals in ([], ["KEY_ALREADY_SHOWN"])
    assert key_row(container, successor).status is ApiKeyStatus.DEACTIVATED
    assert (answers(container, old) is CheckCode.KEY_EXPIRED) == shown_first


def test_the_successor_of_a_temporary_key_ends_with_the_trial(
    container: Container, clock: ManualClock, shop: dict[str, int], alice: int
) -> None:
    trial_key(container, alice, [shop["crm-connector"]])
    new = shown_key(container, alice, rotate(container, alice, 1))

    clock.advance(days=7)
    clock.advance(microseconds=-1)
    assert answers(container, new) is CheckCode.TRIAL
    clock.advance(microseconds=1)
    assert answers(container, new) is CheckCode.KEY_EXPIRED


def test_a_rotated_temporary_key_closes_although_its_owner_has_paid(
    container: Container, clock: ManualClock, shop: dict[str, int], alice: int
) -> None:
    old = trial_key(container, alice, [shop["crm-connector"]])
    assert answers(container, old) is CheckCode.TRIAL
    buy(container, alice, "crm-connector", make_account="acc")
    new = shown_key(container, alice, rotate(container, alice, 1))
    clock.advance(hours=24)

    assert answers(container, old) is CheckCode.KEY_EXPIRED
    clock.advance(days=10)
    assert answers(container, new) is CheckCode.OK
    production_key(container, alice)
    clock.move_to(clock.now() + TRIAL_KEY_AFTERLIFE)
    assert answers(container, new) is CheckCode.KEY_EXPIRED


def test_an_overlap_never_outlives_an_unpaid_trial(
    container: Container, clock: ManualClock, shop: dict[str, int], alice: int
) -> None:
    old = trial_key(container, alice, [shop["crm-connector"]])
    successor = rotate(container, alice, 1, 7 * DAY)
    clock.advance(days=6)
    shown_key(container, alice, successor)
    clock.advance(days=1)

    assert answers(container, old) is CheckCode.KEY_EXPIRED
    (mail,) = promised(container, "mail.key_rotated")
    assert datetime.fromisoformat(mail.payload["works_until"]) == clock.now()
    assert sweep(container.billing_run()).expired_keys == 2
