"""Charges that are doubled, lost or believed without proof."""

from tests.defects.defect import Defect

CHARGES = (
    Defect(
        name="the idempotency key is made at each call",
        why="the provider takes each repetition for another charge (akash console 3449, pympp 155; INV5)",
        file="app/services/claims.py",
        old="        attempt_id=str(attempt_id),\n",
        new="        attempt_id=str(uuid4()),\n",
        tests=(
            "tests/services/test_key_of_a_charge.py"
            "::test_a_renewal_that_was_not_heard_is_asked_for_under_the_same_key",
        ),
    ),
    Defect(
        name="unknown is taken for failed",
        why="the customer pays again what a silent provider has taken already (hyperswitch 2380; INV8)",
        file="app/services/settlement.py",
        old="    OutcomeKind.UNKNOWN: AttemptState.UNKNOWN,",
        new="    OutcomeKind.UNKNOWN: AttemptState.FAILED,",
        tests=("tests/services/test_charging.py::test_a_silent_provider_leaves_the_attempt_unknown",),
    ),
    Defect(
        name="a charge starts while another one is in doubt",
        why="an unknown charge turns out to have succeeded, and a second one as well (Kill Bill 1015; INV5)",
        file="app/services/charging.py",
        old="    if unsettled is not None:\n        state =",
        new="    if unsettled is not None and unsettled.state not in IN_DOUBT:\n        state =",
        tests=("tests/services/test_saved_methods.py::test_while_in_doubt_nothing_else_starts",),
    ),
    Defect(
        name="the janitor charges again what the provider has forgotten",
        why="after a day the same key charges a second time (Stripe prunes keys after 24 hours; INV5)",
        file="app/services/charging.py",
        old="age < gateway.retention",
        new="True",
        tests=("tests/jobs/test_scheduler.py::test_the_janitor_gives_up_what_the_provider_has_forgotten",),
    ),
    Defect(
        name="the janitor gives up a charge whose process only stands still",
        why="the process wakes up and charges; answer and webhook lost, the money is never heard of",
        file="app/services/charging.py",
        old="elif age < CALL_TERM:",
        new="elif False:",
        tests=(
            "tests/services/test_subscriptions_in_doubt.py"
            "::test_cancelled_while_the_charge_stands_still_before_its_call_no_money_is_forgotten",
        ),
    ),
    Defect(
        name="the janitor asks about a charge that is being made",
        why="it gives an attempt up whose money is on its way (Kill Bill 1599)",
        file="app/billing/payment.py",
        old="JANITOR_AFTER = timedelta(seconds=30)",
        new="JANITOR_AFTER = timedelta(seconds=0)",
        tests=("tests/services/test_charging.py::test_the_janitor_asks_about_what_is_old_enough",),
    ),
    Defect(
        name="a late answer is applied whatever is known already",
        why="a second answer about an attempt fails the settlement of all the others in its chunk (INV13)",
        file="app/services/settlement.py",
        old="    if not ATTEMPT_TRANSITIONS.permits(attempt.state, state):\n        return False\n",
        new="",
        tests=(
            "tests/services/test_settlement.py::test_the_same_answer_forty_times_at_once_is_one_payment",
            "tests/services/test_settlement.py::test_what_has_failed_never_succeeds",
        ),
    ),
    Defect(
        name="another amount than asked for is believed",
        why="a rouble pays an invoice of a thousand (INV8)",
        file="app/services/settlement.py",
        old=" and outcome.amount != attempt.amount:",
        new=" and outcome.amount is None:",
        tests=("tests/services/test_settlement.py::test_another_amount_than_asked_for_is_never_believed",),
    ),
    Defect(
        name="a paid invoice is paid once more",
        why="a second success starts another period instead of going back to the customer (INV1)",
        file="app/services/receipts.py",
        old="    if invoice.status is not InvoiceStatus.OPEN:\n        return booking\n",
        new="",
        tests=(
            "tests/services/test_settlement.py::test_a_second_success_on_a_paid_invoice_is_the_customers_money",
        ),
    ),
    Defect(
        name="nobody is told of money that paid nothing",
        why="it lies on the balance of somebody who does not know of it (INV1)",
        file="app/services/receipts.py",
        old='work.ask_staff("unallocated_payment", "payment", payment_id, invoice.customer_id, now)',
        new="pass",
        tests=(
            "tests/services/test_settlement.py::test_a_second_success_on_a_paid_invoice_is_the_customers_money",
        ),
    ),
    Defect(
        name="a repeated job makes another attempt",
        why="a worker that was killed after the charge charges once more (RQ 2424; INV5)",
        file="app/services/charging.py",
        old="        if ordinal not in (None, next_ordinal):\n",
        new="        if ordinal is not None and ordinal > next_ordinal:\n",
        tests=(
            "tests/services/test_overtaken.py"
            "::test_a_job_that_another_worker_did_without_success_is_not_done_again",
        ),
    ),
    Defect(
        name="a card that was refused for good is charged again",
        why="schemes fine whoever repeats a hard decline, and block the account (G4)",
        file="app/billing/dunning.py",
        old="    usable = [method for method in saved if method not in refused]",
        new="    usable = list(saved)",
        tests=("tests/billing/test_dunning.py::test_never_a_method_that_is_not_saved_or_was_refused",),
    ),
    Defect(
        name="each event of the provider is processed, however often it comes",
        why="a redelivered event is a second payment (open-saas 688; INV10)",
        file="app/services/webhooks.py",
        old="    if stored is None:\n",
        new="    if False:\n",
        tests=("tests/services/test_webhooks.py::test_one_event_twenty_times_at_once_is_one_payment",),
    ),
    Defect(
        name="an event without its signature is believed",
        why="anybody says that anything was paid",
        file="app/payments/test_acquirer/gateway.py",
        old="if not hmac.compare_digest(self._signature(body, int(seconds)).encode(), signature.encode()):",
        new="if not signature:",
        tests=("tests/payments/test_the_test_acquirer.py::test_a_changed_body_or_another_secret_is_refused",),
    ),
    Defect(
        name="a promise is kept although its transaction was undone",
        why="a mail tells of what never happened, a job finds no row (django-tasks-rq 11; INV12)",
        file="app/services/unit_of_work.py",
        old="            insert_rows(self.session, table, self._records[table], skip_conflicts=skip)\n",
        new="""\
            with Session(self.session.get_bind()) as session:
                promised = table is OutboxMessage
                place = session if promised else self.session
                insert_rows(place, table, self._records[table], skip_conflicts=skip)
                session.commit()
""",
        tests=("tests/services/test_outbox.py::test_a_promise_of_an_undone_transaction_is_none",),
    ),
)
