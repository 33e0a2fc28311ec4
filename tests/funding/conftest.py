import pytest

from longtail.underwriting import services as underwriting
from tests.funding import world


@pytest.fixture
def market(db, monkeypatch):  # noqa: ARG001
    """A market with one provider, where every assessment approves."""
    monkeypatch.setattr(underwriting, "assess", world.approve)
    world.provider()
    return world
