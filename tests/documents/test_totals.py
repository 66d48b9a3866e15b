"""Whatever the document, what is printed adds up: columns to totals, and totals are the document's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html

from app.billing.documents.adjustment import AdjustedLine, AdjustmentDocument, LineAmounts
from app.billing.documents.receipt import Receipt, ReceiptLine
from app.billing.documents.reconciliation import ReconciliationAct, ReconciliationRow
from app.billing.documents.tax_document import TaxDocument
from app.billing.money import Money, total
from app.billing.tax import included_vat
from app.cli.samples import letters, tax
from app.documents.pages import page_of
from app.formatting.words import amount_in_words
from tests.documents.printed import one_line, text_of
from tests.documents.strategies import RATES, tax_documents, texts

many = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
few = settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])

amounts = st.integers(0, 10**10).map(lambda minor: Money(minor, "RUB"))


def figure(text: str) -> Decimal:
    """A printed sum; a dash or «без НДС» is nothing."""
    plain = "".join(text.split()).replace(",", ".")
    return Decimal(plain) if plain.replace(".", "").isdigit() else Decimal(0)


def parsed(page: str) -> Any:
    return html.fromstring(page)


def table(page: str, name: str) -> Any:
    return parsed(page).xpath(f"//table[contains(concat(' ', @class, ' '), ' {name} ')]")[0]


def cells(row: Any) -> list[str]:
    return [one_line(cell.text_content()) for cell in row.xpath("./td")]


def sums(rows: list[list[str]], column: int) -> Decimal:
    return sum((figure(row[column]) for row in rows), Decimal(0))


@many
@given(tax_documents("vat_invoice") | tax_documents("transfer") | tax_documents("advance_invoice"))
def test_columns_5_8_and_9_add_up_to_the_total_of_the_document(document: TaxDocument) -> None:
    *lines, whole = [cells(row) for row in table(page_of(document).html, "goods").xpath("./tbody/tr")]
    assert len(lines) == len(document.lines)
    assert sums(lines, -5) == figure(whole[-3]) == document.vat_total.decimal
    assert sums(lines, -4) == figure(whole[-2]) == document.total.decimal
    if document.form != "advance_invoice":
        assert sums(lines, -8) == figure(whole[-5]) == document.net_total.decimal


@many
@given(tax_documents("act"))
def test_the_lines_of_an_act_add_up_to_its_sum_which_is_also_in_words(document: TaxDocument) -> None:
    # Amounts of the English act are parted by commas.
    document = replace(document, language="ru")
    page = page_of(document).html
    lines = [cells(row) for row in table(page, "lines").xpath("./tbody/tr")]
    assert sums(lines, -1) == document.total.decimal
    assert amount_in_words(document.total, "ru") in one_line(parsed(page).text_content())


@st.composite
def sides(draw: st.DrawFn, rate: int | None) -> LineAmounts:
    gross = draw(amounts)
    vat = included_vat(gross, rate)
    return LineAmounts(draw(st.integers(0, 12)), gross - vat, vat, gross)


@st.composite
def adjustments(draw: st.DrawFn) -> AdjustmentDocument:
    sample = draw(st.sampled_from((tax.vat_adjustment, tax.transfer_adjustment)))()
    lines = []
    for place in range(1, draw(st.integers(2, 5))):
        rate = draw(st.sampled_from(RATES))
        before, after = draw(sides(rate)), draw(sides(rate))
        lines.append(AdjustedLine(place, draw(texts()), "мес", "362", rate, before, after))
    return replace(sample, lines=tuple(lines))


@many
@given(adjustments())
def test_rows_of_increase_and_decrease_add_up_and_are_not_netted(document: AdjustmentDocument) -> None:
    rows = [cells(row) for row in table(page_of(document).html, "goods").xpath("./tbody/tr")]
    *_, increase, decrease = rows
    for label, printed, sum_of_rows in (
        ("В (увеличение)", increase, document.increase),
        ("Г (уменьшение)", decrease, document.decrease),
    ):
        changed = [row for row in rows if row[0] == label]
        assert len(changed) == len(document.lines)
        assert sums(changed, -8) == figure(printed[-5]) == sum_of_rows.net.decimal
        assert sums(changed, -5) == figure(printed[-3]) == sum_of_rows.vat.decimal
        assert sums(changed, -4) == figure(printed[-2]) == sum_of_rows.gross.decimal
    assert document.increase.gross - document.decrease.gross == total(
        (line.after.gross - line.before.gross for line in document.lines), "RUB"
    )


@st.composite
def receipts(draw: st.DrawFn) -> Receipt:
    lines = []
    for rate in draw(st.lists(st.sampled_from(RATES), max_size=5)):
        amount = draw(amounts)
        lines.append(ReceiptLine(draw(texts()), amount, rate, included_vat(amount, rate)))
    to_balance = draw(amounts)
    return replace(
        letters.payment_receipt(),
        lines=tuple(lines),
        to_balance=to_balance,
        total=total((line.amount for line in lines), "RUB") + to_balance,
        vat_total=total((line.vat for line in lines), "RUB"),
    )


@many
@given(receipts())
def test_the_lines_of_a_receipt_add_up_to_the_money(document: Receipt) -> None:
    lines = [cells(row) for row in table(page_of(document).html, "lines").xpath("./tbody/tr")]
    assert sums(lines, -1) == document.total.decimal
    assert sums(lines, -2) == document.vat_total.decimal


@st.composite
def reconciliations(draw: st.DrawFn) -> ReconciliationAct:
    nothing = Money(0, "RUB")
    rows = []
    for is_debit in draw(st.lists(st.booleans(), max_size=8)):
        amount = draw(amounts)
        sides = (amount, nothing) if is_debit else (nothing, amount)
        rows.append(ReconciliationRow(date(2026, 10, 5), draw(texts()), *sides))
    opening = Money(draw(st.integers(-(10**9), 10**9)), "RUB")
    moved = total((row.debit - row.credit for row in rows), "RUB")
    sample = letters.reconciliation()
    return replace(sample, opening=opening, rows=tuple(rows), closing=opening + moved)


@many
@given(reconciliations())
def test_a_reconciliation_leads_from_one_printed_balance_to_the_other(document: ReconciliationAct) -> None:
    rows = [cells(row) for row in table(page_of(document).html, "both").xpath("./tbody/tr")]
    opening, *between, turnover, closing = rows
    debit, credit = sums(between, 2), sums(between, 3)
    assert (debit, credit) == (figure(turnover[1]), figure(turnover[2]))
    assert figure(opening[1]) - figure(opening[2]) + debit - credit == figure(closing[1]) - figure(closing[2])
    assert figure(closing[1]) - figure(closing[2]) == document.closing.decimal


@pytest.mark.slow
@pytest.mark.parametrize("form", ["advance_invoice", "vat_invoice", "transfer", "act"])
def test_what_the_page_says_is_in_the_pdf(form: Any) -> None:
    @few
    @given(tax_documents(form, most_lines=3))
    def check(document: TaxDocument) -> None:
        printed = "".join(text_of(document).split())
        locale = "en" if form == "act" and document.language == "en" else "ru"
        whole = f"{document.total.decimal:,}"
        if locale == "ru":
            whole = whole.replace(",", "").replace(".", ",")
        assert whole in printed

    run: Callable[[], None] = check
    run()
