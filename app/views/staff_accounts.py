"""Accounts of staff: the Admin's lists of people and roles, and everybody's own profile and password."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.filters import FilterIn
from flask_appbuilder.security.decorators import has_access
from flask_appbuilder.security.forms import DynamicForm, SelectDataRequired
from flask_appbuilder.security.sqla.models import Role, User
from flask_appbuilder.security.views import ResetMyPasswordView, ResetPasswordView, UserDBModelView
from flask_appbuilder.validators import PasswordComplexityValidator
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.security import check_password_hash
from wtforms import PasswordField
from wtforms.validators import DataRequired, EqualTo, Length

from app.views.base import READ_ONLY, Command, RecordView, Section, labels, per_column
from app.views.form_fields import SHAPE_OF_ADDRESS
from app.views.presentation import shown
from app.views.records import Records
from app.views.roles import ROLES


class NewPasswordForm(DynamicForm):
    """A new password, twice."""

    password = PasswordField(
        _("New password"),
        description=_("At least 12 characters; a few unrelated words are good."),
        validators=[DataRequired(), PasswordComplexityValidator()],
    )
    conf_password = PasswordField(
        _("New password once more"),
        validators=[DataRequired(), EqualTo("password", message=_("Passwords must match"))],
    )


class OwnPasswordForm(NewPasswordForm):
    """The present password and a new one."""

    present = PasswordField(_("Present password"), validators=[DataRequired(), Length(max=200)])


class OwnPasswordView(ResetMyPasswordView):
    """Everybody changes their own password. It ends all their sessions, this one as well."""

    form = OwnPasswordForm
    form_title = _("Change my password")
    form_columns = ("present", "password", "conf_password")

    def form_post(self, form: Any) -> Any:
        """Change the password if the present one is right."""
        if not check_password_hash(g.user.password, form.present.data):
            form.present.errors = [gettext("This is not your present password.")]
            return self.render_template(
                self.form_template, title=self.form_title, widgets=self._get_edit_widget(form=form)
            )
        self.appbuilder.sm.reset_password(g.user.id, form.password.data)
        flash(gettext("The password is changed. Please log in with the new one."), "success")
        return redirect(self.appbuilder.get_url_for_login)


class StaffPasswordView(ResetPasswordView):
    """The Admin gives somebody a new password. It ends all sessions of that employee."""

    form = NewPasswordForm
    form_title = _("New password for an employee")
    form_columns = ("password", "conf_password")

    def form_get(self, form: Any) -> None:
        """Show the form for an employee that exists."""
        self._employee()

    def form_post(self, form: Any) -> Any:
        """Change the password."""
        employee = self._employee()
        self.appbuilder.sm.reset_password(employee.id, form.password.data)
        flash(gettext("The password is changed; all sessions of this employee are over."), "success")
        return redirect(url_for("StaffUserView.show", pk=employee.id))

    def _employee(self) -> Any:
        pk = request.args.get("pk")
        employee = self.appbuilder.sm.get_user_by_id(int(pk)) if pk else None
        if employee is None:
            abort(404)
        return employee


class StaffUserView(RecordView, UserDBModelView):
    """Employees. Never deleted, only switched off: history speaks of them."""

    datamodel = Records(User)
    route_base = "/staff"
    base_permissions = (*READ_ONLY, "can_add", "can_edit", "can_userinfo")
    show_fieldsets = None
    user_show_fieldsets = None

    list_title = _("Employees")
    show_title = _("Employee")
    add_title = _("New employee")
    edit_title = _("Change an employee")
    user_info_title = _("My profile")
    list_columns = ("username", "get_full_name", "email", "roles", "active", "last_login")
    show_columns = (*list_columns, "login_count", "fail_login_count", "created_on")
    search_columns = ("username", "first_name", "last_name", "email", "active")
    add_columns = (
        "username", "first_name", "last_name", "email", "roles", "active", "password", "conf_password",
    )  # fmt: skip
    edit_columns = ("first_name", "last_name", "email", "roles", "active")
    label_columns = labels(
        username=_("User Name"),
        get_full_name=_("Full Name"),
        first_name=_("First Name"),
        last_name=_("Last Name"),
        email=_("E-mail"),
        roles=_("Roles"),
        active=_("Active account"),
        last_login=_("Last login"),
        login_count=_("Logins"),
        fail_login_count=_("Wrong passwords since the last login"),
        created_on=_("Created"),
    )
    description_columns = per_column(active=_("Switching off ends all sessions at once."))
    validators_columns = per_column(roles=[SelectDataRequired()], email=[SHAPE_OF_ADDRESS])
    add_form_extra_fields = per_column(
        password=NewPasswordForm.password, conf_password=NewPasswordForm.conf_password
    )
    add_form_query_rel_fields = per_column(roles=[["name", FilterIn, list(ROLES)]])
    edit_form_query_rel_fields = add_form_query_rel_fields
    # Flask-AppBuilder's actions: commands take their place.
    resetmypassword = resetpasswords = userinfoedit = None

    def record_title(self, row: Any) -> str:
        """The person's name."""
        return str(row.get_full_name())

    def commands(self, row: Any) -> list[Command]:
        """A new password."""
        url = url_for("StaffPasswordView.this_form_get", pk=row.id)
        return [Command(_("Set a new password"), url, "lock")]

    @expose("/userinfo/")
    @has_access
    def userinfo(self) -> Any:
        """The profile of whoever asks."""
        row = self.record(g.user.id)
        own_password = url_for("OwnPasswordView.this_form_get")
        return self.render_template(
            "back_office/profile.html",
            title=self.user_info_title,
            facts=[
                (self.label_columns[name], shown(self.datamodel._get_attr_value(row, name)))
                for name in ("get_full_name", "username", "email", "roles", "last_login")
            ],
            commands=[Command(_("Change my password"), own_password, "lock", primary=True)],
        )


class StaffRoleView(RecordView):
    """Roles, to look at: they stand in code (`app/views/roles.py`)."""

    datamodel = Records(Role)
    route_base = "/roles"
    list_title = _("Roles")
    show_title = _("Role")
    list_columns = ("name",)
    show_columns = list_columns
    search_columns = list_columns
    label_columns = labels(name=_("Role"))

    def record_title(self, row: Any) -> str:
        """The role's name."""
        return str(row.name)

    def sections(self, row: Any) -> list[Section]:
        """What the role may do, as the code says it."""
        rules = [
            (view.strip("^$"), permission.strip("^$()").replace("|", ", "))
            for view, permission in ROLES.get(row.name, [])
        ]
        return [Section(_("Rights"), (_("View"), _("Permissions")), rules)]
