"""Refunds by providers that are doubled, lost or believed without proof; disputes that cost twice."""

from tests.defects.defect import Defect

REFUNDS = (
    Defect(
        name="the key of a refund is made at each call",
        why="the provider takes each repetition for another refund, and the money goes back twice (INV2)",
        file="app/services/refund_sending.py",
        old="RefundOrder(str(refund.order_id), ",
        new="RefundOrder(str(id(refund)), ",
        tests=(
            "tests/services/test_refund_sending.py"
            "::test_what_never_arrived_is_asked_for_again_under_its_own_key",
        ),
    ),
    Defect(
        name="a refund that was not heard is asked for after its key was forgotten",
        why="the provider takes the old key for a new order and sends the money again",
        file="app/services/refund_sending.py",
        old="    if real_now - order.sending_since < provider.retention:\n",
        new="    if order.sending_since:\n",
        tests=(
            "tests/services/test_refund_sending.py"
            "::test_what_never_arrived_is_a_failure_when_its_key_is_forgotten",
        ),
    ),
    Defect(
        name="another amount than was ordered is believed",
        why="a rouble closes a refund of a thousand (INV2)",
        file="app/services/refund_sending.py",
        old="    if outcome.amount != refund.to_method:\n",
        new="    if outcome.amount is None:\n",
        tests=("tests/services/test_refund_sending.py::test_another_amount_is_not_believed",),
    ),
    Defect(
        name="a late answer about a former order is applied",
        why="the refusal of the first order takes back what the second one has sent",
        file="app/services/refund_sending.py",
        old="        if str(refund.order_id) != order.request.refund_id:\n            return\n",
        new="",
        tests=(
            "tests/services/test_refund_sending.py::test_a_late_answer_about_a_former_order_changes_nothing",
        ),
    ),
    Defect(
        name="what a bank takes back is refunded as well",
        why="the money of one payment goes back twice: by the refund and by the chargeback (INV2)",
        file="app/services/refund_sending.py",
        old="        if is_disputed(work, refund):\n",
        new="        if False:\n",
        tests=("tests/services/test_disputes.py::test_an_approved_refund_is_stopped_by_a_dispute",),
    ),
    Defect(
        name="each look at a lost dispute books it",
        why="the books lose a payment as often as its provider speaks of it (INV3)",
        file="app/services/disputes.py",
        old="    row.lost_minor = change.debt.lost.minor\n",
        new="",
        tests=(
            "tests/services/test_disputes.py::test_a_lost_dispute_takes_the_money_and_the_customer_owes_it",
        ),
    ),
    Defect(
        name="events are read from where the last answer ended",
        why="what the provider lists late is never seen (stripe: ids and times of events are not ordered)",
        file="app/services/reconciliation.py",
        old="events_since(seen_until - OVERLAP)",
        new="events_since(seen_until)",
        tests=("tests/services/test_reconciliation.py::test_events_are_asked_for_from_before_what_is_known",),
    ),
    Defect(
        name="a refund at the provider is booked each time that it is told",
        why="the books say that money left as often as somebody speaks of it (INV2)",
        file="app/services/refunds_at_providers.py",
        old="    if known:\n",
        new="    if False:\n",
        tests=(
            "tests/services/test_refunds_at_providers.py::test_it_is_booked_once_however_often_it_is_told",
        ),
    ),
    Defect(
        name="a refund of ours is taken for one that was made at the provider",
        why="it is booked twice, and the customer is told twice that money left",
        file="app/repositories/refunds.py",
        old="        marked = Refund.order_id == order_id if order_id is not None else false()\n",
        new="        marked = false()\n",
        tests=(
            "tests/services/test_refunds_at_providers.py"
            "::test_a_refund_of_ours_told_before_we_settled_it_is_ours",
        ),
    ),
    Defect(
        name="a refund at the provider is booked above what its payment holds",
        why="the books give back more than came in (INV2)",
        file="app/services/refunds_at_providers.py",
        old="    elif payment.amount.minor < payment.refunded_minor",
        new="    elif payment.amount.minor * 9 < payment.refunded_minor",
        tests=(
            "tests/services/test_refunds_at_providers.py"
            "::test_what_a_lost_dispute_took_is_not_sent_back_as_well",
        ),
    ),
    Defect(
        name="a late wallet is kept for whoever paid last",
        why="a customer's renewals are charged to somebody else's wallet",
        file="app/services/late_methods.py",
        old=" and outcome.method.token == token:",
        new=":",
        tests=("tests/payments/test_late_wallets.py::test_the_wallet_of_one_payment_is_never_anothers",),
    ),
)
