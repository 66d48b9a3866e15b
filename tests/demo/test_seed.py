"""The demo's data: complete, repeatable, and honest towards the check."""

from __future__ import annotations

import json
import stat
from typing import Any

import pytest
from sqlalchemy import text

from app.billing.check import CheckCode, CheckDecision
from app.bootstrap import Container
from app.demo.seed import STARTED, DemoAccounts, NotADemo, seed_demo
from app.demo.seed.accounts import ACCOUNTS_FILE
from app.services.bank_queue import guesses_for
from app.services.checks import check_subscription
from app.services.invariants import check_invariants
from app.services.profile import payer_problems
from app.services.sessions import log_in
from tests.factories import FACTORY, create_customer, create_seller

pytestmark = pytest.mark.slow

SUMMARY = """
SELECT customer.email, connector.slug, subscription.status, subscription.make_account, subscription.period_end
FROM subscription JOIN customer ON customer.id = customer_id JOIN connector ON connector.id = connector_id
ORDER BY subscription.id
"""


def rows(container: Container, statement: str) -> list[tuple[Any, ...]]:
    with container.reading_engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def counts(container: Container, statement: str) -> dict[str, int]:
    return dict(rows(container, statement))


def check(container: Container, accounts: DemoAccounts, connector: str, account: str) -> CheckDecision:
    answer = check_subscription(
        container.checking,
        key=accounts.api_key,
        connector=connector,
        account=account,
        now=container.clock.now(),
    )
    return answer.decision


def test_twelve_connectors_and_sixty_customers(seeded: Container) -> None:
    assert rows(seeded, "SELECT count(*) FROM connector WHERE status = 'published'") == [(12,)]
    assert rows(seeded, "SELECT count(*) FROM customer") == [(60,)]
    assert rows(seeded, "SELECT 1 FROM connector WHERE slug = 'crm-connector' AND tier = 'standard'")


def test_every_state_that_exists(seeded: Container) -> None:
    assert set(counts(seeded, "SELECT status, count(*) FROM customer GROUP BY 1")) == {
        "unconfirmed", "active", "blocked",
    }  # fmt: skip
    assert set(counts(seeded, "SELECT status, count(*) FROM subscription GROUP BY 1")) == {
        "pending", "trial", "active", "payment_pending", "suspended", "canceled", "expired",
    }  # fmt: skip
    assert set(counts(seeded, "SELECT status, count(*) FROM invoice GROUP BY 1")) == {"open", "paid", "void"}
    assert set(counts(seeded, "SELECT state, count(*) FROM payment_attempt GROUP BY 1")) == {
        "succeeded", "failed", "abandoned",
    }  # fmt: skip
    assert set(counts(seeded, "SELECT status, count(*) FROM api_key GROUP BY 1")) == {
        "unclaimed", "active", "deactivated", "expired",
    }  # fmt: skip
    assert len(counts(seeded, "SELECT kind, count(*) FROM payer GROUP BY 1")) == 5


def test_both_vat_rates_and_no_vat_for_foreigners(seeded: Container) -> None:
    rates = rows(
        seeded,
        "SELECT vat_rate, bool_and(issued_on < '2026-01-01') FROM invoice_line JOIN invoice"
        " ON invoice.id = invoice_id WHERE invoice.currency = 'RUB' AND purpose <> 'usage'"
        " GROUP BY 1 ORDER BY 1",
    )
    assert rates == [(2000, True), (2200, False)]


def test_every_way_to_pay_and_every_kind_of_invoice(seeded: Container) -> None:
    invoices = set(rows(seeded, "SELECT purpose, method, status FROM invoice"))

    assert {("order", "card", status) for status in ("open", "paid", "void")} <= invoices
    assert {("order", "bank_transfer", status) for status in ("open", "paid")} <= invoices
    assert {("renewal", "card", status) for status in ("open", "paid", "void")} <= invoices
    assert {("renewal", "bank_transfer", status) for status in ("open", "paid")} <= invoices
    assert ("usage", "card", "paid") in invoices
    assert set(counts(seeded, "SELECT provider, count(*) FROM payment GROUP BY 1")) == {
        "test", "bank", "balance",
    }  # fmt: skip


def test_every_kind_of_buyer_has_documents_and_none_waits_for_a_rate(seeded: Container) -> None:
    kinds = set(rows(seeded, "SELECT DISTINCT kind FROM document"))
    assert {(kind,) for kind in ("invoice", "receipt", "advance_invoice", "transfer", "act")} <= kinds
    abroad = rows(seeded, "SELECT count(*) FROM document WHERE currency <> 'RUB' AND rouble_minor IS NULL"
                          " AND kind <> 'invoice'")  # fmt: skip
    assert abroad == [(0,)]
    assert rows(seeded, "SELECT count(*) FROM document WHERE rouble_minor > 0")[0][0] > 0
    assert rows(seeded, "SELECT kind FROM staff_task WHERE kind LIKE 'documents:%'") == []


def test_lines_of_a_bank_statement_wait_for_a_person(seeded: Container) -> None:
    lines = rows(seeded, "SELECT state, finding FROM bank_line ORDER BY position")
    assert lines == [("unmatched", "underpaid"), ("unmatched", "no_number"), ("ignored", "outgoing")]
    with seeded.transactions.reading() as repositories:
        waiting = repositories.bank_lines.waiting(5)
        assert [len(guesses_for(repositories, line)) >= 1 for line in waiting] == [True, True]


def test_a_transfer_is_invoiced_before_the_paid_period_ends(seeded: Container) -> None:
    ahead = rows(
        seeded,
        "SELECT i.issued_on, (s.period_end AT TIME ZONE 'Europe/Moscow')::date FROM invoice i"
        " JOIN invoice_line l ON l.invoice_id = i.id JOIN subscription s ON s.id = l.subscription_id"
        " WHERE i.purpose = 'renewal' AND i.method = 'bank_transfer' AND i.status = 'open'"
        " AND s.status = 'active'",
    )
    assert [(end - issued).days for issued, end in ahead] == [14]


def test_what_customers_changed_by_themselves(seeded: Container) -> None:
    changed = rows(
        seeded,
        """
        SELECT count(*) FILTER (WHERE status = 'trial' AND continues_after_trial),
               count(*) FILTER (WHERE status = 'active' AND NOT auto_renew),
               count(*) FILTER (WHERE renewal_interval = 'year' AND interval = 'month'),
               count(*) FILTER (WHERE previous_make_account IS NOT NULL)
        FROM subscription
        """,
    )
    assert changed == [(1, 1, 1, 1)]
    assert len(rows(seeded, "SELECT 1 FROM status_change WHERE reason = 'resumed'")) == 1
    continued = rows(
        seeded,
        "SELECT 1 FROM status_change JOIN subscription ON object_id = subscription.id::text"
        " WHERE object_kind = 'subscription' AND old_status = 'trial' AND new_status = 'active'"
        " AND at >= trial_ends_at",
    )
    assert len(continued) == 1


def test_promo_codes_price_changes_refunds_and_compensation(seeded: Container) -> None:
    redeemed = "SELECT code, redemptions > 0 FROM promo_code ORDER BY code"
    assert rows(seeded, redeemed) == [("PARTNER10", False), ("START20", True)]
    campaigns = counts(
        seeded,
        "SELECT c.status, count(n.id) FROM price_campaign c LEFT JOIN price_notice n ON n.campaign_id = c.id"
        " GROUP BY 1",
    )
    assert campaigns["draft"] == 0
    assert campaigns["launched"] > 0
    assert set(rows(seeded, "SELECT status FROM refund")) == {("requested",), ("sent",)}
    assert set(rows(seeded, "SELECT kind, status FROM compensation")) == {
        ("extra_days", "applied"), ("balance", "applied"),
    }  # fmt: skip


def test_operations_are_billed_by_the_month(seeded: Container) -> None:
    months = rows(
        seeded,
        "SELECT u.operations, u.closed_at IS NOT NULL, l.quantity, i.status FROM usage_month u"
        " LEFT JOIN invoice_line l ON l.id = u.invoice_line_id LEFT JOIN invoice i ON i.id = l.invoice_id"
        " ORDER BY u.month",
    )
    closed = [(used, billed, status) for used, is_closed, billed, status in months if is_closed]
    assert len(closed) >= 2
    assert all(used == billed and status == "paid" for used, billed, status in closed)
    counted = rows(seeded, "SELECT sum(allowed)::int FROM check_usage WHERE connector = 'telephony'")
    assert counted == rows(seeded, "SELECT count(*) FROM metered_operation")


def test_keys_with_groups_one_of_them_being_replaced(seeded: Container) -> None:
    keys = rows(
        seeded,
        "SELECT group_name, status, replaced_by_id IS NOT NULL FROM api_key WHERE group_name IS NOT NULL"
        " ORDER BY id",
    )
    assert keys == [
        ("Продажи", "active", True),
        ("Склад", "active", False),
        ("Склад", "unclaimed", False),
        ("Продажи", "active", False),
    ]


def test_history_is_a_year_long_and_numbers_grow_with_time(seeded: Container) -> None:
    invoices = rows(seeded, "SELECT year, number, issued_at FROM invoice ORDER BY id")

    assert invoices == sorted(invoices, key=lambda row: row[2])
    assert [row[:2] for row in invoices] == sorted(row[:2] for row in invoices)
    assert (invoices[-1][2] - invoices[0][2]).days > 330


def test_payers_have_possible_requisites(seeded: Container) -> None:
    with seeded.transactions.reading() as repositories:
        payers = [payer for customer in range(1, 61) if (payer := repositories.payers.of_customer(customer))]

    assert len(payers) > 30
    assert [payer.name for payer in payers if payer_problems(payer)] == []  # type: ignore[arg-type]  # same fields


def test_the_checks_of_the_announcement(seeded: Container, accounts: DemoAccounts) -> None:
    bought, account = accounts.connector, accounts.make_account

    assert check(seeded, accounts, bought, account).code is CheckCode.OK
    assert check(seeded, accounts, bought, "another").code is CheckCode.ACCOUNT_MISMATCH
    not_bought = check(seeded, accounts, accounts.connector_not_bought, account)
    assert (not_bought.code, not_bought.active) == (CheckCode.NOT_SUBSCRIBED, True)
    expired = check(seeded, accounts, accounts.connector_expired, account)
    assert (expired.code, expired.active) == (CheckCode.EXPIRED, False)


def test_the_demo_customer_can_log_in(seeded: Container, accounts: DemoAccounts) -> None:
    customer = accounts.customer

    assert log_in(
        seeded.transactions,
        seeded.password_hasher,
        email=customer.email,
        password=customer.password,
        real_now=seeded.wall_clock.now(),
    )


def test_a_second_seed_changes_nothing(seeded: Container, accounts: DemoAccounts) -> None:
    before = rows(seeded, "SELECT max(id), count(*) FROM outbox_message")

    assert seed_demo(seeded) == accounts
    assert rows(seeded, "SELECT max(id), count(*) FROM outbox_message") == before


def test_the_accounts_are_private(seeded: Container, accounts: DemoAccounts) -> None:
    file = seeded.settings.instance_directory / ACCOUNTS_FILE

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(file.read_text())["api_key"] == accounts.api_key


def test_old_mails_rest_and_old_documents_wait_in_a_row(seeded: Container) -> None:
    waiting = counts(
        seeded,
        "SELECT CASE WHEN name LIKE 'mail.%' THEN 'mails' ELSE name END, count(*) FROM outbox_message"
        " WHERE status = 'waiting' GROUP BY 1",
    )
    assert set(waiting) == {"mails", "document.render"}
    assert waiting["mails"] < 40
    due = rows(seeded, "SELECT available_at FROM outbox_message WHERE name = 'document.render' ORDER BY 1")
    assert len(set(due)) == len(due) > 100


def test_history_breaks_no_invariant(seeded: Container) -> None:
    verdicts = check_invariants(seeded.transactions, real_now=seeded.wall_clock.now())

    assert [verdict for verdict in verdicts if verdict.count] == []


def test_usage_reaches_into_the_present(seeded: Container) -> None:
    ((days, last),) = rows(seeded, "SELECT count(DISTINCT day), max(day) FROM check_usage")

    assert days > 300
    assert last == seeded.clock.now().date()


def test_an_interrupted_seed_is_made_anew_and_alike(container: Container, seeded: Container) -> None:
    create_seller(container)
    create_customer(container)
    with container.transactions.begin(FACTORY) as work:
        work.audit(STARTED, "demo", 1, now=container.clock.now())

    seed_demo(container)

    assert rows(container, SUMMARY) == rows(seeded, SUMMARY)


def test_somebody_elses_data_is_never_touched(container: Container) -> None:
    create_customer(container)

    with pytest.raises(NotADemo):
        seed_demo(container)

    assert rows(container, "SELECT email FROM customer") == [("alice@example.com",)]


def test_lost_accounts_are_told(seeded: Container, accounts: DemoAccounts) -> None:
    file = seeded.settings.instance_directory / ACCOUNTS_FILE
    kept = file.read_text()
    file.unlink()
    try:
        with pytest.raises(NotADemo, match="make clean"):
            seed_demo(seeded)
    finally:
        file.write_text(kept)
        file.chmod(0o600)
