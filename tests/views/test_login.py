"""Logging in, staying in, getting out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import update

from app.bootstrap import Container
from app.models import AuditEntry, StaffSession
from app.services.staff_sessions import is_staff_session_live, open_staff_session
from tests.factories import FACTORY, rows
from tests.views.conftest import STAFF_PASSWORD, Employee

COOKIE = "__Secure-bpm_staff"
NEW_PASSWORD = "nine other herons swim"

Hire = Callable[[str], Employee]


def copied(employee: Employee) -> Employee:
    """Somebody else with a copy of the cookie."""
    cookie = employee.client.get_cookie(COOKIE, path="/admin")
    assert cookie is not None
    thief = Employee(employee.app, employee.username)
    thief.client.set_cookie(COOKIE, cookie.value, path="/admin")
    return thief


def is_in(employee: Employee) -> bool:
    return employee.get("/customers/list/").status_code == 200


def test_a_stranger_is_sent_to_the_login_page(office: Flask) -> None:
    answer = Employee(office).get("/customers/list/")
    assert answer.status_code == 302
    assert urlsplit(answer.headers["Location"]).path == "/admin/login/"


def test_the_right_password_opens_and_the_cookie_is_a_careful_one(hire: Hire) -> None:
    employee = hire("Support")
    answer = employee.log_in()
    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith(COOKIE))
    for attribute in ("Secure", "HttpOnly", "SameSite=Strict", "Path=/admin"):
        assert attribute in cookie
    assert is_in(employee)


@pytest.mark.parametrize("password", ["wrong", "", "\0", STAFF_PASSWORD.upper()])
def test_a_wrong_password_opens_nothing(hire: Hire, password: str) -> None:
    employee = hire("Support")
    assert employee.log_in(password).status_code in (200, 400)
    assert not is_in(employee)


def test_a_wrong_name_and_a_wrong_password_read_the_same(hire: Hire) -> None:
    known, unknown = hire("Support"), hire("Finance")
    unknown.username = "nobody"
    texts = [employee.log_in("wrong password").text for employee in (known, unknown)]
    assert all("Неверный логин или пароль." in text for text in texts)


def test_a_copied_cookie_dies_at_logout(staff: Hire) -> None:
    employee = staff("Support")
    thief = copied(employee)
    assert is_in(thief)
    assert employee.post("/logout/").status_code == 302
    assert not is_in(thief)
    assert not is_in(employee)


def test_logging_out_by_a_link_changes_nothing(staff: Hire) -> None:
    employee = staff("Support")
    assert employee.get("/logout/").status_code == 405
    assert is_in(employee)


def test_a_session_ends_after_eight_hours(container: Container) -> None:
    now = container.wall_clock.now()
    token = open_staff_session(container.transactions, staff_user_id=7, username="x", now=now, real_now=now)

    def is_live(staff_user_id: int, after: timedelta) -> bool:
        return is_staff_session_live(
            container.transactions, token=token, staff_user_id=staff_user_id, real_now=now + after
        )

    assert is_live(7, timedelta(hours=7, minutes=59))
    assert not is_live(7, timedelta(hours=8))
    assert not is_live(8, timedelta(0))


def test_a_session_notes_when_it_was_last_used(staff: Hire, container: Container) -> None:
    employee = staff("Support")
    with container.transactions.begin(FACTORY) as work:
        an_hour_ago = container.wall_clock.now() - timedelta(hours=1)
        work.session.execute(update(StaffSession).values(last_seen_at=an_hour_ago))
    assert is_in(employee)
    assert rows(container, StaffSession)[0].last_seen_at > an_hour_ago


@pytest.mark.parametrize(
    ("change", "changed"),
    [
        ({"active": ""}, False),
        ({"roles": "Finance"}, False),
        ({"first_name": "Другое"}, True),
    ],
)
def test_switching_off_and_a_new_role_end_all_sessions(
    staff: Hire, admin: Employee, change: dict[str, str], changed: bool
) -> None:
    employee = staff("Support")
    assert is_in(employee)
    form = {
        "first_name": "Имя",
        "last_name": "Support",
        "email": "support@bpm.test",
        "roles": role_id(admin, change.get("roles", "Support")),
        "active": "y",
    } | {name: value for name, value in change.items() if name != "roles"}
    form = {name: value for name, value in form.items() if value}
    assert admin.post(f"/staff/edit/{staff_id(admin, 'support')}", form).status_code == 302
    assert is_in(employee) is changed


def test_a_new_password_by_the_admin_ends_all_sessions(staff: Hire, admin: Employee) -> None:
    employee = staff("Support")
    path = f"/resetpassword/form?pk={staff_id(admin, 'support')}"
    answer = admin.post(path, {"password": NEW_PASSWORD, "conf_password": NEW_PASSWORD})
    assert answer.status_code == 302
    assert not is_in(employee)
    assert employee.log_in(NEW_PASSWORD).status_code == 302
    assert is_in(employee)
    assert is_in(admin)


@pytest.mark.parametrize("role", ["Support", "Finance", "Auditor", "Admin"])
def test_everybody_changes_their_own_password(staff: Hire, role: str) -> None:
    employee = staff(role)
    thief = copied(employee)
    form = {"password": NEW_PASSWORD, "conf_password": NEW_PASSWORD}
    refused = employee.post("/resetmypassword/form", form | {"present": "not this one"})
    assert "Это не ваш текущий пароль." in refused.text
    assert is_in(thief)
    employee.post("/resetmypassword/form", form | {"present": STAFF_PASSWORD})
    assert not is_in(thief)
    assert employee.log_in(NEW_PASSWORD).status_code == 302
    assert is_in(employee)


@pytest.mark.parametrize("weak", ["short", "aaaaaaaaaaaa", "my-password-2026", "x" * 201])
def test_a_weak_password_is_refused(staff: Hire, weak: str) -> None:
    employee = staff("Support")
    form = {"password": weak, "conf_password": weak, "present": STAFF_PASSWORD}
    assert employee.post("/resetmypassword/form", form).status_code == 200
    assert Employee(employee.app, "support").log_in().status_code == 302


def test_guessing_passwords_is_slowed_down(hire: Hire) -> None:
    employee = hire("Support")
    answers = [employee.log_in(f"guess number {number}").status_code for number in range(12)]
    assert answers[:10] == [200] * 10
    assert answers[10:] == [429, 429]
    assert employee.log_in().status_code == 429


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/x",
        "//evil.example/x",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        " https://evil.example",
        "\thttps://evil.example",
        "https://localhost@evil.example/admin/",
        "https://localhost.evil.example/admin/",
        "https://[evil",
        "/elsewhere",
        "",
    ],
)
def test_login_leads_to_our_own_pages_only(hire: Hire, wanted: str) -> None:
    assert hire("Support").log_in(next_address=wanted).headers["Location"] == "/admin/"


@pytest.mark.parametrize(
    "wanted",
    ["/admin/customers/list/?_flt_0_name=a", "https://localhost/admin/customers/list/?_flt_0_name=a"],
)
def test_login_leads_back_to_where_one_was_going(hire: Hire, wanted: str) -> None:
    answer = hire("Support").log_in(next_address=wanted)
    assert answer.headers["Location"] == "/admin/customers/list/?_flt_0_name=a"


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "evil.example:443", "a b"])
def test_a_foreign_host_is_refused(office: Flask, host: str) -> None:
    answer = Employee(office).get("/login/", headers={"Host": host})
    assert answer.status_code == 400
    assert "Location" not in answer.headers


def test_no_api_of_the_framework_exists(office: Flask) -> None:
    assert [str(rule) for rule in office.url_map.iter_rules() if "/api/" in str(rule)] == []
    stranger = Employee(office)
    answer = stranger.client.post(
        "/api/v1/security/login",
        base_url="https://localhost/admin",
        json={"username": "admin", "password": "x", "provider": "db"},
        headers={"Referer": "https://localhost/admin/", "X-CSRFToken": stranger.token()},
    )
    assert answer.status_code == 404


def test_logins_leave_traces(hire: Hire, container: Container) -> None:
    employee = hire("Support")
    employee.log_in("wrong password")
    employee.log_in()
    employee.post("/logout/")
    deeds = [row.action for row in rows(container, AuditEntry)]
    assert [deed for deed in deeds if deed.startswith("staff.log")] == [
        "staff.login_failed",
        "staff.login",
        "staff.logout",
    ]


def staff_id(admin: Employee, username: str) -> str:
    """The number of an employee, as the Admin's list shows it."""
    page = admin.get("/staff/list/", query_string={"_flt_2_username": username}).text
    return page.split("/admin/staff/show/")[1].split('"')[0]


def role_id(admin: Employee, name: str) -> str:
    """The number of a role."""
    page = admin.get("/roles/list/", query_string={"_flt_2_name": name}).text
    return page.split("/admin/roles/show/")[1].split('"')[0]
