"""Failures as pages: right status, a request number, never the inside."""

import re

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from app.bootstrap import Container
from tests.portal.browser import Browser


def test_an_unknown_page_says_so(guest: Browser) -> None:
    answer = guest.get("/nowhere")

    assert answer.status_code == 404
    assert "Страница не найдена" in answer.text
    assert re.search(r'id="request-id">[0-9a-f]{12}<', answer.text)


def test_a_wrong_method_says_so(guest: Browser) -> None:
    assert guest.get("/logout").status_code == 405
    assert guest.get("/logout").headers["Allow"] == "OPTIONS, POST"
    assert "Здесь так нельзя" in guest.get("/logout").text


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "localhost.evil.example", "a b"])
def test_a_strange_host_gets_a_short_answer(app: Flask, host: str) -> None:
    answer = app.test_client().get("/", headers={"Host": host})

    assert answer.status_code == 400
    assert host not in answer.text


def test_a_broken_page_shows_nothing_of_its_inside(app: Flask) -> None:
    def broken() -> str:
        raise RuntimeError("secret details")

    app.add_url_rule("/broken", view_func=broken)
    answer = Browser(app).get("/broken")

    assert answer.status_code == 500
    assert "secret details" not in answer.text
    assert "Что-то сломалось" in answer.text


def test_a_database_that_is_away_is_told_plainly(container: Container, member: Browser) -> None:
    def away(*_arguments: object) -> None:
        raise OperationalError("SELECT 1", {}, ConnectionError("connection refused"))

    event.listen(container.engine, "before_cursor_execute", away)
    answer = member.get("/overview")
    event.remove(container.engine, "before_cursor_execute", away)

    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert "Сервис занят" in answer.text


def test_the_api_keeps_answering_in_json(guest: Browser) -> None:
    answer = guest.get("/v1/nowhere")

    assert answer.status_code == 404
    assert answer.get_json()["code"] == "NOT_FOUND"
