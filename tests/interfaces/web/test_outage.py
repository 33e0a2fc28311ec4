from __future__ import annotations

import pytest
from django.db import OperationalError
from django.test import Client

from longtail.interfaces.web.views import overview


@pytest.mark.parametrize(
    ("error", "status"), [(OperationalError("too many clients"), 503), (ValueError(), 500)]
)
@pytest.mark.django_db
def test_a_database_that_is_away_is_no_fault_of_the_page(monkeypatch, error, status):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(overview, "render", fail)
    client = Client(raise_request_exception=False)
    response = client.get("/")
    assert response.status_code == status
    assert ("Retry-After" in response.headers) == (status == 503)
    assert "Nothing was half done" in response.content.decode()
