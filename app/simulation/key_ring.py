"""The API keys of a story's customers: shown once, rotated, rotated because nobody saw the secret."""

from __future__ import annotations

from datetime import timedelta

from app.billing.actors import Actor
from app.billing.api_key import KEY_POLICY, ApiKeyKind, ApiKeyStatus
from app.models import ApiKey
from app.services.api_keys import reveal_key
from app.services.key_rotation import rotate_key
from app.simulation.customers import SimulatedCustomer
from app.simulation.life import Life


def show_key(life: Life, customer: SimulatedCustomer, api_key_id: int) -> None:
    """Open the page that shows a key once. A secret that nobody saw is answered by rotation (E1)."""
    shown: list[str] = []

    def open_page() -> None:
        shown.append(
            reveal_key(
                life.world.transactions,
                customer_id=customer.id,
                api_key_id=api_key_id,
                pepper=life.world.product.pepper,
                bcrypt_cost=4,
                now=life.now,
            )
        )

    life.ask(customer, "show a key", open_page)
    if shown:
        trial = shown[0].startswith(ApiKeyKind.TRIAL.prefix)
        customer.keys[ApiKeyKind.TRIAL if trial else ApiKeyKind.PRODUCTION] = shown[0]
    elif _is_lost(life, api_key_id):
        rotate(life, customer, api_key_id)


def rotate(life: Life, customer: SimulatedCustomer, api_key_id: int) -> None:
    """Replace a key; the mail about the new one leads to it."""
    overlap: timedelta = customer.dice.pick(KEY_POLICY.overlaps)
    life.ask(
        customer,
        "rotate a key",
        lambda: rotate_key(
            life.world.transactions,
            actor=Actor.customer(customer.id),
            customer_id=customer.id,
            api_key_id=api_key_id,
            overlap=overlap,
            now=life.now,
        ),
    )


def rotate_production_key(life: Life, customer: SimulatedCustomer) -> None:
    """Replace the newest production key that is in use."""
    with life.world.transactions.reading() as repositories:
        keys = repositories.api_keys.of_customer(customer.id)
    usable = [key.id for key in keys if _is_in_use(key)]
    if usable:
        rotate(life, customer, usable[0])


def _is_in_use(key: ApiKey) -> bool:
    active = key.kind is ApiKeyKind.PRODUCTION and key.status is ApiKeyStatus.ACTIVE
    return active and key.replaced_by_id is None


def _is_lost(life: Life, api_key_id: int) -> bool:
    """Whether the page was made and never arrived."""
    with life.world.transactions.reading() as repositories:
        key = repositories.api_keys.get(api_key_id)
        return key.status is ApiKeyStatus.ACTIVE and key.replaced_by_id is None
