"""Calibration moves the level and keeps the order."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longtail.kernels.credit.calibration import prior_shift, shift_to_rate

rates = st.floats(0.001, 0.999)
log_odds = st.lists(st.floats(-30, 30), min_size=1, max_size=30)


def logistic(z):
    return 1 / (1 + np.exp(-np.asarray(z)))


@settings(deadline=None, max_examples=60)
@given(log_odds, rates, st.integers(0, 9))
def test_the_mean_probability_reaches_the_rate(z, rate, seed):
    weight = np.random.default_rng(seed).integers(1, 9, len(z))
    shift = shift_to_rate(z, rate=rate, weight=weight)
    reached = np.average(logistic(np.array(z) + shift), weights=weight)
    assert reached == pytest.approx(rate, abs=1e-9)


@given(st.lists(rates, min_size=1, max_size=20), rates, rates)
def test_a_prior_shift_keeps_the_order_and_can_be_undone(pd, one, other):
    moved = prior_shift(pd, from_rate=one, to_rate=other)
    assert ((moved > 0) & (moved < 1)).all()
    # Equal to the last bit is too much to ask of neighbours a rounding error apart.
    order = np.argsort(pd, kind="stable")
    assert (np.diff(moved[order]) >= -1e-12).all()
    back = prior_shift(moved, from_rate=other, to_rate=one)
    assert back == pytest.approx(pd, rel=1e-9)


def test_a_half_and_half_sample_at_a_natural_rate():
    """At even odds in a half-and-half sample, the probability is the population's rate."""
    assert prior_shift(0.5, from_rate=0.5, to_rate=0.175) == pytest.approx(0.175)


def test_rates_that_no_population_has_are_refused():
    for rate in (0, 1, -0.1, np.nan):
        with pytest.raises(ValueError, match="loss rate"):
            prior_shift([0.5], from_rate=rate, to_rate=0.5)
        with pytest.raises(ValueError, match="loss rate"):
            shift_to_rate([0.0], rate=rate)
    with pytest.raises(ValueError, match="0 cases"):
        shift_to_rate([], rate=0.5)
