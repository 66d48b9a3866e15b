"""Complete made-up invoices; every requisite passes its control digit."""

from dataclasses import replace
from datetime import date

from app.billing.documents.invoice import InvoiceDocument, PrintedLine
from app.billing.documents.parties import BankDetails, Party, Signatory
from app.billing.money import Money, total
from app.billing.tax import included_vat

SELLER = Party(
    name="ООО «БПМ Центр»",
    address="115035, г. Москва, ул. Садовническая, д. 82, стр. 2, помещ. 4",
    inn="9705123456",
    kpp="770501001",
    ogrn="1187746123454",
    email="billing@bpm-centr.example",
    phone="+7 495 000-00-00",
)
BANK = BankDetails(
    bank_name="ПАО СБЕРБАНК г. Москва",
    account="40702810138250123017",
    bic="044525225",
    correspondent_account="30101810400000000225",
)
PAYER = Party(
    name="Общество с ограниченной ответственностью «Ромашка и партнёры»",
    address="620014, Свердловская обл., г. Екатеринбург, ул. 8 Марта, д. 51, офис 1204",
    inn="7707083893",
    kpp="667101001",
)


def line(
    description: str, price: Money, quantity: int = 1, rate: int | None = 2200, unit: str = "мес"
) -> PrintedLine:
    whole = price * quantity
    vat = included_vat(whole, rate)
    period = (date(2026, 11, 21), date(2026, 12, 20))
    return PrintedLine(description, quantity, unit, price, whole, rate, vat, *period)


def with_lines(document: InvoiceDocument, *lines: PrintedLine) -> InvoiceDocument:
    currency = lines[0].total.currency
    return replace(
        document,
        lines=lines,
        total=total((each.total for each in lines), currency),
        vat_total=total((each.vat for each in lines), currency),
    )


def russian_invoice() -> InvoiceDocument:
    """Two services with VAT, to be paid by bank transfer."""
    lines = (
        line(
            "Доступ к коннектору «Битрикс24» для Make, тариф «Месяц», аккаунт Make 1043211",
            Money(299000, "RUB"),
        ),
        line("Доступ к коннектору «1С:Бухгалтерия» для Make, тариф «Месяц»", Money(149050, "RUB"), 2),
    )
    return InvoiceDocument(
        number="СЧ-2026-000042",
        issued_on=date(2026, 11, 21),
        due_on=date(2026, 11, 28),
        seller=SELLER,
        bank=BANK,
        payer=PAYER,
        lines=lines,
        total=Money(597100, "RUB"),
        vat_total=total((each.vat for each in lines), "RUB"),
        payment_method="bank_transfer",
        purpose="Оплата по счёту № СЧ-2026-000042 от 21.11.2026 за доступ к коннекторам. В т. ч. НДС 22 %",
        basis="Публичная оферта BPM Centr, редакция от 01.09.2026",
        signatories=(
            Signatory("Генеральный директор", "Иванов И. И."),
            Signatory("Главный бухгалтер", "Петрова А. С.", "по доверенности № 7 от 12.01.2026"),
        ),
        language="ru",
    )


def foreign_invoice() -> InvoiceDocument:
    """One yearly service in dollars without Russian VAT, for a customer abroad."""
    document = replace(
        russian_invoice(),
        seller=replace(
            SELLER, name="BPM Centr LLC", address="82 Sadovnicheskaya St., bldg. 2, Moscow 115035, Russia"
        ),
        bank=replace(
            BANK,
            bank_name="Sberbank",
            bank_address="19 Vavilova St., Moscow 117312, Russia",
            swift="SABRRUMM",
            intermediary_bank="Example Correspondent Bank, Istanbul, EXAMTRIS",
        ),
        payer=Party(
            name="Müller & Söhne Automation GmbH",
            address="Friedrichstraße 123, 10117 Berlin, Germany",
            tax_id="DE123456789",
        ),
        purpose="Invoice СЧ-2026-000042 of 21 Nov 2026, access to Make connectors",
        basis="BPM Centr public offer, edition of 1 September 2026",
        signatories=(Signatory("Chief Executive Officer", "Ivan Ivanov"),),
        language="en",
        vat_exemption="place of supply outside Russia, Art. 148 of the Russian Tax Code",
    )
    return with_lines(
        document,
        line("Access to the Bitrix24 connector for Make, yearly plan", Money(123405, "USD"), 1, None, "year"),
    )
