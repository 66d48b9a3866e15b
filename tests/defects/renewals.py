"""Renewals and dunning: charged too early, too often, or not at all."""

from tests.defects.defect import Defect

RENEWALS = (
    Defect(
        name="the billing day drifts",
        why="31 January, 28 February, 28 March for ever (Polar 10664; G1)",
        file="app/billing/periods.py",
        old="    end_date = add_months(local.date(), interval.months, anchor_day)",
        new="    end_date = add_months(local.date(), interval.months, local.day)",
        tests=("tests/billing/test_periods.py::test_periods_follow_each_other_on_the_anchor_day",),
    ),
    Defect(
        name="extra days move the billing day",
        why="who was given five days pays on another day for the rest of their life (H7)",
        file="app/services/compensation_effects.py",
        old="    row.nominal_period_end = row.nominal_period_end or old_end\n",
        new="",
        tests=(
            "tests/services/test_compensation_effects.py::test_extra_days_move_the_end_and_not_the_billing_day",
            "tests/services/test_compensation_effects.py::test_the_period_after_extra_days_is_shorter_and_cheaper",
        ),
    ),
    Defect(
        name="a charge does not wait for its notice to be a day old",
        why="money is taken from who was told an hour ago (design §4)",
        file="app/billing/renewal.py",
        old="    return RenewalSchedule(None, max(earliest, facts.noticed_at + policy.notice_age))",
        new="    return RenewalSchedule(None, earliest)",
        tests=(
            "tests/billing/test_renewal.py::test_then_the_next_period_is_invoiced",
            "tests/billing/test_renewal.py"
            "::test_no_automatic_charge_without_a_notice_a_day_old_or_before_its_day",
        ),
    ),
    Defect(
        name="what is due is not read again under the lock",
        why="two machines renew the same subscription, and one parks its customer (Lago 4795; INV6)",
        file="app/services/renewals.py",
        old="[row for row in rows if row.renewal_due_at is not None and row.renewal_due_at <= run.now]",
        new="list(rows)",
        tests=("tests/services/test_overtaken.py::test_what_another_machine_renewed_is_not_renewed_again",),
    ),
    Defect(
        name="a retry is not read again under the lock",
        why="two machines ask a declined card twice in one moment (G4)",
        file="app/services/retries.py",
        old="    due = [row for row in work.invoices.locked_all(invoice_ids) if _is_due(row, run.now)]",
        new="    due = list(work.invoices.locked_all(invoice_ids))",
        tests=(
            "tests/services/test_overtaken.py"
            "::test_a_card_that_another_machine_asked_again_is_not_asked_twice",
        ),
    ),
    Defect(
        name="what is parked is billed",
        why="a customer whom a broken invariant concerns is billed on a guess (Kill Bill 877)",
        file="app/repositories/subscriptions.py",
        old=".where(*conditions, is_billed(Subscription.customer_id))",
        new=".where(*conditions)",
        tests=("tests/repositories/test_queries.py::test_nothing_of_a_parked_customer_is_due_or_over",),
    ),
    Defect(
        name="who was parked a moment ago is still billed",
        why="the daily check of the invariants parks while a sweep is running (Kill Bill 877)",
        file="app/services/billing_chunks.py",
        old="        billed = {customer.id for customer in free if customer.billing_parked_at is None}\n",
        new="        billed = {customer.id for customer in free}\n",
        tests=("tests/services/test_overtaken.py::test_who_was_parked_meanwhile_is_not_billed",),
    ),
    Defect(
        name="retries that were missed are made up for",
        why="after four days of standing still a card is asked three times in a row (G6)",
        file="app/billing/dunning.py",
        old="    later = [first + wait for wait in policy.retries if first + wait > now]",
        new="    later = [first + wait for wait in policy.retries if first + wait != now]",
        tests=(
            "tests/billing/test_dunning.py::test_a_retry_is_always_ahead_and_ends_with_the_status",
            "tests/billing/test_dunning.py::test_however_the_sweep_runs_there_are_four_tries_at_most",
        ),
    ),
    Defect(
        name="an invoice that is issued again forgets its first failure",
        why="dunning begins anew with each cancelled line: ten days of access become endless (design §3)",
        file="app/services/invoice_voiding.py",
        old="        first_failed_at=invoice.first_failed_at,\n",
        new="",
        tests=("tests/services/test_issued_again.py::test_what_remains_is_dunned_from_the_first_failure_on",),
    ),
    Defect(
        name="cancelling leaves the open invoice",
        why="who said stop is charged by the next retry (F2; fault 29)",
        file="app/services/subscriptions.py",
        old='        release_lines(work, {row.id}, "the subscription was canceled", asked.now)\n',
        new="",
        tests=(
            "tests/services/test_issued_again.py"
            "::test_an_invoice_without_lines_is_void_and_gives_the_balance_back",
        ),
    ),
    Defect(
        name="a renewal that was given up while it was charged starts all the same",
        why="money of who has cancelled buys a period that nobody wants (design §3)",
        file="app/billing/fulfilment.py",
        old="    if line.given_up:\n        return None\n",
        new="",
        tests=("tests/billing/test_fulfilment.py::test_what_was_given_up_is_never_renewed",),
    ),
    Defect(
        name="a customer who is late pays for days without access",
        why="a period that was invoiced before access closed starts in the past (G4)",
        file="app/billing/fulfilment.py",
        old="EXPIRED}:\n        return _from(now, line.interval)\n",
        new="EXPIRED}:\n        return StartedPeriod(line.period, None)\n",
        tests=(
            "tests/billing/test_fulfilment.py"
            "::test_a_renewal_paid_after_access_has_closed_begins_with_the_money",
        ),
    ),
)
