"""What a seller prints on documents, and which seller sells: settings that are more than a field (J1, L5)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from app.billing.actors import Actor
from app.billing.documents.kinds import DocumentKind
from app.billing.errors import InvalidInput
from app.billing.invoice import INVOICE_SERIES
from app.models import DocumentSeries, Picture
from app.services.sign_off import require_staff, stated_reason
from app.services.unit_of_work import Transactions

SERIES = re.compile("[0-9A-ZА-ЯЁ]{1,8}")


class PictureKind(StrEnum):
    """Which picture of a seller."""

    STAMP = "stamp"
    LOGO = "logo"


def set_picture(
    transactions: Transactions,
    *,
    actor: Actor,
    seller_id: int,
    kind: PictureKind,
    picture: bytes | None,
    now: datetime,
) -> None:
    """Print this PNG, or none, on documents from now on; issued ones keep theirs. Raises NotPermitted."""
    require_staff(actor)
    name = None if picture is None else sha256(picture).hexdigest()
    with transactions.begin(actor) as work:
        if name is not None and not work.documents.pictures([name]):
            work.session.add(Picture(sha256=name, content=picture, created_at=now))
            work.session.flush()
        seller = work.sellers.get(seller_id, lock=True)
        before = getattr(seller, f"{kind}_sha256")
        setattr(seller, f"{kind}_sha256", name)
        details = {kind.value: [before, name]}
        work.audit("seller.picture", "seller", seller_id, now=now, details=details)


def set_series(
    transactions: Transactions,
    *,
    actor: Actor,
    seller_id: int,
    series: Mapping[DocumentKind, str],
    now: datetime,
) -> None:
    """Number kinds of documents in series of one's own from now on; kinds not named go in the usual ones.

    Numbers given stay. Raises InvalidInput (BAD_SERIES), NotPermitted.
    """
    require_staff(actor)
    for kind, name in series.items():
        if kind is DocumentKind.INVOICE or name == INVOICE_SERIES or not SERIES.fullmatch(name):
            raise InvalidInput(kind.value, code="BAD_SERIES")
    with transactions.begin(actor) as work:
        work.sellers.get(seller_id, lock=True)
        known = {row.kind: row for row in work.sellers.series(seller_id)}
        before = {kind.value: row.series for kind, row in known.items()}
        for kind, row in known.items():
            if kind not in series:
                work.session.delete(row)
        for kind, name in series.items():
            work.session.merge(DocumentSeries(seller_id=seller_id, kind=kind, series=name))
        after = {kind.value: name for kind, name in series.items()}
        changes = {
            kind: [before.get(kind), after.get(kind)]
            for kind in sorted({*before, *after})
            if before.get(kind) != after.get(kind)
        }
        work.audit("seller.series", "seller", seller_id, now=now, details=changes)


def choose_seller(
    transactions: Transactions, *, actor: Actor, seller_id: int, reason: str, now: datetime
) -> None:
    """Let this seller issue what is sold from now on; what another has sold stays with it.

    Raises InvalidInput (REASON_REQUIRED), NotFound, NotPermitted.
    """
    require_staff(actor)
    reason = stated_reason(reason)
    with transactions.begin(actor) as work:
        before = work.sellers.current()
        chosen = work.sellers.get(seller_id, lock=True)
        for row in work.sellers.selling():
            row.sells = False
        work.session.flush()
        chosen.sells = True
        details = {"seller": [before.id, seller_id]}
        work.audit("seller.choose", "seller", seller_id, reason=reason, now=now, details=details)
