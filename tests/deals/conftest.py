"""A scene with an admitted enterprise, its guarantor and a provider."""

import pytest

from tests.deals import cases


@pytest.fixture
def scene(db):  # noqa: ARG001
    cases.install_model()
    return cases.scene()
