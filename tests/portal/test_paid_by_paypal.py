"""What PayPal pays says PayPal wherever it is shown: invoice, its document, payments, mails (B3, H3, H5)."""

from __future__ import annotations

import pytest

from app.billing.documents.invoice import InvoiceDocument
from app.billing.documents.snapshot import from_snapshot
from app.billing.invoice import PaymentMethodKind
from app.billing.money import Money
from app.billing.payment import ChargeOutcome, OutcomeKind, SavedMethod
from app.bootstrap import Container
from app.models import Document, Invoice, Payment, PaymentAttempt, PaymentMethod, Subscription
from app.services.charging import refresh_attempt
from tests.factories import create_connector, deliver_all, order, rows
from tests.payments.gateways import Bank
from tests.portal.browser import Browser, visible_text
from tests.portal.test_payment_methods import with_paypal
from tests.services.charges import charge
from tests.services.mail_facts import change

EURO = Money(1_200, "EUR")
WALLET = SavedMethod("token-1", "PayPal", "XJNX", "QYR5Z8XDVXJNX")


@pytest.fixture
def bank(container: Container, alice: int) -> Bank:
    """PayPal; a connector that is sold in euro lies in the cart."""
    create_connector(container, "euro-connector", monthly=EURO)
    return with_paypal(container, alice)


def latest(container: Container) -> PaymentAttempt:
    """The attempt that was made last."""
    return max(rows(container, PaymentAttempt), key=lambda attempt: (attempt.invoice_id, attempt.ordinal))


def pay(container: Container, bank: Bank, method: SavedMethod | None = None) -> None:
    """What the customer does on PayPal's page, and their coming back."""
    attempt = latest(container)
    bank.outcomes[str(attempt.id)] = ChargeOutcome(
        OutcomeKind.SUCCEEDED, f"C{attempt.ordinal}", amount=attempt.amount, method=method
    )
    refresh_attempt(container.charging, attempt_id=attempt.id, now=container.clock.now())
    deliver_all(container)


def placed(member: Browser, container: Container, method: str) -> Invoice:
    """Order the connector and choose how to pay."""
    member.post("/cart/add/euro-connector", {"interval": "month"})
    member.post("/checkout", {"cart_id": "1", "method": method})
    (invoice,) = rows(container, Invoice)
    return invoice


def told_everywhere(container: Container, member: Browser, invoice_id: int) -> list[str]:
    mailbox = container.local_mailbox
    assert mailbox is not None
    receipt = next(mail for mail in mailbox.list_messages() if "12,00" in mail.subject)
    pages = [f"/invoices/{invoice_id}", f"/payments/{invoice_id}", "/payments"]
    return [*(visible_text(member.get(page)) for page in pages), receipt.text]


def test_an_order_paid_by_paypal_says_so_from_the_invoice_on(
    container: Container, member: Browser, bank: Bank
) -> None:
    invoice = placed(member, container, "paypal")
    (document,) = rows(container, Document)
    before = visible_text(member.get(f"/invoices/{invoice.id}"))
    pay(container, bank)

    assert invoice.method is PaymentMethodKind.PAYPAL
    printed = from_snapshot(document.snapshot)
    assert isinstance(printed, InvoiceDocument)
    assert printed.payment_method == "paypal"
    assert "Способ оплаты PayPal" in before
    assert [payment.method_label for payment in rows(container, Payment)] == ["PayPal"]
    for text in told_everywhere(container, member, invoice.id):
        assert "PayPal" in text
        assert "Банковская карта" not in text
    (subscription,) = rows(container, Subscription)
    assert subscription.method is PaymentMethodKind.CARD, "it renews by whatever method is saved"


@pytest.mark.parametrize(
    ("ordered", "paid", "is_called"),
    [
        ("new", "paypal", PaymentMethodKind.PAYPAL),
        ("paypal", "new", PaymentMethodKind.CARD),
        ("bank_transfer", "paypal", PaymentMethodKind.BANK_TRANSFER),
    ],
)
def test_an_invoice_says_what_has_paid_it_though_another_way_was_chosen(
    container: Container, member: Browser, bank: Bank, ordered: str, paid: str, is_called: PaymentMethodKind
) -> None:
    """How a subscription renews that was ordered by transfer stays as its customer chose."""
    invoice = placed(member, container, ordered)
    member.post(f"/invoices/{invoice.id}/pay/{paid}")
    provider = latest(container).provider
    if provider == "paypal":
        pay(container, bank, WALLET)
    else:
        container.test_acquirer.pay(str(latest(container).id), "tok_visa")
        refresh_attempt(
            container.charging,
            attempt_id=latest(container).id,
            now=container.clock.now(),
        )
        deliver_all(container)

    assert rows(container, Invoice)[0].method is is_called
    shown = "PayPal •••• XJNX" if provider == "paypal" else "Visa •••• 4242"
    for text in told_everywhere(container, member, invoice.id):
        assert shown in text


def test_a_saved_wallet_pays_an_order_and_a_charge_whose_wallet_nobody_named(
    container: Container, member: Browser, alice: int, bank: Bank
) -> None:
    placed(member, container, "paypal")
    pay(container, bank, WALLET)
    (wallet,) = rows(container, PaymentMethod)
    member.post("/cart/add/euro-connector", {"interval": "month"})
    member.post("/checkout", {"cart_id": "2", "method": str(wallet.id)})
    second = rows(container, Invoice)[-1]
    deliver_all(container)

    assert second.method is PaymentMethodKind.PAYPAL
    assert rows(container, Payment)[-1].method_label == "PayPal •••• XJNX"


def test_an_invoice_on_the_way_to_a_saved_wallet_is_charged(
    container: Container, alice: int, bank: Bank, member: Browser
) -> None:
    """An invoice that is meant for PayPal is one that a saved method pays."""
    placed(member, container, "paypal")
    pay(container, bank, WALLET)
    change(container, Subscription, 1, auto_renew=True)
    second = order(container, alice, "euro-connector")
    change(container, Invoice, second, method=PaymentMethodKind.PAYPAL)
    charge(container, second, 1)
    assert rows(container, Invoice, id=second)[0].paid_at is not None
