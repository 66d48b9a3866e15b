"""Every code has a sentence, every sentence is Russian as well as English."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from app.billing.refunds import RefundCode
from app.portal.messages import DECLINES, SENTENCES

APP = Path(__file__).parent.parent.parent / "app"
PORTAL = APP / "portal"
NEVER_SHOWN = {
    "ANNOUNCEMENT_EMPTY": "the back-office",
    "AUDIENCE_CHANGED": "the back-office",
    "AUDIENCE_INVALID": "the back-office",
    "BAD_SERIES": "the back-office",
    "BANK_ACCOUNT_UNKNOWN": "the back-office",
    "BILLING_ERROR": "the base class",
    "CLOCK_MOVE": "the demo's clock",
    "COMPENSATION_AMOUNT": "the back-office",
    "COMPENSATION_CURRENCY": "the back-office",
    "COMPENSATION_DAYS": "the back-office",
    "COMPENSATION_NOT_OF_ITS_KIND": "the back-office",
    "COMPENSATION_OF_USAGE": "the back-office",
    "COMPENSATION_PERCENT": "the back-office",
    "COMPENSATION_WITHOUT_REASON": "the back-office",
    "COMPENSATION_WITHOUT_SUBSCRIPTION": "the back-office",
    "CONNECTOR_UNKNOWN": "the public API",
    "DOCUMENT_CORRECTED_ALREADY": "the back-office",
    "DOCUMENT_INCONSISTENT": "the worker",
    "DOCUMENT_NOT_CORRECTABLE": "the back-office",
    "DOCUMENT_STORE_UNAVAILABLE": "the worker",
    "DOCUMENT_WITHOUT_ORIGINAL": "the back-office",
    "FISCAL_RATE_UNKNOWN": "the worker",
    "FISCAL_RECEIPT_INCONSISTENT": "the worker",
    "FISCAL_RECEIPT_REFUSED": "the worker",
    "FISCAL_RECEIPT_REGISTERED": "the worker",
    "FISCAL_REGISTER_UNREACHABLE": "the worker",
    "MONTH_CLOSED": "the back-office",
    "MONTH_NOT_OVER": "the back-office",
    "NOTHING_CORRECTED": "the back-office",
    "RATE_WITHOUT_COLUMN": "the back-office",
    "ROUBLE_VALUE_MISSING": "the worker",
    "TEXT_REQUIRED": "the back-office",
    "WORK_CANCELED": "the worker",
    "EXCHANGE_FILE_INVALID": "the worker",
    "IN_DUNNING": "the back-office",
    "LINE_DECIDED": "the back-office",
    "MAIL_FAILED": "the worker",
    "NOTHING_CHOSEN": "the back-office",
    "NOT_A_PART": "the back-office",
    "NOT_EXTENDABLE": "the back-office",
    "NOT_KNOWN_YET": "the worker",
    "NO_NEXT_PERIOD": "our mistake: nothing asks for a price where no period follows",
    "NO_TAX_RATE": "our mistake: shown as a 503",
    "PAYMENT_ORDER_INVALID": "the back-office",
    "PERMANENT_FAILURE": "the worker",
    "PRICE_CHANGED": "the back-office",
    "PRICE_EXISTS": "the back-office",
    "PRICE_IN_THE_PAST": "the back-office",
    "PRICE_NOT_FOUND": "the back-office",
    "PRICE_NOT_FROM_A_MONTH": "the back-office",
    "PRICE_NOT_POSITIVE": "the back-office",
    "PRICE_PLANNED": "the back-office",
    "PRICE_WITHOUT_NOTICE": "the back-office",
    "PROMO_CODE_FORM": "the back-office",
    "PROMO_DATES": "the back-office",
    "PROMO_DISCOUNT": "the back-office",
    "PROMO_EXISTS": "the back-office",
    "PROMO_IN_PLACE": "the back-office",
    "PROMO_LIMITS": "the back-office",
    "QUEUE_UNREACHABLE": "the relay",
    "RATES_INCOMPLETE": "the back-office",
    "RATES_IN_FUTURE": "the back-office",
    "RATES_OF_ANOTHER_DAY": "the back-office",
    "RATE_DIFFERS": "the back-office",
    "REFERENCE_REQUIRED": "the back-office",
    "REFUND_EXCEEDS_LINE": "the back-office",
    "REFUND_EXCEEDS_PAYMENT": "the back-office",
    "REFUND_IN_FLIGHT": "the back-office",
    "REFUND_NOT_AWAITED": "the back-office",
    "NO_ACCESS_TO_END": "the back-office",
    "BALANCE_EMPTY": "the back-office",
    "NO_DEBT": "the back-office",
    "REFUND_LEAVES_BY_BANK": "the back-office",
    "REFUND_NOT_BY_PROVIDER": "the back-office",
    "REFUND_NOT_POSITIVE": "the back-office",
    "RENDERING_ERROR": "the worker",
    "SECOND_PERSON_REQUIRED": "the back-office",
    "SEVERAL_CUSTOMERS": "the back-office",
    "SNAPSHOT_UNREADABLE": "the worker",
    "STATEMENT_TOTALS": "the back-office",
    "SUMS_DIFFER": "the back-office",
    "TRANSFER_AMOUNT": "the back-office",
    "UNDERPAID": "the back-office",
}
GIVEN = {RefundCode.FIRST_DAYS, RefundCode.UNUSED_PART}
"""What the policy says when it gives something back: no refusal."""
OTHER_PROBLEMS = ("REQUIRED", "COUNTRY_MISMATCH")
PROBLEM_MODULES = ("services/profile.py",)
"""Modules that answer codes of problems by field."""
RULES_OF_PROMO_CODES = "billing/promotions.py"
"""Answers the first of a table of codes that is true."""


def codes_in(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.ClassDef(body=body):
                yield from (value for statement in body for value in assigned_code(statement))
            case ast.keyword(arg="code", value=ast.Constant(value=str(value))):
                yield value
            case _:
                pass


def assigned_code(statement: ast.stmt) -> Iterator[str]:
    match statement:
        case ast.Assign(targets=[ast.Name(id="code")], value=ast.Constant(value=str(value))):
            yield value
        case _:
            pass


def problem_codes(path: Path) -> set[str]:
    return {text for text in texts_in(path) if text.startswith("BAD_") or text in OTHER_PROBLEMS}


def texts_in(path: Path) -> set[str]:
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def all_codes() -> set[str]:
    modules = [path for folder in ("billing", "services") for path in (APP / folder).rglob("*.py")]
    found = {code for path in modules for code in codes_in(path)}
    found |= {code for name in PROBLEM_MODULES for code in problem_codes(APP / name)}
    found |= {text for text in texts_in(APP / RULES_OF_PROMO_CODES) if text.startswith("PROMO_")}
    return found | (set(RefundCode) - GIVEN)


def test_every_code_of_the_use_cases_has_a_sentence() -> None:
    codes = all_codes()

    assert {"TRIAL_USED", "BAD_INN", "REQUIRED", "PROMO_EXPIRED", "PERIOD_OVER"} <= codes, "the scan works"
    assert codes - set(SENTENCES) - set(NEVER_SHOWN) == set()


def test_codes_that_are_never_shown_still_exist() -> None:
    assert set(NEVER_SHOWN) - all_codes() == set()


def russian() -> Catalog:
    catalogue = Catalog("ru")
    for folder in (APP / "templates", PORTAL):
        with (folder / "translations/ru/LC_MESSAGES/messages.po").open("rb") as file:
            for message in read_po(file, locale="ru"):
                catalogue[message.id] = message
    return catalogue


def texts() -> set[str | tuple[str, ...]]:
    methods = [("**.py", "python"), ("**.html", "jinja2")]
    keywords = {"_": None, "_l": None, "gettext": None, "ngettext": (1, 2)}
    found = list(extract_from_dir(PORTAL, methods, keywords=keywords))
    shared = [("portal.html", "jinja2"), ("error.html", "jinja2")]
    found += extract_from_dir(APP / "templates", shared, keywords=keywords)
    return {message for _file, _line, message, _comments, _context in found}


def test_no_text_lacks_its_russian() -> None:
    catalogue, wanted = russian(), texts()
    missing = [text for text in wanted if not has_words(catalogue.get(text))]

    assert len(wanted) > 300, "the extraction works"
    assert missing == []


def test_no_translation_is_left_over() -> None:
    with (PORTAL / "translations/ru/LC_MESSAGES/messages.po").open("rb") as file:
        ids = {message.id for message in read_po(file, locale="ru") if message.id}

    assert ids - texts() == set()


def test_plurals_have_three_forms_and_placeholders_stay() -> None:
    with (PORTAL / "translations/ru/LC_MESSAGES/messages.po").open("rb") as file:
        catalogue = read_po(file, locale="ru")

    for message in catalogue:
        assert not list(message.check(catalogue)), message.id
        if message.pluralizable:
            assert isinstance(message.string, list | tuple)
            assert len(message.string) == 3


@pytest.mark.parametrize("sentence", [*SENTENCES.values(), *DECLINES.values()])
def test_a_sentence_ends_like_one(sentence: object) -> None:
    assert str(sentence).endswith(".")


def has_words(message: Message | None) -> bool:
    if message is None or not message.string:
        return False
    return all(message.string) if isinstance(message.string, list | tuple) else True
