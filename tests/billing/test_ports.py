"""Ports: what the outside world must promise."""

import inspect

import pytest

from app.billing import ports
from app.billing.errors import BillingError, Conflict
from app.billing.rendering import RenderingFailed

PORTS = [port for _, port in inspect.getmembers(ports, inspect.isclass) if port.__module__ == ports.__name__]


@pytest.mark.parametrize("port", PORTS, ids=lambda port: port.__name__)
def test_every_member_of_a_port_says_what_it_guarantees(port: type) -> None:
    members = [member for name, member in vars(port).items() if not name.startswith("_")]
    assert members
    assert all(inspect.getdoc(member) for member in members)


def test_a_failed_rendering_tells_whether_to_try_again() -> None:
    failure = RenderingFailed("RENDERER_DIED", retry=True)
    assert (failure.code, failure.retry) == ("RENDERER_DIED", True)


def test_an_error_may_carry_another_code() -> None:
    assert Conflict().code == str(Conflict()) == "CONFLICT"
    assert Conflict("detail", code="OTHER").code == "OTHER"
    assert issubclass(Conflict, BillingError)
