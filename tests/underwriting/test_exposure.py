"""A loan counts for the time it was watched, and a loss when it was known."""

from datetime import date

import numpy as np
import pytest

from longtail.underwriting.training.exposure import lifetime_rate, loan_years

NEVER = "NaT"


def watched(approved, charged_off, *, since="1990-01-01", known_on="2002-09-30"):
    return loan_years(
        approved=np.array(approved, dtype="datetime64[D]"),
        charged_off=np.array(charged_off, dtype="datetime64[D]"),
        since=date.fromisoformat(since),
        known_on=date.fromisoformat(known_on),
    )


def test_a_loan_is_watched_until_the_day():
    years = watched(["2000-09-30"], [NEVER])
    assert years.age.tolist() == [0, 1]
    assert years.watched.sum() == pytest.approx(2, abs=0.01)
    assert not years.is_lost.any()


def test_a_loss_ends_the_watch_in_its_year():
    years = watched(["2000-01-01"], ["2001-07-01"])
    assert years.age.tolist() == [0, 1]
    assert years.is_lost.tolist() == [False, True]
    assert years.watched[1] == pytest.approx(0.5, abs=0.01)


def test_a_later_loss_is_not_known():
    later = watched(["2000-01-01"], ["2002-10-01"])
    never = watched(["2000-01-01"], [NEVER])
    assert not later.is_lost.any()
    assert later.watched.tolist() == never.watched.tolist()


def test_a_loss_before_the_watch_began_is_not_seen():
    years = watched(["1995-01-01"], ["1996-01-01"], since="2001-09-30")
    assert years.loan.size == 0


def test_each_loss_is_counted_once():
    rng = np.random.default_rng(7)
    approved = np.datetime64("1996-01-01") + rng.integers(0, 2000, 300)
    lost = approved + rng.integers(0, 3000, 300)
    years = watched(approved, lost)
    known = lost <= np.datetime64("2002-09-30")
    in_reach = (lost - approved).astype(int) < 3652
    assert years.is_lost.sum() == (known & in_reach).sum()
    assert set(years.loan[years.is_lost]) == set(np.flatnonzero(known & in_reach))


def test_the_lifetime_rate_of_a_steady_hazard():
    """One loss in ten loan-years at each of two ages: 1 - exp(-0.2)."""
    approved = ["1998-01-01"] * 10
    lost = ["1998-12-31"] + ["1999-12-31"] + [NEVER] * 8
    years = watched(approved, lost, known_on="2000-01-01")
    rate = lifetime_rate(years, np.ones(10))
    assert rate == pytest.approx(1 - np.exp(-(1 / 10 + 1 / 9)), abs=0.001)
    assert lifetime_rate(watched(["2002-01-01"], [NEVER]), np.ones(1)) == 0
