"""API keys: shown once, stored as hashes only, named, switched off for good, deleted (E1-E3)."""

from datetime import timedelta

import bcrypt
import pytest
from sqlalchemy import func, literal_column, select

from app.billing.actors import Actor
from app.billing.api_key import KEY_PATTERN, ApiKeyKind, ApiKeyStatus, KeyLabel, TooManyKeys, fingerprint
from app.billing.check import CheckCode
from app.billing.errors import InvalidInput, NotFound
from app.bootstrap import Container
from app.models import ApiKey, AuditEntry, Base, StatusChange
from app.services.api_keys import AlreadyShown, create_key, deactivate_key, delete_key, label_key
from app.services.key_rotation import rotate_key
from app.services.sweep import sweep
from app.services.trials import start_trial
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

SUPPORT = Actor.staff("support")


def another_key(
    container: Container, customer_id: int, name: str = "Отдел продаж", group: str | None = None
) -> int:
    return create_key(
        container.transactions,
        actor=Actor.customer(customer_id),
        customer_id=customer_id,
        label=KeyLabel.of(name, group),
        now=container.clock.now(),
    )


def switch_off(container: Container, customer_id: int, api_key_id: int, reason: str = "утерян") -> None:
    deactivate_key(
        container.transactions,
        actor=SUPPORT,
        customer_id=customer_id,
        api_key_id=api_key_id,
        reason=reason,
        now=container.clock.now(),
    )


def delete(container: Container, customer_id: int, api_key_id: int, reason: str = "не нужен") -> None:
    delete_key(
        container.transactions,
        actor=Actor.customer(customer_id),
        customer_id=customer_id,
        api_key_id=api_key_id,
        reason=reason,
        now=container.clock.now(),
    )


def rename(container: Container, customer_id: int, api_key_id: int, label: KeyLabel) -> None:
    label_key(
        container.transactions,
        actor=Actor.customer(customer_id),
        customer_id=customer_id,
        api_key_id=api_key_id,
        label=label,
        now=container.clock.now(),
    )


def rotate(container: Container, customer_id: int, api_key_id: int) -> int:
    return rotate_key(
        container.transactions,
        actor=Actor.customer(customer_id),
        customer_id=customer_id,
        api_key_id=api_key_id,
        overlap=timedelta(0),
        now=container.clock.now(),
    )


def test_the_first_payment_makes_a_waiting_key(container: Container, alice: int) -> None:
    buy(container, alice, "crm-connector")

    (key,) = rows(container, ApiKey)
    assert (key.kind, key.status, key.scopes) == (
        ApiKeyKind.PRODUCTION,
        ApiKeyStatus.UNCLAIMED,
        ["check", "usage"],
    )
    assert (key.fingerprint, key.bcrypt_hash, key.last4, key.expires_at) == (None, None, None, None)
    assert promised(container, "mail.api_key_waiting")[0].payload == {"api_key_id": key.id}


def test_a_second_payment_makes_no_second_key(container: Container, alice: int) -> None:
    buy(container, alice, "crm-connector")
    buy(container, alice, "mail-connector")
    assert len(rows(container, ApiKey)) == 1


def test_the_secret_is_shown_once(container: Container, alice: int) -> None:
    api_key_id = another_key(container, alice)

    secret = shown_key(container, alice, api_key_id)

    (key,) = rows(container, ApiKey)
    assert KEY_PATTERN.fullmatch(secret)
    assert key.fingerprint == fingerprint(secret, container.pepper)
    assert key.bcrypt_hash is not None
    assert bcrypt.checkpw(secret.encode(), key.bcrypt_hash.encode())
    assert (key.status, key.last4, key.claimed_at) == (
        ApiKeyStatus.ACTIVE,
        secret[-4:],
        container.clock.now(),
    )
    assert key.masked == f"bpm_prod_…{secret[-4:]}"
    with pytest.raises(AlreadyShown):
        shown_key(container, alice, api_key_id)


def test_two_who_look_at_once_see_one_secret(container: Container, alice: int) -> None:
    api_key_id = another_key(container, alice)

    outcomes = at_once(*[lambda: shown_key(container, alice, api_key_id)] * 8)

    (secret,) = outcomes.results
    assert outcomes.refusals == ["KEY_ALREADY_SHOWN"] * 7
    assert rows(container, ApiKey)[0].fingerprint == fingerprint(secret, container.pepper)


def test_nobody_sees_or_ends_anothers_key(container: Container, alice: int) -> None:
    stranger = create_customer(container, "eve@example.com")
    api_key_id = another_key(container, alice)
    with pytest.raises(NotFound):
        shown_key(container, stranger, api_key_id)
    with pytest.raises(NotFound):
        switch_off(container, stranger, api_key_id)
    with pytest.raises(NotFound):
        shown_key(container, alice, 10**9)


def test_no_secret_stands_anywhere_in_the_database(
    container: Container, shop: dict[str, int], alice: int
) -> None:
    temporary = trial_key(container, alice, [shop["crm-connector"]])
    buy(container, alice, "mail-connector")
    secret = production_key(container, alice)
    check(container, secret, "acc")
    switch_off(container, alice, rows(container, ApiKey, kind=ApiKeyKind.TRIAL)[0].id)
    deliver_all(container)

    everything = ""
    with container.transactions.reading() as repositories:
        for table in Base.metadata.sorted_tables:
            whole = select(func.string_agg(literal_column("t::text"), "\n")).select_from(table.alias("t"))
            everything += repositories.session.scalar(whole) or ""
    assert "crm-connector" in everything  # the dump is a dump
    assert secret[-4:] in everything
    for key in (secret, temporary):
        assert key not in everything
        assert key.encode().hex() not in everything
        assert key.rsplit("_", 1)[1] not in everything


def test_no_mail_holds_a_key(container: Container, shop: dict[str, int], alice: int) -> None:
    temporary = trial_key(container, alice, [shop["crm-connector"]])
    buy(container, alice, "mail-connector")
    secret = production_key(container, alice)
    deliver_all(container)
    assert container.local_mailbox is not None
    messages = container.local_mailbox.list_messages()
    assert len(messages) > 3
    for message in messages:
        for key in (secret, temporary):
            assert key.rsplit("_", 1)[1] not in message.text + message.html + message.subject


def test_a_key_switched_off_is_refused_by_the_next_check(container: Container, alice: int) -> None:
    buy(container, alice, "crm-connector")
    secret = production_key(container, alice)
    assert check(container, secret, "acc").allowed
    (key,) = rows(container, ApiKey)

    switch_off(container, alice, key.id)

    assert check(container, secret, "acc").code is CheckCode.KEY_REVOKED
    (key,) = rows(container, ApiKey)
    assert (key.status, key.deactivated_at) == (ApiKeyStatus.DEACTIVATED, container.clock.now())
    (entry,) = rows(container, AuditEntry, action="api_key.deactivate")
    assert (entry.actor_identity, entry.reason, entry.customer_id) == ("support", "утерян", alice)


def test_switching_off_twice_is_once(container: Container, alice: int) -> None:
    api_key_id = another_key(container, alice)

    at_once(*[lambda: switch_off(container, alice, api_key_id)] * 4)
    container.clock.advance(days=1)  # type: ignore[attr-defined]  # the tests' clock
    switch_off(container, alice, api_key_id)

    assert mails(container).count("key_deactivated") == 1
    assert len(rows(container, StatusChange, object_kind="api_key", new_status="deactivated")) == 1
    (key,) = rows(container, ApiKey)
    assert key.deactivated_at == container.clock.now() - timedelta(days=1)
    with pytest.raises(AlreadyShown):
        shown_key(container, alice, api_key_id)


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_a_reason_is_needed(container: Container, alice: int, reason: str) -> None:
    api_key_id = another_key(container, alice)
    with pytest.raises(InvalidInput) as refusal:
        switch_off(container, alice, api_key_id, reason)
    assert refusal.value.code == "REASON_REQUIRED"


def test_several_keys_open_the_same(container: Container, alice: int) -> None:
    buy(container, alice, "crm-connector")
    first = production_key(container, alice)
    second = shown_key(container, alice, another_key(container, alice))
    assert check(container, first, "acc").allowed
    assert check(container, second, "acc").allowed
    assert [key.name for key in rows(container, ApiKey)] == ["Автоматически созданный ключ", "Отдел продаж"]


def test_whoever_had_a_trial_is_told_to_switch_once(
    container: Container, shop: dict[str, int], alice: int
) -> None:
    start_trial(
        container.transactions,
        customer_id=alice,
        connector_ids=[shop["crm-connector"]],
        now=container.clock.now(),
    )
    shown_key(container, alice, another_key(container, alice))
    shown_key(container, alice, another_key(container, alice))
    assert mails(container).count("switch_to_production_key") == 1


def test_whoever_had_none_is_not(container: Container, alice: int) -> None:
    shown_key(container, alice, another_key(container, alice))
    assert "switch_to_production_key" not in mails(container)


def test_a_key_has_a_name_and_a_group_which_others_may_have_too(container: Container, alice: int) -> None:
    first, second = (another_key(container, alice, "Склад", "Москва") for _ in range(2))
    third = another_key(container, alice, "Склад")

    assert first < second < third
    labels = [(key.name, key.group_name) for key in rows(container, ApiKey)]
    assert labels == [("Склад", "Москва"), ("Склад", "Москва"), ("Склад", None)]
    assert mails(container) == ["api_key_waiting"] * 3
    assert len(rows(container, AuditEntry, action="api_key.create")) == 3


def test_a_key_gets_another_name_and_group(container: Container, alice: int) -> None:
    api_key_id = another_key(container, alice, "Склад", "Москва")
    for _ in range(2):
        rename(container, alice, api_key_id, KeyLabel("Отдел продаж", None))

    (key,) = rows(container, ApiKey)
    assert (key.name, key.group_name) == ("Отдел продаж", None)
    (entry,) = rows(container, AuditEntry, action="api_key.label")
    assert (entry.object_id, entry.customer_id) == (str(api_key_id), alice)


def test_nobody_names_or_deletes_anothers_key(container: Container, alice: int) -> None:
    stranger = create_customer(container, "eve@example.com")
    api_key_id = another_key(container, alice)
    with pytest.raises(NotFound):
        rename(container, stranger, api_key_id, KeyLabel("Мой"))
    with pytest.raises(NotFound):
        delete(container, stranger, api_key_id)
    (key,) = rows(container, ApiKey)
    assert (key.name, key.deleted_at) == ("Отдел продаж", None)


def test_fifty_keys_are_live_and_no_more(container: Container, alice: int) -> None:
    keys = [another_key(container, alice) for _ in range(49)]

    outcomes = at_once(*[lambda: another_key(container, alice)] * 4)

    assert outcomes.refusals == ["KEY_LIMIT"] * 3
    assert len(rows(container, ApiKey)) == 50
    another_key(container, create_customer(container, "eve@example.com"))
    shown_key(container, alice, keys[0])
    rotate(container, alice, keys[0])
    with pytest.raises(TooManyKeys):
        another_key(container, alice)  # the rotated key and its successor are one
    switch_off(container, alice, keys[1])
    another_key(container, alice)


def test_a_deleted_key_is_off_and_on_no_list_and_its_past_stays(container: Container, alice: int) -> None:
    buy(container, alice, "crm-connector")
    secret = production_key(container, alice)
    (key,) = rows(container, ApiKey)

    delete(container, alice, key.id, "  больше не нужен ")

    assert check(container, secret, "acc").code is CheckCode.KEY_REVOKED
    (key,) = rows(container, ApiKey)
    assert (key.status, key.deactivated_at, key.deleted_at) == (
        ApiKeyStatus.DEACTIVATED,
        container.clock.now(),
        container.clock.now(),
    )
    with container.transactions.reading() as repositories:
        assert repositories.api_keys.of_customer(alice) == []
        assert repositories.api_keys.get(key.id).masked == key.masked
    history = rows(container, StatusChange, object_kind="api_key", object_id=str(key.id))
    assert [(change.new_status, change.reason) for change in history] == [
        ("unclaimed", "created"),
        ("active", "shown to its owner"),
        ("deactivated", "больше не нужен"),
    ]
    assert len(rows(container, AuditEntry, action="api_key.delete")) == 1
    assert mails(container).count("key_deactivated") == 1


def test_what_is_deleted_is_gone_for_its_owner(container: Container, alice: int) -> None:
    api_key_id = another_key(container, alice)

    outcomes = at_once(*[lambda: delete(container, alice, api_key_id)] * 4)

    assert outcomes.refusals == ["NOT_FOUND"] * 3
    for act in (
        lambda: delete(container, alice, api_key_id),
        lambda: switch_off(container, alice, api_key_id),
        lambda: rename(container, alice, api_key_id, KeyLabel("Новый")),
        lambda: rotate(container, alice, api_key_id),
        lambda: shown_key(container, alice, api_key_id),
    ):
        with pytest.raises(NotFound):
            act()


def test_a_key_that_is_off_is_deleted_without_a_word(container: Container, alice: int) -> None:
    api_key_id = another_key(container, alice)
    switch_off(container, alice, api_key_id, "утерян")

    delete(container, alice, api_key_id, "")

    (last,) = rows(container, StatusChange, object_kind="api_key", new_status="deactivated")
    assert last.reason == "утерян"
    assert mails(container).count("key_deactivated") == 1


def test_a_live_key_is_deleted_with_a_reason_only(container: Container, alice: int) -> None:
    api_key_id = another_key(container, alice)
    with pytest.raises(InvalidInput):
        delete(container, alice, api_key_id, " ")
    assert rows(container, ApiKey)[0].status is ApiKeyStatus.UNCLAIMED


def test_a_deleted_temporary_key_never_opens_anything_again(
    container: Container, clock: ManualClock, shop: dict[str, int], alice: int
) -> None:
    secret = trial_key(container, alice, [shop["crm-connector"]])
    clock.advance(days=7)
    sweep(container.billing_run())
    assert rows(container, ApiKey)[0].status is ApiKeyStatus.EXPIRED

    delete(container, alice, 1, "")
    buy(container, alice, "crm-connector", make_account="acc")

    assert check(container, secret, "acc").code is CheckCode.KEY_REVOKED
    assert "key_deactivated" not in mails(container)
    history = rows(container, StatusChange, object_kind="api_key", object_id="1")
    assert history[-1].reason == "deleted after its end"


def test_deleting_the_last_key_opens_nothing_and_another_key_opens_all_again(
    container: Container, alice: int
) -> None:
    buy(container, alice, "crm-connector", make_account="acc")
    last = production_key(container, alice)
    delete(container, alice, 1)
    buy(container, alice, "mail-connector")

    assert check(container, last, "acc").code is CheckCode.KEY_REVOKED
    assert [key.id for key in rows(container, ApiKey)] == [1]  # a later payment makes no key
    new = shown_key(container, alice, another_key(container, alice))
    assert check(container, new, "acc").code is CheckCode.OK


def test_a_key_that_was_pasted_into_a_reason_is_not_kept(container: Container, alice: int) -> None:
    api_key_id = another_key(container, alice)
    secret = shown_key(container, alice, api_key_id)

    switch_off(container, alice, api_key_id, f"утёк {secret}")

    (entry,) = rows(container, AuditEntry, action="api_key.deactivate")
    assert entry.reason == f"утёк bpm_prod_…{secret[-4:]}"
