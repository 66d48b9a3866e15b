"""Logging in and out, sessions that really end, the forgotten password (A3)."""

import pytest
from flask import Flask

from app.billing.actors import Actor
from app.bootstrap import Container
from app.models import CustomerStatus, OneTimeToken
from app.services.registration import ACTIVATION
from app.services.sessions import PASSWORD_RESET
from tests.factories import PASSWORD, create_customer, mails, rows
from tests.portal.browser import Browser

NEW_PASSWORD = "another four words here"


def reset_address(container: Container, purpose: str = PASSWORD_RESET) -> str:
    token = rows(container, OneTimeToken)[-1]
    return f"/reset/{container.signer.sign(purpose, token.id)}"


def is_signed_in(browser: Browser) -> bool:
    return browser.get("/overview").status_code == 200


def test_a_customer_logs_in(guest: Browser, alice: int) -> None:
    answer = guest.log_in("Alice@Example.com")

    assert (answer.status_code, answer.location) == (303, "/overview")
    assert is_signed_in(guest)


@pytest.mark.parametrize(
    ("email", "password"),
    [("alice@example.com", "wrong"), ("nobody@example.com", PASSWORD), ("no address", PASSWORD)],
)
def test_a_refusal_does_not_tell_what_was_wrong(
    guest: Browser, alice: int, email: str, password: str
) -> None:
    answer = guest.log_in(email, password)

    assert answer.status_code == 403
    assert "Неверная почта или пароль" in answer.text
    assert password not in answer.text


def test_a_blocked_account_says_so_to_its_owner_only(
    container: Container, guest: Browser, shop: object
) -> None:
    create_customer(container, "bob@example.com", status=CustomerStatus.BLOCKED)

    assert "заблокирован" in guest.log_in("bob@example.com").text
    assert "заблокирован" not in guest.log_in("bob@example.com", "wrong").text


def test_the_cookie_is_bound_to_this_host_and_hidden_from_scripts(guest: Browser, alice: int) -> None:
    answer = guest.log_in("alice@example.com")
    (cookie,) = [value for value in answer.headers.getlist("Set-Cookie") if value.startswith("__Host-bpm=")]

    assert "; Secure" in cookie
    assert "; HttpOnly" in cookie
    assert "; Path=/" in cookie
    assert "SameSite=Lax" in cookie
    assert "Domain" not in cookie


def test_a_login_starts_a_fresh_session(guest: Browser, alice: int, app: Flask) -> None:
    guest.get("/language/en")
    planted = guest.cookie()
    token = guest.token()
    guest.log_in("alice@example.com")
    attacker = Browser(app)
    assert planted is not None
    attacker.take_cookie(planted)

    assert guest.cookie() != planted
    assert not is_signed_in(attacker)
    assert guest.post_bare("/logout", {"csrf_token": token}).status_code == 400, "the old token is worthless"
    assert "Здравствуйте" in guest.get("/overview").text, "the planted language is gone"


def test_a_copied_cookie_is_worth_nothing_after_the_logout(member: Browser, app: Flask) -> None:
    copied = member.cookie()
    assert copied is not None
    thief = Browser(app)
    thief.take_cookie(copied)
    assert is_signed_in(thief)

    member.post("/logout")

    assert not is_signed_in(thief)
    assert not is_signed_in(member)


def test_a_logout_ends_this_session_only(member: Browser, app: Flask) -> None:
    other = Browser(app)
    other.log_in("alice@example.com")
    member.post("/logout")

    assert is_signed_in(other)


def test_the_other_sessions_can_be_ended(member: Browser, app: Flask) -> None:
    other = Browser(app)
    other.log_in("alice@example.com")
    answer = member.post("/profile/sessions/end-others")

    assert answer.location == "/profile"
    assert is_signed_in(member)
    assert not is_signed_in(other)


def test_a_customer_who_is_blocked_is_out_at_once(container: Container, member: Browser, alice: int) -> None:
    with container.transactions.begin(Actor.system("test")) as work:
        work.customers.get(alice, lock=True).status = CustomerStatus.BLOCKED

    assert not is_signed_in(member)


def test_a_forgotten_password_is_set_anew_and_every_session_ends(
    container: Container, member: Browser, app: Flask
) -> None:
    visitor = Browser(app)
    asked = visitor.post("/forgot", {"email": "alice@example.com"})
    address = reset_address(container)
    shown = visitor.get(address)
    done = visitor.post(address, {"password": NEW_PASSWORD})

    assert asked.location == "/forgot/sent"
    assert shown.status_code == 200
    assert done.location == "/login"
    assert not is_signed_in(member)
    assert visitor.log_in("alice@example.com").status_code == 403
    assert visitor.log_in("alice@example.com", NEW_PASSWORD).status_code == 303
    assert visitor.post(address, {"password": NEW_PASSWORD}).status_code == 404, "a link works once"


def test_an_unknown_address_gets_the_same_answer(container: Container, guest: Browser, alice: int) -> None:
    known = guest.post("/forgot", {"email": "alice@example.com"})
    unknown = guest.post("/forgot", {"email": "nobody@example.com"})

    assert (known.status_code, known.location) == (unknown.status_code, unknown.location)
    assert mails(container).count("password_reset") == 1


@pytest.mark.parametrize("password", ["", "short", "x" * 1001])
def test_a_weak_new_password_is_refused(
    container: Container, guest: Browser, alice: int, password: str
) -> None:
    guest.post("/forgot", {"email": "alice@example.com"})

    assert guest.post(reset_address(container), {"password": password}).status_code == 400
    assert guest.log_in("alice@example.com").status_code == 303


def test_a_link_for_another_purpose_resets_nothing(container: Container, guest: Browser, alice: int) -> None:
    guest.post("/forgot", {"email": "alice@example.com"})
    address = reset_address(container, ACTIVATION)

    assert guest.get(address).status_code == 404
    assert guest.post(address, {"password": NEW_PASSWORD}).status_code == 404


def test_attempts_to_log_in_are_limited(guest: Browser, alice: int) -> None:
    answers = [guest.log_in("alice@example.com", "wrong").status_code for _ in range(11)]

    assert answers == [403] * 10 + [429]
    assert guest.get("/login").status_code == 200, "the page itself stays"
