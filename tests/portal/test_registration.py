"""Registration and activation: neutral, complete in its complaints, proof against mail scanners (A1)."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from app.billing.actors import Actor
from app.bootstrap import Container
from app.models import Customer, CustomerStatus, OneTimeToken, TermsAcceptance, TermsVersion
from app.services.registration import ACTIVATION
from app.services.sessions import PASSWORD_RESET
from tests.clock import ManualClock
from tests.factories import create_customer, mails, rows
from tests.portal.browser import Browser

NEWCOMER = {
    "email": "new@example.com",
    "password": "four words make it",
    "name": "Пётр Ёлкин",
    "country": "RU",
    "language": "ru",
    "terms_version_id": "1",
    "terms": "y",
}


def register(browser: Browser, **changed: str) -> int:
    return browser.post("/register", NEWCOMER | changed).status_code


def link(container: Container, purpose: str = ACTIVATION) -> str:
    (token,) = rows(container, OneTimeToken, used_at=None)
    return f"/activate/{container.signer.sign(purpose, token.id)}"


def test_a_newcomer_registers_confirms_and_stands_before_the_trial(
    container: Container, guest: Browser
) -> None:
    sent = guest.post("/register", NEWCOMER)
    guest.get(link(container))
    (before,) = rows(container, Customer)
    confirmed = guest.post(link(container))
    (customer,) = rows(container, Customer)

    assert (sent.status_code, sent.location) == (303, "/registered")
    assert before.status is CustomerStatus.UNCONFIRMED, "opening the link confirms nothing"
    assert (confirmed.status_code, confirmed.location) == (303, "/trial")
    assert (customer.status, customer.name) == (CustomerStatus.ACTIVE, "Пётр Ёлкин")
    assert "Пробный период" in guest.get("/trial").text
    assert len(rows(container, TermsAcceptance, customer_id=customer.id)) == 1


def test_nobody_learns_which_addresses_are_known(container: Container, guest: Browser, alice: int) -> None:
    unknown = guest.post("/register", NEWCOMER)
    known = guest.post("/register", NEWCOMER | {"email": "ALICE@example.com"})

    assert (unknown.status_code, unknown.location) == (known.status_code, known.location)
    assert mails(container)[-2:] == ["activation", "already_registered"]


def test_a_link_works_once(container: Container, guest: Browser, app: Flask) -> None:
    register(guest)
    address = link(container)
    guest.post(address)
    again = Browser(app).post(address)

    assert again.status_code == 404
    assert "Ссылка больше не действует" in again.text


def test_a_link_of_yesterday_is_refused(container: Container, guest: Browser) -> None:
    register(guest)
    address = link(container)
    with container.transactions.begin(Actor.system("test")) as work:
        yesterday = container.wall_clock.now() - timedelta(seconds=1)
        work.session.execute(update(OneTimeToken).values(expires_at=yesterday))

    assert guest.post(address).status_code == 404
    assert rows(container, Customer)[0].status is CustomerStatus.UNCONFIRMED


def test_a_newer_link_makes_the_older_useless(container: Container, guest: Browser) -> None:
    register(guest)
    older = link(container)
    register(guest)

    assert guest.post(older).status_code == 404
    assert guest.post(link(container)).status_code == 303


@pytest.mark.parametrize("forged", ["x", "MQ.AAAA", "1", "MQ", "%00", "a" * 3000, "..%2f..", "МQ.подпись"])
def test_a_forged_link_is_refused(guest: Browser, forged: str) -> None:
    assert guest.get(f"/activate/{forged}").status_code == 404
    assert guest.post(f"/activate/{forged}").status_code == 404


def test_a_link_for_another_purpose_activates_nothing(container: Container, guest: Browser) -> None:
    register(guest)

    assert guest.post(link(container, PASSWORD_RESET)).status_code == 404


def test_everything_that_is_wrong_is_told_at_once(guest: Browser) -> None:
    answer = guest.post("/register", {"email": "no address", "password": "short", "country": "XX"})

    assert answer.status_code == 400
    assert "Ошибка: Создать аккаунт" in answer.text
    for field in ("email", "password", "name", "country", "terms"):
        assert f'id="{field}-error"' in answer.text, field


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "a@b"),
        ("email", "a b@example.com"),
        ("email", "a" * 250 + "@example.com"),
        ("email", "a@example.com\nBcc: b@example.com"),
        ("email", "иван@example.com"),
        ("password", "eleven char"),
        ("password", "x" * 1001),
        ("name", "   "),
        ("name", "x" * 201),
        ("name", "a\x00b"),
        ("country", "ZZ"),
        ("language", "de"),
        ("terms", ""),
        ("terms_version_id", "999"),
        ("terms_version_id", "abc"),
    ],
)
def test_a_bad_value_is_refused_at_its_field(
    container: Container, guest: Browser, field: str, value: str
) -> None:
    assert register(guest, **{field: value}) == 400
    assert rows(container, Customer) == []


@pytest.mark.parametrize("name", ["👩‍🚀 Ёлка", "O'Neil <b>", "名前", "x" * 200])
def test_unusual_names_are_kept_as_they_are(container: Container, guest: Browser, name: str) -> None:
    assert register(guest, name=name) == 303
    assert rows(container, Customer)[0].name == name


def test_every_byte_of_a_long_password_counts(container: Container, guest: Browser) -> None:
    password = "очень длинный пароль " * 10
    register(guest, password=password + "1")
    guest.post(link(container))
    guest.post("/logout")

    assert guest.log_in("new@example.com", password + "2").status_code == 403
    assert guest.log_in("new@example.com", password + "1").status_code == 303


def test_terms_that_changed_meanwhile_are_accepted_anew(
    container: Container, guest: Browser, clock: ManualClock
) -> None:
    with container.transactions.begin(Actor.system("test")) as work:
        work.terms.add(TermsVersion(version="2", published_at=clock.now(), text_ru="Новая.", text_en="New."))
    answer = guest.post("/register", NEWCOMER)

    assert answer.status_code == 400
    assert "Условия только что изменились" in answer.text
    assert re.search(r'name="terms_version_id"[^>]*value="2"', answer.text)
    assert 'name="terms" type="checkbox" value="y" checked' not in answer.text
    assert register(guest, terms_version_id="2") == 303


def test_the_box_is_not_ticked_beforehand(guest: Browser) -> None:
    assert 'value="y" checked' not in guest.get("/register").text
    assert 'value="y"' in guest.get("/register").text


def test_a_customer_who_is_signed_in_needs_no_account(member: Browser) -> None:
    assert member.get("/register").location == "/overview"


def test_mails_are_not_asked_for_without_end(container: Container, guest: Browser) -> None:
    answers = [guest.post("/register", NEWCOMER) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [303] * 5 + [429]
    assert "Слишком много попыток" in answers[-1].text
    assert answers[-1].headers["Retry-After"]
    assert len([kind for kind in mails(container) if kind == "activation"]) == 5


def test_an_account_that_is_not_confirmed_can_do_nothing(container: Container, guest: Browser) -> None:
    create_customer(container, "late@example.com", status=CustomerStatus.UNCONFIRMED, activated_at=None)
    answer = guest.log_in("late@example.com")

    assert answer.status_code == 403
    assert "Сначала подтвердите адрес" in answer.text
    assert guest.get("/overview").location == "/login?next=/overview"
