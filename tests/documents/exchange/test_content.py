"""What stands where in a file."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from lxml import etree

from app.billing.documents.adjustment import AdjustedLine, AdjustmentDocument, LineAmounts
from app.billing.documents.files import ExchangeFileInvalid
from app.billing.documents.parties import BankDetails, Correction, Signatory
from app.billing.money import Money
from app.documents.exchange.writer import TaxServiceWriter
from tests.documents.exchange.cases import (
    ACT,
    ADVANCE,
    BUYERS,
    COMPANY,
    FOREIGN,
    INDIVIDUAL,
    KINDS,
    OFFER,
    SELLER,
    SOLE_TRADER,
    UUID,
    document,
    parsed,
    prepayment,
    service,
    with_lines,
    write,
    writer,
)


def attributes(root: Any, path: str) -> dict[str, str]:
    return dict(root.find(path).attrib)


def notes(root: Any, path: str = "СвСчФакт/ИнфПолФХЖ1/ТекстИнф") -> list[tuple[str, str]]:
    return [(each.get("Идентиф"), each.get("Значен")) for each in root.iterfind(path)]


def test_the_file_is_named_by_receiver_sender_day_and_document() -> None:
    name = f"ON_NSCHFDOPPR_{COMPANY.exchange_id}_{SELLER.exchange_id}_20261130_{UUID}_0_0_0_0_0_00"
    file = write(document())
    assert file.name == f"{name}.xml"
    root: Any = etree.fromstring(file.content)
    assert dict(root.attrib) == {
        "ИдФайл": name,
        "ВерсФорм": "5.03",
        "ВерсПрог": "BPM Centr",
    }


def test_the_file_is_windows_1251_and_says_so() -> None:
    content = write(document()).content
    assert content.startswith(b'<?xml version="1.0" encoding="windows-1251"?>\n')
    assert "Общество с ограниченной ответственностью «Ромашка и партнёры»" in content.decode("cp1251")


@pytest.mark.parametrize("side", ["seller", "buyer"])
def test_without_the_exchange_id_of_a_party_there_is_no_file(side: str) -> None:
    of = document()
    party = replace(getattr(of, side), exchange_id=None)
    assert writer().write(replace(of, **{side: party})) is None


def test_a_lowered_price_has_no_file() -> None:
    amounts = LineAmounts(1, Money(100, "RUB"), Money(22, "RUB"), Money(122, "RUB"))
    line = AdjustedLine(1, "Услуга", "мес", "362", 2200, amounts, amounts)
    of = AdjustmentDocument(
        "vat_adjustment", None, "КС-1", date(2026, 12, 1), None, (ACT,), SELLER, COMPANY, OFFER, (line,),
        (), None, "ru", UUID,
    )  # fmt: skip
    assert writer().write(of) is None


@pytest.mark.parametrize(
    ("kind", "function", "title"),
    [
        ("advance", "СЧФ", None),
        ("invoice", "СЧФ", None),
        ("transfer with invoice", "СЧФДОП", "Универсальный передаточный документ"),
        ("transfer", "ДОП", "Универсальный передаточный документ"),
        ("act", "ДОП", "Акт об оказании услуг"),
    ],
)
def test_each_kind_has_its_function(kind: str, function: str, title: str | None) -> None:
    root = parsed(document(kind))
    assert (root.get("КНД"), root.get("Функция"), root.get("НаимДокОпр")) == ("1115131", function, title)
    assert (root.get("ПоФактХЖ") is None) == (function == "СЧФ")
    assert (root.find("СвПродПер") is None) == (function == "СЧФ")
    assert root.get("НаимЭконСубСост") == "ООО «БПМ Центр», ИНН/КПП 9705123456/770501001"
    assert (root.get("ДатаИнфПр"), root.get("ВремИнфПр"))[1] == "00.00.00"


def test_an_advance_tells_name_rate_tax_and_sum_alone() -> None:
    root = parsed(document("advance"))
    assert attributes(root, "СвСчФакт/ДопСвФХЖ1") == {"СпОбстФСЧФ": "2"}
    assert attributes(root, "ТаблСчФакт/СведТов") == {
        "НомСтр": "1",
        "НаимТов": "Доступ к коннектору «Битрикс24» для Make",
        "НалСт": "22/122",
        "СтТовУчНал": "2990.00",
    }
    assert root.findtext("ТаблСчФакт/СведТов/СумНал/СумНал") == "539.18"
    assert attributes(root, "ТаблСчФакт/ВсегоОпл") == {"СтТовУчНалВсего": "2990.00"}
    assert root.find("СвСчФакт/ДокПодтвОтгрНом") is None


def test_a_service_tells_all_its_columns() -> None:
    lines = [service("Доступ", Money(299_000, "RUB"), quantity=3)]
    root = parsed(with_lines(document(), lines))
    assert attributes(root, "ТаблСчФакт/СведТов") == {
        "НомСтр": "1",
        "НаимТов": "Доступ",
        "ОКЕИ_Тов": "362",
        "НаимЕдИзм": "мес",
        "КолТов": "3",
        "ЦенаТов": "816.94",
        "СтТовБезНДС": "2450.82",
        "НалСт": "22%",
        "СтТовУчНал": "2990.00",
    }
    assert attributes(root, "ТаблСчФакт/СведТов/ДопСведТов") == {"ПрТовРаб": "3"}
    assert root.findtext("ТаблСчФакт/СведТов/Акциз/БезАкциз") == "без акциза"
    assert notes(root, "ТаблСчФакт/СведТов/ИнфПолФХЖ2") == [
        ("Период оказания услуги", "01.11.2026 – 30.11.2026")
    ]


@pytest.mark.parametrize(
    ("rate", "printed", "calculated"),
    [(500, "5%", "5/105"), (700, "7%", "7/107"), (2000, "20%", "20/120"), (2200, "22%", "22/122")],
)
def test_rates_of_service_and_of_an_advance(rate: int, printed: str, calculated: str) -> None:
    assert parsed(document("act", rate)).find(".//СведТов").get("НалСт") == printed
    assert parsed(document("advance", rate)).find(".//СведТов").get("НалСт") == calculated


def test_no_vat_is_a_word_and_its_ground_a_note() -> None:
    root = parsed(document("transfer", None))
    assert root.find(".//СведТов").get("НалСт") == "без НДС"
    assert root.findtext(".//СведТов/СумНал/БезНДС") == "без НДС"
    assert root.findtext(".//СумНалВсего/БезНДС") == "без НДС"
    assert ("Основание освобождения от НДС", "пп. 26 п. 2 ст. 149 НК РФ") in notes(root)


def test_a_rate_of_nothing_is_a_tax_of_nothing() -> None:
    root = parsed(document("transfer", 0))
    assert root.find(".//СведТов").get("НалСт") == "0%"
    assert root.findtext(".//СумНалВсего/СумНал") == "0.00"


def test_a_rate_that_the_format_does_not_know_is_refused() -> None:
    with pytest.raises(ExchangeFileInvalid, match="НалСт"):
        write(document("act", 1234))


def test_lines_5_and_5a_and_5b_and_1a() -> None:
    corrected = replace(ADVANCE, number="А-78", correction=Correction(2, date(2026, 11, 5)))
    of = replace(document(), advances=(ADVANCE, corrected), correction=Correction(1, date(2026, 12, 3)))
    root = parsed(of)
    assert attributes(root, "СвСчФакт/СвПРД") == {"НомерПРД": "117", "ДатаПРД": "30.10.2026"}
    assert attributes(root, "СвСчФакт/ДокПодтвОтгрНом") == {
        "РеквНаимДок": "Акт об оказании услуг",
        "РеквНомерДок": "АК-2026-000042",
        "РеквДатаДок": "30.11.2026",
    }
    assert notes(root)[:2] == [
        ("СчФАванс", "№ А-77 от 30.10.2026"),
        ("СчФАванс", "№ А-78 от 30.10.2026, исправление № 2 от 05.11.2026"),
    ]
    assert attributes(root, "СвСчФакт/ИспрДок") == {"НомИспр": "1", "ДатаИспр": "03.12.2026"}
    assert (root.find("СвСчФакт").get("ДатаДок"), root.get("ДатаИнфПр")) == ("30.11.2026", "03.12.2026")


def test_line_5b_is_called_as_the_operator_says() -> None:
    file = TaxServiceWriter(advance_field="АвансСФ").write(document())
    assert file is not None
    assert notes(etree.fromstring(file.content).find("Документ"))[0][0] == "АвансСФ"


def test_the_seller_has_address_bank_and_contact() -> None:
    seller = parsed(document()).find("СвСчФакт/СвПрод")
    assert attributes(seller, "Адрес/АдрИнф") == {
        "КодСтр": "643",
        "НаимСтран": "Россия",
        "АдрТекст": "115035, г. Москва, ул. Садовническая, д. 82, стр. 2, помещ. 4",
    }
    assert attributes(seller, "БанкРекв") == {"НомерСчета": "40702810138250123017"}
    assert attributes(seller, "БанкРекв/СвБанк") == {
        "НаимБанк": "ПАО СБЕРБАНК г. Москва",
        "БИК": "044525225",
        "КорСчет": "30101810400000000225",
    }
    assert [(each.tag, each.text) for each in seller.find("Контакт")] == [
        ("Тлф", "+7 495 000-00-00"),
        ("ЭлПочта", "billing@bpm-centr.example"),
    ]


def test_a_seller_without_a_bank_account_names_no_bank() -> None:
    of = document()
    bank = BankDetails("", "40702810138250123017", "", None)
    for given, written in ((bank, [{}]), (replace(bank, account=""), []), (None, [])):
        seller = parsed(replace(of, seller=replace(SELLER, bank=given))).find("СвСчФакт/СвПрод")
        assert [dict(each.attrib) for each in seller.findall("БанкРекв/СвБанк")] == written
    with pytest.raises(ExchangeFileInvalid, match="БИК"):
        write(replace(of, seller=replace(SELLER, bank=replace(bank, bic="12"))))


def test_each_kind_of_buyer_is_identified_in_its_way() -> None:
    found = {}
    for name, buyer in BUYERS.items():
        identity = parsed(document("act", buyer=buyer)).find("СвСчФакт/СвПокуп/ИдСв")[0]
        found[name] = (identity.tag, dict(identity.attrib), [dict(child.attrib) for child in identity])
    assert found == {
        "company": ("СвЮЛУч", {"НаимОрг": COMPANY.name, "ИННЮЛ": "7707083893", "КПП": "667101001"}, []),
        "sole_trader": (
            "СвИП",
            {"ИННФЛ": "784806113663", "ОГРНИП": "304500116000157"},
            [{"Фамилия": "Римский-Корсаков", "Имя": "Николай", "Отчество": "Андреевич"}],
        ),
        "individual": ("СвФЛУч", {}, [{"Фамилия": "Мамедов", "Имя": "Али", "Отчество": "Гусейн оглы"}]),
        "foreign": (
            "СвИнНеУч",
            {
                "ИдСтат": "ИО",
                "КодСтр": "276",
                "НаимСтран": "Германия",
                "Наим": FOREIGN.name,
                "Идентиф": "DE123456789",
            },
            [],
        ),
    }


def test_a_foreign_buyer_without_a_tax_number_is_told_by_other_means() -> None:
    root = parsed(document("act", buyer=replace(FOREIGN, tax_id=None)))
    foreign = attributes(root, "СвСчФакт/СвПокуп/ИдСв/СвИнНеУч")
    assert (foreign.get("Идентиф"), foreign["ИныеСвед"]) == (None, FOREIGN.address)
    assert attributes(root, "СвСчФакт/ДенИзм") == {"КодОКВ": "840", "НаимОКВ": "Доллар США"}


def test_the_service_was_given_on_a_day_for_a_period_by_a_person() -> None:
    root = parsed(document())
    assert attributes(root, "СвПродПер/СвПер") == {
        "СодОпер": "Услуги оказаны в полном объеме",
        "ДатаПер": "30.11.2026",
        "ДатаНачПер": "01.11.2026",
        "ДатаОконПер": "30.11.2026",
    }
    assert attributes(root, "СвПродПер/СвПер/ОснПер") == {
        "РеквНаимДок": "Публичная оферта",
        "РеквНомерДок": "б/н",
        "РеквДатаДок": "01.01.2025",
    }
    assert attributes(root, "СвПродПер/СвПер/СвЛицПер/РабОргПрод") == {"Должность": "Генеральный директор"}


def test_a_pure_invoice_tells_its_basis_as_a_note() -> None:
    assert ("Основание", "Публичная оферта № б/н от 01.01.2025") in notes(parsed(document("invoice")))
    assert "Основание" not in dict(notes(parsed(document())))


def test_the_head_signs_and_the_accountant_of_the_paper_is_a_note() -> None:
    root = parsed(document())
    assert len(root.findall("Подписант")) == 1
    assert attributes(root, "Подписант") == {"Должн": "Генеральный директор", "СпосПодтПолном": "1"}
    assert attributes(root, "Подписант/ФИО") == {"Фамилия": "Иванов", "Имя": "И.", "Отчество": "И."}
    assert ("Подпись в печатной форме", "Главный бухгалтер Петрова А. С.") in notes(root)


@pytest.mark.parametrize(
    ("authority", "powers", "told", "paper"),
    [
        (None, "1", None, None),
        ("  ", "1", None, None),
        (
            "по доверенности № 7/А от 12.01.2026",
            "5",
            "по доверенности № 7/А от 12.01.2026",
            {"ДатаВыдДовер": "12.01.2026", "ВнНомДовер": "7/А"},
        ),
        ("доверенность № 7 от 31.02.2026", "6", "доверенность № 7 от 31.02.2026", None),
        (f"МЧД {UUID}", "4", f"МЧД {UUID}", None),
        ("приказ № 3 от 01.02.2026", "6", "приказ № 3 от 01.02.2026", None),
    ],
)
def test_powers_are_told_as_the_format_knows_them(
    authority: str | None, powers: str, told: str | None, paper: dict[str, str] | None
) -> None:
    signatory = Signatory("Управляющий", "Петров Пётр", authority)
    written = parsed(replace(document(), signatories=(signatory,))).find("Подписант")
    assert (written.get("СпосПодтПолном"), written.get("ДопСведПодп")) == (powers, told)
    assert [dict(each.attrib) for each in written.findall("СвДоверБум")] == ([paper] if paper else [])


def test_nobody_signs_nothing() -> None:
    with pytest.raises(ExchangeFileInvalid, match="Подписант"):
        write(replace(document(), signatories=()))


def test_a_free_line_tells_its_quantity_as_a_note_where_a_price_is_asked_for() -> None:
    free = service("Подарок", Money(0, "RUB"), quantity=2)
    row = parsed(with_lines(document(), [free])).find(".//СведТов")
    assert {name: row.get(name) for name in ("ОКЕИ_Тов", "НаимЕдИзм", "КолТов", "ЦенаТов")} == {
        "ОКЕИ_Тов": None, "НаимЕдИзм": "мес", "КолТов": None, "ЦенаТов": None,
    }  # fmt: skip
    assert notes(row, "ИнфПолФХЖ2")[0] == ("Количество", "2 мес")
    act = parsed(with_lines(document("act"), [free])).find(".//СведТов")
    assert (act.get("КолТов"), act.get("ЦенаТов")) == ("2", "0.00")


def test_a_line_without_measures_has_none() -> None:
    line = replace(service("Услуга", Money(122, "RUB")), quantity=None, unit=None, unit_code=None, net=None)
    row = parsed(with_lines(document("act"), [line])).find(".//СведТов")
    assert set(row.attrib) == {"НомСтр", "НаимТов", "СтТовБезНДС", "НалСт", "СтТовУчНал"}


def test_the_price_of_a_unit_has_two_to_eleven_decimals() -> None:
    prices = [
        parsed(with_lines(document(), [service("Услуга", Money(gross, "RUB"), None, quantity)]))
        .find(".//СведТов")
        .get("ЦенаТов")
        for gross, quantity in ((300, 1), (100, 3), (1, 8), (1, 1_000_000))
    ]
    assert prices == ["3.00", "0.33333333333", "0.00125", "0.00000001"]


def test_nothing_of_a_long_text_is_lost() -> None:
    words = " ".join(f"слово{place}" for place in range(400))
    root = parsed(document("act", description=words, buyer=replace(COMPANY, name=words)))
    row = root.find(".//СведТов")
    name = root.find("СвСчФакт/СвПокуп/ИдСв/СвЮЛУч").get("НаимОрг")
    assert row.get("НаимТов").endswith("…")
    assert name.endswith("…")
    assert words.startswith(name[:-1])
    assert words[len(name) - 1] == " ", "cut within a word"
    told = [text for label, text in notes(row, "ИнфПолФХЖ2") if label == "Наименование, полностью"]
    assert " ".join(told) == words
    told = [text for label, text in notes(root) if label == "Покупатель, наименование, полностью"]
    assert " ".join(told) == words


def test_the_author_is_cut_where_the_sellers_name_is_whole() -> None:
    of = document("act")
    seller = replace(SOLE_TRADER, name="Иванов " * 300, kpp=None)
    author = parsed(replace(of, seller=seller)).get("НаимЭконСубСост")
    assert len(author) <= 1000
    assert author.endswith("Иванов, ИНН 784806113663")


@pytest.mark.parametrize(
    ("party", "change", "place"),
    [
        (COMPANY, {"inn": None}, "ИННЮЛ"),
        (COMPANY, {"inn": "784806113663"}, "ИННЮЛ"),
        (COMPANY, {"kpp": "12"}, "КПП"),
        (COMPANY, {"name": " \x00 "}, "наименование"),
        (COMPANY, {"country": "XK"}, "КодСтр"),
        (COMPANY, {"exchange_id": "../../etc"}, "получатель"),
        (COMPANY, {"exchange_id": "2BM_1"}, "получатель"),
        (COMPANY, {"exchange_id": "2" * 47}, "получатель"),
        (SOLE_TRADER, {"inn": "7707083893"}, "ИННФЛ"),
        (SOLE_TRADER, {"ogrn": "1"}, "ОГРНИП"),
        (INDIVIDUAL, {"inn": "1"}, "ИННФЛ"),
        (FOREIGN, {"tax_id": "9" * 256}, "Идентиф"),
    ],
)
def test_a_bad_requisite_is_refused_by_its_place_and_not_its_value(
    party: Any, change: dict[str, Any], place: str
) -> None:
    with pytest.raises(ExchangeFileInvalid, match=place) as refused:
        write(document("act", buyer=replace(party, **change)))
    value = next(iter(change.values()))
    assert not value or value not in str(refused.value)
    assert refused.value.code == "EXCHANGE_FILE_INVALID"


def test_numbers_are_never_cut() -> None:
    of = document()
    for changed in (
        replace(of, number="9" * 1001),
        replace(of, correction=Correction(1000, date(2026, 12, 3))),
        replace(of, basis=replace(OFFER, number="9" * 256)),
        replace(of, exchange_uuid="not-a-uuid"),
        replace(of, issued_on=date(2101, 1, 1)),
    ):
        with pytest.raises(ExchangeFileInvalid):
            write(changed)


def test_a_long_reference_of_a_payment_is_a_note_and_never_cut() -> None:
    of = document()
    root = parsed(replace(of, payments=(replace(of.payments[0], number="9" * 31),)))
    assert attributes(root, "СвСчФакт/СвПРД") == {"ДатаПРД": "30.10.2026"}
    assert ("Номер платежно-расчетного документа", f"{'9' * 31} от 30.10.2026") in notes(root)
    assert not list(parsed(replace(of, payments=())).iter("СвПРД"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_hostile_text_stays_a_text(kind: str) -> None:
    hostile = '"/><Файл x=\'1\'>]]>&lt;<!ENTITY x SYSTEM "file:///etc/passwd">&x;<!-- --><?php ?>'
    of = replace(
        document(kind, buyer=replace(COMPANY, name=hostile, address=hostile), description=hostile),
        signatories=(Signatory(hostile, hostile, hostile),),
        vat_exemption=hostile,
        basis=replace(OFFER, title=hostile),
    )
    plain = parsed(document(kind))
    root = parsed(of)
    assert root.find("СвСчФакт/СвПокуп/ИдСв/СвЮЛУч").get("НаимОрг") == hostile
    assert {each.tag for each in root.iter()} <= {each.tag for each in plain.iter()} | {"ИнфПолФХЖ2"}


def test_a_prepayment_for_several_services_has_a_row_for_each() -> None:
    lines = [prepayment("Первая", Money(100, "RUB")), prepayment("Вторая", Money(200, "RUB"))]
    root = parsed(with_lines(document("advance"), lines))
    assert [row.get("НомСтр") for row in root.iterfind(".//СведТов")] == ["1", "2"]
