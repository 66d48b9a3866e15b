"""Who deals with whom in the samples; every requisite passes its control digit."""

from __future__ import annotations

from datetime import date

from app.billing.documents.parties import BankDetails, DocumentReference, PartyKind, Signatory, TaxParty

VAT = 2200
MONTH = (date(2026, 11, 1), date(2026, 11, 30))
EXEMPTION = "пп. 26 п. 2 ст. 149 НК РФ"

BANK = BankDetails(
    bank_name="АО «Образцовый банк», г. Москва",
    account="40702810800001300042",
    bic="044525974",
    correspondent_account="30101810145250000974",
)
SELLER = TaxParty(
    kind=PartyKind.COMPANY,
    name="Общество с ограниченной ответственностью «БПМ Центр»",
    country="RU",
    address="119034, г. Москва, Пречистенский пер., д. 12, помещ. 7",
    inn="9742150677",
    kpp="770401001",
    ogrn="1187713508245",
    email="billing@bpm-centr.test",
    phone="+7 495 000-00-00",
    bank=BANK,
    exchange_id="2BM-9742150677-770401001-202601151200000000001",
)
SELLER_ABROAD = TaxParty(
    kind=PartyKind.COMPANY,
    name="BPM Centr LLC",
    country="RU",
    address="12 Prechistensky Lane, room 7, Moscow 119034, Russia",
    inn="9742150677",
    kpp="770401001",
    ogrn="1187713508245",
    email="billing@bpm-centr.test",
    phone="+7 495 000-00-00",
    bank=BANK,
)
SOLE_TRADER = TaxParty(
    kind=PartyKind.SOLE_TRADER,
    name="Ветрова Мария Андреевна",
    country="RU",
    address="141400, Московская обл., г. Химки, ул. Ленина, д. 5, кв. 17",
    inn="500100732259",
    ogrn="305500910900012",
    email="billing@bpm-centr.test",
    bank=BANK,
)
BUYER = TaxParty(
    kind=PartyKind.COMPANY,
    name="Общество с ограниченной ответственностью «Северный ветер»",
    country="RU",
    address="190000, г. Санкт-Петербург, Невский пр., д. 28, оф. 14",
    inn="9712345019",
    kpp="770101001",
    ogrn="1147746123450",
    exchange_id="2BM-9712345019-770101001-202602011200000000002",
)
FOREIGN_BUYER = TaxParty(
    kind=PartyKind.FOREIGN,
    name="Müller & Söhne Automation GmbH",
    country="DE",
    address="Friedrichstraße 123, 10117 Berlin, Germany",
    tax_id="DE123456789",
    email="accounting@mueller-soehne.test",
)
SIGNATORIES = (
    Signatory("Генеральный директор", "Ветрова М. А."),
    Signatory("Главный бухгалтер", "Соколов Д. И."),
)
SIGNATORIES_ABROAD = (Signatory("Director", "M. Vetrova"),)
OFFER = DocumentReference("Публичная оферта", "1", date(2026, 9, 1))
OFFER_ABROAD = DocumentReference("Public offer", "1", date(2026, 9, 1))
ORDER = DocumentReference("Платёжное поручение", "518", date(2026, 10, 28))
ADVANCE = DocumentReference("Счёт-фактура", "А-2026-000017", date(2026, 10, 30))
TRANSFER = DocumentReference("УПД", "2026-000042", MONTH[1])
ACT = DocumentReference("Акт", "АК-2026-000042", MONTH[1])
