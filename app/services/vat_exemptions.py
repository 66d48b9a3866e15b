"""Why a document has no VAT, as it is printed after «Без НДС» (п. 5 ст. 168 НК)."""

from __future__ import annotations

from app.billing.tax import TaxGround

VAT_EXEMPTIONS = {
    TaxGround.SIMPLIFIED: "УСН, п. 1 ст. 145 НК РФ",
    TaxGround.ARTICLE_149: "пп. 26 п. 2 ст. 149 НК РФ",
    TaxGround.PLACE_OF_SUPPLY: "place of supply outside Russia, Art. 148 of the Tax Code",
}
"""What is printed after «Без НДС», in the language of those who get it: only buyers abroad read the last."""
