"""The customer's contact data and payer (A2)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

from app.billing.actors import Actor
from app.billing.errors import InvalidInput
from app.billing.requisites import (
    is_bic,
    is_exchange_id,
    is_inn,
    is_kpp,
    is_ogrn,
    is_ogrnip,
    is_settlement_account,
)
from app.models import Payer, PayerKind
from app.services.unit_of_work import Transactions


@dataclass(frozen=True, slots=True)
class ContactData:
    """What the customer may change about themselves."""

    name: str
    phone: str | None
    language: str


@dataclass(frozen=True, slots=True)
class PayerDetails:
    """Who stands as the buyer on documents."""

    kind: PayerKind
    name: str
    country: str
    address: str | None = None
    inn: str | None = None
    kpp: str | None = None
    ogrn: str | None = None
    bank_bik: str | None = None
    bank_account: str | None = None
    exchange_id: str | None = None
    """The participant's id in electronic document exchange."""


class InvalidPayer(InvalidInput):
    """Fields of the payer that can't be right: name of the field and a stable code each."""

    code = "INVALID_PAYER"

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(", ".join(f"{field}: {code}" for field, code in problems.items()))
        self.problems = problems


INN_LENGTH: dict[PayerKind, Literal[10, 12]] = {
    PayerKind.INDIVIDUAL: 12,
    PayerKind.SOLE_TRADER: 12,
    PayerKind.COMPANY: 10,
}
IS_OGRN = {PayerKind.SOLE_TRADER: is_ogrnip, PayerKind.COMPANY: is_ogrn}
FOREIGN = frozenset({PayerKind.FOREIGN_COMPANY, PayerKind.FOREIGN_INDIVIDUAL})


def payer_problems(details: PayerDetails) -> dict[str, str]:
    """What is wrong with a payer, by field; empty when all is right.

    Companies and sole traders must give an ИНН, companies also a КПП; numbers are checked by their
    control digits, the account together with its БИК.
    """
    problems: dict[str, str] = {}
    if (details.kind in FOREIGN) == (details.country == "RU"):
        problems["country"] = "COUNTRY_MISMATCH"
    if details.kind not in FOREIGN:
        problems |= _russian_problems(details)
    return problems


def save_payer(transactions: Transactions, *, customer_id: int, details: PayerDetails, now: datetime) -> int:
    """Create or change the customer's payer; returns its id. Raises InvalidPayer.

    Issued documents keep the details they were issued with.
    """
    problems = payer_problems(details)
    if problems:
        raise InvalidPayer(problems)
    with transactions.begin(Actor.customer(customer_id)) as work:
        work.customers.get(customer_id, lock=True)
        payer = work.payers.of_customer(customer_id)
        if payer is None:
            payer = Payer(customer_id=customer_id, created_at=now)
        for field, value in asdict(details).items():
            setattr(payer, field, value)
        payer = work.payers.add(payer)
        work.audit("payer.save", "payer", payer.id, customer_id=customer_id, now=now)
        return payer.id


def save_contact_data(
    transactions: Transactions, *, customer_id: int, contact: ContactData, now: datetime
) -> None:
    """Change the customer's contact data."""
    with transactions.begin(Actor.customer(customer_id)) as work:
        customer = work.customers.get(customer_id, lock=True)
        customer.name = contact.name
        customer.phone = contact.phone
        customer.language = contact.language
        work.audit("customer.contact_data", "customer", customer_id, customer_id=customer_id, now=now)


def _russian_problems(details: PayerDetails) -> dict[str, str]:
    problems: dict[str, str] = {}
    kind = details.kind
    if details.inn is None:
        if kind is not PayerKind.INDIVIDUAL:
            problems["inn"] = "REQUIRED"
    elif not is_inn(details.inn, INN_LENGTH[kind]):
        problems["inn"] = "BAD_INN"
    if kind is PayerKind.COMPANY and details.kpp is None:
        problems["kpp"] = "REQUIRED"
    elif details.kpp is not None and (kind is not PayerKind.COMPANY or not is_kpp(details.kpp)):
        problems["kpp"] = "BAD_KPP"
    if details.ogrn is not None and (kind not in IS_OGRN or not IS_OGRN[kind](details.ogrn)):
        problems["ogrn"] = "BAD_OGRN"
    if details.exchange_id is not None and not is_exchange_id(details.exchange_id):
        problems["exchange_id"] = "BAD_EXCHANGE_ID"
    return problems | _bank_problems(details)


def _bank_problems(details: PayerDetails) -> dict[str, str]:
    if details.bank_bik is not None and not is_bic(details.bank_bik):
        return {"bank_bik": "BAD_BIK"}
    if details.bank_account is None:
        return {}
    if details.bank_bik is None:
        return {"bank_bik": "REQUIRED"}
    return (
        {}
        if is_settlement_account(details.bank_account, details.bank_bik)
        else {"bank_account": "BAD_ACCOUNT"}
    )
