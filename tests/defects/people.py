"""Who may do what, who sees what, and what is remembered of it."""

from tests.defects.defect import Defect

PEOPLE = (
    Defect(
        name="more is refunded than was captured",
        why="two refunds of 60 of one payment of 100 (hyperswitch 13182; INV2)",
        file="app/services/refund_effects.py",
        old="    if payment.used < payment.used_refunded + part:\n",
        new="    if payment.used < part:\n",
        tests=("tests/services/test_refund_effects.py::test_never_more_than_was_captured",),
    ),
    Defect(
        name="the one who asked approves",
        why="one person alone sends any sum to anybody (H7)",
        file="app/billing/approval.py",
        old="    if approver == requested_by:\n",
        new="    if not approver:\n",
        tests=("tests/billing/test_approval.py::test_one_person_is_not_two",),
    ),
    Defect(
        name="a refund leaves access as it is",
        why="the money goes back and the connector works on (H7; INV9)",
        file="app/services/refunds.py",
        old="        end_access(work, paid, now)\n",
        new="",
        tests=("tests/services/test_refund_effects.py::test_an_approved_refund_ends_access_at_once",),
    ),
    Defect(
        name="anybody pays for and sees anybody's invoice",
        why="another customer's invoice by its number (faveo 3685, Dolibarr 38947; INV14)",
        file="app/repositories/invoices.py",
        old="            .where(Invoice.id == invoice_id, Invoice.customer_id == customer_id)\n",
        new="            .where(Invoice.id == invoice_id)\n",
        tests=("tests/services/test_charging.py::test_nobody_pays_or_charges_for_another",),
    ),
    Defect(
        name="an order that was not paid gives access",
        why="`incomplete` opened what is paid for (dim0 152; INV9)",
        file="app/billing/entitlement.py",
        old="        case SubscriptionStatus.PENDING | SubscriptionStatus.EXPIRED:\n",
        new="        case SubscriptionStatus.EXPIRED:\n",
        tests=("tests/billing/test_entitlement.py::test_pending_and_expired_never_open_anything",),
    ),
    Defect(
        name="access ends while we are late with billing",
        why="a paying customer is cut off because a broken invariant stopped our billing (design §2.9; INV9)",
        file="app/billing/entitlement.py",
        old="    if facts.billing_parked and facts.auto_renew and facts.status in RENEWING:\n",
        new="    if False:\n",
        tests=(
            "tests/billing/test_entitlement.py::test_what_renews_keeps_its_access_while_billing_is_parked",
        ),
    ),
    Defect(
        name="the trial key of a paying customer ends with the trial",
        why="whoever bought in time stands before closed doors (C4)",
        file="app/billing/api_key.py",
        old="    if key.production_key_shown_at is None:\n        return None\n",
        new="    if key.production_key_shown_at is None:\n        return key.expires_at\n",
        tests=(
            "tests/billing/test_api_key.py::test_whoever_bought_during_the_trial_keeps_the_temporary_key",
        ),
    ),
    Defect(
        name="a key that was switched off goes on working",
        why="a stolen key opens what its owner pays for (rustango 1539)",
        file="app/billing/check.py",
        old="    if facts.key.status is ApiKeyStatus.DEACTIVATED:\n        return CheckCode.KEY_REVOKED\n",
        new="",
        tests=("tests/services/test_api_keys.py::test_a_key_switched_off_is_refused_by_the_next_check",),
    ),
    Defect(
        name="a change of status leaves no history",
        why="nobody can say who moved it, when and why (INV11)",
        file="app/services/unit_of_work.py",
        old="        self.record_status(kind, row.id, old.value, new.value, reason, now)\n",
        new="",
        tests=(
            "tests/services/test_subscriptions.py::test_cancelling_is_set_at_once_and_keeps_the_paid_time",
        ),
    ),
    Defect(
        name="any status may follow any other",
        why="a void invoice becomes paid, a closed subscription active (INV13)",
        file="app/services/unit_of_work.py",
        old="        table.check(old, new)\n",
        new="",
        tests=("tests/services/test_unit_of_work.py::test_only_the_table_of_transitions_moves_a_status",),
    ),
    Defect(
        name="what staff do leaves no trace",
        why="a refund of a friend's invoice is found by nobody (INV11)",
        file="app/services/refunds.py",
        old='    work.audit(\n        f"refund.{deed}",\n',
        new='    (lambda *_, **__: None)(\n        f"refund.{deed}",\n',
        tests=("tests/services/test_refunds.py::test_a_request_moves_nothing",),
    ),
)
