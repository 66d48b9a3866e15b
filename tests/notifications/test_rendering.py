"""Texts of mails: every kind in both languages, safe whatever people type."""

import re
from collections.abc import Iterator
from dataclasses import fields
from html.parser import HTMLParser

import pytest

from app.billing.mail import MAIL_LANGUAGES, Mail, MailData, MailKind, MailRenderer
from app.billing.mail_data import ApiKeyWaitingMail, KeyDeactivatedMail
from app.notifications.rendering import TEMPLATES, render, tidied
from tests.notifications.billing_mail_samples import AT, HOST
from tests.notifications.mail_samples import samples

HOSTILE = (
    "<script>alert(1)</script>\"'>&\r\nBcc: evil@example.com\x00\u202e {{ 7*7 }} {x.__class__} " + "я" * 200
)
EVERY_MAIL = [
    pytest.param(language, data, id=f"{language}-{data.kind}-{index}")
    for language in MAIL_LANGUAGES
    for index, data in enumerate(samples())
]
EVERY_HOSTILE_MAIL = [
    pytest.param(language, data, id=f"{language}-{data.kind}-{index}")
    for language in MAIL_LANGUAGES
    for index, data in enumerate(samples(HOSTILE))
]


def written(language: str, data: MailData) -> Mail:
    renderer: MailRenderer = render
    return renderer(data.kind, language, "anna@example.com", data, "<outbox-1@bpm.example>")


class Page(HTMLParser):
    """Collects what a mail program would fetch or follow, and the elements it would build."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.sources: list[str] = []
        self.tags: list[str] = []
        self.handlers: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name == "href":
                self.links.append(value or "")
            elif name in {"src", "srcset", "background", "data", "action", "poster"}:
                self.sources.append(value or "")
            elif name.startswith("on"):
                self.handlers.append(name)

    def handle_data(self, data: str) -> None:
        self.text += data


def addresses_in(data: MailData) -> Iterator[str]:
    for field in fields(data):
        if field.name.endswith("_url"):
            yield getattr(data, field.name)


def test_samples_show_every_kind() -> None:
    assert {data.kind for data in samples()} == set(MailKind)


def test_there_is_a_text_for_every_kind_and_no_other() -> None:
    for language in MAIL_LANGUAGES:
        names = {path.stem for path in (TEMPLATES / language).iterdir()}
        assert names == {"frame", "words"} | {str(kind) for kind in MailKind}


@pytest.mark.parametrize(("language", "data"), EVERY_MAIL)
def test_a_mail_is_complete(language: str, data: MailData) -> None:
    mail = written(language, data)
    assert (mail.recipient, mail.language, mail.message_id) == (
        "anna@example.com",
        language,
        "<outbox-1@bpm.example>",
    )
    assert 5 <= len(mail.subject) <= 120
    assert mail.subject == " ".join(mail.subject.split())
    assert mail.subject.isprintable()
    assert "{" not in mail.html.split("</style>")[1] + mail.text
    assert "None" not in mail.text + mail.subject


@pytest.mark.parametrize(("language", "data"), EVERY_MAIL)
def test_the_text_is_plain(language: str, data: MailData) -> None:
    text = written(language, data).text
    assert re.search(r"<[a-z/!]|&[a-z]+;", text) is None
    assert "\n\n\n" not in text
    assert text.startswith("BPM Centr\n\n")
    for address in addresses_in(data):
        assert address in text


@pytest.mark.parametrize(("language", "data"), EVERY_MAIL)
def test_html_links_only_where_it_was_told_and_fetches_nothing(language: str, data: MailData) -> None:
    html = written(language, data).html
    page = Page(html)
    assert set(page.links) == set(addresses_in(data))
    assert page.sources == []
    assert not {"img", "link", "script", "iframe", "object", "form", "base"} & set(page.tags)
    assert "url(" not in html
    assert "@import" not in html
    assert html.count('class="button"') == 1
    assert f'<html lang="{language}">' in html


@pytest.mark.parametrize(("language", "data"), EVERY_MAIL)
def test_html_carries_its_styles_inside_its_elements(language: str, data: MailData) -> None:
    html = written(language, data).html
    assert '<body style="' in html
    assert "prefers-color-scheme: dark" in html


@pytest.mark.parametrize(("language", "data"), EVERY_HOSTILE_MAIL)
def test_what_people_type_stays_text(language: str, data: MailData) -> None:
    mail = written(language, data)
    page = Page(mail.html)
    assert "script" not in page.tags
    assert page.handlers == []
    assert set(page.links) == set(addresses_in(data))
    assert "\n" not in mail.subject
    assert "\r" not in mail.subject
    assert len(mail.subject) <= 120
    assert "\x00" not in mail.html + mail.text + mail.subject
    assert "\u202e" not in mail.html + mail.text + mail.subject
    assert re.search(r"^Bcc:", mail.text, re.MULTILINE) is None
    assert " 49 " not in mail.text


@pytest.mark.parametrize(
    "kind",
    [MailKind.INVOICE_ISSUED, MailKind.DOCUMENT_READY, MailKind.PAYMENT_RECEIVED, MailKind.KEY_DEACTIVATED],
)
def test_a_hostile_name_is_shown_escaped(kind: MailKind) -> None:
    data = next(data for data in samples(HOSTILE) if data.kind is kind)
    mail = written("ru", data)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in mail.html
    assert "<script>alert(1)</script>" in Page(mail.html).text
    assert "<script>alert(1)</script>" in mail.text


def test_a_russian_mail_in_full() -> None:
    data = KeyDeactivatedMail(
        key_name="Основной", masked="bpm_prod_…a1b2", deactivated_at=AT, keys_url=f"{HOST}/keys"
    )
    mail = written("ru", data)
    assert mail.subject == "API-ключ «Основной» отключён"
    assert mail.text == (
        "BPM Centr\n\n"
        "Здравствуйте!\n\n"
        "Этот ключ больше не открывает коннекторы. "
        "Если он используется в сценариях Make, замените его другим ключом.\n\n"
        "Ключ: Основной\n"
        "Выглядит так: bpm_prod_…a1b2\n"
        "Отключён: 28.11.2026, 14:30\u00a0МСК\n\n"
        "Открыть API-ключи:\n"
        "https://bpm.example/keys\n\n"
        "Если вы не отключали ключ и не просили об этом поддержку, ответьте на это письмо.\n\n"
        "-- \n"
        "BPM Centr, коннекторы для Make. Если остались вопросы, просто ответьте на это письмо: его прочитает "
        "поддержка.\n"
    )


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        (MailKind.INVOICE_ISSUED, "Счёт СЧ-2026-000042 на 1 490,00 ₽, оплатить до 21 декабря 2026 г."),
        (MailKind.PAYMENT_RECEIVED, "Оплата получена: 2 980,00 ₽, 28.11.2026, 14:30 МСК"),
        (MailKind.PAYMENT_FAILED, "Платёж на 1 490,00 ₽ не прошёл 28.11.2026, 14:30 МСК"),
        (MailKind.DOCUMENT_READY, "Счёт СЧ-2026-000042 от 21 декабря 2026 г. на 1 490,00 ₽"),
        (MailKind.DOCUMENTS_READY, "Готовы 9 документов"),
        (
            MailKind.INVOICE_VOIDED,
            "Счёт СЧ-2026-000042 на 1 490,00 ₽ отменён: срок оплаты истёк 21 декабря 2026 г.",
        ),
        (
            MailKind.AUTO_RENEWAL_CHANGED,
            "Автопродление «CRM и склад» включено: 1 490,00 ₽, 21 декабря 2026 г.",
        ),
        (MailKind.RENEWAL_NOTICE, "Продление 21 декабря 2026 г.: 1 490,00 ₽"),
        (
            MailKind.TRIAL_CONTINUES_NOTICE,
            "Пробный период до 28.11.2026, 14:30 МСК, дальше подписка: 1 490,00 ₽",
        ),
        (
            MailKind.SUBSCRIPTION_RENEWED,
            "Подписка на «CRM и склад» продлена до 20 декабря 2026 г.: 1 490,00 ₽",
        ),
        (
            MailKind.PAYMENT_REMINDER,
            "Счёт СЧ-2026-000042 на 1 490,00 ₽ ждёт оплаты, доступ до 21 декабря 2026 г.",
        ),
        (
            MailKind.SUBSCRIPTION_SUSPENDED,
            "Подписка приостановлена: оплатите 1 490,00 ₽ до 21 декабря 2026 г.",
        ),
        (MailKind.PRICE_CHANGE, "«CRM и склад»: с 21 декабря 2026 г. цена 2 980,00 ₽"),
        (
            MailKind.OPERATION_PRICE_CHANGE,
            "«CRM и склад»: с 1 декабря 2026 г. 2 980,00 ₽ за 5 002 операции",
        ),
        (
            MailKind.USAGE_NOTICE,
            "Операции за ноябрь 2026: предварительно 1 490,00 ₽, списание 1 декабря 2026 г.",
        ),
        (MailKind.USAGE_INVOICED, "Счёт СЧ-2026-000042 за операции на 1 490,00 ₽, 21 декабря 2026 г."),
        (MailKind.REFUND_SENT, "Возврат 1 490,00 ₽ отправлен 28.11.2026, 14:30 МСК"),
        (MailKind.BALANCE_CREDITED, "На ваш баланс зачислено 1 490,00 ₽, 28.11.2026, 14:30 МСК"),
    ],
)
def test_where_money_is_meant_the_subject_names_sum_and_date(kind: MailKind, subject: str) -> None:
    data = next(data for data in samples() if data.kind is kind)
    assert written("ru", data).subject == subject


def test_the_last_day_of_access_is_bold() -> None:
    data = next(data for data in samples() if data.kind is MailKind.SUBSCRIPTION_CANCELED)
    assert "<strong>21&nbsp;" in written("ru", data).html or "<strong>21 декабря" in written("ru", data).html
    assert "<strong>21 December 2026</strong>" in written("en", data).html


@pytest.mark.parametrize(
    ("language", "words"),
    [("ru", ("баланс BPM Centr", "банковский перевод")), ("en", ("your BPM Centr balance", "bank transfer"))],
)
def test_ways_to_pay_that_are_no_card_have_words(language: str, words: tuple[str, str]) -> None:
    texts = [
        written(language, data).text
        for data in samples()
        if getattr(data, "method", "") in ("balance", "bank") and not hasattr(data, "to_balance")
    ]
    assert len(texts) == len(words)
    assert all(word in text for word, text in zip(words, texts, strict=True))


def test_numbers_come_with_the_right_form_of_their_word() -> None:
    russian = "\n".join(written("ru", data).text for data in samples())
    english = "\n".join(written("en", data).text for data in samples())
    for words in ("1 233 операции", "1 операцию", "12 345 операций", "5 дней", "1 день"):
        assert words in russian.replace("\xa0", " "), words
    for words in ("1,233 operations", "1 operation,", "5 days", "1 day "):
        assert words in english, words


def test_a_name_like_an_encoded_word_is_not_decoded_on_the_way() -> None:
    data = KeyDeactivatedMail(
        key_name="=?utf-8?q?a=0D=0ABcc:_x?=", masked="bpm_prod_a", deactivated_at=AT, keys_url=HOST
    )
    assert "=?" not in written("en", data).subject


def test_data_of_another_kind_is_refused() -> None:
    data = ApiKeyWaitingMail(reveal_url=HOST)
    with pytest.raises(ValueError, match="ApiKeyWaitingMail"):
        render(MailKind.ACTIVATION, "ru", "anna@example.com", data, "<outbox-1@bpm.example>")


def test_an_unknown_language_is_refused() -> None:
    data = ApiKeyWaitingMail(reveal_url=HOST)
    with pytest.raises(ValueError, match=r"'\.\./ru'"):
        render(data.kind, "../ru", "anna@example.com", data, "<outbox-1@bpm.example>")


def test_rendering_twice_gives_the_same_mail() -> None:
    for data in samples():
        assert written("ru", data) == written("ru", data)


def test_texts_on_one_line() -> None:
    assert tidied(("a\r\n b\x00", 5, None)) == ("a b", 5, None)
