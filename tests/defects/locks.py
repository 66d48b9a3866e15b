"""Locks that are gone: two at once do what only one may do."""

from tests.defects.defect import Defect

LOCKS = (
    Defect(
        name="a charge is claimed without the customer's lock",
        why="two submits at once both see no attempt: two pages, two charges for one invoice (INV5)",
        file="app/services/charging.py",
        old="        work.customers.get(owner, lock=True)\n",
        new="",
        tests=(
            "tests/services/test_customer_lock.py::test_it_waits_for_the_customer[claim]",
            "tests/services/test_charging.py::test_twenty_submits_at_once_open_one_page",
        ),
    ),
    Defect(
        name="a check binds without the customer's lock",
        why="it closes a rival whose renewal is being settled, each waiting for the other's row",
        file="app/services/checks.py",
        old="            work.customers.get(holder.customer_id, lock=True)",
        new="            pass",
        tests=("tests/services/test_customer_lock.py::test_it_waits_for_the_customer[bind]",),
    ),
    Defect(
        name="a cancellation does not take the customer's lock",
        why="it voids an invoice that is being charged at this moment: who said stop is charged (fault 29)",
        file="app/services/subscriptions.py",
        old="            work.customers.get(asked.customer_id, lock=True)\n",
        new="",
        tests=("tests/services/test_customer_lock.py::test_it_waits_for_the_customer[cancel]",),
    ),
    Defect(
        name="answers are settled without the customers' locks",
        why="a settlement and a cancellation wait for each other's rows, and the money is not written down",
        file="app/services/settlement.py",
        old="    work.customers.locked_all({customer_id for _, customer_id in owners})\n",
        new="",
        tests=("tests/services/test_customer_lock.py::test_it_waits_for_the_customer[settle]",),
    ),
    Defect(
        name="a number is the highest one plus one",
        why="two orders at once get one number, or another customer's invoice (PrestaShop 41793; INV7)",
        file="app/repositories/invoices.py",
        old="""\
        last = self.session.scalar(
            insertion.on_conflict_do_update(
                index_elements=[NumberSeries.seller_id, NumberSeries.series, NumberSeries.year],
                set_={"last_number": NumberSeries.last_number + count},
            ).returning(NumberSeries.last_number)
        )
        assert last is not None
""",
        new="""\
        same = (Invoice.seller_id == seller_id, Invoice.series == series, Invoice.year == year)
        last = (self.session.scalar(select(func.max(Invoice.number)).where(*same)) or 0) + count
        self.session.execute(insertion.on_conflict_do_nothing())
""",
        tests=("tests/services/test_ordering.py::test_thirty_two_orders_at_once_are_numbered_without_a_gap",),
    ),
    Defect(
        name="the uses of a code are counted without a condition",
        why="two orders at once take the last use of a limited code (macrozheng/mall 1003)",
        file="app/repositories/promotions.py",
        old="            .where(PromoCode.id == promo_code_id, left)\n",
        new="            .where(PromoCode.id == promo_code_id)\n",
        tests=("tests/services/test_promotions.py::test_of_two_customers_at_once_one_gets_the_last_use",),
    ),
    Defect(
        name="a refund is decided without a lock",
        why="two colleagues approve one refund and the money goes back twice (hyperswitch 13182; INV2)",
        file="app/services/refunds.py",
        old="""\
    work.customers.get(work.refunds.get(refund_id).customer_id, lock=True)
    return work.refunds.get(refund_id, lock=True)
""",
        new="    return work.refunds.get(refund_id)\n",
        tests=(
            "tests/services/test_refunds.py::test_two_approvals_at_once_are_one",
            "tests/services/test_refunds.py::test_sending_twice_at_once_is_once",
        ),
    ),
    Defect(
        name="repetitions of an operation don't wait for each other",
        why="a connector repeats its request after a timeout, and the operation is on the bill twice (I1)",
        file="app/repositories/metering.py",
        old="        self.session.execute(select(func.pg_advisory_xact_lock(same)))\n",
        new="",
        tests=(
            "tests/services/test_metering.py::test_of_repetitions_at_once_one_is_counted",
            "tests/services/test_metering.py::test_of_repetitions_on_both_sides_of_midnight_one_is_counted",
        ),
    ),
    Defect(
        name="trials start side by side",
        why="aliases of one address start their trials at the same moment and get one each (C1)",
        file="app/repositories/customers.py",
        old="        self.session.execute(select(func.pg_advisory_xact_lock(TRIAL_LOCK)))\n",
        new="",
        tests=("tests/services/test_trials.py::test_two_aliases_at_once_get_one_trial",),
    ),
    Defect(
        name="a message is taken while another worker is busy with it",
        why="two workers send the same mail, or make the same charge, twice (INV12)",
        file="app/repositories/outbox.py",
        old="                or_(OutboxMessage.leased_until.is_(None), OutboxMessage.leased_until <= now),\n",
        new="",
        tests=("tests/services/test_outbox.py::test_two_workers_deliver_once",),
    ),
    Defect(
        name="fifty keys are counted without a lock",
        why="keys made at once are more than are allowed",
        file="app/services/api_keys.py",
        old="work.customers.get(customer_id, lock=True)  # two who create at once",
        new="pass  # two who create at once",
        tests=("tests/services/test_customer_lock.py::test_it_waits_for_the_customer[make_a_key]",),
    ),
)
