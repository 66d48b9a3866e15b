"""`bpm bank-import`: a bank statement from a file, looked at first and taken in when told to (H4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, BinaryIO

import click

from app.billing.actors import Actor
from app.billing.errors import BillingError
from app.billing.statement_refusal import StatementRefused
from app.cli.output import answer, as_json, container_of
from app.models import BankLineState
from app.payments.bank.statements import LARGEST_FILE
from app.services.bank_statements import PreviewLine, StatementFile, apply_statement, preview_statement

COUNTS = ("parsed", "matched", "doubtful", "rejected", "known")
DECIDED = frozenset({BankLineState.MATCHED, BankLineState.SETTLED_REFUND, BankLineState.IGNORED})
NOTHING_WRITTEN = "Nothing was written; --apply takes it in."


@click.command("bank-import")
@click.argument("file", type=click.File("rb"))
@click.option("--apply", is_flag=True, help="Store the lines and book what is certain; else only look.")
@as_json
@click.pass_context
def bank_import(context: click.Context, file: BinaryIO, *, apply: bool, as_json: bool) -> None:
    """Tell what a bank statement would do or, with --apply, do it; exit code 1 when the file is refused.

    Reads 1CClientBankExchange, camt.053 and MT940. Each line is booked once, however often its file comes.
    """
    container = container_of(context)
    told = StatementFile(str(file.name).rpartition("/")[2], file.read(LARGEST_FILE + 1))
    try:
        statements = preview_statement(container.statement_importing, file=told)
        if apply:
            actor = Actor.system("bank-import")
            apply_statement(container.statement_importing, actor=actor, file=told, now=container.clock.now())
    except BillingError as refusal:
        document = _refused(refusal)
        answer(document, f"{_summed_up(document)}\n{refusal.code}: {refusal}", as_json=as_json)
        context.exit(1)
    document = _report([line for each in statements for line in each.lines], applied=apply)
    text = [_summed_up(document), *map(_line, document["lines"]), *([] if apply else [NOTHING_WRITTEN])]
    answer(document, "\n".join(text), as_json=as_json)


def _report(lines: Sequence[PreviewLine], *, applied: bool) -> dict[str, Any]:
    """Known lines change nothing and are counted as such only."""
    new = [line for line in lines if not line.is_known]
    matched = sum(line.state in DECIDED for line in new)
    counts = (len(lines), matched, len(new) - matched, 0, len(lines) - len(new))
    return {
        "applied": applied,
        **dict(zip(COUNTS, counts, strict=True)),
        "reasons": dict(Counter(line.match.finding.value for line in new)),
        "lines": [_told(line) for line in lines],
    }


def _told(line: PreviewLine) -> dict[str, Any]:
    return {
        "position": line.line.position,
        "booked_on": line.line.booked_on.isoformat(),
        "direction": line.line.direction.value,
        "amount": f"{line.line.amount.decimal} {line.line.amount.currency}",
        "state": "known" if line.is_known else line.state.value,
        "finding": line.match.finding.value,
    }


def _refused(refusal: BillingError) -> dict[str, Any]:
    where = {"line": refusal.line, "detail": refusal.detail} if isinstance(refusal, StatementRefused) else {}
    return {
        "applied": False,
        **dict(zip(COUNTS, (0, 0, 0, 1, 0), strict=True)),
        "reasons": {refusal.code: 1},
        "refusal": {"code": refusal.code, "line": None, "detail": str(refusal)} | where,
        "lines": [],
    }


def _summed_up(document: dict[str, Any]) -> str:
    return ", ".join(f"{name} {document[name]}" for name in COUNTS)


def _line(told: dict[str, Any]) -> str:
    return "{position:>6} {booked_on} {direction:3} {amount:>20} {state:14} {finding}".format_map(told)
