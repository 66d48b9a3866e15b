"""Registration and activation (A1, A5)."""

from datetime import timedelta

import pytest

from app.billing.errors import NotFound
from app.bootstrap import Container
from app.models import Customer, CustomerStatus, OneTimeToken, StatusChange, TermsAcceptance
from app.services.registration import ACTIVATION_TERM, Registration, activate, register
from app.services.sessions import LoginRefused, log_in
from tests.factories import FACTORY, create_customer, create_seller, mails, promised, rows
from tests.parallel import at_once

PASSWORD = "a password of some length"


@pytest.fixture(autouse=True)
def terms(container: Container) -> None:
    create_seller(container)


def newcomer(container: Container, email: str = "new@example.com", **changes: str) -> None:
    values = {"password": PASSWORD, "name": "Нина", "language": "ru", "country": "RU"} | changes
    register(
        container.transactions,
        container.password_hasher,
        registration=Registration(email=email, terms_version_id=1, **values),
        now=container.clock.now(),
        real_now=container.wall_clock.now(),
    )


def confirm(container: Container, token_id: int, after: timedelta = timedelta()) -> int:
    real_now = container.wall_clock.now() + after
    return activate(container.transactions, token_id=token_id, now=container.clock.now(), real_now=real_now)


def usable_tokens(container: Container) -> list[int]:
    return [token.id for token in rows(container, OneTimeToken, used_at=None)]


def test_a_newcomer_is_unconfirmed_and_gets_a_link(container: Container) -> None:
    newcomer(container)

    (customer,) = rows(container, Customer)
    (token,) = rows(container, OneTimeToken)
    (mail,) = promised(container, "mail.activation")
    (acceptance,) = rows(container, TermsAcceptance)
    assert (customer.status, customer.activated_at) == (CustomerStatus.UNCONFIRMED, None)
    assert (customer.currency, customer.created_at) == ("RUB", container.clock.now())
    assert token.expires_at - token.created_at == ACTIVATION_TERM
    assert (mail.payload, mail.customer_id) == ({"token_id": token.id}, customer.id)
    assert (acceptance.customer_id, acceptance.terms_version_id) == (customer.id, 1)
    assert PASSWORD not in customer.password_hash


def test_nothing_works_before_activation(container: Container) -> None:
    newcomer(container)

    with pytest.raises(LoginRefused) as refusal:
        log_in(
            container.transactions,
            container.password_hasher,
            email="new@example.com",
            password=PASSWORD,
            real_now=container.wall_clock.now(),
        )
    assert refusal.value.code == "NOT_ACTIVATED"


def test_a_foreign_customer_pays_in_dollars(container: Container) -> None:
    newcomer(container, country="DE", language="en")
    (customer,) = rows(container, Customer)
    assert (customer.currency, customer.language) == ("USD", "en")


def test_activation_happens_once(container: Container) -> None:
    newcomer(container)
    (token_id,) = usable_tokens(container)

    customer_id = confirm(container, token_id)

    (customer,) = rows(container, Customer)
    assert (customer.id, customer.status) == (customer_id, CustomerStatus.ACTIVE)
    assert customer.activated_at == container.clock.now()
    changes = rows(container, StatusChange, object_kind="customer")
    assert [(change.old_status, change.new_status) for change in changes] == [
        (None, "unconfirmed"),
        ("unconfirmed", "active"),
    ]
    with pytest.raises(NotFound):
        confirm(container, token_id)


def test_activated_twice_at_once_is_once(container: Container) -> None:
    newcomer(container)
    (token_id,) = usable_tokens(container)

    outcomes = at_once(*[lambda: confirm(container, token_id)] * 8)

    assert len(outcomes.results) == 1
    assert outcomes.refusals == ["NOT_FOUND"] * 7


@pytest.mark.parametrize("after", [ACTIVATION_TERM, timedelta(days=30)])
def test_an_old_link_is_worth_nothing(container: Container, after: timedelta) -> None:
    newcomer(container)
    (token_id,) = usable_tokens(container)
    with pytest.raises(NotFound):
        confirm(container, token_id, after)


def test_a_link_of_another_purpose_does_not_activate(container: Container) -> None:
    newcomer(container)
    with container.transactions.begin(FACTORY) as work:
        token = work.one_time_tokens.get(1)
        token.purpose = "password_reset"
    with pytest.raises(NotFound):
        confirm(container, 1)


def test_a_blocked_customer_is_not_activated_by_an_old_link(container: Container) -> None:
    newcomer(container)
    with container.transactions.begin(FACTORY) as work:
        work.customers.get(1).status = CustomerStatus.BLOCKED
    with pytest.raises(NotFound):
        confirm(container, 1)
    assert usable_tokens(container) == [1]


def test_a_known_address_gets_a_mail_and_no_second_account(container: Container) -> None:
    create_customer(container, "known@example.com")

    newcomer(container, "Known@Example.com")

    assert len(rows(container, Customer)) == 1
    assert mails(container) == ["already_registered"]
    assert rows(container, OneTimeToken) == []


def test_an_unconfirmed_address_gets_a_new_link_and_the_new_password(container: Container) -> None:
    newcomer(container, password="the first password")
    (first,) = usable_tokens(container)

    newcomer(container, password="the second password", language="en", name="Nina")

    (second,) = usable_tokens(container)
    assert second != first
    assert mails(container) == ["activation", "activation"]
    with pytest.raises(NotFound):
        confirm(container, first)
    confirm(container, second)
    (customer,) = rows(container, Customer)
    assert container.password_hasher.verify("the second password", customer.password_hash)
    assert not container.password_hasher.verify("the first password", customer.password_hash)
    assert (customer.language, customer.name) == ("en", "Nina")


def test_the_same_address_twice_at_once_is_one_account(container: Container) -> None:
    outcomes = at_once(*[lambda: newcomer(container)] * 6)

    assert len(outcomes.results) == 6
    assert len(rows(container, Customer)) == 1
    assert len(usable_tokens(container)) == 1
    assert mails(container) == ["activation"] * 6
