"""The demo's connectors with their change logs and prices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.billing.actors import Actor
from app.billing.money import Money
from app.billing.periods import BillingInterval, local_date
from app.billing.pricing import price_for
from app.demo.seed.stage import Stage
from app.models import (
    Connector,
    ConnectorPricing,
    ConnectorRelease,
    ConnectorStatus,
    ConnectorTier,
    OperationPrice,
    PriceVersion,
)

RELEASE_AGES = (430, 250, 120, 21)
"""Days before now at which the versions of a connector came out; the older ones come first."""


@dataclass(frozen=True, slots=True)
class Offering:
    """A connector of the demo: prices in minor units, of a month or of so many operations, and notes of its
    newest releases.
    """

    slug: str
    name: str
    category: str
    rub: int
    usd: int
    ru: str
    en: str
    news_ru: tuple[str, ...]
    news_en: tuple[str, ...]
    premium: bool = False
    trial: bool = True
    per_operations: int | None = None
    """How many operations the price buys; None: it is that of a month."""


OFFERINGS = (
    Offering(
        "crm-connector",
        "CRM Connector",
        "crm",
        99_000,
        1_200,
        "Контакты, компании, сделки и задачи любой CRM с открытым API: чтение, запись и события.",
        "Contacts, companies, deals and tasks of any CRM with an open API: read, write and watch.",
        ("Слежение за удалёнными сделками", "Поля типа «файл» до 50 МБ", "Быстрый поиск по телефону"),
        ("Watches deleted deals", "File fields up to 50 MB", "Fast search by phone number"),
    ),
    Offering(
        "bitrix24",
        "Битрикс24",
        "crm",
        149_000,
        1_800,
        "Лиды, сделки, смарт-процессы, задачи и открытые линии Битрикс24 в сценариях Make.",
        "Leads, deals, smart processes, tasks and open channels of Bitrix24 in Make scenarios.",
        ("Смарт-процессы", "Пакетные запросы: до 50 записей за раз", "События открытых линий"),
        ("Smart processes", "Batch requests: up to 50 records at once", "Events of open channels"),
    ),
    Offering(
        "amocrm",
        "amoCRM",
        "crm",
        129_000,
        1_500,
        "Воронки, сделки, покупатели и чаты amoCRM; автоматическое обновление доступа.",
        "Pipelines, leads, customers and chats of amoCRM; access is refreshed automatically.",
        ("Чаты", "Покупатели и сегменты", "Теги в одном запросе"),
        ("Chats", "Customers and segments", "Tags in one request"),
    ),
    Offering(
        "ozon-seller",
        "Ozon Seller",
        "marketplaces",
        179_000,
        2_100,
        "Товары, остатки, цены, отправления FBO и FBS, финансовые отчёты Ozon.",
        "Products, stock, prices, FBO and FBS shipments and financial reports of Ozon.",
        ("Отчёт о реализации", "Этикетки отправлений в PDF", "Остатки по складам"),
        ("Sales report", "Shipment labels as PDF", "Stock by warehouse"),
    ),
    Offering(
        "wildberries",
        "Wildberries",
        "marketplaces",
        179_000,
        2_100,
        "Карточки, цены, сборочные задания, поставки и отчёты Wildberries.",
        "Product cards, prices, assembly tasks, supplies and reports of Wildberries.",
        ("Поставки и стикеры", "Новые методы отчётов", "Вопросы и отзывы"),
        ("Supplies and stickers", "New report methods", "Questions and reviews"),
    ),
    Offering(
        "yandex-market",
        "Яндекс Маркет",
        "marketplaces",
        159_000,
        1_900,
        "Каталог, цены, остатки и заказы Яндекс Маркета по всем моделям работы.",
        "Catalogue, prices, stock and orders of Yandex Market for all fulfilment models.",
        ("Возвраты", "Статусы заказов одним запросом", "Склады экспресс-доставки"),
        ("Returns", "Order statuses in one request", "Express delivery warehouses"),
    ),
    Offering(
        "1c-enterprise",
        "1С:Предприятие",
        "erp",
        490_000,
        5_500,
        "Справочники, документы и отчёты 1С через OData: счета, реализации, остатки, взаиморасчёты.",
        "Catalogues, documents and reports of 1C by OData: invoices, sales, stock, settlements.",
        ("Проведение документов", "Отборы по табличным частям", "Обмен вложениями"),
        ("Posting of documents", "Filters on tabular sections", "Attachments"),
        premium=True,
        trial=False,
    ),
    Offering(
        "moysklad",
        "МойСклад",
        "erp",
        139_000,
        1_700,
        "Товары, заказы, отгрузки и остатки МоегоСклада с вебхуками.",
        "Products, orders, shipments and stock of MoySklad with webhooks.",
        ("Вебхуки на изменение остатков", "Комплекты и серии", "Дополнительные поля"),
        ("Webhooks on stock changes", "Bundles and serial numbers", "Additional fields"),
    ),
    Offering(
        "yookassa",
        "ЮKassa",
        "payments",
        290_000,
        3_300,
        "Платежи, возвраты, чеки и выплаты ЮKassa; проверка подлинности уведомлений.",
        "Payments, refunds, receipts and payouts of YooKassa; notifications are verified.",
        ("Выплаты", "Чеки по 54-ФЗ", "Сплитование платежей"),
        ("Payouts", "Fiscal receipts", "Split payments"),
        premium=True,
        trial=False,
    ),
    Offering(
        "cloudpayments",
        "CloudPayments",
        "payments",
        290_000,
        3_300,
        "Двухстадийные платежи, рекуррентные списания, возвраты и реестры CloudPayments.",
        "Two-step payments, recurring charges, refunds and registers of CloudPayments.",
        ("Реестры за период", "Ссылки на оплату", "Подтверждение списаний"),
        ("Registers of a period", "Payment links", "Confirmation of charges"),
        premium=True,
        trial=False,
    ),
    Offering(
        "cdek",
        "СДЭК",
        "delivery",
        99_000,
        1_200,
        "Расчёт стоимости, заказы, накладные, статусы и пункты выдачи СДЭК.",
        "Rates, orders, waybills, statuses and pickup points of CDEK.",
        ("Вызов курьера", "Печать накладных", "Международные заказы"),
        ("Courier calls", "Waybill printing", "International orders"),
    ),
    Offering(
        "telephony",
        "Телефония",
        "telephony",
        49_000,
        600,
        "События звонков, записи разговоров и обратный звонок для Mango Office, UIS и Телфина.",
        "Call events, recordings and callbacks for Mango Office, UIS and Telphin.",
        ("Расшифровка записей", "Обратный звонок", "Переадресация по клиенту"),
        ("Transcripts of recordings", "Callbacks", "Routing by customer"),
        trial=False,
        per_operations=100,
    ),
)

(PER_OPERATION,) = (offering.slug for offering in OFFERINGS if offering.per_operations)
"""The connector that is paid for by operation."""
RAISED = "ozon-seller"
"""The connector whose price went up during the year."""
RAISED_FROM = (159_000, 1_900)
RAISED_DAYS_AGO = 130


def add_catalogue(stage: Stage, now: datetime) -> None:
    """Every connector with its releases and prices; `now` is the end of the history."""
    with stage.transactions.begin(Actor.system("demo")) as work:
        for index, offering in enumerate(OFFERINGS):
            began = now - timedelta(days=RELEASE_AGES[0] + index)
            connector = work.connectors.add(_connector(offering, began))
            connector.releases.extend(_releases(offering, began, now))
            if offering.per_operations is None:
                connector.prices.extend(_prices(offering, began, now))
            else:
                work.session.add_all(_operation_prices(offering, connector, began))


def _connector(offering: Offering, began: datetime) -> Connector:
    return Connector(
        slug=offering.slug,
        name=offering.name,
        description_ru=offering.ru,
        description_en=offering.en,
        category=offering.category,
        tier=ConnectorTier.PREMIUM if offering.premium else ConnectorTier.STANDARD,
        status=ConnectorStatus.PUBLISHED,
        trial_eligible=offering.trial,
        pricing=ConnectorPricing.OPERATION if offering.per_operations else ConnectorPricing.PERIOD,
        version=f"1.{len(offering.news_ru)}.0",
        created_at=began,
    )


def _releases(offering: Offering, began: datetime, now: datetime) -> list[ConnectorRelease]:
    first = ConnectorRelease(
        version="1.0.0",
        released_on=local_date(began),
        notes_ru="Первая версия",
        notes_en="First version",
    )
    news = zip(offering.news_ru, offering.news_en, RELEASE_AGES[1:], strict=True)
    return [first] + [
        ConnectorRelease(
            version=f"1.{number}.0",
            released_on=local_date(now - timedelta(days=age)),
            notes_ru=notes_ru,
            notes_en=notes_en,
        )
        for number, (notes_ru, notes_en, age) in enumerate(news, start=1)
    ]


def _prices(offering: Offering, began: datetime, now: datetime) -> list[PriceVersion]:
    today = (offering.rub, offering.usd)
    if offering.slug != RAISED:
        return _price_list(today, began)
    return _price_list(RAISED_FROM, began) + _price_list(today, now - timedelta(days=RAISED_DAYS_AGO))


def _operation_prices(offering: Offering, connector: Connector, valid_from: datetime) -> list[OperationPrice]:
    return [
        OperationPrice(
            connector_id=connector.id,
            currency=currency,
            amount_minor=minor,
            operations=offering.per_operations,
            valid_from=valid_from,
        )
        for minor, currency in ((offering.rub, "RUB"), (offering.usd, "USD"))
    ]


def _price_list(monthly: tuple[int, int], valid_from: datetime) -> list[PriceVersion]:
    amounts = [
        (interval, price_for(interval, Money(minor, currency)))
        for minor, currency in zip(monthly, ("RUB", "USD"), strict=True)
        for interval in BillingInterval
    ]
    return [
        PriceVersion(
            interval=interval, currency=amount.currency, amount_minor=amount.minor, valid_from=valid_from
        )
        for interval, amount in amounts
    ]
