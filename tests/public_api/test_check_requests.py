"""The check meets bad requests: always a clear JSON error with a stable code, never a 500."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from app.billing.api_key import ApiKeyKind, mint_key
from tests.public_api.conftest import CHECK, Ask, Subscriber, error_of

GOOD_QUERY = "connector=crm-connector&accountId=make-1"


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "AUTHORIZATION_MISSING"),
        ("", "AUTHORIZATION_MALFORMED"),
        ("Bearer", "AUTHORIZATION_MALFORMED"),
        ("Bearer ", "AUTHORIZATION_MALFORMED"),
        ("Basic dXNlcjpwYXNz", "AUTHORIZATION_MALFORMED"),
        ("bpm_prod_" + "a" * 32, "AUTHORIZATION_MALFORMED"),
        ("Bearer one two", "AUTHORIZATION_MALFORMED"),
        ("Bearer one, Bearer two", "AUTHORIZATION_MALFORMED"),
        ("Bearer one,two", "AUTHORIZATION_MALFORMED"),
        ("Bearer\tone", "AUTHORIZATION_MALFORMED"),
        ("Bearer ключ", "AUTHORIZATION_MALFORMED"),
        ("Bearer \x00", "AUTHORIZATION_MALFORMED"),
        ("Bearer \xff\xfe", "AUTHORIZATION_MALFORMED"),
        ("Bearer " + "a" * 257, "AUTHORIZATION_MALFORMED"),
        ("Bearer " + "a" * 16_384, "AUTHORIZATION_MALFORMED"),
        ("B" * 16_384, "AUTHORIZATION_MALFORMED"),
        (" " * 16_384, "AUTHORIZATION_MALFORMED"),
    ],
)
def test_only_a_missing_or_malformed_header_is_a_401(api: FlaskClient, header: str | None, code: str) -> None:
    environ = {} if header is None else {"HTTP_AUTHORIZATION": header.encode().decode("latin-1")}

    response = api.get(f"{CHECK}?{GOOD_QUERY}", environ_overrides=environ)

    assert error_of(response) == (401, code)
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("header", ["Bearer   {}", "bearer {}", "BEARER {}  "])
def test_spelling_that_http_allows_is_understood(
    api: FlaskClient, subscriber: Subscriber, header: str
) -> None:
    answer = api.get(f"{CHECK}?{GOOD_QUERY}", headers={"Authorization": header.format(subscriber.key)})

    assert answer.get_json()["allowed"] is True


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "PARAMETER_MISSING"),
        ("connector=crm-connector", "PARAMETER_MISSING"),
        ("accountId=make-1", "PARAMETER_MISSING"),
        ("connector=crm-connector&accountid=make-1", "PARAMETER_MISSING"),
        ("connector=&accountId=make-1", "PARAMETER_INVALID"),
        ("connector=crm-connector&accountId=", "PARAMETER_INVALID"),
        ("connector=crm-connector&accountId=" + "a" * 129, "PARAMETER_INVALID"),
        ("connector=" + "a" * 65 + "&accountId=make-1", "PARAMETER_INVALID"),
        ("connector=crm-connector&accountId=" + "a" * 1_000_000, "PARAMETER_INVALID"),
        ("connector=crm-connector&accountId=a%00b", "PARAMETER_INVALID"),
        ("connector=crm-connector&accountId=a%0D%0Ab", "PARAMETER_INVALID"),
        ("connector=crm%00connector&accountId=make-1", "PARAMETER_INVALID"),
        ("connector=crm-connector&accountId=%FF%FE", "PARAMETER_NOT_UTF8"),
        ("connector=crm-connector&accountId=%ED%A0%80", "PARAMETER_NOT_UTF8"),
        ("connector=crm-connector&accountId=%C0%80", "PARAMETER_NOT_UTF8"),
        ("%FF=1&" + GOOD_QUERY, "PARAMETER_NOT_UTF8"),
        (GOOD_QUERY + "&accountId=make-2", "PARAMETER_DUPLICATED"),
        (GOOD_QUERY + "&accountId=make-1", "PARAMETER_DUPLICATED"),
        (GOOD_QUERY + "&connector=mail-connector", "PARAMETER_DUPLICATED"),
        (GOOD_QUERY + "&%61ccountId=make-2", "PARAMETER_DUPLICATED"),
        ("connector", "QUERY_MALFORMED"),
        (GOOD_QUERY + "&&", "QUERY_MALFORMED"),
        ("&".join(f"p{number}=1" for number in range(10_000)) + "&" + GOOD_QUERY, "QUERY_MALFORMED"),
        ("connector[]=crm-connector&accountId[]=make-1", "PARAMETER_MISSING"),
        ("connector=crm-connector;accountId=make-1", "PARAMETER_MISSING"),
    ],
)
def test_bad_parameters_are_a_400(api: FlaskClient, query: str, code: str) -> None:
    response = api.get(CHECK, query_string=query, headers={"Authorization": "Bearer any"})

    assert error_of(response) == (400, code)


def test_raw_bytes_in_the_query_are_a_400(api: FlaskClient) -> None:
    response = api.get(
        CHECK,
        headers={"Authorization": "Bearer any"},
        environ_overrides={"QUERY_STRING": "connector=crm-connector&accountId=\xd0\xff"},
    )

    assert error_of(response) == (400, "PARAMETER_NOT_UTF8")


def test_unknown_parameters_are_ignored(ask: Ask) -> None:
    assert ask(scenario="42", executionId="").get_json()["allowed"] is True


@pytest.mark.parametrize("name", ["api_key", "apikey", "apiKey", "key", "KEY", "access_token", "token"])
def test_a_key_in_the_address_is_refused(ask: Ask, name: str) -> None:
    assert error_of(ask(**{name: "anything"})) == (400, "KEY_IN_ADDRESS")


def test_a_key_in_any_parameter_is_refused_without_being_repeated(ask: Ask) -> None:
    key = mint_key(ApiKeyKind.PRODUCTION)

    response = ask(accountId=key)

    assert error_of(response) == (400, "KEY_IN_ADDRESS")
    assert key not in response.text


def test_a_key_only_in_the_address_is_told_where_to_go(api: FlaskClient, subscriber: Subscriber) -> None:
    response = api.get(f"{CHECK}?{GOOD_QUERY}&api_key={subscriber.key}")

    assert error_of(response) == (400, "KEY_IN_ADDRESS")
    assert "Authorization: Bearer" in response.get_json()["message"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"])
def test_another_method_is_a_405(api: FlaskClient, method: str) -> None:
    response = api.open(f"{CHECK}?{GOOD_QUERY}", method=method)

    assert error_of(response) == (405, "METHOD_NOT_ALLOWED")
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_options_tells_the_methods(api: FlaskClient) -> None:
    response = api.options(CHECK)

    assert response.status_code == 200
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert "Access-Control-Allow-Origin" not in response.headers


def test_head_answers_without_a_body(api: FlaskClient, subscriber: Subscriber) -> None:
    response = api.head(f"{CHECK}?{GOOD_QUERY}", headers=subscriber.headers)

    assert (response.status_code, response.data) == (200, b"")


@pytest.mark.parametrize(
    "path",
    ["/", "/v1", "/v1/", "/v2/usage", "/v1/subscription", f"{CHECK}/", f"{CHECK}/x", "/v1/%00", "/v1/%FF"],
)
def test_a_wrong_path_is_a_404(api: FlaskClient, path: str) -> None:
    assert error_of(api.get(path)) == (404, "NOT_FOUND")


def test_a_foreign_host_is_a_400(api: FlaskClient) -> None:
    assert error_of(api.get(CHECK, headers={"Host": "evil.example"})) == (400, "BAD_REQUEST")


def test_a_body_with_the_check_changes_nothing(api: FlaskClient, subscriber: Subscriber) -> None:
    response = api.get(
        f"{CHECK}?{GOOD_QUERY}",
        data=b"accountId=make-2",
        headers=subscriber.headers | {"Content-Type": "application/x-www-form-urlencoded"},
    )

    assert response.get_json()["accountId"] == "make-1"


def test_answers_are_never_kept_by_caches(ask: Ask) -> None:
    headers = ask().headers

    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert "Set-Cookie" not in headers
