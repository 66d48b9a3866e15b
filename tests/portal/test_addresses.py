"""Where a login may lead back to: this host and no other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.portal.addresses import local_address
from tests.portal.browser import Browser

FOREIGN = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "/\n//evil.example",
    "https://evil.example",
    "https:evil.example",
    "HTTPS://evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    " /overview",
    "/ /evil.example",
    "/\x00",
    "/overview\r\nSet-Cookie: a=b",
    "/страница",
    "evil.example",
    "?next=//evil.example",
    "",
    "/" + "a" * 3000,
    "/a\\b",
]
LOCAL = ["/", "/overview", "/invoices/5", "/catalogue?category=crm", "/keys/1/reveal#key", "/a//b"]


@pytest.mark.parametrize("address", FOREIGN)
def test_foreign_addresses_are_refused(address: str) -> None:
    assert local_address(address) is None


@pytest.mark.parametrize("address", LOCAL)
def test_addresses_of_the_portal_are_taken(address: str) -> None:
    assert local_address(address) == address


@given(st.text())
def test_what_is_taken_is_a_path_in_ascii(text: str) -> None:
    taken = local_address(text)
    if taken is not None:
        assert taken.startswith("/")
        assert not taken.startswith(("//", "/\\"))
        assert taken.isascii()
        assert taken.isprintable()


@pytest.mark.parametrize("address", FOREIGN)
def test_a_login_never_leads_to_another_host(guest: Browser, alice: int, address: str) -> None:
    answer = guest.post(
        "/login",
        {"email": "alice@example.com", "password": "correct horse battery staple"},
        query_string={"next": address},
    )

    assert (answer.status_code, answer.location) == (303, "/overview")


def test_a_login_leads_back_to_the_page_that_asked_for_it(guest: Browser, alice: int) -> None:
    asked = guest.get("/documents?page=2")
    answer = guest.post(
        asked.location, {"email": "alice@example.com", "password": "correct horse battery staple"}
    )

    assert asked.location == "/login?next=/documents?page%3D2"
    assert answer.location == "/documents?page=2"


@pytest.mark.parametrize("address", FOREIGN)
def test_the_language_switch_never_leads_to_another_host(guest: Browser, address: str) -> None:
    answer = guest.get("/language/en", query_string={"next": address})

    assert (answer.status_code, answer.location) == (303, "/")
