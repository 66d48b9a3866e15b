"""Cards that run out before their next charge: kept, renewed, told of in time (H2, H6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from app.billing.invoice import PaymentMethodKind
from app.billing.mail import MailKind
from app.billing.mail_data import CardExpiringMail
from app.billing.provider import MethodReport
from app.bootstrap import Container
from app.models import Customer, PaymentMethod, Subscription
from app.payments.test_acquirer.gateway import TestAcquirer
from app.services.card_notices import send_card_notices
from app.services.method_updates import look_at_method
from tests.clock import ManualClock
from tests.factories import buy, mails, rows
from tests.services.mail_facts import change, facts_of, last_promised, told
from tests.services.setups import added

LAST = date(2026, 4, 30)


@pytest.fixture
def method(container: Container, alice: int) -> PaymentMethod:
    """The card of a monthly subscription that was bought on 2 March; it is made to run out in April."""
    buy(container, alice, "crm-connector")
    change(container, PaymentMethod, 1, valid_until=LAST)
    return the_method(container)


def the_method(container: Container) -> PaymentMethod:
    return rows(container, PaymentMethod)[0]


def at(container: Container, clock: ManualClock, day: date, ends_on: date) -> int:
    """The notices of a day on which the subscription is paid until another one; how many there were."""
    clock.move_to(datetime(day.year, day.month, day.day, 9, tzinfo=UTC))
    end = datetime(ends_on.year, ends_on.month, ends_on.day, 9, tzinfo=UTC)
    change(container, Subscription, 1, period_end=end)
    return send_card_notices(container.billing_run()).handled


def test_a_paid_card_is_kept_with_its_last_day(container: Container, alice: int) -> None:
    buy(container, alice, "crm-connector")
    added(container, alice, "tok_mastercard")
    assert [row.valid_until for row in rows(container, PaymentMethod)] == [date(2035, 12, 31)] * 2


def test_the_owner_is_told_thirty_and_seven_days_ahead_once_each(
    container: Container, clock: ManualClock, method: PaymentMethod
) -> None:
    counts = {
        day: at(container, clock, day, date(2026, 5, 2))
        for day in (
            date(2026, 3, 30), date(2026, 3, 31), date(2026, 4, 1), date(2026, 4, 22), date(2026, 4, 23),
            date(2026, 4, 24), date(2026, 5, 1),
        )
    }  # fmt: skip
    assert counts == {
        date(2026, 3, 30): 0,
        date(2026, 3, 31): 1,
        date(2026, 4, 1): 0,
        date(2026, 4, 22): 0,
        date(2026, 4, 23): 1,
        date(2026, 4, 24): 0,
        date(2026, 5, 1): 0,
    }
    assert mails(container).count("card_expiring") == 2
    mail = told(container, CardExpiringMail)
    assert (mail.method, mail.last_day, mail.charge_on) == ("Visa •••• 4242", LAST, date(2026, 5, 2))
    assert len(mail.connectors) == 1


@pytest.mark.parametrize(
    "columns",
    [
        {"auto_renew": False},
        {"method": PaymentMethodKind.BANK_TRANSFER},
    ],
)
def test_what_charges_nothing_after_it_is_no_reason(
    container: Container, clock: ManualClock, method: PaymentMethod, columns: dict[str, object]
) -> None:
    change(container, Subscription, 1, **columns)
    assert at(container, clock, date(2026, 4, 20), date(2026, 5, 2)) == 0


def test_a_card_whose_next_charge_comes_first_is_told_of_after_it(
    container: Container, clock: ManualClock, method: PaymentMethod
) -> None:
    assert at(container, clock, date(2026, 4, 1), date(2026, 4, 30)) == 0
    assert at(container, clock, date(2026, 4, 5), date(2026, 5, 2)) == 1


def test_only_the_card_that_is_charged_is_told_of(
    container: Container, clock: ManualClock, alice: int, method: PaymentMethod
) -> None:
    newest = added(container, alice, "tok_mastercard")
    assert at(container, clock, date(2026, 4, 20), date(2026, 5, 2)) == 0, "the newest one is the default"
    change(container, Subscription, 1, payment_method_id=method.id)
    assert at(container, clock, date(2026, 4, 20), date(2026, 5, 2)) == 1
    change(container, PaymentMethod, newest, valid_until=LAST)
    change(container, PaymentMethod, method.id, unusable_since=container.clock.now())
    assert at(container, clock, date(2026, 4, 20), date(2026, 5, 2)) == 1, "the named one is gone"


def test_a_renewed_card_is_told_of_by_its_provider_and_counts_anew(
    container: Container, clock: ManualClock, method: PaymentMethod
) -> None:
    at(container, clock, date(2026, 4, 1), date(2026, 5, 2))

    class Renewed(TestAcquirer):
        """The network has given the card three more years."""

        def __init__(self, container: Container) -> None:
            vars(self).update(vars(container.test_acquirer))

        def find_method(self, reference: str) -> MethodReport | None:
            report = super().find_method(reference)
            assert report is not None
            assert report.method is not None
            return replace(report, method=replace(report.method, valid_until=date(2029, 4, 30)))

    look_at_method(
        container.transactions,
        {"test": Renewed(container)},
        provider="test",
        reference=method.token,
        now=container.clock.now(),
    )
    renewed = the_method(container)
    assert (renewed.valid_until, renewed.expiry_noticed_at) == (date(2029, 4, 30), None)
    assert last_promised(container, MailKind.CARD_EXPIRING) is None, "what was promised is not said any more"
    assert at(container, clock, date(2026, 4, 25), date(2026, 5, 2)) == 0


def test_nothing_is_said_of_a_card_that_pays_nothing_any_more(
    container: Container, clock: ManualClock, alice: int, method: PaymentMethod
) -> None:
    at(container, clock, date(2026, 4, 1), date(2026, 5, 2))
    payload = {"method_id": method.id, "valid_until": LAST.isoformat()}
    assert facts_of(container, MailKind.CARD_EXPIRING, alice, **payload) is not None
    change(container, Subscription, 1, auto_renew=False)
    assert facts_of(container, MailKind.CARD_EXPIRING, alice, **payload) is None
    change(container, Subscription, 1, auto_renew=True)
    change(container, PaymentMethod, method.id, deleted_at=container.clock.now() - timedelta(days=1))
    assert facts_of(container, MailKind.CARD_EXPIRING, alice, **payload) is None


def test_whose_billing_is_parked_is_not_told(
    container: Container, clock: ManualClock, alice: int, method: PaymentMethod
) -> None:
    change(container, Customer, alice, billing_parked_at=container.clock.now(), billing_parked_reason="made")
    assert at(container, clock, date(2026, 4, 20), date(2026, 5, 2)) == 0
