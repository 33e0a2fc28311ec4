from types import SimpleNamespace

import pytest
from django.core.cache import cache

from longtail.interfaces import clock
from longtail.parties.rules import Kind, Role
from longtail.underwriting import services as underwriting
from tests.funding import world
from tests.interfaces.api.caller import Caller


@pytest.fixture
def now(monkeypatch):
    """The business time; a test moves it by setting ``now.at``."""
    time = SimpleNamespace(at=world.AT + world.HOUR)
    monkeypatch.setattr(clock, "now", lambda: time.at)
    return time


@pytest.fixture
def market(db, monkeypatch, settings, now):  # noqa: ARG001
    """One party of each kind with a caller, where every assessment approves."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    monkeypatch.setattr(underwriting, "assess", world.approve)
    cache.clear()
    enterprise = world.admitted(Kind.ENTERPRISE)
    operator = world.admitted(Kind.OPERATOR)
    provider = world.provider()
    funder = world.funder(wallet=world.TARGET)
    rival = world.funder(wallet=world.TARGET)
    return SimpleNamespace(
        enterprise=Caller(enterprise),
        stranger=Caller(world.admitted(Kind.ENTERPRISE)),
        provider=Caller(provider),
        funder=Caller(funder),
        rival=Caller(rival),
        operator=Caller(operator),
        checker=Caller(operator, role=Role.CHECKER),
        regulator=Caller(world.admitted(Kind.REGULATOR)),
    )


@pytest.fixture
def asked():
    """The body of a demand."""
    return {
        "amount": {"value": "1000.00", "currency": "USD"},
        "tenor_months": 12,
        "mode_code": "p2p-unsecured",
        "purpose": "equipment",
        "use_of_funds": "A second oven for the bakery in Main Street.",
    }
