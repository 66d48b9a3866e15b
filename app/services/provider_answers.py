"""What a look at a provider came to, and whom to ask."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto

from app.billing.errors import Conflict
from app.billing.ports import PaymentProvider


class Found(Enum):
    """What was found at the provider for a name that it gave us."""

    OURS = auto()
    """Something of ours; it is as the provider has it now."""
    NOTHING = auto()
    """Nothing that we know."""
    SILENCE = auto()
    """The provider gave no answer."""


def provider_of(providers: Mapping[str, PaymentProvider], name: str) -> PaymentProvider:
    """The provider of this name. Raises Conflict (PROVIDER_UNAVAILABLE) for one that is no longer set up."""
    provider = providers.get(name)
    if provider is None:
        raise Conflict(f"provider {name}", code="PROVIDER_UNAVAILABLE")
    return provider
