"""Prices, discounts and taxes that are off, by a kopeck or by a rule."""

from tests.defects.defect import Defect

PRICES = (
    Defect(
        name="rounding is down instead of half-up",
        why="every second VAT is a kopeck too low (design §2.1; INV4)",
        file="app/billing/money.py",
        old="    magnitude = (abs(value) * 2 + 1) // 2",
        new="    magnitude = (abs(value) * 2) // 2",
        tests=("tests/billing/test_money.py::test_a_half_goes_away_from_zero",),
    ),
    Defect(
        name="the split of a year loses a kopeck",
        why="the months don't add up to what was paid, and the advance never ends (INV3)",
        file="app/billing/pricing.py",
        old="    return total.allocate([local_days(month) for month in months])",
        new="    whole = sum(local_days(month) for month in months)\n"
        "    return [Money(total.minor * local_days(month) // whole, total.currency) for month in months]",
        tests=("tests/billing/test_pricing.py::test_service_months_add_up_to_the_price",),
    ),
    Defect(
        name="a rise binds before its thirty days",
        why="the customer pays more than they could know of (G5)",
        file="app/billing/price_change.py",
        old="        if notice.applies_from <= facts.starts_at or notice.price.amount < price.amount:\n",
        new="        if True:\n",
        tests=(
            "tests/billing/test_price_change.py::test_a_rise_waits_for_the_end_of_the_notice",
            "tests/billing/test_price_change.py"
            "::test_no_renewal_less_than_30_days_after_a_notice_pays_more_than_without_it",
        ),
    ),
    Defect(
        name="a code that has ended is taken",
        why="the shop sells at a price that it no longer offers (B5)",
        file="app/billing/promotions.py",
        old='        "PROMO_EXPIRED": facts.valid_until is not None and now >= facts.valid_until,',
        new='        "PROMO_EXPIRED": facts.valid_until is not None and now > facts.valid_until,',
        tests=("tests/billing/test_promotions.py::test_a_refusal_says_why",),
    ),
    Defect(
        name="a discount of an amount is taken off each line",
        why="an order of three connectors gets three times the discount (B5)",
        file="app/billing/promotions.py",
        old="        return _spread(promo.amount, covered)",
        new="        return [min(promo.amount, price) for price in covered]",
        tests=("tests/billing/test_promotions.py::test_discounts_of_an_order",),
    ),
    Defect(
        name="operations are taxed by the day of their bill",
        why="December is billed in January at the new rate (J2)",
        file="app/services/invoicing.py",
        old="    supplied_on = draft.supplied_on or local_date(now)",
        new="    supplied_on = local_date(now)",
        tests=("tests/services/test_usage_bills.py::test_the_rate_is_that_of_the_month_and_not_of_its_bill",),
    ),
    Defect(
        name="revenue is dated by the day of its booking",
        why="a late sweep moves revenue into another month (K1, J2)",
        file="app/services/revenue.py",
        old="        book(work, entries, _cause(month), now, booked_on=booked_on)",
        new="        book(work, entries, _cause(month), now)",
        tests=("tests/services/test_revenue.py::test_being_late_changes_neither_dates_nor_rates",),
    ),
    Defect(
        name="a service month is taxed by its first day",
        why="a month over New Year gets the rate of the old year (J2)",
        file="app/services/revenue.py",
        old="regimes[month.seller_id], month.last_day, countries",
        new="regimes[month.seller_id], local_date(month.starts_at), countries",
        tests=("tests/services/test_revenue.py::test_the_rate_is_that_of_the_last_day_and_not_of_the_money",),
    ),
    Defect(
        name="two invoices of one sweep spend the same credit",
        why="goodwill is given twice, and the balance pays twice (INV1)",
        file="app/services/invoicing.py",
        old="            self._left[draft.customer_id, draft.currency, kind] -= amount\n",
        new="",
        tests=("tests/services/test_issued_again.py::test_invoices_of_one_sweep_share_what_a_customer_has",),
    ),
    Defect(
        name="a void invoice keeps the balance that it had reserved",
        why="the customer's own money is gone (INV1)",
        file="app/services/invoice_voiding.py",
        old="        (CreditKind.BALANCE, invoice.balance_minor),\n",
        new="",
        tests=(
            "tests/services/test_issued_again.py"
            "::test_an_invoice_without_lines_is_void_and_gives_the_balance_back",
        ),
    ),
    Defect(
        name="goodwill of an invoice comes back although it was used",
        why="one apology is a discount on every invoice (H7; INV1)",
        file="app/services/receipts.py",
        old="_cause(booking, None), now)\n    else:\n",
        new="_cause(booking, None), now)\n    if True:\n",
        tests=("tests/services/test_issued_again.py::test_invoices_of_one_sweep_share_what_a_customer_has",),
    ),
    Defect(
        name="a repeated operation is counted again",
        why="the bill grows with each time-out of the network (I1)",
        file="app/billing/metering.py",
        old="    return counted_at is None or now - counted_at >= policy.repeats",
        new="    return True",
        tests=("tests/billing/test_metering.py::test_an_id_names_the_same_operation_for_24_hours",),
    ),
    Defect(
        name="an operation is allowed although it could not be counted",
        why="whoever makes the database stumble works for nothing (I1)",
        file="app/services/checks.py",
        old="        raise CheckUndecided() from error\n",
        new="",
        tests=("tests/services/test_metering.py::test_what_can_not_be_written_is_no_yes",),
    ),
    Defect(
        name="an operation is counted in a month that was billed",
        why="it is on no bill: the month is closed (I1)",
        file="app/repositories/metering.py",
        old="                where=UsageMonth.closed_at.is_(None),\n",
        new="",
        tests=("tests/services/test_metering.py::test_what_comes_after_the_bill_is_on_the_next_one",),
    ),
)
