"""Logging in and out, the forgotten password (A3). Sessions keep real time."""

from datetime import datetime, timedelta

import pytest

from app.billing.errors import NotFound
from app.bootstrap import Container
from app.models import AuditEntry, Customer, CustomerSession, CustomerStatus, OneTimeToken
from app.services.sessions import (
    PASSWORD_RESET_TERM,
    SESSION_TERM,
    LoginRefused,
    SignedInCustomer,
    end_other_sessions,
    log_in,
    log_out,
    request_password_reset,
    reset_password,
    signed_in,
    token_hash,
)
from tests.factories import FACTORY, PASSWORD, create_customer, mails, promised, rows
from tests.parallel import at_once

EMAIL = "alice@example.com"


def enter(container: Container, email: str = EMAIL, password: str = PASSWORD) -> str:
    return log_in(
        container.transactions,
        container.password_hasher,
        email=email,
        password=password,
        real_now=container.wall_clock.now(),
    )


def behind(container: Container, token: str, at: datetime | None = None) -> SignedInCustomer | None:
    return signed_in(container.transactions, token=token, real_now=at or container.wall_clock.now())


def ask_for_reset(container: Container, email: str = EMAIL) -> None:
    request_password_reset(container.transactions, email=email, real_now=container.wall_clock.now())


def reset(container: Container, token_id: int, password: str, after: timedelta = timedelta()) -> None:
    reset_password(
        container.transactions,
        container.password_hasher,
        token_id=token_id,
        password=password,
        now=container.clock.now(),
        real_now=container.wall_clock.now() + after,
    )


def set_status(container: Container, customer_id: int, status: CustomerStatus) -> None:
    with container.transactions.begin(FACTORY) as work:
        work.customers.get(customer_id).status = status


@pytest.fixture
def customer_id(container: Container) -> int:
    return create_customer(container, EMAIL)


def test_a_session_tells_who_is_behind_the_cookie(container: Container, customer_id: int) -> None:
    customer = behind(container, enter(container))
    assert customer is not None
    assert (customer.customer_id, customer.email, customer.currency) == (customer_id, EMAIL, "RUB")


def test_the_case_of_the_address_does_not_matter(container: Container, customer_id: int) -> None:
    assert enter(container, "Alice@EXAMPLE.com")


def test_only_the_hash_of_the_cookie_is_stored(container: Container, customer_id: int) -> None:
    token = enter(container)
    (session,) = rows(container, CustomerSession)
    assert session.token_hash == token_hash(token)
    assert token.encode() not in session.token_hash
    assert session.expires_at - session.created_at == SESSION_TERM


@pytest.mark.parametrize(
    ("email", "password"), [(EMAIL, "wrong"), ("nobody@example.com", PASSWORD), (EMAIL, "")]
)
def test_wrong_credentials_get_one_answer(
    container: Container, customer_id: int, email: str, password: str
) -> None:
    with pytest.raises(LoginRefused) as refusal:
        enter(container, email, password)
    assert refusal.value.code == "BAD_CREDENTIALS"


@pytest.mark.parametrize(
    ("status", "code"),
    [(CustomerStatus.UNCONFIRMED, "NOT_ACTIVATED"), (CustomerStatus.BLOCKED, "CUSTOMER_BLOCKED")],
)
def test_an_account_that_does_not_work_says_so_to_its_owner_only(
    container: Container, customer_id: int, status: CustomerStatus, code: str
) -> None:
    set_status(container, customer_id, status)
    with pytest.raises(LoginRefused) as refusal:
        enter(container)
    assert refusal.value.code == code
    with pytest.raises(LoginRefused) as refusal:
        enter(container, password="wrong")
    assert refusal.value.code == "BAD_CREDENTIALS"


def test_a_password_longer_than_bcrypt_reads_counts_to_its_last_letter(container: Container) -> None:
    long = "p" * 100
    create_customer(container, EMAIL, password_hash=container.password_hasher.hash(long))
    assert enter(container, password=long)
    with pytest.raises(LoginRefused):
        enter(container, password=long[:-1])


def test_logging_out_ends_this_session_only(container: Container, customer_id: int) -> None:
    here, there = enter(container), enter(container)
    customer = behind(container, here)
    assert customer is not None

    log_out(
        container.transactions,
        customer_id=customer_id,
        session_id=customer.session_id,
        real_now=container.wall_clock.now(),
    )

    assert behind(container, here) is None
    assert behind(container, there) is not None


def test_ending_the_others_keeps_this_one(container: Container, customer_id: int) -> None:
    here, there = enter(container), enter(container)
    customer = behind(container, here)
    assert customer is not None
    end_other_sessions(
        container.transactions,
        customer_id=customer_id,
        session_id=customer.session_id,
        now=container.clock.now(),
        real_now=container.wall_clock.now(),
    )
    assert behind(container, here) is not None
    assert behind(container, there) is None
    assert len(rows(container, AuditEntry, action="customer.sessions_end")) == 1


def test_a_session_runs_out(container: Container, customer_id: int) -> None:
    token = enter(container)
    end = rows(container, CustomerSession)[0].expires_at
    assert behind(container, token, end - timedelta(microseconds=1)) is not None
    assert behind(container, token, end) is None


def test_a_made_up_cookie_is_nobody(container: Container, customer_id: int) -> None:
    assert behind(container, "made-up") is None
    assert behind(container, "") is None


def test_blocking_ends_what_is_open(container: Container, customer_id: int) -> None:
    token = enter(container)
    set_status(container, customer_id, CustomerStatus.BLOCKED)
    assert behind(container, token) is None


def test_moving_the_business_clock_ends_no_session(container: Container, customer_id: int) -> None:
    token = enter(container)
    container.clock.advance(days=400)  # type: ignore[attr-defined]  # the tests' clock
    assert behind(container, token) is not None


def test_a_reset_ends_all_sessions_and_changes_the_password(container: Container, customer_id: int) -> None:
    first, second = enter(container), enter(container)
    ask_for_reset(container)
    (token,) = rows(container, OneTimeToken)
    assert promised(container, "mail.password_reset")[0].payload == {"token_id": token.id}

    reset(container, token.id, "a new password")

    assert (behind(container, first), behind(container, second)) == (None, None)
    assert enter(container, password="a new password")
    with pytest.raises(LoginRefused):
        enter(container)
    (entry,) = rows(container, AuditEntry, action="customer.password_reset")
    assert entry.customer_id == customer_id
    assert promised(container, "mail.password_changed")[0].customer_id == customer_id


def test_a_reset_link_works_once_and_for_an_hour(container: Container, customer_id: int) -> None:
    ask_for_reset(container)
    with pytest.raises(NotFound):
        reset(container, 1, "late", after=PASSWORD_RESET_TERM)
    outcomes = at_once(*[lambda: reset(container, 1, "a new password")] * 4)
    assert len(outcomes.results) == 1
    assert outcomes.refusals == ["NOT_FOUND"] * 3


def test_only_the_newest_reset_link_works(container: Container, customer_id: int) -> None:
    ask_for_reset(container)
    ask_for_reset(container)
    with pytest.raises(NotFound):
        reset(container, 1, "a new password")
    reset(container, 2, "a new password")


@pytest.mark.parametrize("status", [CustomerStatus.UNCONFIRMED, CustomerStatus.BLOCKED])
def test_a_reset_says_nothing_to_others(
    container: Container, customer_id: int, status: CustomerStatus
) -> None:
    set_status(container, customer_id, status)
    ask_for_reset(container)
    ask_for_reset(container, "nobody@example.com")
    assert mails(container) == []
    assert rows(container, OneTimeToken) == []


def test_a_stored_password_is_a_bcrypt_hash(container: Container, customer_id: int) -> None:
    (customer,) = rows(container, Customer)
    assert customer.password_hash.startswith("$2b$")
    assert not container.password_hasher.verify(PASSWORD, None)
