"""Links in mails: signed for one purpose, absolute, and never a secret in the database."""

import pytest

from app.services.links import Links
from app.services.signing import LinkSigner

SIGNER = LinkSigner("the portal's secret")


def test_a_signed_id_comes_back() -> None:
    assert SIGNER.unsign("activation", SIGNER.sign("activation", 42)) == 42


@pytest.mark.parametrize(
    "text",
    ["", "42", "made-up", SIGNER.sign("password_reset", 42), SIGNER.sign("activation", 42) + "x", "é", "a.b"],
)
def test_what_was_not_signed_for_this_is_worth_nothing(text: str) -> None:
    assert SIGNER.unsign("activation", text) is None


def test_another_secret_signs_nothing_of_ours() -> None:
    assert SIGNER.unsign("activation", LinkSigner("another").sign("activation", 42)) is None


def test_a_signed_value_that_is_no_id() -> None:
    class Careless(LinkSigner):
        """Signs anything."""

    text = Careless("the portal's secret").sign("activation", "42")  # type: ignore[arg-type]  # on purpose
    assert SIGNER.unsign("activation", text) is None


def test_every_link_is_absolute() -> None:
    links = Links("https://bpm.example")
    addresses = [
        links.activation("t"),
        links.password_reset("t"),
        links.login(),
        links.forgot_password(),
        links.catalogue(),
        links.keys(),
        links.key(1),
        links.invoice(1),
        links.document(1),
        links.subscription(1),
        links.subscriptions(),
        links.payment_return("a"),
        links.payment_methods(),
        links.method_setup_return("a"),
        links.payment_confirmation("a"),
        links.confirmed(),
    ]
    assert all(address.startswith("https://bpm.example/") for address in addresses)
    assert len(set(addresses)) == len(addresses)
