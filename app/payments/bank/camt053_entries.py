"""Entries of camt.053: one line each, or one for every payment of a batch that tells its amounts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import cast

from lxml import etree

from app.billing.bank_statement import Direction
from app.billing.money import Money, total
from app.billing.statement_refusal import StatementFault, malformed
from app.payments.bank import values
from app.payments.bank.assembly import Entry

_DIRECTIONS = {"CRDT": Direction.IN, "DBIT": Direction.OUT}
_OTHER_SIDE = {Direction.IN: "Dbtr", Direction.OUT: "Cdtr"}


def line_of(element: etree._Element) -> int:
    """Where the element begins in the file."""
    return int(cast("int", element.sourceline))


def name_of(element: etree._Element) -> tuple[str, str]:
    """The namespace and the name. Not through QName, which fails on a namespace that has a brace in it."""
    namespace, _, name = str(element.tag).rpartition("}")
    return namespace.removeprefix("{"), name


class Node:
    """An element with paths in its own namespace. A value that stands twice instead of once is refused."""

    __slots__ = ("element", "line", "name", "namespace")

    def __init__(self, element: etree._Element) -> None:
        self.element = element
        self.line = line_of(element)
        self.namespace, self.name = name_of(element)

    def all(self, path: str) -> list[Node]:
        """Every element at the path, in the order of the file."""
        full = "/".join(f"{{{self.namespace}}}{name}" for name in path.split("/"))
        return [Node(found) for found in self.element.findall(full)]

    def only(self, path: str) -> Node:
        """The one element at the path. Raises StatementRefused."""
        found = self.all(path)
        if len(found) != 1:
            raise malformed(StatementFault.MISSING, self.line, f"{path} stands once")
        return found[0]

    def value(self) -> str:
        """The text of a leaf. Raises StatementRefused when there is more than text in it."""
        if len(self.element):
            raise malformed(StatementFault.SHAPE, self.line, f"{self.name} holds a value only")
        return values.one_line(self.element.text or "")

    def text(self, path: str) -> str:
        """The value at the path, empty when absent. Raises StatementRefused when it stands twice."""
        found = self.all(path)
        if len(found) > 1:
            raise malformed(StatementFault.DUPLICATE, self.line, f"{path} stands twice")
        return found[0].value() if found else ""

    def texts(self, path: str) -> list[str]:
        """All values at the path."""
        return [value for found in self.all(path) if (value := found.value())]


def read_entry(node: Node) -> list[Entry]:
    """The lines of an entry; none when it is not booked yet. Raises StatementRefused."""
    status = node.text("Sts/Cd") or node.only("Sts").value()
    if status != "BOOK":
        return []
    amount = amount_of(node.only("Amt"), values.positive_amount)
    payments = node.all("NtryDtls/TxDtls")
    parts = _parts(payments, amount, direction_of(node))
    if parts:
        return [_line(node, [payment], part) for payment, part in zip(payments, parts, strict=True)]
    return [_line(node, payments, amount)]


def amount_of(node: Node, read: Callable[[str, str, int], Money]) -> Money:
    """The amount with the currency beside it; `read` says which signs may be. Raises StatementRefused."""
    return read(node.value(), node.element.get("Ccy", ""), node.line)


def direction_of(node: Node) -> Direction:
    """Which way the money went. A reversal states its own way, so its mark changes nothing."""
    stated = node.text("CdtDbtInd")
    if stated not in _DIRECTIONS:
        raise malformed(StatementFault.SHAPE, node.line, "CdtDbtInd is CRDT or DBIT")
    return _DIRECTIONS[stated]


def _parts(payments: Sequence[Node], whole: Money, direction: Direction) -> list[Money]:
    """The amounts of a batch's payments, when the bank tells them all and they make up the entry."""
    if len(payments) < 2 or any(_way(payment, direction) is not direction for payment in payments):
        return []
    stated = [(payment.all("Amt") or payment.all("AmtDtls/TxAmt/Amt"))[:1] for payment in payments]
    if not all(stated) or {found[0].element.get("Ccy") for found in stated} != {whole.currency}:
        return []
    parts = [amount_of(found[0], values.positive_amount) for found in stated]
    return parts if total(parts, whole.currency) == whole else []


def _way(payment: Node, of_entry: Direction) -> Direction:
    return direction_of(payment) if payment.all("CdtDbtInd") else of_entry


def _line(node: Node, payments: Sequence[Node], amount: Money) -> Entry:
    direction = direction_of(node)
    side = _OTHER_SIDE[direction]
    return Entry(
        line=node.line,
        booked_on=_booked_on(node),
        direction=direction,
        amount=amount,
        reference=_reference(node, payments),
        purpose=_purpose(node, payments),
        party_name=_first(payments, f"RltdPties/{side}/Nm", f"RltdPties/{side}/Pty/Nm"),
        party_inn=_inn(payments, side),
        party_account=_account(payments, side),
    )


def _booked_on(node: Node) -> date:
    for path in ("BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm"):
        text = node.text(path)
        if text:
            return values.iso_date(text, node.line)
    raise malformed(StatementFault.MISSING, node.line, "BookgDt is absent")


def _reference(node: Node, payments: Sequence[Node]) -> str:
    """The payment's own reference in a batch, else the entry's."""
    own = _first(payments, "Refs/AcctSvcrRef", "Refs/TxId", "Refs/EndToEndId", "Refs/InstrId")
    of_entry = node.text("AcctSvcrRef") or node.text("NtryRef")
    return (own or of_entry) if len(node.all("NtryDtls/TxDtls")) > 1 else (of_entry or own)


def _purpose(node: Node, payments: Sequence[Node]) -> str:
    paths = ("RmtInf/Ustrd", "RmtInf/Strd/CdtrRefInf/Ref", "RmtInf/Strd/AddtlRmtInf", "AddtlTxInf")
    told = [text for payment in payments for path in paths for text in payment.texts(path)]
    return " ".join(told) or node.text("AddtlNtryInf")


def _inn(payments: Sequence[Node], side: str) -> str | None:
    """An ИНН among the identifications of the other side; it is told by its control digits."""
    ways = [
        f"RltdPties/{side}{party}/Id/{kind}/Othr/Id" for party in ("", "/Pty") for kind in ("OrgId", "PrvtId")
    ]
    stated = [text for payment in payments for path in ways for text in payment.texts(path)]
    return next(filter(None, map(values.inn_or_none, stated)), None)


def _account(payments: Sequence[Node], side: str) -> str | None:
    return _first(payments, f"RltdPties/{side}Acct/Id/IBAN", f"RltdPties/{side}Acct/Id/Othr/Id") or None


def _first(payments: Sequence[Node], *paths: str) -> str:
    """The one value that all payments of the entry share; empty when they differ: nobody is to be guessed."""
    told = {next((text for path in paths for text in payment.texts(path)), "") for payment in payments}
    return told.pop() if len(told) == 1 else ""
