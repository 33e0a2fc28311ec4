"""The shipped sample, read once, and the scorecard trained on it, fitted once."""

from datetime import date

import pytest

from longtail.underwriting import sample
from longtail.underwriting.training import fit


@pytest.fixture(scope="session")
def table():
    return sample.read(sample.SHIPPED)


@pytest.fixture(scope="session")
def fitted(table):
    return fit(table, known_on=date(2002, 9, 30))
