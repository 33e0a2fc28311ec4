"""The measures agree with a reference, and with each other under weights."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, roc_auc_score, roc_curve

from longtail.kernels.credit.metrics import (
    auc,
    brier,
    calibration_ratio,
    gini,
    ks,
    psi,
)


@st.composite
def judged(draw):
    """Risks with ties, labels of both kinds, whole weights."""
    n = draw(st.integers(2, 40))
    risk = [draw(st.integers(0, 12)) / 12 for _ in range(n)]
    label = [0, 1] + [draw(st.integers(0, 1)) for _ in range(n - 2)]
    weight = [draw(st.integers(1, 4)) for _ in range(n)]
    return np.array(risk), np.array(label), np.array(weight)


@settings(deadline=None, max_examples=60)
@given(judged())
def test_auc_and_ks_agree_with_the_reference(case):
    risk, label, weight = case
    assert auc(risk, label, weight) == pytest.approx(
        roc_auc_score(label, risk, sample_weight=weight), abs=1e-12
    )
    fpr, tpr, _ = roc_curve(label, risk, sample_weight=weight, drop_intermediate=False)
    assert ks(risk, label, weight) == pytest.approx(np.abs(tpr - fpr).max(), abs=1e-12)
    assert brier(risk, label, weight) == pytest.approx(
        brier_score_loss(label, risk, sample_weight=weight), abs=1e-12
    )


@settings(deadline=None, max_examples=40)
@given(judged())
def test_a_weight_is_so_many_cases(case):
    risk, label, weight = case
    repeated = [np.repeat(x, weight) for x in (risk, label)]
    for measure in (auc, gini, ks, brier):
        assert measure(risk, label, weight) == pytest.approx(measure(*repeated), abs=1e-12)


@settings(deadline=None, max_examples=40)
@given(judged())
def test_only_the_order_of_risks_matters_to_ranking(case):
    risk, label, weight = case
    stretched = np.exp(3 * risk) - 7
    assert auc(stretched, label, weight) == pytest.approx(auc(risk, label, weight))
    assert auc(-risk, label, weight) == pytest.approx(1 - auc(risk, label, weight))
    assert ks(stretched, label, weight) == pytest.approx(ks(risk, label, weight))


def test_perfect_useless_and_wrong():
    label = [0, 0, 1, 1]
    assert auc([1, 2, 3, 4], label) == gini([1, 2, 3, 4], label) == 1
    assert auc([5, 5, 5, 5], label) == 0.5
    assert gini([4, 3, 2, 1], label) == -1
    assert ks([1, 2, 3, 4], label) == 1
    assert brier([0.5] * 4, label) == 0.25


def test_observed_over_expected():
    assert calibration_ratio([0.1] * 10, [1, 1] + [0] * 8) == pytest.approx(2)
    assert calibration_ratio([0.5, 0.5], [1, 0], [3, 1]) == pytest.approx(1.5)


def test_psi_of_a_known_shift():
    """Half and half against one and three quarters: 0.25 × ln 2 + 0.25 × ln 1.5."""
    before, after = [0, 0, 1, 1], [0, 1, 1, 1]
    expected = 0.25 * np.log(2) + 0.25 * np.log(1.5)
    assert psi(before, after, edges=[1]) == pytest.approx(expected)
    assert psi(before, before, edges=[1]) == 0
    assert np.isfinite(psi([0, 0], [5, 5], edges=[1]))


@given(st.lists(st.integers(0, 9), min_size=1), st.lists(st.integers(0, 9), min_size=1))
def test_psi_is_never_negative(before, after):
    assert psi(before, after, edges=[3, 6]) >= 0


@pytest.mark.parametrize(
    ("risk", "label"),
    [([1, 2], [1, 1]), ([1, 2], [0, 2]), ([1, np.nan], [0, 1]), ([1, 2, 3], [0, 1])],
)
def test_what_cannot_be_judged_is_refused(risk, label):
    with pytest.raises(ValueError, match=r"both outcomes|not finite|not alike"):
        auc(risk, label)
