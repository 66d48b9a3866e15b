"""Customers are told of what a run issued in one mail, once, when all of it is made (M1)."""

from __future__ import annotations

from functools import partial

import pytest

from app.billing.rendering import RenderingFailed
from app.bootstrap import Container
from app.models import OutboxMessage
from app.services.document_production import make_again, render_document
from tests.clock import ManualClock
from tests.factories import FACTORY, create_customer, create_payer, deliver_all, order, promised, rows
from tests.parallel import at_once
from tests.services.papers import issue_receipt, make_files, plain_production
from tests.services.test_document_production import FINANCE, PlainRenderer, production
from tests.services.test_mail_contents import sent


def told(container: Container) -> list[list[int]]:
    """The documents of each promised mail."""
    return [message.payload["document_ids"] for message in promised(container, "mail.documents_ready")]


def fail(container: Container, document_id: int) -> None:
    render_document(
        production(container, PlainRenderer(RenderingFailed("RENDERING_ERROR", retry=False))),
        document_id=document_id,
        now=container.clock.now(),
    )


def test_one_mail_tells_of_all_documents_of_a_run(
    container: Container, clock: ManualClock, alice: int
) -> None:
    first = [issue_receipt(container, alice) for _ in range(3)]
    clock.advance(days=1)
    second = issue_receipt(container, alice)
    make_files(container, first[2], first[0])
    assert told(container) == []
    make_files(container, second, first[1], first[1])
    assert told(container) == [[second], first]


def test_a_run_has_one_mail_for_each_customer(container: Container, alice: int) -> None:
    bob = create_customer(container, "bob@example.com")
    create_payer(container, bob, inn="7707083893")
    made = [issue_receipt(container, customer_id) for customer_id in (alice, bob)]
    make_files(container, *made)
    assert {
        (row.customer_id, *row.payload["document_ids"])
        for row in rows(container, OutboxMessage)
        if row.name == "mail.documents_ready"
    } == {(alice, made[0]), (bob, made[1])}


def test_workers_that_end_together_promise_one_mail(container: Container, alice: int) -> None:
    made = [issue_receipt(container, alice) for _ in range(4)]
    at_once(
        *(
            partial(render_document, plain_production(container), document_id=each, now=container.clock.now())
            for each in made
        )
    )
    assert told(container) == [made]


def test_what_failed_holds_up_nothing_and_is_told_of_alone_later(container: Container, alice: int) -> None:
    good, bad = issue_receipt(container, alice), issue_receipt(container, alice)
    make_files(container, good)
    fail(container, bad)
    assert told(container) == [[good]]
    make_again(
        container.transactions,
        actor=FINANCE,
        document_id=bad,
        reason="исправили",
        now=container.clock.now(),
    )
    make_files(container, bad)
    assert told(container) == [[good], [bad]]


def test_an_invoice_has_a_mail_of_its_own(container: Container, alice: int) -> None:
    order(container, alice, "crm-connector")
    receipt = issue_receipt(container, alice)
    make_files(container, 1)
    assert told(container) == []
    make_files(container, receipt)
    assert told(container) == [[receipt]]


@pytest.mark.parametrize(
    ("language", "subject", "line"),
    [
        ("ru", "Готовы 2 документа", "Квитанция КВ-2026-000001: 2 марта 2026 г., 990,00 ₽"),
        ("en", "2 documents are ready", "Receipt КВ-2026-000001: 2 March 2026, "),
    ],
)
def test_the_mail_names_them_and_leads_to_the_list(
    container: Container, alice: int, language: str, subject: str, line: str
) -> None:
    with container.transactions.begin(FACTORY) as work:
        work.customers.get(alice).language = language
    make_files(container, *(issue_receipt(container, alice) for _ in range(2)))
    deliver_all(container)
    (mail,) = sent(container)
    assert mail.subject == subject
    assert line in mail.text.replace("\xa0", " ")
    assert "http://localhost/documents" in mail.text
    assert mail.recipient == "alice@example.com"
