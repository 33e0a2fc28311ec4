"""A scorecard scores one case as it scores many, and its reasons add up."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longtail.kernels.credit.points import (
    MISSING,
    CategoricalAttribute,
    NumericAttribute,
    Scorecard,
    UnseenLevel,
)
from longtail.kernels.credit.reasons import lost_points, shortfalls

STAFF = NumericAttribute(
    name="employees", edges=(3, 10), points=(0, 12, 25), missing_points=8
)
SECTOR = CategoricalAttribute(
    name="sector", levels=("23", "72"), points=(14, 0), missing_points=5
)
CARD = Scorecard(
    attributes=(STAFF, SECTOR),
    base_points=540,
    anchor_score=600,
    anchor_odds=15.0,
    pdo=20,
)

points = st.integers(-200, 200)
numbers = st.floats(-1e6, 1e6) | st.none()


@st.composite
def scorecards(draw):
    edges = sorted(draw(st.sets(st.integers(-1000, 1000), min_size=1, max_size=6)))
    levels = draw(st.lists(st.text(max_size=3), min_size=1, max_size=5, unique=True))
    numeric = NumericAttribute(
        name="n",
        edges=tuple(edges),
        points=tuple(draw(points) for _ in range(len(edges) + 1)),
        missing_points=draw(points),
    )
    levelled = CategoricalAttribute(
        name="c",
        levels=tuple(levels),
        points=tuple(draw(points) for _ in levels),
        missing_points=draw(points),
    )
    return replace(CARD, attributes=(numeric, levelled), base_points=draw(points))


@st.composite
def cases(draw):
    card = draw(scorecards())
    levels = st.sampled_from(card.by_name["c"].levels) | st.none()
    rows = draw(st.lists(st.tuples(numbers, levels), min_size=1, max_size=20))
    return card, rows


def columns(rows):
    return {
        "n": np.array([np.nan if n is None else n for n, _ in rows]),
        "c": np.array([c for _, c in rows], dtype=object),
    }


@settings(deadline=None, max_examples=60)
@given(cases())
def test_one_case_scores_as_it_does_among_many(case):
    card, rows = case
    together = card.scores(columns(rows))
    alone = [card.score_of({"n": n, "c": c}) for n, c in rows]
    assert together.tolist() == alone
    assert card.pds(together).tolist() == [card.pd_of(score) for score in alone]


@settings(deadline=None, max_examples=60)
@given(cases())
def test_the_reasons_sum_to_what_is_missing_from_the_best_score(case):
    card, rows = case
    parts = card.contributions(columns(rows))
    lost = lost_points(card, parts)
    for (n, c), row, total in zip(rows, lost, card.scores(columns(rows)), strict=True):
        reasons = shortfalls(card, card.bin_of({"n": n, "c": c}))
        assert sum(r.points for r in reasons) == total - card.best_score == row.sum()
        costs = [r.points for r in reasons]
        assert costs == sorted(costs)
        assert 0 not in costs


@settings(deadline=None, max_examples=40)
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(case, random):
    card, rows = case
    shuffled = list(range(len(rows)))
    random.shuffle(shuffled)
    before = card.scores(columns(rows))
    after = card.scores(columns([rows[i] for i in shuffled]))
    assert after.tolist() == before[shuffled].tolist()


@given(st.integers(-2000, 2000), st.integers(1, 500))
def test_a_higher_score_is_never_riskier(score, more):
    assert 0 <= CARD.pd_of(score + more) <= CARD.pd_of(score) <= 1


def test_pdo_points_double_the_odds():
    """Anchor: 15 to 1 at 600, so 30 to 1 at 620 and 60 to 1 at 640."""
    assert [1 / CARD.pd_of(s) - 1 for s in (600, 620, 640)] == pytest.approx([15, 30, 60])


def test_an_edge_belongs_to_the_bin_above():
    assert [STAFF.bin_of(n) for n in (2.999, 3, 9, 10)] == [0, 1, 1, 2]
    assert STAFF.bins([2.999, 3, 9, 10, np.nan]).tolist() == [0, 1, 1, 2, MISSING]


def test_what_is_missing_gets_its_own_points():
    assert CARD.score_of({}) == 540 + 8 + 5
    assert CARD.bin_of({"employees": float("nan")}) == (MISSING, MISSING)


def test_unseen_levels_are_named_not_guessed():
    with pytest.raises(UnseenLevel, match="11"):
        CARD.score_of({"sector": "11"})
    with pytest.raises(UnseenLevel, match="11, 99"):
        SECTOR.bins(np.array(["99", "23", "11", None], dtype=object))
    with pytest.raises(ValueError, match="is not a number"):
        STAFF.bin_of("many")


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: replace(STAFF, points=(1, 2)), "one more point"),
        (lambda: replace(STAFF, edges=(10, 3)), "do not ascend"),
        (lambda: replace(SECTOR, points=(1,)), "differ in number"),
        (lambda: replace(SECTOR, levels=("23", "23")), "appears twice"),
        (lambda: replace(CARD, attributes=(STAFF, STAFF)), "appears twice"),
        (lambda: replace(CARD, pdo=0), "must be positive"),
        (lambda: replace(CARD, anchor_odds=0.0), "must be positive"),
    ],
)
def test_a_scorecard_that_makes_no_sense_cannot_be_built(build, message):
    with pytest.raises(ValueError, match=message):
        build()
