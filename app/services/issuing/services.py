"""Documents of service given: УПД, счёт-фактура and акт, one for a payer's lines with the same last day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.billing.documents.decision import FORMS, TAX_INVOICES, DocumentEvent, Paper
from app.billing.documents.parties import Correction, DocumentReference
from app.billing.documents.tax_document import TaxDocument
from app.billing.money import total
from app.models import Document, Invoice, ServiceMonth
from app.repositories.undocumented import ServiceKey
from app.services.issuing.context import Deal, Deals
from app.services.issuing.drafts import AdvanceUse, Draft, LineFigures
from app.services.issuing.service_lines import GivenLine, month_line, usage_lines
from app.services.issuing.writing import issue_documents
from app.services.unit_of_work import UnitOfWork

ADVANCE_TITLE = {"ru": "Счёт-фактура", "en": "VAT invoice"}


@dataclass(slots=True)
class ServiceGroup:
    """What goes on one document: service months and invoices of operations."""

    key: ServiceKey
    month_ids: list[int] = field(default_factory=list)
    invoice_ids: list[int] = field(default_factory=list)

    @property
    def concerns(self) -> tuple[str, int]:
        """The row that staff are asked about."""
        return ("service_month", self.month_ids[0]) if self.month_ids else ("invoice", self.invoice_ids[0])


@dataclass(frozen=True, slots=True)
class _Found:
    """What a chunk of groups is about, locked and read."""

    months: Mapping[int, Any]
    invoices: Mapping[int, Invoice]
    money: Mapping[int, Sequence[Any]]
    advances: Mapping[int, Sequence[Document]]
    deals: Deals


def groups_of(
    months: Sequence[tuple[ServiceKey, int]], invoices: Sequence[tuple[ServiceKey, int]]
) -> list[ServiceGroup]:
    """The documents that these rows make, the earliest last day first."""
    groups: dict[ServiceKey, ServiceGroup] = {}
    for key, month_id in months:
        groups.setdefault(key, ServiceGroup(key)).month_ids.append(month_id)
    for key, invoice_id in invoices:
        groups.setdefault(key, ServiceGroup(key)).invoice_ids.append(invoice_id)
    return sorted(groups.values(), key=lambda group: group.key.last_day)


def issue_services(work: UnitOfWork, groups: Sequence[ServiceGroup], now: datetime) -> int:
    """The documents of these groups; a group of which another machine holds a part is left to it.

    The sums are those of the ledger when service was given: what was refunded since is a correction. A
    month of nothing needs no document. Answers how many rows were handled.
    """
    found = _find(work, groups)
    free = [
        group
        for group in groups
        if found.months.keys() >= {*group.month_ids} and found.invoices.keys() >= {*group.invoice_ids}
    ]
    drafts = {id(group): _drafts(group, found) for group in free}
    issued = issue_documents(work, [draft for each in drafts.values() for draft in each], now)
    done = [group for group in free if all(draft in issued for draft in drafts[id(group)])]
    months = [month_id for group in done for month_id in group.month_ids]
    invoices = [invoice_id for group in done for invoice_id in group.invoice_ids]
    work.undocumented.mark(ServiceMonth, months, now)
    work.undocumented.mark(Invoice, invoices, now)
    return len(months) + len(invoices)


def _find(work: UnitOfWork, groups: Sequence[ServiceGroup]) -> _Found:
    month_ids = [month_id for group in groups for month_id in group.month_ids]
    invoice_ids = [invoice_id for group in groups for invoice_id in group.invoice_ids]
    months = {row.ServiceMonth.id: row for row in work.undocumented.locked_months(month_ids)}
    invoices = {row.id: row for row in work.undocumented.locked_invoices(invoice_ids)} if invoice_ids else {}
    prepaid = {row.ServiceMonth.invoice_id for row in months.values()}
    return _Found(
        months,
        invoices,
        work.undocumented.money(prepaid | invoices.keys()),
        work.undocumented.advances(prepaid),
        Deals(work, {group.key.seller_id for group in groups}, {group.key.payer_id for group in groups}),
    )


def _drafts(group: ServiceGroup, found: _Found) -> list[Draft]:
    """What is due for the group; nothing when nothing of it was booked."""
    deal = found.deals.between(group.key.seller_id, group.key.payer_id)
    lines = [month_line(deal, found.months[each]) for each in group.month_ids]
    lines = [line for line in lines if line.gross]
    for invoice_id in group.invoice_ids:
        lines += usage_lines(deal, found.invoices[invoice_id])
    if not lines:
        return []
    papers = deal.papers(DocumentEvent.SERVICE_GIVEN, taxed=group.key.is_taxed)
    drafts = {paper: _draft(group, found, deal, lines, paper) for paper in papers if paper in FORMS}
    _, uses = _advances(deal, lines, found.advances)
    drafts[papers[-1]].advances = tuple(uses)  # of two papers the last one is the счёт-фактура
    if Paper.VAT_INVOICE in drafts:
        drafts[Paper.VAT_INVOICE].shown_by = drafts.get(Paper.ACT)
    return list(drafts.values())


def _draft(group: ServiceGroup, found: _Found, deal: Deal, lines: Sequence[GivenLine], paper: Paper) -> Draft:
    key, (kind, status) = group.key, FORMS[paper]
    whole = total((line.gross for line in lines), key.currency)
    vat = total((line.vat for line in lines), key.currency)
    references, _ = _advances(deal, lines, found.advances)
    return Draft(
        document=TaxDocument(
            form=kind.value,  # type: ignore[arg-type]  # the table gives forms of service only
            status=status,
            **deal.unnumbered(),
            payments=_payments(deal, lines, found.money),
            shipments=(),
            advances=references if paper in TAX_INVOICES else (),
            lines=tuple(line.printed for line in lines),
            vat_total=vat,
            total=whole,
            transferred_on=key.last_day,
            service_from=min(line.first_day for line in lines),
            service_to=key.last_day,
            vat_exemption=deal.exemption(key.last_day, taxed=key.is_taxed),
        ),
        seller=deal.seller,
        customer_id=deal.payer.customer_id,
        payer_id=key.payer_id,
        legal_day=max(line.booked_on for line in lines),
        total=whole,
        vat=vat,
        lines=tuple(
            LineFigures(line.gross, line.vat, line.vat_rate, line.invoice_line_id, line.service_month_id)
            for line in lines
        ),
        concerns=group.concerns,
    )


def _payments(
    deal: Deal, lines: Sequence[GivenLine], money: Mapping[int, Sequence[Any]]
) -> tuple[DocumentReference, ...]:
    """Line 5: the money of what was prepaid; operations are paid afterwards."""
    prepaid = dict.fromkeys(line.invoice_id for line in lines if line.service_month_id is not None)
    return tuple(deal.payment_reference(row) for invoice_id in prepaid for row in money[invoice_id])


def _advances(
    deal: Deal, lines: Sequence[GivenLine], advances: Mapping[int, Sequence[Document]]
) -> tuple[tuple[DocumentReference, ...], list[AdvanceUse]]:
    """Line 5б, and the part of each advance that is used."""
    by_invoice: dict[int, list[GivenLine]] = defaultdict(list)
    for line in lines:
        if line.service_month_id is not None and advances[line.invoice_id]:
            by_invoice[line.invoice_id].append(line)
    uses = []
    for invoice_id, of_one in by_invoice.items():
        gross = total((line.gross for line in of_one), of_one[0].gross.currency)
        vat = total((line.advance_vat for line in of_one), gross.currency)
        uses.append(AdvanceUse(advances[invoice_id][0].id, gross, vat))
    return tuple(_advance_reference(deal, advances[each]) for each in by_invoice), uses


def _advance_reference(deal: Deal, documents: Sequence[Document]) -> DocumentReference:
    first, last = documents[0], documents[-1]
    correction = None
    if last.corrected_on is not None:
        correction = Correction(last.correction, last.corrected_on)
    return DocumentReference(ADVANCE_TITLE[deal.language], first.number, first.issued_on, correction)
