"""The sandbox bank with its own people at its desk."""

import pytest


@pytest.fixture
def attended(settings):
    """Let the bank pay only whom two of its people confirmed."""
    settings.SANDBOX_IS_ATTENDED = True
