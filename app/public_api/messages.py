"""What the check says to people, by code and the customer's language."""

from __future__ import annotations

from app.billing.check import CheckCode

MESSAGES: dict[CheckCode, dict[str, str]] = {
    CheckCode.OK: {"ru": "Подписка активна.", "en": "The subscription is active."},
    CheckCode.TRIAL: {"ru": "Идёт пробный период.", "en": "The trial is running."},
    CheckCode.GRACE: {
        "ru": "Оплаченный период закончился, доступ пока сохраняется. Оплатите счёт в кабинете BPM Centr.",
        "en": "The paid period is over, access stays for now. Please pay the invoice at BPM Centr.",
    },
    CheckCode.ACCOUNT_MISMATCH: {
        "ru": "Коннектор привязан к другому аккаунту Make. Оформите подписку для этого аккаунта.",
        "en": "The connector is linked to a different Make account. Please subscribe for this account.",
    },
    CheckCode.ACCOUNT_CHANGED: {
        "ru": "Подписка перенесена в другой аккаунт Make, в этом аккаунте она больше не действует.",
        "en": "The subscription was moved to another Make account and no longer works in this one.",
    },
    CheckCode.NOT_SUBSCRIBED: {
        "ru": "Нет подписки на этот коннектор. Оформите её в кабинете BPM Centr.",
        "en": "There is no subscription to this connector. Please subscribe at BPM Centr.",
    },
    CheckCode.EXPIRED: {
        "ru": "Подписка закончилась. Возобновите её в кабинете BPM Centr.",
        "en": "The subscription has expired. Please renew it at BPM Centr.",
    },
    CheckCode.CANCELED: {
        "ru": "Подписка отменена, оплаченный период закончился. Возобновите её в кабинете BPM Centr.",
        "en": "The subscription was cancelled and its paid period is over. Please resume it at BPM Centr.",
    },
    CheckCode.PAYMENT_REQUIRED: {
        "ru": "Доступ закрыт: подписка не оплачена. Оплатите её в кабинете BPM Centr.",
        "en": "Access is closed: the subscription is not paid. Please pay at BPM Centr.",
    },
    CheckCode.PENDING: {
        "ru": "Подписка ждёт оплаты. Оплатите счёт в кабинете BPM Centr.",
        "en": "The subscription awaits payment. Please pay the invoice at BPM Centr.",
    },
    CheckCode.KEY_UNKNOWN: {
        "ru": "API-ключ не найден. Проверьте ключ в кабинете BPM Centr.",
        "en": "The API key is unknown. Please check the key at BPM Centr.",
    },
    CheckCode.KEY_REVOKED: {
        "ru": "API-ключ отключён. Укажите другой ключ из кабинета BPM Centr.",
        "en": "The API key was deactivated. Please use another key from BPM Centr.",
    },
    CheckCode.KEY_EXPIRED: {
        "ru": "Срок временного API-ключа закончился. Оформите подписку в кабинете BPM Centr.",
        "en": "The temporary API key has expired. Please subscribe at BPM Centr.",
    },
    CheckCode.SCOPE_MISSING: {
        "ru": "Этот API-ключ не для проверки подписки. Укажите другой ключ из кабинета BPM Centr.",
        "en": "This API key is not meant for checking subscriptions. Please use another key from BPM Centr.",
    },
    CheckCode.CUSTOMER_BLOCKED: {
        "ru": "Учётная запись заблокирована. Напишите в поддержку BPM Centr.",
        "en": "The account is blocked. Please write to BPM Centr support.",
    },
}


def message_for(code: CheckCode, language: str) -> str:
    """The sentence for this code in the customer's language."""
    return MESSAGES[code][language]
