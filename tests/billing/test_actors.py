"""Who did it, as it stands in history rows."""

from app.billing.actors import Actor, ActorKind


def test_every_kind_of_actor_names_itself() -> None:
    assert Actor.customer(7) == Actor(ActorKind.CUSTOMER, "7")
    assert Actor.staff("olga") == Actor(ActorKind.STAFF, "olga")
    assert Actor.api_key(9) == Actor(ActorKind.API_KEY, "9")
    assert Actor.system("sweep") == Actor(ActorKind.SYSTEM, "sweep")
