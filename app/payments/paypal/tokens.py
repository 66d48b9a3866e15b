"""OAuth access tokens of PayPal, kept while they last."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Lock

import requests
import structlog
from requests.auth import AuthBase

from app.billing.ports import Clock
from app.payments.paypal.errors import NoAnswer
from app.payments.paypal.settings import PayPalSettings

MARGIN = timedelta(minutes=1)
"""A token is not used in its last minute: it must live longer than the call that it opens."""
log = structlog.get_logger()


class Bearer(AuthBase):
    """Puts the token on a request; as an auth object no ~/.netrc can replace it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """The request with the token."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class AccessTokens:
    """Gives the present token to any thread, asks for one at a time. Raises NoAnswer for want of one."""

    def __init__(self, settings: PayPalSettings, clock: Clock, timeouts: tuple[float, float]) -> None:
        self._settings = settings
        self._clock = clock
        self._timeouts = timeouts
        self._lock = Lock()
        self._token: str | None = None
        self._good_until: datetime | None = None

    def current(self) -> str:
        """A token that is good for a minute at least."""
        with self._lock:
            if self._token is None or self._good_until is None or self._clock.now() >= self._good_until:
                return self._renew()
            return self._token

    def instead_of(self, refused: str) -> str:
        """A token to use after one was refused; the one that another thread fetched meanwhile will do."""
        with self._lock:
            if self._token is not None and self._token != refused:
                return self._token
            return self._renew()

    def _renew(self) -> str:
        asked_at = self._clock.now()
        try:
            response = requests.post(
                f"{self._settings.api_url}/v1/oauth2/token",
                data={"grant_type": "client_credentials"},
                auth=(self._settings.client_id, self._settings.client_secret),
                timeout=self._timeouts,
                allow_redirects=False,
            )
            answer = response.json()
            token, seconds = str(answer["access_token"]), int(answer["expires_in"])
        except (requests.RequestException, KeyError, TypeError, ValueError) as error:
            self._token = None
            log.error("paypal_gives_no_token", error=type(error).__name__)
            raise NoAnswer("no access token") from None
        self._token, self._good_until = token, asked_at + timedelta(seconds=seconds) - MARGIN
        return self._token
