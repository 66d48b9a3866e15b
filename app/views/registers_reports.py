"""VAT against the ledger, documents, revenue and balances of a period, with files (J4, K1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.billing.registers_table import Cell, CellKind, Column, Table
from app.formatting.money import format_rate
from app.repositories.ledger import Books
from app.repositories.registers import Stretch
from app.services.ledger_reports import revenue_by_service_month
from app.services.registers_balances import open_balances
from app.services.registers_documents import documents_of_period
from app.services.registers_export import note_register_export
from app.services.registers_vat import VatTie, vat_tie
from app.views.base import Command, Section
from app.views.context import actor, container
from app.views.labels import label_of
from app.views.ledger_reports import Asked, StretchForm, asked_period, filled_form, period_form
from app.views.presentation import language, named_link
from app.views.registers_names import DEEDS, FLOWS, PAPERS
from app.views.registers_tables import export_commands, format_of, page_of, section_of, sent

MOST_BALANCES = 100


@dataclass(frozen=True, slots=True)
class Verdict:
    """What stands above the tables: whether it ties."""

    tone: str
    text: str


def _column(name: str, title: Any, kind: CellKind = CellKind.TEXT, *, totalled: bool = False) -> Column:
    return Column("", name, str(title), kind, totalled)


def _sums(*names: tuple[str, Any]) -> list[Column]:
    return [_column(name, title, CellKind.SUM, totalled=True) for name, title in names]


def _table(
    asked: Asked, name: str, title: Any, columns: Iterable[Column], rows: Iterable[Sequence[Cell]]
) -> Table:
    period = f"{asked.first:%d.%m.%Y} – {asked.last:%d.%m.%Y}"
    return Table(name, str(title), ((gettext("Period"), period),), tuple(columns), rows)


def _stretch(asked: Asked) -> Stretch:
    return Stretch(asked.seller_id, asked.first, asked.last)


class VatReportView(BaseView):
    """VAT of the registers beside VAT of the ledger, with each difference."""

    route_base = "/vat"
    default_view = "index"
    list_title = _("VAT against the ledger")
    base_permissions = ("can_index", "can_export")

    @expose("/", methods=["GET"])
    @has_access
    def index(self) -> Any:
        """The ties of a period."""
        form = filled_form(StretchForm)
        asked = asked_period(form)
        if asked is None:
            return _page(self, form, [])
        tie = vat_tie(container().transactions, stretch=_stretch(asked))
        sections = [section_of(_flows(asked, tie)), _differences(tie)]
        return _page(self, form, sections, verdict=_verdict(tie))

    @expose("/export", methods=["GET"])
    @has_access
    def export(self) -> Any:
        """The ties as a file."""

        def table(asked: Asked) -> Table:
            return _flows(asked, vat_tie(container().transactions, stretch=_stretch(asked)))

        return _export(self, table)


class DocumentReportView(BaseView):
    """What was issued, and what the table of documents asks for beside it."""

    route_base = "/documents-of-period"
    default_view = "index"
    list_title = _("Issued and missing documents")
    base_permissions = ("can_index", "can_export")

    @expose("/", methods=["GET"])
    @has_access
    def index(self) -> Any:
        """Both, of a period."""
        form = filled_form(StretchForm)
        asked = asked_period(form)
        if asked is None:
            return _page(self, form, [])
        found = documents_of_period(container().transactions, stretch=_stretch(asked))
        missing = Section(
            _("Missing documents"),
            (_("What it is about"), _("Document"), _("How many"), _("Such as")),
            [
                (
                    DEEDS[each.deed][0],
                    PAPERS[each.paper],
                    each.count,
                    [named_link(DEEDS[each.deed][1], example) for example in each.examples],
                )
                for each in found.missing
            ],
        )
        issued = Section(
            _("Issued documents"),
            (_("Kind"), _("File"), _("How many")),
            [(each.kind, each.status, each.count) for each in found.issued],
        )
        return _page(self, form, [missing, issued])

    @expose("/export", methods=["GET"])
    @has_access
    def export(self) -> Any:
        """What is missing and what was issued, as a file."""
        return _export(self, _documents)


class RevenueReportView(BaseView):
    """Revenue by the month of service, and what customers owe and have at the end."""

    route_base = "/revenue"
    default_view = "index"
    list_title = _("Revenue and balances")
    base_permissions = ("can_index", "can_export")

    @expose("/", methods=["GET"])
    @has_access
    def index(self) -> Any:
        """Revenue of the period, balances after its last day."""
        form = period_form()
        asked = asked_period(form)
        if asked is None:
            return _page(self, form, [])
        revenue = section_of(_revenue(asked))
        with open_balances(container().transactions, books=_books(asked), day=asked.last) as balances:
            page = page_of(_balances(asked, balances), 0, MOST_BALANCES)
        more = [
            Command(
                gettext("Balances as %(format)s", format=command.label.rpartition(" ")[2]),
                command.url,
                "download",
            )
            for command in export_commands(type(self).__name__, _arguments(), method="balances")
        ]
        return _page(self, form, [revenue, page.section], more=more)

    @expose("/export", methods=["GET"])
    @has_access
    def export(self) -> Any:
        """Revenue as a file."""
        return _export(self, _revenue)

    @expose("/balances", methods=["GET"])
    @has_access
    @permission_name("export")
    def balances(self) -> Any:
        """The balances of everybody as a file."""
        asked = asked_period(period_form())
        if asked is None:
            return redirect(url_for("RevenueReportView.index", **_arguments()))
        with open_balances(container().transactions, books=_books(asked), day=asked.last) as balances:
            return _sent(self, asked, _balances(asked, balances))


def _arguments() -> dict[str, Any]:
    """What stands in the address."""
    return {name: value for name, value in request.args.to_dict().items() if name != "format"}


def _page(
    view: BaseView,
    form: Any,
    sections: list[Section],
    *,
    verdict: Verdict | None = None,
    more: Sequence[Command] = (),
) -> Any:
    offered = export_commands(type(view).__name__, _arguments()) if sections else []
    return view.render_template(
        "back_office/register.html",
        title=view.list_title,
        form=form,
        sections=sections,
        verdict=verdict,
        commands=[*offered, *more],
    )


def _export(view: BaseView, table: Callable[[Asked], Table]) -> Any:
    asked = asked_period(period_form())
    if asked is None:
        return redirect(url_for(f"{type(view).__name__}.index", **_arguments()))
    return _sent(view, asked, table(asked))


def _sent(view: BaseView, asked: Asked, table: Table) -> Response:
    answer = sent(
        table, format_of(request.args.get("format", "")), f"{table.name}-{asked.first}-{asked.last}"
    )
    note_register_export(
        container().transactions,
        actor=actor(),
        name=table.name,
        arguments={name: str(value) for name, value in asked.arguments().items()},
        now=container().clock.now(),
    )
    return answer


def _flows(asked: Asked, tie: VatTie) -> Table:
    columns = (
        _column("flow", _("Why")),
        # No totals: what is owed and what is deducted don't add up.
        _column("documents", _("Of documents"), CellKind.SUM),
        _column("individuals", _("Of individuals together"), CellKind.SUM),
        _column("ledger", _("In the ledger"), CellKind.SUM),
        _column("difference", _("Difference"), CellKind.SUM),
    )
    rows = [
        (
            str(FLOWS[each.flow]),
            each.documents.decimal,
            each.individuals.decimal,
            each.ledger.decimal,
            each.difference.decimal,
        )
        for each in tie.flows
    ]
    return _table(asked, "vat", _("VAT by what it came from"), columns, rows)


def _differences(tie: VatTie) -> Section:
    return Section(
        gettext("Differences: %(number)s", number=tie.count),
        (_("Why"), _("What"), _("In documents"), _("In the ledger")),
        [
            (
                FLOWS[each.flow],
                named_link("service_month", each.service_month_id)
                if each.service_month_id
                else named_link("invoice", each.invoice_id),
                each.documents,
                each.ledger,
            )
            for each in tie.differences
        ],
    )


def _verdict(tie: VatTie) -> Verdict:
    if tie.ties:
        return Verdict("success", gettext("The registers and the ledger say the same."))
    return Verdict("danger", gettext("The registers and the ledger differ."))


def _documents(asked: Asked) -> Table:
    found = documents_of_period(container().transactions, stretch=_stretch(asked))
    columns = (
        _column("about", _("What it is about")),
        _column("paper", _("Document")),
        _column("state", _("Status")),
        _column("count", _("How many"), CellKind.COUNT),
    )
    missing = [
        (str(DEEDS[each.deed][0]), str(PAPERS[each.paper]), gettext("Missing"), each.count)
        for each in found.missing
    ]
    issued = [
        (None, str(label_of(each.kind)[0]), str(label_of(each.status)[0]), each.count)
        for each in found.issued
    ]
    return _table(asked, "documents", _("Issued and missing documents"), columns, [*missing, *issued])


def _revenue(asked: Asked) -> Table:
    columns = (
        _column("month", _("Month")),
        _column("rate", _("VAT rate")),
        *_sums(("net", _("Without VAT")), ("vat", _("VAT")), ("gross", _("With VAT"))),
    )
    months = revenue_by_service_month(container().transactions, **asked.arguments())
    rows = [
        (
            f"{each.month:%Y-%m}",
            gettext("No VAT") if part.rate is None else format_rate(part.rate, language()),
            part.net.decimal,
            part.vat.decimal,
            (part.net + part.vat).decimal,
        )
        for each in months
        for part in each.by_rate
    ]
    return _table(asked, "revenue", _("Revenue by month"), columns, rows)


def _books(asked: Asked) -> Books:
    return Books(asked.seller_id, asked.currency)


def _balances(asked: Asked, balances: Iterable[Any]) -> Table:
    columns = (
        _column("customer", _("Customer")),
        *_sums(
            ("receivable", _("Service given and not paid")),
            ("advances", _("Paid for service to come")),
            ("balance", _("On the balance")),
            ("refunds", _("Refunds to be sent")),
        ),
    )
    rows = (
        (
            each.email,
            each.position.receivable.decimal,
            each.position.advances.decimal,
            each.position.balance.decimal,
            each.position.refunds_payable.decimal,
        )
        for each in balances
    )
    return _table(asked, "balances", _("Balances of customers"), columns, rows)
