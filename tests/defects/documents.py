"""Documents that are missing, doubled, numbered with gaps, or that say something else than the ledger."""

from tests.defects.defect import Defect

ISSUING, MIGRATION = "app/services/issuing/", "app/migrations/versions/0012_tax_documents.py"
ADVANCES = "tests/services/issuing/test_advances.py"
SERVICES = "tests/services/issuing/test_services.py"
RECEIPTS = "tests/services/issuing/test_receipts.py"
NUMBERS = "tests/services/issuing/test_numbers.py"
DECISION = "tests/billing/test_document_decision.py"
WALLS = "tests/repositories/test_walls_of_documents.py"
YEAR = "tests/scenarios/test_documents_of_a_year.py"

DOCUMENTS = (
    Defect(
        name="a block takes a number too many",
        why="each run leaves a gap, and the tax office asks where the document is (INV7)",
        file=ISSUING + "numbering.py",
        old="    numbers = work.invoices.take_numbers(seller_id, series, year, len(block))\n",
        new="    numbers = work.invoices.take_numbers(seller_id, series, year, len(block) + 1)[:-1]\n",
        tests=(f"{SERVICES}::test_what_was_given_back_before_it_was_given_needs_no_document",),
    ),
    Defect(
        name="a late document is dated back behind a higher number",
        why="the order of numbers is not that of dates: it looks forged (J3)",
        file=ISSUING + "numbering.py",
        old="        issued_on = max(draft.legal_day, issued_on or draft.legal_day)\n",
        new="        issued_on = draft.legal_day\n",
        tests=(f"{SERVICES}::test_a_higher_number_never_has_an_earlier_date",),
    ),
    Defect(
        name="the УПД with a tax invoice has numbers of its own",
        why="счета-фактуры of a seller are one row of numbers (Постановление 1137)",
        file="app/billing/documents/series.py",
        old="    numbered_as = WITH_INVOICE[kind] if status == 1 else kind\n",
        new="    numbered_as = kind\n",
        tests=("tests/billing/test_document_series.py::test_status_1_is_numbered_with_the_tax_invoices",),
    ),
    Defect(
        name="people get tax invoices",
        why="a счёт-фактура to somebody who can't deduct anything, twice in the sales book",
        file="app/billing/documents/decision.py",
        old="BUSINESS = frozenset({Buyer.BUSINESS})\n",
        new="BUSINESS = frozenset({Buyer.BUSINESS, Buyer.INDIVIDUAL})\n",
        tests=(f"{DECISION}::test_only_russian_businesses_get_a_tax_invoice",),
    ),
    Defect(
        name="what the balance paid gets a receipt",
        why="the same money is confirmed twice",
        file="app/billing/documents/decision.py",
        old="NEW_MONEY = frozenset(PaidBy) - {PaidBy.BALANCE}\n",
        new="NEW_MONEY = frozenset(PaidBy)\n",
        tests=(f"{ADVANCES}::test_what_the_balance_paid_is_an_advance_as_well",),
    ),
    Defect(
        name="the rate of an advance is that of today",
        why="money of 2025 that is documented in January says 22/122 (п. 4 ст. 164 НК)",
        file=ISSUING + "advances.py",
        old="    return deal.treatment(local_date(invoice.paid_at)).rate\n",
        new="    return deal.treatment(invoice.due_on.replace(year=2026)).rate\n",
        tests=(f"{ADVANCES}::test_a_late_run_dates_it_by_the_day_of_the_money",),
    ),
    Defect(
        name="a tax that is not the ledger's is printed",
        why="PDF, register and ledger tell three sums (INV3)",
        file=ISSUING + "advances.py",
        old="        refuse_unless(included_vat(gross, rate) == vat, ",
        new="        refuse_unless(included_vat(gross, rate) is not None, ",
        tests=(
            f"{ADVANCES}::test_a_rate_that_is_not_the_ledgers_goes_to_staff_until_it_is_repaired",
        ),
    ),
    Defect(
        name="service does not wait for the счёт-фактура of its advance",
        why="line 5б is empty, and the buyer's deduction of the advance is never restored (п. 5 ст. 169 НК)",
        file="app/repositories/undocumented.py",
        old="        waiting = self._undocumented_among({row.invoice_id for row in rows})\n",
        new="        waiting: frozenset[int] = frozenset()\n",
        tests=(
            f"{ADVANCES}::test_a_rate_that_is_not_the_ledgers_goes_to_staff_until_it_is_repaired",
        ),
    ),
    Defect(
        name="a document of service has the price after refunds",
        why="the correction then lowers it once more, and the VAT of the quarter is wrong (INV3)",
        file=ISSUING + "service_lines.py",
        old="    gross = Money(row.gross_minor or 0, month.currency)\n",
        new="    gross = month.gross\n",
        tests=(f"{SERVICES}::test_a_refund_before_a_late_issue_does_not_change_what_was_given",),
    ),
    Defect(
        name="line 5б is left out",
        why="a счёт-фактура without the advances that it uses is refused since 2026 (ПП № 26)",
        file=ISSUING + "services.py",
        old="            advances=references if paper in TAX_INVOICES else (),\n",
        new="            advances=(),\n",
        tests=(f"{YEAR}::test_a_business_of_a_seller_with_vat",),
    ),
    Defect(
        name="the part of the advance that is used is not kept",
        why="nobody can tell which VAT on advances is still to be deducted (INV3)",
        file=ISSUING + "services.py",
        old="    drafts[papers[-1]].advances = tuple(uses)",
        new="    drafts[papers[-1]].advances = tuple(uses[:0])",
        tests=(f"{SERVICES}::test_an_advance_of_20_percent_is_used_up_by_a_seller_who_has_left_vat",),
    ),
    Defect(
        name="a document without its rouble value is issued",
        why="the sales book lacks the roubles of a foreign sale, and documents can't be changed (J4)",
        file=ISSUING + "writing.py",
        old="    issued = [draft for draft in drafts if draft in roubles]\n",
        new="    issued = list(drafts)\n"
            "    roubles = {each: (each.total, each.vat) for each in drafts} | dict(roubles)\n",
        tests=(f"{RECEIPTS}::test_a_missing_rate_holds_the_document_back_and_nothing_else",),
    ),
    Defect(
        name="a chunk that another machine has issued is issued again",
        why="two machines at once document a payment twice; only the walls would notice",
        file="app/repositories/undocumented.py",
        old="            .where(one_of(Payment.id, ids), PAYMENT_DUE)\n",
        new="            .where(one_of(Payment.id, ids))\n",
        tests=(f"{NUMBERS}::test_four_machines_at_once_issue_everything_once",
               f"{NUMBERS}::test_eight_processes_leave_no_gap_and_no_double"),
    ),
    Defect(
        name="what waits for a rate counts as documented",
        why="it is forgotten, and no document is ever issued for it (INV7)",
        file=ISSUING + "receipts.py",
        old="    done = [each.id for each in payments if each.id not in drafts or drafts[each.id] in ids]\n",
        new="    done = [each.id for each in payments]\n",
        tests=(f"{RECEIPTS}::test_a_missing_rate_holds_the_document_back_and_nothing_else",),
    ),
    Defect(
        name="an issued document may be rewritten",
        why="the customer holds another paper than we do (J3)",
        file=MIGRATION,
        old='        "rouble_minor", "rouble_vat_minor",\n    ),\n}',
        new='        "rouble_minor",\n    ),\n}',
        tests=(f"{WALLS}::test_an_issued_document_never_changes",),
    ),
    Defect(
        name="a service month may be documented twice",
        why="its VAT is in the sales book twice (INV3)",
        file=MIGRATION,
        old='        ["service_month_id", "kind", "correction"],\n        unique=True,\n',
        new='        ["service_month_id", "kind", "correction"],\n        unique=False,\n',
        tests=(f"{WALLS}::test_nothing_is_documented_twice",),
    ),
    Defect(
        name="another kind may take the numbers of invoices",
        why="счета and акты share a row of numbers, and both have gaps (INV7)",
        file=MIGRATION,
        old="            \"series <> 'СЧ' AND kind <> 'invoice'\", name",
        new="            \"series <> '' AND kind <> ''\", name",
        tests=(f"{WALLS}::test_no_kind_takes_the_series_of_invoices",),
    ),
)  # fmt: skip
