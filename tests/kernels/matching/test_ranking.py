"""The order of pushes is deterministic, bounded and blind to everything undeclared."""

import dataclasses

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from longtail.kernels.matching.eligibility import NO_LIMIT, Profile
from longtail.kernels.matching.ranking import WEIGHTS_BPS, WHOLE_BPS, fit, order
from tests.kernels.matching.test_eligibility import encoded, mandates, profiles

PROFILE = Profile(
    currency="a",
    amount_minor=5,
    tenor_months=5,
    rate_bps=5,
    size="",
    grade="",
    sector="",
    region="",
    mode="",
    least_minor=1,
)
OPEN = {name: frozenset() for name in ("size", "grade", "sector", "region", "mode")}


def mandate(**changes):
    return (
        OPEN
        | {
            "currency": frozenset("a"),
            "amount": (0, 10),
            "tenor": (0, 10),
            "rate": (0, NO_LIMIT),
            "cap": None,
            "exposure": 0,
        }
        | changes
    )


def scores(rows, profile=PROFILE):
    exposure = np.array([r["exposure"] for r in rows], dtype=np.int64)
    return fit(encoded(rows), profile, exposure)


def test_the_weights_make_a_whole():
    assert sum(WEIGHTS_BPS.values()) == WHOLE_BPS


@settings(max_examples=100, deadline=None)
@given(mandates, profiles)
def test_scores_stay_in_bounds_and_are_what_the_logged_inputs_say(rows, profile):
    rows = [r | {"cap": None if r["cap"] == 0 else r["cap"]} for r in rows]
    found = scores(rows, profile)
    assert ((found.inputs_bps >= 0) & (found.inputs_bps <= WHOLE_BPS)).all()
    recomputed = [
        sum(i * w for i, w in zip(row, WEIGHTS_BPS.values(), strict=True)) // WHOLE_BPS
        for row in found.inputs_bps.tolist()
    ]
    assert found.score_bps.tolist() == recomputed


def test_the_middle_of_a_range_fits_best_and_its_ends_least():
    rows = [mandate(amount=(5, 15)), mandate(amount=(3, 9)), mandate(amount=(0, 10))]
    amount = scores(rows).inputs_bps[:, 0].tolist()
    assert amount == [0, 6_667, 10_000]


def test_a_range_of_one_value_is_all_middle():
    assert scores([mandate(amount=(5, 5))]).inputs_bps[0, 0] == WHOLE_BPS


def test_yield_above_the_least_wanted_raises_the_fit():
    profile = dataclasses.replace(PROFILE, rate_bps=900)
    rows = [mandate(rate=(low, NO_LIMIT)) for low in (900, 650, 400, 0)]
    assert scores(rows, profile).inputs_bps[:, 2].tolist() == [0, 5_000, 10_000, 10_000]


def test_room_under_the_cap_raises_the_fit():
    rows = [mandate(cap=10, exposure=e) for e in (9, 4, 0)] + [mandate()]
    assert scores(rows).inputs_bps[:, 3].tolist() == [0, 5_000, 9_000, 10_000]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), max_size=20))
def test_order_lists_the_eligible_best_first_and_ties_in_row_order(rows):
    found = order(
        np.array([e for e, _ in rows], dtype=bool),
        np.array([s for _, s in rows], dtype=np.int64),
    )
    expected = sorted(
        (i for i, (is_eligible, _) in enumerate(rows) if is_eligible),
        key=lambda i: (-rows[i][1], i),
    )
    assert found.tolist() == expected
