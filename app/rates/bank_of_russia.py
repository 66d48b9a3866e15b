"""Asks the Bank of Russia for the rates of a day, over HTTPS."""

from __future__ import annotations

import ssl
from datetime import date
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

import structlog

from app.billing.exchange_rates import RateFile
from app.rates.files import LONGEST_FILE, read_rate_file

TIMEOUT_SECONDS = 10.0
log = structlog.get_logger()


class BankOfRussia:
    """The Bank's service of daily files below an address such as https://www.cbr.ru/scripts.

    It follows no redirects and reads no more than a file may have.
    """

    def __init__(self, url: str, timeout: float = TIMEOUT_SECONDS) -> None:
        self._parts = urlsplit(url)
        self._timeout = timeout

    def rates_of(self, day: date) -> RateFile | None:
        """The rates in force on the day; None when there is no answer.

        Raises InvalidInput as `read_rate_file` when the answer is no such file.
        """
        content = self._ask(f"{self._parts.path}/XML_daily.asp?date_req={day:%d/%m/%Y}")
        return None if content is None else read_rate_file(content, day)

    def _ask(self, path: str) -> bytes | None:
        connection = self._connection()
        try:
            connection.request("GET", path, headers={"Accept": "application/xml"})
            answer = connection.getresponse()
            content = answer.read(LONGEST_FILE + 1)
        except (OSError, HTTPException) as error:
            log.warning("rates_unreachable", error=type(error).__name__)
            return None
        finally:
            connection.close()
        if answer.status != 200:
            log.warning("rates_refused", status=answer.status)
            return None
        return content

    def _connection(self) -> HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        if self._parts.scheme == "http":  # outside production only, as the settings see to
            return HTTPConnection(host, port, timeout=self._timeout)
        return HTTPSConnection(host, port, timeout=self._timeout, context=ssl.create_default_context())
