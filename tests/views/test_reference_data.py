"""Reference data: staff keep it by forms; every change stands in the audit, in the same transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from app.billing.tax import TaxRegime
from app.bootstrap import Container
from app.models import (
    AuditEntry,
    Connector,
    ConnectorRelease,
    PriceVersion,
    Seller,
    SellerTaxRegime,
    TermsVersion,
)
from tests.clock import ManualClock
from tests.factories import create_connector, create_seller, rows
from tests.views.conftest import Employee

Staff = Callable[[str], Employee]

CONNECTOR = {
    "slug": "sheet-connector",
    "name": "Таблицы",
    "category": "sheets",
    "tier": "premium",
    "status": "draft",
    "version": "0.1.0",
    "documentation_url": "",
    "description_ru": "Описание",
    "description_en": "Description",
}
SELLER = {
    "name": "ООО «БПМ Центр»",
    "inn": "7707083893",
    "kpp": "770701001",
    "ogrn": "1027700132195",
    "address": "101000, г. Москва, ул. Мясницкая, д. 1",
    "bank_name": "ПАО «Образцовый банк»",
    "bank_bik": "044525225",
    "bank_account": "40702810138250123017",
    "bank_corr_account": "30101810400000000225",
    "director": "Иванов И. И.",
    "accountant": "Петрова П. П.",
    "email": "billing@bpm-centr.test",
    "kind": "company",
    "director_position": "Руководитель",
    "offer_title": "Публичная оферта",
    "offer_number": "б/н",
    "offer_date": "2025-01-01",
    "service_paper": "transfer",
}


def audit(container: Container, kind: str) -> list[tuple[str, str, dict[str, Any]]]:
    """What the audit says about objects of a kind."""
    return [
        (row.action, row.actor_identity, row.details)
        for row in rows(container, AuditEntry)
        if row.object_kind == kind
    ]


def test_a_connector_is_added_changed_and_told_about(admin: Employee, container: Container) -> None:
    assert admin.post("/connectors/add", CONNECTOR).status_code == 302
    connector = rows(container, Connector)[0]
    assert (connector.slug, connector.tier.value, connector.trial_eligible) == (
        "sheet-connector",
        "premium",
        False,
    )
    assert connector.created_at == container.clock.now()
    changed = CONNECTOR | {"name": "Листы", "slug": "other-slug", "status": "published"}
    assert admin.post(f"/connectors/edit/{connector.id}", changed).status_code == 302
    connector = rows(container, Connector)[0]
    assert (connector.slug, connector.name) == ("sheet-connector", "Листы")
    created, updated = audit(container, "connector")
    assert created[:2] == ("staff.create", "admin")
    assert created[2]["slug"] == [None, "sheet-connector"]
    assert updated == (
        "staff.update",
        "admin",
        {"name": ["Таблицы", "Листы"], "status": ["draft", "published"]},
    )
    assert "Запись изменена" in admin.get(f"/connectors/show/{connector.id}").text


@pytest.mark.parametrize(
    "wrong",
    [
        {"slug": "Big Slug"},
        {"slug": "a--b"},
        {"slug": ""},
        {"slug": "x" * 65},
        {"name": "x" * 121},
        {"tier": "golden"},
        {"status": ""},
        {"documentation_url": "javascript:alert(1)"},
    ],
)
def test_a_connector_that_can_not_be_right_is_refused_and_the_form_keeps_what_was_typed(
    admin: Employee, container: Container, wrong: dict[str, str]
) -> None:
    answer = admin.post("/connectors/add", CONNECTOR | wrong)
    assert answer.status_code == 200
    assert "Описание" in answer.text
    assert rows(container, Connector) == []
    assert audit(container, "connector") == []


def test_the_same_slug_twice_is_refused(admin: Employee, container: Container) -> None:
    admin.post("/connectors/add", CONNECTOR)
    assert "Уже существует" in admin.post("/connectors/add", CONNECTOR).text
    assert len(rows(container, Connector)) == 1


def test_a_record_that_the_database_refuses_is_said_in_words(admin: Employee, container: Container) -> None:
    create_connector(container)
    release = {
        "connector": "1",
        "version": "2.0",
        "released_on": "2026-03-01",
        "notes_ru": "Новое",
        "notes_en": "News",
    }
    assert admin.post("/releases/add", release).status_code == 302
    page = admin.post("/releases/add", release, follow_redirects=True).text
    assert "противоречит другой" in page
    assert "psycopg" not in page
    assert len(rows(container, ConnectorRelease)) == 1
    assert [deed for deed, _who, _details in audit(container, "connector_release")] == ["staff.create"]


def test_a_release_is_deleted_by_post_only(admin: Employee, container: Container) -> None:
    create_connector(container)
    admin.post(
        "/releases/add",
        {"connector": "1", "version": "2.0", "released_on": "2026-03-01", "notes_ru": "а", "notes_en": "b"},
    )
    admin.get("/releases/delete/1")
    assert admin.post_without_token("/releases/delete/1", {}).status_code == 400
    assert len(rows(container, ConnectorRelease)) == 1
    admin.post("/releases/delete/1")
    assert rows(container, ConnectorRelease) == []
    assert audit(container, "connector_release")[-1][:2] == ("staff.delete", "admin")


def price(**changes: str) -> dict[str, str]:
    return {
        "connector": "1",
        "currency": "RUB",
        "monthly": "1000.10",
        "yearly": "",
        "valid_from": "2026-04-01T00:00",
    } | changes


def test_a_new_price_is_two_versions_and_the_year_is_computed(staff: Staff, container: Container) -> None:
    create_connector(container)
    before = {row.id for row in rows(container, PriceVersion)}
    assert staff("Finance").post("/prices/add", price()).status_code == 302
    added = [row for row in rows(container, PriceVersion) if row.id not in before]
    assert sorted((row.interval.value, row.amount_minor) for row in added) == [
        ("month", 100_010),
        ("year", 1_020_102),
    ]
    assert {row.valid_from.isoformat() for row in added} == {"2026-03-31T21:00:00+00:00"}
    assert [row[:2] for row in audit(container, "connector")] == [("price.add", "finance")]


def test_a_special_price_of_a_year_is_taken_as_it_is(staff: Staff, container: Container) -> None:
    create_connector(container)
    staff("Finance").post("/prices/add", price(yearly="9999.99", currency="USD"))
    amounts = {str(row.amount) for row in rows(container, PriceVersion) if row.currency == "USD"}
    assert len(amounts) == 2
    assert any("999999" in amount for amount in amounts)


@pytest.mark.parametrize(
    "wrong",
    [
        {"monthly": "0"},
        {"monthly": "-5"},
        {"monthly": "1.001"},
        {"monthly": "NaN"},
        {"monthly": "Infinity"},
        {"monthly": "1e30"},
        {"monthly": ""},
        {"currency": "XXX"},
        {"connector": "99"},
        {"connector": "x"},
        {"valid_from": "2026-03-01T00:00"},
        {"valid_from": "9999-12-31T23:59"},
        {"valid_from": "0001-01-01T00:00"},
        {"valid_from": "soon"},
    ],
)
def test_a_price_that_can_not_be_right_is_refused(
    staff: Staff, container: Container, wrong: dict[str, str]
) -> None:
    create_connector(container)
    before = len(rows(container, PriceVersion))
    assert staff("Finance").post("/prices/add", price(**wrong)).status_code == 200
    assert len(rows(container, PriceVersion)) == before


def test_the_same_price_twice_is_refused(staff: Staff, container: Container) -> None:
    create_connector(container)
    finance = staff("Finance")
    finance.post("/prices/add", price())
    assert "уже есть" in finance.post("/prices/add", price()).text


def test_finance_changes_the_seller_and_the_audit_masks_what_is_personal(
    staff: Staff, container: Container
) -> None:
    create_seller(container)
    changed = SELLER | {"address": "Новый адрес", "director": "Сидоров С. С.", "email": "new@bpm-centr.test"}
    assert staff("Finance").post("/sellers/edit/1", changed).status_code == 302
    assert rows(container, Seller)[0].director == "Сидоров С. С."
    ((deed, who, details),) = audit(container, "seller")
    assert (deed, who) == ("staff.update", "finance")
    assert details == {
        "address": ["101000, г. Москва, ул. Мясницкая, д. 1", "Новый адрес"],
        "director": ["И•••", "С•••"],
        "email": ["b•••", "n•••"],
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"inn": "7707083894"},
        {"inn": "abc"},
        {"kpp": "1"},
        {"ogrn": "1027700132190"},
        {"bank_bik": "044525226"},
        {"bank_account": "40702810138250123018"},
        {"bank_corr_account": "30101810400000000226"},
        {"email": "no"},
        {"name": ""},
    ],
)
def test_requisites_with_a_typing_error_are_refused(
    staff: Staff, container: Container, wrong: dict[str, str]
) -> None:
    create_seller(container)
    assert staff("Finance").post("/sellers/edit/1", SELLER | wrong).status_code == 200
    assert rows(container, Seller)[0].inn == SELLER["inn"]
    assert audit(container, "seller") == []


def test_a_tax_regime_is_chosen_by_name(staff: Staff, container: Container) -> None:
    create_seller(container)
    finance = staff("Finance")
    form = {"seller_id": "1", "effective_from": "2027-01-01", "regime": "simplified_5"}
    assert "УСН, НДС 5 %</option>" in finance.get("/tax-regimes/add").text
    assert finance.post("/tax-regimes/add", form).status_code == 302
    assert rows(container, SellerTaxRegime)[-1].regime is TaxRegime.SIMPLIFIED_5
    assert finance.post("/tax-regimes/edit/2", form | {"regime": "exempt"}).status_code == 302
    assert rows(container, SellerTaxRegime)[-1].regime is TaxRegime.EXEMPT
    assert [(deed, details["regime"]) for deed, _who, details in audit(container, "seller_tax_regime")] == [
        ("staff.create", [None, "simplified_5"]),
        ("staff.update", ["simplified_5", "exempt"]),
    ]
    for page in ("/tax-regimes/list/", "/sellers/show/1"):
        assert all(name in finance.get(page).text for name in ("ОСНО", "Освобождение по ст. 149 НК"))
    for regime in ("patent", "", "2200"):
        wrong = {"seller_id": "1", "effective_from": "2028-01-01", "regime": regime}
        assert finance.post("/tax-regimes/add", wrong).status_code == 200, regime
    assert len(rows(container, SellerTaxRegime)) == 2


def test_tax_regimes_in_english(staff: Staff, container: Container) -> None:
    create_seller(container)
    finance = staff("Finance")
    finance.get("/lang/en")
    page = finance.get("/tax-regimes/list/").text
    assert "Tax regimes" in page
    assert "General, with VAT" in page


def test_a_version_of_the_offer_is_published_ahead_and_never_changed(
    admin: Employee, container: Container, clock: ManualClock
) -> None:
    form = {"version": "2026-04", "published_at": "2026-04-01T09:00", "text_ru": "Оферта", "text_en": "Offer"}
    assert admin.post("/terms/add", form).status_code == 302
    terms = rows(container, TermsVersion)[0]
    assert terms.published_at.isoformat() == "2026-04-01T06:00:00+00:00"
    past = form | {"version": "2026-01", "published_at": "2026-01-01T09:00"}
    assert "задним числом" in admin.post("/terms/add", past).text
    assert terms.published_at - clock.now() > timedelta(0)
    assert admin.post("/terms/edit/1", form).status_code == 403


def test_an_employee_is_made_without_the_password_in_the_audit(admin: Employee, container: Container) -> None:
    roles = admin.get("/staff/add").text
    support = roles.split(">Support</option>")[0].rsplit('value="', 1)[1].split('"')[0]
    form = {
        "username": "petrov",
        "first_name": "Пётр",
        "last_name": "Петров",
        "email": "petrov@bpm.test",
        "roles": support,
        "active": "y",
        "password": "eleven other herons",
        "conf_password": "eleven other herons",
    }
    assert "Public" not in roles
    assert admin.post("/staff/add", form | {"password": "short", "conf_password": "short"}).status_code == 200
    assert admin.post("/staff/add", form).status_code == 302
    created = audit(container, "staff")[-1]
    assert created[:2] == ("staff.create", "admin")
    assert created[2]["password"] == [None, "•••"]
    assert created[2]["email"] == [None, "p•••"]
    assert created[2]["roles"] == [None, ["Support"]]
    petrov = Employee(admin.app, "petrov")
    assert petrov.log_in("eleven other herons").status_code == 302
    assert petrov.get("/customers/list/").status_code == 200
