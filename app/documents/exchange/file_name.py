"""ИдФайл, which is the file's name too: who gets it, who sends it, when, and which document it is."""

from __future__ import annotations

import re
from datetime import date

from app.billing.documents.files import ExchangeFileInvalid
from app.billing.documents.tax_document import TaxDocument
from app.billing.requisites import is_exchange_id
from app.documents.exchange.texts import requisite

PREFIX = "ON_NSCHFDOPPR"
MARKS = "0_0_0_0_0_00"
"""N1 to N6: no marked, traceable or otherwise special goods (docs/decisions/0024)."""

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def file_id(document: TaxDocument) -> str | None:
    """The id, the same for the same document; None unless both parties take part in electronic exchange.

    Raises ExchangeFileInvalid when an id could not stand in the name of a file.
    """
    sender, receiver = document.seller.exchange_id, document.buyer.exchange_id
    if sender is None or receiver is None:
        return None
    unique = requisite(document.exchange_uuid, "ИдФайл, UUID", limit=36, shape=_UUID)
    return "_".join(
        (
            PREFIX,
            _participant(receiver, "получатель"),
            _participant(sender, "отправитель"),
            made_on(document).strftime("%Y%m%d"),
            unique,
            MARKS,
        )
    )


def _participant(exchange_id: str, role: str) -> str:
    if not is_exchange_id(exchange_id):
        raise ExchangeFileInvalid(f"ИдФайл, {role}: not an id of a participant")
    return exchange_id


def made_on(document: TaxDocument) -> date:
    """The day that the file is dated by: the document's own, so that it is the same whenever it is made."""
    return document.issued_on if document.correction is None else document.correction.issued_on
