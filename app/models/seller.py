"""The seller: whose details, numbers and taxes stand on documents."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.billing.documents.kinds import DocumentKind, ServicePaper
from app.billing.documents.parties import PartyKind
from app.billing.tax import DatedTaxRegime, TaxRegime
from app.models.base import Base, Identifier, enumeration


class Seller(Base):
    """A legal entity that sells; details are copied into every document at issue."""

    __tablename__ = "seller"
    __table_args__ = (Index("uq_seller_sells", "sells", unique=True, postgresql_where=text("sells")),)

    id: Mapped[Identifier]
    name: Mapped[str] = mapped_column(String(300))
    inn: Mapped[str] = mapped_column(String(12), unique=True)
    kpp: Mapped[str | None] = mapped_column(String(9))
    ogrn: Mapped[str] = mapped_column(String(15))
    address: Mapped[str] = mapped_column(String(500))
    bank_name: Mapped[str] = mapped_column(String(200))
    bank_bik: Mapped[str] = mapped_column(String(9))
    bank_account: Mapped[str] = mapped_column(String(20))
    bank_corr_account: Mapped[str] = mapped_column(String(20))
    director: Mapped[str] = mapped_column(String(200))
    accountant: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(32))
    kind: Mapped[PartyKind] = mapped_column(enumeration(PartyKind, "kind"), default=PartyKind.COMPANY)
    director_position: Mapped[str] = mapped_column(String(100), default="Руководитель")
    offer_title: Mapped[str] = mapped_column(String(200), default="Публичная оферта")
    offer_number: Mapped[str] = mapped_column(String(64), default="б/н")
    offer_date: Mapped[date] = mapped_column(default=date(2025, 1, 1))
    """The contract that documents name as their basis."""
    service_paper: Mapped[ServicePaper] = mapped_column(
        enumeration(ServicePaper, "service_paper"), default=ServicePaper.TRANSFER
    )
    exchange_id: Mapped[str | None] = mapped_column(String(46))
    """The participant's id in electronic document exchange."""
    stamp_sha256: Mapped[str | None] = mapped_column(ForeignKey("picture.sha256"))
    logo_sha256: Mapped[str | None] = mapped_column(ForeignKey("picture.sha256"))
    sells: Mapped[bool] = mapped_column(default=False)
    """Whether new invoices are this seller's; while nobody was chosen the first one sells."""

    tax_regimes: Mapped[list[SellerTaxRegime]] = relationship(order_by="SellerTaxRegime.effective_from")

    def dated_tax_regimes(self) -> list[DatedTaxRegime]:
        """The tax regimes as the rules take them."""
        return [DatedTaxRegime(row.effective_from, row.regime) for row in self.tax_regimes]

    def __str__(self) -> str:
        """The name, as lists show it."""
        return self.name


class SellerTaxRegime(Base):
    """The tax regime from a date on; its rates are law and stand in the rules (J2)."""

    __tablename__ = "seller_tax_regime"
    __table_args__ = (UniqueConstraint("seller_id", "effective_from"),)

    id: Mapped[Identifier]
    seller_id: Mapped[int] = mapped_column(ForeignKey("seller.id"))
    effective_from: Mapped[date]
    regime: Mapped[TaxRegime] = mapped_column(enumeration(TaxRegime, "tax_regime"))


class DocumentSeries(Base):
    """The series that a seller numbers a kind of document in; without a row it is the usual one."""

    __tablename__ = "document_series"
    __table_args__ = (
        CheckConstraint("series ~ '^[0-9A-ZА-ЯЁ]{1,8}$'", name="series_form"),
        CheckConstraint("series <> 'СЧ' AND kind <> 'invoice'", name="invoices_apart"),
    )

    seller_id: Mapped[int] = mapped_column(ForeignKey("seller.id"), primary_key=True)
    kind: Mapped[DocumentKind] = mapped_column(enumeration(DocumentKind, "kind"), primary_key=True)
    series: Mapped[str] = mapped_column(String(8))


class NumberSeries(Base):
    """The last number given in a series and year; the next block is taken by one UPDATE."""

    __tablename__ = "number_series"
    __table_args__ = (CheckConstraint("last_number >= 0", name="last_number_not_negative"),)

    seller_id: Mapped[int] = mapped_column(ForeignKey("seller.id"), primary_key=True)
    series: Mapped[str] = mapped_column(String(16), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last_number: Mapped[int] = mapped_column(BigInteger, default=0)
