"""Subscriptions in words, cancelling, renewal (F2, F4); documents and profile (A2, J5)."""

from __future__ import annotations

import re

import pytest

from app.billing.actors import Actor
from app.billing.subscription import SubscriptionStatus
from app.bootstrap import Container
from app.models import Customer, Document, DocumentStatus, Subscription
from tests.clock import ManualClock
from tests.factories import buy, deliver_all, order, rows, trial_key
from tests.portal.browser import Browser, visible_text


def state_of(member: Browser, subscription_id: int = 1) -> str:
    page = member.get(f"/subscriptions/{subscription_id}")
    found = re.search(r'<p class="page-state">(.*?)</p>', page.text, re.DOTALL)
    assert found is not None
    return " ".join(re.sub("<[^>]+>", " ", found[1]).split())


def test_every_state_is_told_with_its_date(
    container: Container, member: Browser, alice: int, clock: ManualClock
) -> None:
    trial_key(container, alice, [1])
    told = [state_of(member)]
    clock.advance(days=8)
    told.append(state_of(member))
    order(container, alice, "mail-connector")
    told.append(state_of(member, 2))
    buy(container, alice, "sheet-connector")
    told.append(state_of(member, 3))
    member.post("/subscriptions/3/renewal", {"enabled": "no"})
    told.append(state_of(member, 3))
    member.post("/subscriptions/3/renewal", {"enabled": "yes"})
    member.post("/subscriptions/3/cancel", {"reason": ""})
    told.append(state_of(member, 3))
    clock.advance(days=60)
    told.append(state_of(member, 3))

    assert told == [
        "Пробный период Бесплатно до 09.03.2026, 12:00 МСК. Осталось: 7 дней",
        "Проба окончена Доступ закончился 9 марта 2026 г.",
        "Ждёт оплаты Доступ откроется сразу после оплаты.",
        "Действует Оплачено по 10 апреля 2026 г., затем продлится автоматически",
        "Действует Доступ по 10 апреля 2026 г., дальше не продлится",
        "Отменена Доступ сохранится по 10 апреля 2026 г.",
        "Завершена Доступ закончился 10 апреля 2026 г.",
    ]


@pytest.mark.parametrize("status", [SubscriptionStatus.PAYMENT_PENDING, SubscriptionStatus.SUSPENDED])
def test_a_failed_renewal_is_told_with_the_end_of_access(
    container: Container, member: Browser, alice: int, status: SubscriptionStatus
) -> None:
    buy(container, alice, "crm-connector")
    with container.transactions.begin(Actor.system("test")) as work:
        row = work.subscriptions.get(1)
        row.status, row.first_failed_at = status, container.clock.now()

    assert state_of(member) == "Нужна оплата Платёж не прошёл. Доступ сохранится по 12 марта 2026 г."
    assert member.get("/subscriptions/1/cancel").location == "/subscriptions/1"


def test_cancelling_names_the_last_day_first(container: Container, member: Browser, alice: int) -> None:
    buy(container, alice, "crm-connector")
    asked = member.get("/subscriptions/1/cancel")
    untouched = rows(container, Subscription)[0].status
    done = member.post("/subscriptions/1/cancel", {"reason": "дорого"})

    assert (
        "<strong>2\xa0апреля 2026\xa0г.</strong>" in asked.text
        or "<strong>2 апреля 2026\xa0г.</strong>" in asked.text
    )
    assert untouched is SubscriptionStatus.ACTIVE
    assert done.location == "/subscriptions/1"
    assert rows(container, Subscription)[0].status is SubscriptionStatus.CANCELED
    assert "Отменена" in visible_text(member.get("/subscriptions/1"))
    assert member.post("/subscriptions/1/cancel", {"reason": ""}).location == "/subscriptions/1", (
        "twice is once"
    )


def test_what_does_not_run_is_neither_cancelled_nor_switched(
    container: Container, member: Browser, alice: int
) -> None:
    trial_key(container, alice, [1])

    assert member.post("/subscriptions/1/cancel").location == "/subscriptions/1"
    assert member.post("/subscriptions/1/renewal", {"enabled": "no"}).location == "/subscriptions/1"
    assert "Автопродление можно менять только" in member.get("/subscriptions/1").text
    assert rows(container, Subscription)[0].status is SubscriptionStatus.TRIAL


def test_the_next_charge_is_the_sum_of_that_day(container: Container, member: Browser, alice: int) -> None:
    buy(container, alice, "crm-connector", "mail-connector")
    shown = visible_text(member.get("/overview"))

    assert "1\xa0980,00\xa0₽" in member.get("/overview").text
    assert "2 апреля 2026" in shown


def test_a_document_is_downloaded_by_its_owner(container: Container, member: Browser, alice: int) -> None:
    order(container, alice, "crm-connector")
    waiting = member.get("/documents/1/file")
    listed = member.get("/documents").text
    deliver_all(container, documents=True)
    file = member.get("/documents/1/file")

    assert waiting.status_code == 409
    assert "Документ готовится" in waiting.text
    assert "Готовится" in listed
    assert file.status_code == 200
    assert file.mimetype == "application/pdf"
    assert file.data.startswith(b"%PDF")
    assert file.headers["Cache-Control"] == "no-store"
    assert file.headers["X-Content-Type-Options"] == "nosniff"
    assert file.headers["Content-Disposition"].startswith("attachment; filename")
    assert "000001" in file.headers["Content-Disposition"]


def test_a_document_that_failed_says_it_is_late(container: Container, member: Browser, alice: int) -> None:
    order(container, alice, "crm-connector")
    with container.transactions.begin(Actor.system("test")) as work:
        work.documents.get(1).status = DocumentStatus.FAILED

    assert "Задерживается" in member.get("/documents").text
    assert member.get("/documents/1/file").status_code == 409
    assert rows(container, Document)[0].rendered_at is None


def test_contact_data_and_language_are_saved(container: Container, member: Browser) -> None:
    saved = member.post("/profile", {"name": "Alice", "phone": "+7 (999) 123-45-67", "language": "en"})
    (customer,) = rows(container, Customer)
    page = member.get(saved.location)

    assert (customer.name, customer.phone, customer.language) == ("Alice", "+7 (999) 123-45-67", "en")
    assert '<html lang="en"' in page.text
    assert "Saved." in page.text


@pytest.mark.parametrize("phone", ["call me", "123", "+7" * 20, "12345\n6789"])
def test_a_phone_looks_like_one(member: Browser, phone: str) -> None:
    assert member.post("/profile", {"name": "A", "phone": phone, "language": "ru"}).status_code == 400


def test_the_language_follows_choice_then_customer_then_browser(
    container: Container, guest: Browser, alice: int
) -> None:
    def language() -> str:
        found = re.search(r'<html lang="(\w\w)"', guest.get("/terms").text)
        assert found is not None
        return found[1]

    guest.language = "en-GB,de;q=0.5"
    seen = [language()]
    guest.language = "fr"
    seen.append(language())
    guest.get("/language/en?next=/terms")
    seen.append(language())
    guest.log_in("alice@example.com")
    seen.append(language())
    guest.get("/language/en")
    seen.append(language())

    assert seen == ["en", "ru", "en", "ru", "en"]
    assert rows(container, Customer)[0].language == "ru", "a link changes nothing that is stored"
