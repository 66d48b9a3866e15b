"""Bank lines that book another sum than came, refunds that leave twice, debts that cost too much."""

from tests.defects.defect import Defect

BY_BANK = "tests/services/test_refunds_by_bank.py"
DEBTS = "tests/services/test_dispute_debts.py"

MONEY_BACK = (
    Defect(
        name="a bank line pays what was due, not what came",
        why="what a customer paid too much is nobody's (INV8: a booked bank line equals its payments)",
        file="app/billing/bank_matching.py",
        old="        return Match(finding, (Share(named[0].id, line.amount),))\n",
        new="        return Match(finding, (Share(named[0].id, named[0].due),))\n",
        tests=(
            "tests/services/test_bank_statements.py"
            "::test_what_is_over_is_the_customers_when_number_and_payer_agree",
        ),
    ),
    Defect(
        name="a share of a bank line is written with another sum",
        why="nobody can tell from the line what became of its money (INV8)",
        file="app/services/bank_lines.py",
        old="        amount_minor=share.amount.minor,\n",
        new="        amount_minor=share.amount.minor + 1,\n",
        tests=("tests/services/test_bank_statements.py::test_a_certain_line_pays_its_invoice",),
    ),
    Defect(
        name="a refund takes nothing from its payment",
        why="the same money can be given back again (INV2: what a payment says was taken is its refunds)",
        file="app/services/refund_effects.py",
        old="    payment.refunded_minor += part.minor\n",
        new="    del part\n",
        tests=("tests/services/test_refund_effects.py::test_a_full_refund_gives_back_everything",),
    ),
    Defect(
        name="a refund that was only asked for is sent again",
        why="money leaves that nobody has approved",
        file="app/services/refunds.py",
        old="    if refund.status is RefundStatus.REQUESTED:\n",
        new="    if refund is None:\n",
        tests=(f"{BY_BANK}::test_what_was_asked_for_only_is_not_sent_in_any_way",),
    ),
    Defect(
        name="the provider is asked although a payment order was made",
        why="the bank sends the money and the provider sends it again (INV2)",
        file="app/services/refund_orders.py",
        old="        refund.payment_order_at = refund.payment_order_at or now\n",
        new="",
        tests=(f"{BY_BANK}::test_once_an_order_was_made_the_provider_does_not",),
    ),
    Defect(
        name="a payment order is made of what a bank takes back",
        why="the money of one payment goes back by the order and by the chargeback",
        file="app/services/refund_orders.py",
        old="    if is_disputed(work, refund):\n",
        new="    if refund is None:\n",
        tests=(f"{BY_BANK}::test_what_a_bank_takes_back_gets_no_order",),
    ),
    Defect(
        name="a refund turned to the bank stays ordered of its provider",
        why="a job that comes late sends what the bank sends as well",
        file="app/services/refunds.py",
        old="refund.through, refund.order_id, refund.failure_code = BANK_PROVIDER, None, None\n",
        new="refund.failure_code = None\n",
        tests=(f"{BY_BANK}::test_a_job_that_comes_late_sends_nothing",),
    ),
    Defect(
        name="money between our own accounts pays an invoice",
        why="the firm pays its customers' invoices with its own money",
        file="app/billing/bank_matching.py",
        old="    if line.party_account is not None and line.party_account in own_accounts:\n",
        new="    if line.party_account is not None and line.party_account in ():\n",
        tests=(
            "tests/services/test_further_accounts.py"
            "::test_money_between_our_own_accounts_is_put_aside_on_both",
        ),
    ),
    Defect(
        name="a debt that was written off is owed on",
        why="the books demand what was given up, and it is given up again (INV3)",
        file="app/services/disputes.py",
        old=", change.debt.written_off.minor\n",
        new=", 0\n",
        tests=(f"{DEBTS}::test_a_debt_is_written_off_and_access_ends",),
    ),
    Defect(
        name="a debt is paid and the balance keeps the money",
        why="the customer spends the same money twice (INV1)",
        file="app/services/disputes.py",
        old="    work.credits.change(row.customer_id, CreditKind.BALANCE, change.to_balance)\n",
        new="",
        tests=(f"{DEBTS}::test_a_customer_pays_the_debt_by_a_transfer_and_keeps_access",),
    ),
    Defect(
        name="a debt that was written off ends a later period that is paid",
        why="a paying customer is cut off",
        file="app/services/disputes.py",
        old=" and not work.refunds.keeps_later_period(paid.period)",
        new="",
        tests=(f"{DEBTS}::test_a_later_period_that_is_paid_keeps_its_access",),
    ),
    Defect(
        name="a won dispute leaves its loss",
        why="money that came again is booked as a loss for good (INV3)",
        file="app/billing/disputes.py",
        old="    written_off = min(debt.written_off, _rise(debt.paid, lost))\n",
        new="    written_off = min(debt.written_off, lost)\n",
        tests=(
            "tests/billing/test_disputes.py::test_what_is_won_back_undoes_the_write_off_before_the_payment",
        ),
    ),
)
