"""Who may do what: the whole matrix, and what the roles meet over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from app.bootstrap import Container
from app.views import sync_permissions
from app.views.roles import ROLES
from tests.views.conftest import Employee, Shop

SNAPSHOT = Path(__file__).parent / "permissions.json"

Staff = Callable[[str], Employee]


class Role:
    """A role as the security manager takes it."""

    def __init__(self, name: str) -> None:
        self.name = name


def matrix(office: Flask) -> dict[str, dict[str, list[str]]]:
    """Role, view, permissions: what the code really grants."""
    appbuilder = office.extensions["appbuilder"]
    granted: dict[str, dict[str, list[str]]] = {}
    for role in ROLES:
        views = granted.setdefault(role, {})
        for view in sorted(appbuilder.baseviews, key=lambda view: type(view).__name__):
            name = type(view).__name__
            permissions = sorted(
                permission
                for permission in {*view.base_permissions, "menu_access"}
                if appbuilder.sm._has_access_builtin_roles(Role(role), permission, name)
            )
            if permissions:
                views[name] = permissions
    return granted


def test_the_matrix_of_permissions_is_the_one_that_was_agreed(office: Flask) -> None:
    """After a deliberate change: write `matrix(office)` into permissions.json and look at the difference."""
    assert matrix(office) == json.loads(SNAPSHOT.read_text())


def test_every_pattern_is_anchored() -> None:
    patterns = [pattern for rules in ROLES.values() for rule in rules for pattern in rule]
    assert [pattern for pattern in patterns if not (pattern.startswith("^") and pattern.endswith("$"))] == []


def test_nobody_has_the_public_role_to_thank_for_anything(office: Flask) -> None:
    with office.app_context():
        security = office.extensions["appbuilder"].sm
        assert security.get_public_role().permissions == []


CHANGES_OF_SUBSCRIPTIONS = (
    "cancel", "take-back", "renew-on", "renew-off", "interval", "make-account", "resume",
)  # fmt: skip
FORBIDDEN = {
    "Support": [
        "/prices/add",
        "/operation-prices/add",
        "/sellers/list/",
        "/sellers/edit/1",
        "/tax-regimes/list/",
        "/seller-accounts/list/",
        "/seller-accounts/add",
        "/ledger/list/",
        "/ledger/show/1",
        "/service-months/list/",
        "/service-months/show/1",
        "/ledger-reports/",
        "/ledger-reports/statement/1",
        "/registers/",
        "/registers/export",
        "/vat/",
        "/documents-of-period/",
        "/revenue/",
        "/month-closings/list/",
        "/month-closings/add",
        "/invoices/bank-transfer/1",
        "/customers/resume-billing/1",
        "/promo-codes/list/",
        "/promo-codes/add",
        "/price-campaigns/list/",
        "/price-campaigns/add",
        "/price-campaigns/dry-run/1",
        "/price-campaigns/cancel/1",
        "/clock/",
        "/terms/list/",
        "/connectors/add",
        "/connectors/edit/1",
        "/audit/list/",
        "/webhooks/list/",
        "/documents/resend/1",
        "/documents/correct/1",
        "/payers/reconcile/1",
        "/fiscal-receipts/list/",
        "/fiscal-receipts/show/1",
        "/fiscal-receipts/register-again/1",
        "/refunds/approve/1",
        "/refunds/reject/1",
        "/refunds/mark-sent/1",
        "/refunds/payment-order/1",
        "/refunds/by-bank/1",
        "/disputes/from-balance/1",
        "/disputes/write-off/1",
        "/bank-statements/list/",
        "/bank-statements/add",
        "/bank-lines/list/",
        "/bank-lines/match/1",
        "/bank-lines/ignore/1",
        "/bank-queue/",
        "/compensations/approve/1",
        "/compensations/reject/1",
        "/staff/list/",
        "/staff/edit/1",
        "/staff/add",
        "/roles/list/",
        "/roles/edit/1",
        "/resetpassword/form?pk=1",
    ],
    "Finance": [
        "/api-keys/list/",
        "/api-keys/show/1",
        "/api-keys/deactivate/1",
        *(f"/subscriptions/{command}/1" for command in CHANGES_OF_SUBSCRIPTIONS),
        "/subscriptions/request-compensation/1",
        "/clock/",
        "/month-closings/reopen/1",
        "/connectors/edit/1",
        "/terms/add",
        "/outbox/list/",
        "/webhooks/list/",
        "/audit/list/",
        "/staff/list/",
        "/staff/edit/1",
        "/roles/list/",
        "/resetpassword/form?pk=1",
    ],
    "Auditor": [
        "/api-keys/deactivate/1",
        "/documents/resend/1",
        "/documents/correct/1",
        "/payers/reconcile/1",
        "/fiscal-receipts/register-again/1",
        "/tasks/finish/1",
        *(f"/subscriptions/{command}/1" for command in CHANGES_OF_SUBSCRIPTIONS),
        "/subscriptions/request-refund/1",
        "/subscriptions/request-compensation/1",
        "/refunds/approve/1",
        "/refunds/reject/1",
        "/refunds/mark-sent/1",
        "/refunds/payment-order/1",
        "/refunds/by-bank/1",
        "/disputes/from-balance/1",
        "/disputes/write-off/1",
        "/bank-statements/add",
        "/registers/export",
        "/vat/export",
        "/documents-of-period/export",
        "/revenue/export",
        "/month-closings/add",
        "/month-closings/reopen/1",
        "/bank-lines/match/1",
        "/bank-lines/ignore/1",
        "/compensations/approve/1",
        "/compensations/reject/1",
        "/invoices/bank-transfer/1",
        "/customers/resume-billing/1",
        "/promo-codes/add",
        "/price-campaigns/add",
        "/price-campaigns/cancel/1",
        "/clock/",
        "/prices/add",
        "/operation-prices/add",
        "/connectors/add",
        "/connectors/edit/1",
        "/releases/delete/1",
        "/terms/add",
        "/sellers/edit/1",
        "/tax-regimes/add",
        "/staff/list/",
        "/roles/list/",
        "/resetpassword/form?pk=1",
    ],
    "Admin": [
        "/customers/edit/1",
        "/customers/delete/1",
        "/invoices/edit/1",
        "/invoices/add",
        "/ledger/edit/1",
        "/ledger/delete/1",
        "/refunds/edit/1",
        "/promo-codes/edit/1",
        "/payments/delete/1",
        "/audit/delete/1",
        "/fiscal-receipts/edit/1",
        "/fiscal-receipts/delete/1",
        "/prices/edit/1",
        "/terms/edit/1",
        "/roles/edit/1",
        "/staff/delete/1",
    ],
}
PERMITTED = {
    "Support": [
        "/customers/show/1",
        "/api-keys/deactivate/1",
        "/connectors/list/",
        "/outbox/list/",
        *(f"/subscriptions/{command}/1" for command in CHANGES_OF_SUBSCRIPTIONS),
        "/subscriptions/request-refund/1",
        "/subscriptions/request-compensation/1",
        "/refunds/list/",
        "/compensations/list/",
        "/usage-months/list/",
        "/operation-prices/list/",
        "/price-notices/list/",
    ],
    "Finance": [
        "/fiscal-receipts/list/",
        "/invoices/show/1",
        "/documents/resend/1",
        "/subscriptions/request-refund/1",
        "/refunds/list/",
        "/compensations/list/",
        "/invoices/bank-transfer/1",
        "/customers/resume-billing/1",
        "/ledger/list/",
        "/ledger-reports/",
        "/ledger-reports/statement/1",
        "/promo-codes/add",
        "/price-campaigns/add",
        "/prices/add",
        "/operation-prices/add",
        "/sellers/edit/1",
        "/payers/show/1",
    ],
    "Auditor": [
        "/audit/list/",
        "/api-keys/show/1",
        "/sellers/show/1",
        "/webhooks/list/",
        "/prices/list/",
        "/ledger/show/1",
        "/service-months/list/",
        "/ledger-reports/",
        "/ledger-reports/statement/1",
        "/refunds/list/",
        "/compensations/list/",
        "/promo-codes/list/",
        "/price-campaigns/list/",
        "/price-notices/list/",
        "/usage-months/list/",
    ],
    "Admin": [
        "/staff/list/",
        "/roles/show/1",
        "/audit/list/",
        "/connectors/edit/1",
        "/tax-regimes/edit/1",
        "/clock/",
        "/price-campaigns/add",
    ],
}


@pytest.mark.parametrize("role", ROLES)
def test_what_a_role_may_not_do_is_refused_and_what_it_may_do_works(
    staff: Staff, shop: Shop, role: str
) -> None:
    employee = staff(role)
    assert {path: employee.get(path).status_code for path in PERMITTED[role]} == dict.fromkeys(
        PERMITTED[role], 200
    )
    for path in FORBIDDEN[role]:
        assert employee.get(path).status_code == 403, path
        assert employee.post(path).status_code in (403, 405), path


@pytest.mark.parametrize("role", ROLES)
def test_the_menu_shows_what_the_role_may_open(staff: Staff, shop: Shop, role: str) -> None:
    employee = staff(role)
    overview = employee.get("/").text
    links = {part.split('"')[0] for part in overview.split('class="nav-link" href="')[1:]}
    assert "/admin/customers/list/" in links
    assert ("/admin/staff/list/" in links) is (role == "Admin")
    assert {link: employee.get(link.removeprefix("/admin")).status_code for link in links} == dict.fromkeys(
        links, 200
    )


def test_support_can_make_nobody_an_admin(staff: Staff, office: Flask) -> None:
    support = staff("Support")
    for path in ("/staff/edit/1", "/roles/edit/1", "/staff/add"):
        assert support.post(path, {"roles": "1", "permissions": "1", "name": "Support"}).status_code == 403
    with office.app_context():
        user = office.extensions["appbuilder"].sm.find_user(username="support")
        assert [role.name for role in user.roles] == ["Support"]


def test_nobody_reaches_the_back_office_without_a_login(office: Flask) -> None:
    stranger = Employee(office)
    open_paths = {"/login/", "/static/<path:filename>", "/static/appbuilder/<path:filename>"}
    for rule in office.url_map.iter_rules():
        if str(rule) in open_paths or "GET" not in (rule.methods or ()):
            continue
        answer = stranger.get(str(rule).replace("<pk>", "1").replace("<string:locale>", "ru"))
        assert answer.status_code in (302, 404), rule


def test_permissions_that_the_code_no_longer_names_are_removed(office: Flask, container: Container) -> None:
    with office.app_context():
        security = office.extensions["appbuilder"].sm
        security.add_permission_role(
            security.find_role("Public"), security.add_permission_view_menu("can_fly", "GoneView")
        )
        security.add_permission_view_menu("can_fly", "CustomerView")
        assert security.find_permission_view_menu("can_fly", "GoneView") is not None
    sync_permissions(office)
    with office.app_context():
        security = office.extensions["appbuilder"].sm
        assert security.find_permission_view_menu("can_fly", "GoneView") is None
        assert security.find_permission_view_menu("can_fly", "CustomerView") is None
        assert security.find_permission_view_menu("can_list", "CustomerView") is not None
        assert security.get_public_role().permissions == []


def test_syncing_twice_changes_nothing(office: Flask) -> None:
    def known() -> tuple[int, int]:
        with office.app_context():
            security = office.extensions["appbuilder"].sm
            return len(security.get_all_roles()), len(security.get_all_view_menu())

    before = known()
    sync_permissions(office)
    assert known() == before
