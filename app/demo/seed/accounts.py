"""The demo's logins and its key: made once, kept in a file that only its owner may read."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

ACCOUNTS_FILE = "demo-accounts.json"
PASSWORD_BYTES = 9
STAFF_NAMES = {
    "admin": ("Марина", "Ветрова"),
    "support": ("Глеб", "Осипов"),
    "finance": ("Дмитрий", "Соколов"),
    "auditor": ("Эльвира", "Нурова"),
}


@dataclass(frozen=True, slots=True)
class StaffLogin:
    """A login of the back-office."""

    username: str
    password: str

    def details(self) -> dict[str, str]:
        """What the back-office asks for to make this employee."""
        first_name, last_name = STAFF_NAMES[self.username]
        return {
            "username": self.username,
            "password": self.password,
            "first_name": first_name,
            "last_name": last_name,
            "email": f"{self.username}@bpm-centr.test",
        }


@dataclass(frozen=True, slots=True)
class CustomerLogin:
    """A login of the portal."""

    email: str
    password: str


@dataclass(frozen=True, slots=True)
class DemoAccounts:
    """What a visitor of the demo needs to know; the fields are those of instance/demo.json (design §6)."""

    admin: StaffLogin
    support: StaffLogin
    finance: StaffLogin
    auditor: StaffLogin
    customer: CustomerLogin
    api_key: str
    connector: str
    make_account: str
    connector_not_bought: str
    connector_expired: str

    @property
    def staff(self) -> dict[str, StaffLogin]:
        """The login of every role of the back-office."""
        return {
            "Admin": self.admin,
            "Support": self.support,
            "Finance": self.finance,
            "Auditor": self.auditor,
        }


def new_staff_login(username: str) -> StaffLogin:
    """A login with a password that nobody knows yet."""
    return StaffLogin(username, new_password())


def new_password() -> str:
    """A password of 12 random characters."""
    return secrets.token_urlsafe(PASSWORD_BYTES)


def read_accounts(directory: Path) -> DemoAccounts | None:
    """The accounts that an earlier start has made, or None."""
    file = directory / ACCOUNTS_FILE
    if not file.is_file():
        return None
    stored = json.loads(file.read_text(encoding="utf-8"))
    for name in ("admin", "support", "finance", "auditor"):
        stored[name] = StaffLogin(**stored[name])
    return DemoAccounts(**stored | {"customer": CustomerLogin(**stored["customer"])})


def write_accounts(directory: Path, accounts: DemoAccounts) -> None:
    """Keep the accounts, readable by the owner of the process only; all at once or not at all."""
    directory.mkdir(parents=True, exist_ok=True)
    fresh = directory / f".{ACCOUNTS_FILE}.new"
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(accounts), file, ensure_ascii=False, indent=2)
    fresh.replace(directory / ACCOUNTS_FILE)
