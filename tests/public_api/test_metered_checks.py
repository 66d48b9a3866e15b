"""The check where operations are paid for: `operationId`, and no yes that is not on the bill (I1)."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from app.bootstrap import Container
from app.models import MeteredOperation
from tests.factories import FACTORY, create_customer, create_payer, create_seller, rows
from tests.public_api.conftest import CHECK, Ask, error_of
from tests.services.metered import MARCH, SLUG, create_metered_connector, metered_key, used


@pytest.fixture
def key(container: Container) -> str:
    """The key of somebody who pays for operations."""
    create_seller(container)
    create_metered_connector(container)
    customer = create_customer(container)
    create_payer(container, customer)
    return metered_key(container, customer)


def send(api: FlaskClient, key: str, **query: str) -> TestResponse:
    return api.get(
        CHECK,
        query_string={"connector": SLUG, "accountId": "make-1"} | query,
        headers={"Authorization": f"Bearer {key}"},
    )


def test_a_yes_is_on_the_bill_before_it_is_answered(container: Container, api: FlaskClient, key: str) -> None:
    for count in range(1, 4):
        assert send(api, key).get_json()["allowed"] is True
        assert used(container) == {(1, MARCH): count}


def test_a_repetition_is_answered_and_not_counted(container: Container, api: FlaskClient, key: str) -> None:
    answers = [send(api, key, operationId="execution-1").get_json() for _ in range(3)]
    assert {answer["code"] for answer in answers} == {"OK"}
    assert used(container) == {(1, MARCH): 1}


@pytest.mark.parametrize("operation_id", ["a", "x" * 128, "Операция №1", " ", "'; --", "😀"])
def test_an_id_is_opaque(container: Container, api: FlaskClient, key: str, operation_id: str) -> None:
    assert send(api, key, operationId=operation_id).get_json()["allowed"] is True
    assert [row.operation_id for row in rows(container, MeteredOperation)] == [operation_id]


@pytest.mark.parametrize("operation_id", ["", "x" * 129, "a\x00b", "a\nb"])
def test_an_id_that_can_not_be_one_counts_nothing(
    container: Container, api: FlaskClient, key: str, operation_id: str
) -> None:
    assert error_of(send(api, key, operationId=operation_id)) == (400, "PARAMETER_INVALID")
    assert used(container) == {}


def test_two_ids_count_nothing(container: Container, api: FlaskClient, key: str) -> None:
    query = f"connector={SLUG}&accountId=make-1&operationId=a&operationId=a"
    response = api.get(CHECK, query_string=query, headers={"Authorization": f"Bearer {key}"})
    assert error_of(response) == (400, "PARAMETER_DUPLICATED")
    assert used(container) == {}


def test_where_periods_are_paid_an_id_changes_nothing(container: Container, ask: Ask) -> None:
    for _ in range(2):
        assert ask(operationId="execution-1").get_json()["allowed"] is True
    assert used(container) == {}


def test_what_can_not_be_written_is_a_503(container: Container, api: FlaskClient, key: str) -> None:
    assert send(api, key).get_json()["allowed"] is True
    with container.transactions.begin(FACTORY) as work:
        work.session.execute(text("ALTER TABLE metered_operation RENAME TO gone"))
    try:
        response = send(api, key, operationId="execution-1")
    finally:
        with container.transactions.begin(FACTORY) as work:
            work.session.execute(text("ALTER TABLE gone RENAME TO metered_operation"))
    assert error_of(response) == (503, "TRY_AGAIN")
    assert int(response.headers["Retry-After"]) >= 1
    assert used(container) == {(1, MARCH): 1}
    assert send(api, key, operationId="execution-1").get_json()["allowed"] is True
    assert used(container) == {(1, MARCH): 2}


def test_the_description_tells_of_it(api: FlaskClient) -> None:
    check = api.get("/v1/openapi.json").get_json()["paths"]["/v1/subscription/check"]["get"]
    (parameter,) = [each for each in check["parameters"] if each["name"] == "operationId"]
    assert parameter["required"] is False
    assert (parameter["schema"]["minLength"], parameter["schema"]["maxLength"]) == (1, 128)
    assert "24 hours" in parameter["description"]
