"""The demo's seller and its offer."""

from __future__ import annotations

from datetime import date, datetime
from hashlib import sha256
from pathlib import Path

from app.billing.actors import Actor
from app.billing.requisites import is_correspondent_account
from app.billing.tax import TaxRegime
from app.demo.seed.requisites import BIK, bank_account, company_inn, company_ogrn, exchange_id
from app.demo.seed.stage import Stage
from app.demo.seed.stamp import draw_stamp
from app.models import Picture, Seller, SellerTaxRegime, TermsVersion

HERE = Path(__file__).parent


def add_seller(stage: Stage, published_at: datetime) -> int:
    """The seller with its tax regime and the first version of the offer; answers the version's id."""
    with stage.transactions.begin(Actor.system("demo")) as work:
        stamp = draw_stamp()
        named = sha256(stamp).hexdigest()
        work.session.add(Picture(sha256=named, content=stamp, created_at=published_at))
        work.session.flush()
        work.sellers.add(
            Seller(
                name="ООО «БПМ Центр»",
                inn=company_inn(4215067),
                kpp="770401001",
                ogrn=company_ogrn(1350824),
                address="119034, г. Москва, Пречистенский пер., д. 12, помещ. 7",
                bank_name="АО «Образцовый банк», г. Москва",
                bank_bik=BIK,
                bank_account=bank_account(1300042),
                bank_corr_account=_correspondent_account(),
                director_position="Генеральный директор",
                director="Ветрова М. А.",
                accountant="Соколов Д. И.",
                email="billing@bpm-centr.test",
                phone="+7 495 000-00-00",
                offer_date=published_at.date(),
                exchange_id=exchange_id(company_inn(4215067), "770401001"),
                stamp_sha256=named,
                sells=True,
                tax_regimes=[SellerTaxRegime(effective_from=date(2019, 1, 1), regime=TaxRegime.GENERAL)],
            )
        )
        return work.terms.add(
            TermsVersion(
                version=f"{published_at:%Y-%m}",
                published_at=published_at,
                text_ru=(HERE / "offer_ru.txt").read_text(encoding="utf-8"),
                text_en=(HERE / "offer_en.txt").read_text(encoding="utf-8"),
            )
        ).id


def _correspondent_account() -> str:
    ending = f"00000000{BIK[6:]}"
    return next(
        account
        for number in range(10)
        if is_correspondent_account(account := f"30101810{number}{ending}", BIK)
    )
