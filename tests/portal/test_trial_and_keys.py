"""The trial, and keys: shown once, named, replaced, switched off, deleted (C1, C3, C4, E1-E3)."""

from __future__ import annotations

import re
from datetime import date

import pytest
from flask import Flask

from app.billing.actors import Actor
from app.billing.api_key import ApiKeyKind, ApiKeyStatus, KeyLabel
from app.bootstrap import Container
from app.models import ApiKey, CheckUsage, Customer, Subscription
from app.services.api_keys import store_waiting_key
from tests.clock import ManualClock
from tests.factories import buy, check, create_customer, production_key, rows, trial_key
from tests.portal.browser import Browser, visible_text

SECRET = re.compile(r'value="(bpm_(?:trial|prod)_[A-Za-z0-9]{32})"')


def secrets_in(text: str) -> list[str]:
    return SECRET.findall(text)


def test_the_trial_starts_and_its_key_opens_the_connector(container: Container, member: Browser) -> None:
    started = member.post("/trial", [("connector", "1"), ("connector", "2")])
    explained = member.get(started.location)
    shown = member.post(started.location)
    (secret,) = secrets_in(shown.text)

    assert started.location == "/keys/1/reveal"
    assert secrets_in(explained.text) == []
    assert shown.headers["Cache-Control"] == "no-store"
    assert check(container, secret, "org-1").allowed
    assert len(rows(container, Subscription)) == 2


def test_a_key_is_shown_once(container: Container, member: Browser) -> None:
    member.post("/trial", {"connector": "1"})
    (secret,) = secrets_in(member.post("/keys/1/reveal").text)
    again, opened = member.post("/keys/1/reveal"), member.get("/keys/1/reveal")

    assert (again.status_code, opened.status_code) == (409, 200)
    for page in (again, opened, member.get("/keys"), member.get("/overview")):
        assert secret not in page.text
    assert "Ключ уже показан" in again.text
    assert f"bpm_trial_…{secret[-4:]}" in member.get("/keys").text


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ([], "Выберите хотя бы один"),
        (["1", "2", "3", "4"], "не больше трёх"),
        (["4"], "нельзя попробовать"),
        (["999"], "нельзя попробовать"),
        (["abc"], "нельзя попробовать"),
        (["-1", "1"], "нельзя попробовать"),
    ],
)
def test_a_wrong_choice_is_explained(
    container: Container, member: Browser, chosen: list[str], words: str
) -> None:
    answer = member.post("/trial", [("connector", each) for each in chosen])

    assert answer.status_code == 400
    assert words in answer.text
    assert rows(container, Customer)[0].trial_started_at is None


def test_a_trial_is_given_once(container: Container, member: Browser) -> None:
    member.post("/trial", {"connector": "1"})

    assert "Пробный период уже использован" in member.get("/trial").text
    assert member.post("/trial", {"connector": "2"}).status_code == 400
    assert len(rows(container, Subscription)) == 1


def test_the_overview_counts_the_trial_down(member: Browser, clock: ManualClock) -> None:
    member.post("/trial", {"connector": "1"})
    clock.advance(days=4, hours=1)
    near = visible_text(member.get("/overview"))
    clock.advance(days=2, hours=22, minutes=30)
    last = visible_text(member.get("/overview"))
    clock.advance(hours=1)
    over = visible_text(member.get("/overview"))

    assert "2 дня 23 часа" in near
    assert "меньше часа" in last
    assert "До конца пробного периода" not in over
    assert "Проба окончена" in member.get("/subscriptions").text


def test_the_first_steps_follow_the_newcomer(container: Container, member: Browser, alice: int) -> None:
    def step() -> str:
        found = re.search(r'aria-current="step"><span[^>]*>(\d)</span>', member.get("/overview").text)
        return found[1] if found else "done"

    seen = [step()]
    member.post("/trial", {"connector": "1"})
    seen.append(step())
    (secret,) = secrets_in(member.post("/keys/1/reveal").text)
    seen.append(step())
    used(container)
    seen.append(step())

    assert secret
    assert seen == ["2", "3", "4", "done"]


def used(container: Container) -> None:
    with container.transactions.begin(Actor.system("test")) as work:
        for key in work.session.query(ApiKey):
            key.last_used_at = container.clock.now()


def test_a_paying_customer_is_reminded_to_switch_keys(
    container: Container, member: Browser, alice: int, clock: ManualClock
) -> None:
    trial_key(container, alice, [1])
    before = member.get("/overview").text
    buy(container, alice, "crm-connector")
    waiting = member.get("/overview").text
    production_key(container, alice)
    shown = member.get("/catalogue").text
    clock.advance(days=15)
    over = member.get("/overview").text

    assert "временным ключом" not in before
    assert "Постоянный ключ уже ждёт вас" in waiting
    assert "Он действует до 16.03.2026, 12:00" in shown
    assert "временным ключом" not in over


def test_the_reminder_goes_once_the_permanent_key_is_used(
    container: Container, member: Browser, alice: int
) -> None:
    trial_key(container, alice, [1])
    buy(container, alice, "crm-connector")
    production_key(container, alice)
    with container.transactions.begin(Actor.system("test")) as work:
        key = work.session.query(ApiKey).filter_by(kind="prod").one()
        key.last_used_at = container.clock.now()

    assert "временным ключом" not in member.get("/overview").text


def test_another_key_is_made_under_a_name(container: Container, member: Browser, alice: int) -> None:
    trial_key(container, alice, [1])
    made = member.post("/keys", {"name": "Второй сценарий"})
    (secret,) = secrets_in(member.post(made.location).text)

    assert secret.startswith("bpm_prod_")
    assert "Второй сценарий" in member.get("/keys").text
    grouped = member.post("/keys", {"name": "Третий", "group": "Отдел продаж"})
    assert grouped.status_code == 303
    assert "Отдел продаж · Постоянный" in visible_text(member.get("/keys"))
    assert member.post("/keys", {"name": "x\u202ey"}).status_code == 400
    assert member.post("/keys", {"name": " "}).status_code == 400
    assert member.post("/keys", {"name": "x" * 101}).status_code == 400


def test_a_key_is_switched_off_with_a_reason(container: Container, member: Browser, alice: int) -> None:
    secret = trial_key(container, alice, [1])
    assert check(container, secret, "org-1").allowed
    asked = member.get("/keys/1/deactivate")
    without = member.post("/keys/1/deactivate", {"reason": "  "})
    done = member.post("/keys/1/deactivate", {"reason": "утёк"})

    assert "Отключить ключ" in asked.text
    assert without.status_code == 400
    assert done.location == "/keys"
    assert rows(container, ApiKey)[0].status is ApiKeyStatus.DEACTIVATED
    assert not check(container, secret, "org-1").allowed
    assert "Отключён" in member.get("/keys").text


def test_one_key_more_than_the_limit_is_explained(container: Container, member: Browser, alice: int) -> None:
    trial_key(container, alice, [1])
    with container.transactions.begin(Actor.system("test")) as work:
        for _ in range(49):
            store_waiting_key(
                work,
                customer_id=alice,
                kind=ApiKeyKind.PRODUCTION,
                label=KeyLabel("Ключ"),
                now=container.clock.now(),
            )

    refused = member.post("/keys", {"name": "Лишний"})

    assert refused.status_code == 400
    assert "уже 50 действующих ключей" in refused.text
    assert len(rows(container, ApiKey)) == 50


def test_a_key_is_renamed(container: Container, member: Browser, alice: int) -> None:
    trial_key(container, alice, [1])
    asked = member.get("/keys/1/name")
    wrong = member.post("/keys/1/name", {"name": "", "group": "x" * 101})
    done = member.post("/keys/1/name", {"name": " Склад ", "group": "Москва"})

    assert 'value="Ключ пробного периода"' in asked.text
    assert wrong.status_code == 400
    assert done.location == "/keys/1"
    page = visible_text(member.get("/keys/1"))
    assert "Склад" in page
    assert "Москва" in page


def test_a_key_is_replaced_and_both_work_for_the_chosen_time(
    container: Container, member: Browser, alice: int, clock: ManualClock
) -> None:
    old = trial_key(container, alice, [1])
    asked = member.get("/keys/1/rotate")
    led = member.post("/keys/1/rotate", {"overlap": "3600"})
    waiting, list_of_two = member.get(led.location), visible_text(member.get("/keys"))
    clock.advance(hours=5)
    shown = member.post(led.location)
    (new,) = secrets_in(shown.text)
    after = visible_text(member.get("/keys"))

    assert "Ещё 1 день" in asked.text
    assert led.location == "/keys/2/reveal"
    assert f"Ключ bpm_trial_…{old[-4:]}, который он заменит, работает" in visible_text(waiting)
    assert f"заменит bpm_trial_…{old[-4:]}" in list_of_two
    assert "Прежний ключ работает до 02.03.2026, 18:00" in visible_text(shown)
    assert "до 02.03.2026, 18:00" in after
    assert check(container, old, "org-1").allowed
    clock.advance(hours=1)
    assert not check(container, old, "org-1").allowed
    assert check(container, new, "org-1").allowed


def test_a_permanent_key_works_until_its_successor_was_seen(
    container: Container, member: Browser, alice: int
) -> None:
    buy(container, alice, "crm-connector")
    production_key(container, alice)
    led = member.post("/keys/1/rotate", {"overlap": "0"})
    page = member.get("/keys/1")
    shown = visible_text(member.post(led.location))

    assert "пока вы не увидите новый ключ" in page.text
    assert 'href="/keys/2/reveal"' in page.text
    assert "/keys/1/rotate" not in page.text
    assert "Прежний ключ больше не работает" in shown
    assert "Истёк" in member.get("/keys/1").text


def test_what_can_not_be_replaced_is_explained(container: Container, member: Browser, alice: int) -> None:
    trial_key(container, alice, [1])
    nothing = member.post("/keys/1/rotate", {"overlap": "5"})
    member.post("/keys/1/rotate", {"overlap": "0"})
    again = member.post("/keys/1/rotate", {"overlap": "0"})

    assert nothing.status_code == 400
    assert again.location == "/keys/1"
    assert "уже заменяется" in member.get("/keys/1").text
    assert len(rows(container, ApiKey)) == 2


def test_a_missed_reveal_leads_to_the_replacement(container: Container, member: Browser, alice: int) -> None:
    trial_key(container, alice, [1])
    assert 'href="/keys/1/rotate"' in member.get("/keys/1/reveal").text


def test_a_live_key_is_deleted_with_a_reason(container: Container, member: Browser, alice: int) -> None:
    secret = trial_key(container, alice, [1])
    asked = member.get("/keys/1/delete")
    without = member.post("/keys/1/delete")
    done = member.post("/keys/1/delete", {"reason": "не нужен"})
    listed = member.get("/keys")

    assert 'name="reason"' in asked.text
    assert without.status_code == 400
    assert done.location == "/keys"
    assert not check(container, secret, "org-1").allowed
    assert "удалён" in listed.text
    assert "Создать ключ" in listed.text, "whoever deleted the last key may make another"
    assert secret[-4:] not in visible_text(listed)
    assert [member.get(f"/keys/1{page}").status_code for page in ("", "/name", "/rotate")] == [404] * 3


def test_a_key_that_is_off_is_deleted_without_a_word(
    container: Container, member: Browser, alice: int
) -> None:
    trial_key(container, alice, [1])
    member.post("/keys/1/deactivate", {"reason": "утёк"})
    assert 'name="reason"' not in member.get("/keys/1/delete").text
    member.post("/keys/1/delete")
    assert rows(container, ApiKey)[0].deleted_at is not None


def test_the_list_and_the_page_of_a_key_tell_its_usage(
    container: Container, member: Browser, alice: int
) -> None:
    trial_key(container, alice, [1])
    with container.transactions.begin(Actor.system("test")) as work:
        work.session.add(
            CheckUsage(
                day=date(2026, 3, 2),
                api_key_id=1,
                connector="crm-connector",
                make_account="org-1",
                allowed=12_345,
                denied=6,
            )
        )

    for path in ("/keys", "/keys/1"):
        text = visible_text(member.get(path)).replace("\u00a0", " ")
        assert "разрешено: 12 345" in text
        assert "отказано: 6" in text


def test_a_newcomer_is_led_to_the_trial_instead_of_a_form(member: Browser) -> None:
    page = member.get("/keys").text
    assert "Ключей пока нет" in page
    assert "Создать ключ" not in page


def test_a_stranger_cannot_start_anothers_trial_twice(container: Container, app: Flask, shop: object) -> None:
    create_customer(container, "bob@example.com")
    create_customer(container, "bob+second@example.com", canonical_email="bob@example.com")
    for email, expected in (("bob@example.com", 303), ("bob+second@example.com", 400)):
        browser = Browser(app)
        browser.log_in(email)
        assert browser.post("/trial", {"connector": "1"}).status_code == expected
