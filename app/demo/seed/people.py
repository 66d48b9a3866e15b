"""The demo's sixty customers: who they are, before anything happens to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.demo.seed.requisites import (
    BIK,
    bank_account,
    company_inn,
    company_ogrn,
    exchange_id,
    personal_inn,
    sole_trader_ogrnip,
)
from app.models import PayerKind
from app.services.profile import PayerDetails

DEMO_EMAIL = "demo@example.com"

COMPANIES = (
    (
        "Анна Белова",
        "belova",
        "ООО «Северный ветер»",
        "190000, г. Санкт-Петербург, Невский пр., д. 28, оф. 14",
    ),
    (
        "Игорь Панин",
        "panin",
        "ООО «Ромашка и партнёры»",
        "620014, г. Екатеринбург, ул. 8 Марта, д. 51, оф. 1204",
    ),
    ("Ольга Кравец", "kravets", "ООО «Чайная лавка»", "420111, г. Казань, ул. Баумана, д. 9"),
    ("Тимур Галиев", "galiev", "ООО «Волга Логистик»", "443010, г. Самара, ул. Куйбышева, д. 103"),
    ("Светлана Орлова", "orlova", "ООО «Орлов и дочери»", "394036, г. Воронеж, пр. Революции, д. 18"),
    ("Павел Дёмин", "demin", "ООО «Точка сборки»", "630099, г. Новосибирск, Красный пр., д. 50, оф. 3"),
    ("Мария Лисова", "lisova", "ООО «Лисица»", "115280, г. Москва, ул. Ленинская Слобода, д. 26"),
    ("Рустам Ахметов", "akhmetov", "ООО «Уфимский мёд»", "450077, г. Уфа, ул. Ленина, д. 41"),
    ("Елена Журавлёва", "zhuravleva", "ООО «Домашний текстиль»", "153000, г. Иваново, ул. Жиделёва, д. 21"),
    (
        "Виктор Степанов",
        "stepanov",
        "ООО «Степ-Авто»",
        "344002, г. Ростов-на-Дону, ул. Большая Садовая, д. 77",
    ),
    ("Наталья Юдина", "yudina", "ООО «Юдина и Ко»", "660049, г. Красноярск, пр. Мира, д. 30"),
    ("Артём Савин", "savin", "ООО «Пульс-Сервис»", "614000, г. Пермь, ул. Ленина, д. 64"),
    ("Ирина Мохова", "mokhova", "ООО «Мохито»", "350000, г. Краснодар, ул. Красная, д. 122"),
    ("Денис Котов", "kotov", "ООО «Котофей»", "236022, г. Калининград, пр. Мира, д. 15"),
    ("Юлия Рябова", "ryabova", "ООО «Фабрика света»", "390000, г. Рязань, ул. Почтовая, д. 60"),
    ("Кирилл Жданов", "zhdanov", "ООО «Жданов Групп»", "410031, г. Саратов, ул. Московская, д. 55"),
    ("Алина Ким", "kim", "ООО «Восток-Импорт»", "690091, г. Владивосток, ул. Светланская, д. 33"),
    ("Роман Ершов", "ershov", "ООО «Ёрш»", "163000, г. Архангельск, пр. Троицкий, д. 12"),
    ("Галина Титова", "titova", "ООО «Мастер Титов»", "300041, г. Тула, пр. Ленина, д. 46"),
    ("Максим Борисов", "borisov", "ООО «Бор»", "150000, г. Ярославль, ул. Свободы, д. 8"),
    ("Вера Лапина", "lapina", "ООО «Тёплый дом»", "454091, г. Челябинск, пл. Революции, д. 7"),
    ("Олег Нечаев", "nechaev", "ООО «Нечаев и сыновья»", "170100, г. Тверь, ул. Трёхсвятская, д. 6"),
)
SOLE_TRADERS = (
    ("Дарья Фомина", "fomina", "ИП Фомина Дарья Олеговна", "107023, г. Москва, ул. Электрозаводская, д. 27"),
    ("Сергей Глушко", "glushko", "ИП Глушко Сергей Петрович", "354000, г. Сочи, ул. Навагинская, д. 3"),
    (
        "Марина Зотова",
        "zotova",
        "ИП Зотова Марина Игоревна",
        "603000, г. Нижний Новгород, ул. Большая Покровская, д. 4",
    ),
    ("Ильдар Сафин", "safin", "ИП Сафин Ильдар Маратович", "423800, г. Набережные Челны, пр. Мира, д. 10"),
    ("Ксения Рогова", "rogova", "ИП Рогова Ксения Андреевна", "305000, г. Курск, ул. Ленина, д. 2"),
    (
        "Андрей Цой",
        "tsoy",
        "ИП Цой Андрей Валерьевич",
        "680000, г. Хабаровск, ул. Муравьёва-Амурского, д. 17",
    ),
    ("Полина Грачёва", "gracheva", "ИП Грачёва Полина Сергеевна", "214000, г. Смоленск, ул. Ленина, д. 11"),
    ("Никита Лукин", "lukin", "ИП Лукин Никита Романович", "634050, г. Томск, пр. Ленина, д. 85"),
    ("Жанна Мельник", "melnik", "ИП Мельник Жанна Витальевна", "400131, г. Волгоград, ул. Мира, д. 19"),
    ("Борис Чехов", "chekhov", "ИП Чехов Борис Львович", "347900, г. Таганрог, ул. Петровская, д. 53"),
)
INDIVIDUALS = (
    ("Алексей Воронов", "voronov"), ("Екатерина Ильина", "ilina"), ("Григорий Маслов", "maslov"),
    ("Татьяна Сизова", "sizova"), ("Вадим Кольцов", "koltsov"), ("Людмила Ежова", "ezhova"),
    ("Станислав Бурый", "buryy"), ("Надежда Пак", "pak"), ("Евгений Тарасов", "tarasov"),
    ("София Миронова", "mironova"), ("Константин Рудь", "rud"), ("Валерия Соболь", "sobol"),
    ("Михаил Жуков", "zhukov"), ("Оксана Литвин", "litvin"),
)  # fmt: skip
FOREIGN_COMPANIES = (
    ("Anna Müller", "mueller", "Müller & Söhne Automation GmbH", "DE", "Friedrichstraße 123, 10117 Berlin"),
    ("Piotr Nowak", "nowak", "Nowak Logistyka Sp. z o.o.", "PL", "ul. Marszałkowska 10, 00-590 Warszawa"),
    ("Claire Dubois", "dubois", "Atelier Dubois SARL", "FR", "12 rue de la Paix, 75002 Paris"),
    ("Aigerim Sadykova", "sadykova", "Steppe Commerce LLP", "KZ", "Abay Ave 52, Almaty 050008"),
    ("Emre Yilmaz", "yilmaz", "Yilmaz Tekstil A.Ş.", "TR", "İstiklal Cd. 44, 34430 İstanbul"),
    ("Hannah Brooks", "brooks", "Brooks Outdoor Ltd", "GB", "7 Castle Street, Edinburgh EH2 3AH"),
    ("Luca Ferri", "ferri", "Ferri Arredamenti S.r.l.", "IT", "Via Dante 14, 20121 Milano"),
    ("Nino Beridze", "beridze", "Tbilisi Wines LLC", "GE", "Rustaveli Ave 24, Tbilisi 0108"),
)
FOREIGN_INDIVIDUALS = (
    ("James Carter", "carter", "US", "214 Elm Street, Portland, OR 97205"),
    ("Sofía Romero", "romero", "ES", "Calle Mayor 8, 28013 Madrid"),
    ("Jonas Berg", "berg", "SE", "Storgatan 3, 111 23 Stockholm"),
    ("Mei Tanaka", "tanaka", "JP", "2-1-1 Nihonbashi, Chuo-ku, Tokyo"),
    ("Aram Petrosyan", "petrosyan", "AM", "Abovyan 14, Yerevan 0001"),
)  # fmt: skip
ADDRESSES = (
    "101000, г. Москва, ул. Покровка, д. 17, кв. 8",
    "191023, г. Санкт-Петербург, ул. Садовая, д. 32, кв. 41",
    "630007, г. Новосибирск, ул. Советская, д. 12, кв. 5",
    "620026, г. Екатеринбург, ул. Белинского, д. 86, кв. 112",
)


@dataclass(frozen=True, slots=True)
class Profile:
    """A customer as they registered, and the payer they give when they buy."""

    email: str
    name: str
    language: str
    country: str
    payer: PayerDetails


def profiles() -> list[Profile]:
    """All sixty, always the same; the visitor's own account is the first."""
    return [_demo_profile(), *_companies(), *_sole_traders(), *_individuals(), *_foreigners()]


def _demo_profile() -> Profile:
    payer = _company(0, "ООО «Демонстрация»", "125047, г. Москва, 1-я Тверская-Ямская ул., д. 21")
    return Profile(DEMO_EMAIL, "Дмитрий Демонов", "ru", "RU", payer)


def _company(number: int, name: str, address: str) -> PayerDetails:
    inn = company_inn(1_234_500 + number)
    return PayerDetails(
        kind=PayerKind.COMPANY,
        name=name,
        country="RU",
        address=address,
        inn=inn,
        kpp="770101001",
        ogrn=company_ogrn(2_345_600 + number),
        bank_bik=BIK,
        bank_account=bank_account(7_700_000 + number),
        exchange_id=exchange_id(inn, "770101001") if number % 3 == 0 else None,
    )


def _companies() -> Iterator[Profile]:
    for number, (name, mailbox, company, address) in enumerate(COMPANIES, start=1):
        payer = _company(number, company, address)
        yield Profile(f"{mailbox}@example.com", name, "ru", "RU", payer)


def _sole_traders() -> Iterator[Profile]:
    for number, (name, mailbox, title, address) in enumerate(SOLE_TRADERS, start=1):
        payer = PayerDetails(
            kind=PayerKind.SOLE_TRADER,
            name=title,
            country="RU",
            address=address,
            inn=personal_inn(34_567_800 + number),
            ogrn=sole_trader_ogrnip(456_700 + number),
        )
        yield Profile(f"{mailbox}@example.com", name, "ru", "RU", payer)


def _individuals() -> Iterator[Profile]:
    for number, (name, mailbox) in enumerate(INDIVIDUALS, start=1):
        payer = PayerDetails(
            kind=PayerKind.INDIVIDUAL,
            name=name,
            country="RU",
            address=ADDRESSES[number % len(ADDRESSES)],
            inn=personal_inn(56_789_000 + number) if number % 2 else None,
        )
        yield Profile(f"{mailbox}@example.com", name, "ru", "RU", payer)


def _foreigners() -> Iterator[Profile]:
    for name, mailbox, company, country, address in FOREIGN_COMPANIES:
        payer = PayerDetails(PayerKind.FOREIGN_COMPANY, company, country, address)
        yield Profile(f"{mailbox}@example.org", name, "en", country, payer)
    for name, mailbox, country, address in FOREIGN_INDIVIDUALS:
        payer = PayerDetails(PayerKind.FOREIGN_INDIVIDUAL, name, country, address)
        yield Profile(f"{mailbox}@example.org", name, "en", country, payer)
