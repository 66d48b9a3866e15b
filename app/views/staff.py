"""Accounts of staff made by commands: the first Admin, and the people of the demo."""

from __future__ import annotations

from flask import Flask

from app.billing.errors import InvalidInput
from app.views.roles import ROLES


def create_staff_user(
    app: Flask, *, username: str, first_name: str, last_name: str, email: str, password: str, role: str
) -> None:
    """Make an employee with this role; an existing one of the same name gets the password and role.

    The roles must be there: call `sync_permissions` before. Raises InvalidInput for an unknown role or
    an address that another employee has.
    """
    if role not in ROLES:
        raise InvalidInput(f"unknown role {role!r}", code="UNKNOWN_ROLE")
    with app.app_context():
        security = app.extensions["appbuilder"].sm
        role_row = security.find_role(role)
        if role_row is None:
            raise InvalidInput("run sync_permissions first", code="ROLES_NOT_SYNCED")
        user = security.find_user(username=username)
        if user is None:
            user = security.add_user(username, first_name, last_name, email, role_row, password=password)
            if not user:
                raise InvalidInput("the employee could not be added", code="STAFF_NOT_ADDED")
            return
        user.first_name, user.last_name, user.email = first_name, last_name, email
        user.roles, user.active = [role_row], True
        security.reset_password(user.id, password)
