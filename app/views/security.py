"""Who is in: login and logout with sessions on the server, and what is left of the framework's security."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import flash, g, redirect, request, session
from flask_appbuilder import expose
from flask_appbuilder.security.forms import LoginForm_db
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_appbuilder.security.views import AuthDBView
from flask_babel import gettext
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import login_user, logout_user

from app.services.staff_sessions import (
    end_staff_session,
    is_staff_session_live,
    open_staff_session,
    record_failed_login,
)
from app.views.addresses import own_address
from app.views.staff_accounts import OwnPasswordView, StaffPasswordView, StaffRoleView, StaffUserView

SESSION_TOKEN = "staff_session"  # noqa: S105 - the name of a value in the cookie, not a secret


class StaffLoginView(AuthDBView):
    """Logging in and out. The cookie carries a token whose row in the database can be ended."""

    @expose("/login/", methods=["GET", "POST"])
    def login(self) -> Any:
        """Open a session after the right name and password; a wrong pair never says which of the two."""
        next_address = own_address(request.args.get("next"), self.appbuilder.get_url_for_index)
        if g.user.is_authenticated:
            return redirect(next_address)
        form = LoginForm_db()
        if form.validate_on_submit():
            user = self.appbuilder.sm.auth_user_db(form.username.data, form.password.data)
            if user is not None:
                self._begin(user)
                return redirect(next_address)
            flash(gettext("Invalid login. Please try again."), "warning")
        return self.render_template(self.login_template, title=self.title, form=form)

    def _begin(self, user: Any) -> None:
        container = self.appbuilder.container
        locale = session.get("locale")
        session.clear()  # nothing of whoever held the cookie before
        session["locale"] = locale or "ru"
        session.permanent = True
        login_user(user, remember=False)
        session[SESSION_TOKEN] = open_staff_session(
            container.transactions,
            staff_user_id=user.id,
            username=user.username,
            now=container.clock.now(),
            real_now=container.wall_clock.now(),
        )

    @expose("/logout/", methods=["POST"])
    def logout(self) -> Any:
        """End the session on the server: a copy of the cookie is worth nothing from now on."""
        if g.user.is_authenticated:
            container = self.appbuilder.container
            end_staff_session(
                container.transactions,
                token=session.get(SESSION_TOKEN, ""),
                staff_user_id=g.user.id,
                username=g.user.username,
                now=container.clock.now(),
                real_now=container.wall_clock.now(),
            )
        locale = session.get("locale")
        logout_user()
        session.clear()
        session["locale"] = locale or "ru"
        return redirect(self.appbuilder.get_url_for_login)


class StaffSecurityManager(SecurityManager):
    """Only what staff need of Flask-AppBuilder's security: no API, no registration, no groups, no charts."""

    authdbview = StaffLoginView
    userdbmodelview = StaffUserView
    rolemodelview = StaffRoleView
    resetmypasswordview = OwnPasswordView
    resetpasswordview = StaffPasswordView
    userstatschartview: ClassVar[Any] = None

    def create_limiter(self, app: Any) -> Limiter:
        """Count logins in our Redis, in memory while it is away."""
        limiter = Limiter(key_func=get_remote_address, in_memory_fallback_enabled=True)
        limiter.init_app(app)
        return limiter

    def register_views(self) -> None:
        """Login, own password, users and roles; the rest of Flask-AppBuilder's views does not exist here."""
        self.auth_view = self.authdbview()
        self.user_view = self.userdbmodelview()
        for view in (self.auth_view, self.resetmypasswordview(), self.resetpasswordview()):
            self.appbuilder.add_view_no_menu(view)
        self.limiter.limit(self.auth_rate_limit, methods=["POST"])(self.auth_view.blueprint)

    def load_user(self, pk: str) -> Any:
        """The active employee of this cookie while its session in the database lives."""
        container = self.appbuilder.container
        token = session.get(SESSION_TOKEN)
        if not token or not is_staff_session_live(
            container.transactions, token=token, staff_user_id=int(pk), real_now=container.wall_clock.now()
        ):
            return None
        return super().load_user(int(pk))

    def on_user_login_failed(self, user: Any) -> None:
        """Leave a trace."""
        container = self.appbuilder.container
        record_failed_login(container.transactions, staff_user_id=user.id, now=container.clock.now())
