"""The vectorised filters say what a plain loop over mandates says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longtail.kernels.matching.eligibility import (
    CRITERIA,
    NO_LIMIT,
    Criterion,
    Mandates,
    Profile,
    RangeFilter,
    SetFilter,
    eligibility,
)

NAMES = ("a", "b", "c")
# What a demand may say that no mandate lists, and what it may not say at all.
VALUES = (*NAMES, "z", "")

sets = st.frozensets(st.sampled_from(NAMES))
ranges = st.tuples(st.integers(0, 9), st.integers(0, 9)).map(sorted)
mandates = st.lists(
    st.fixed_dictionaries(
        {
            "currency": st.sampled_from(NAMES).map(lambda name: frozenset({name})),
            "size": sets,
            "grade": sets,
            "sector": sets,
            "region": sets,
            "mode": sets,
            "amount": ranges,
            "tenor": ranges,
            "rate": ranges,
            "cap": st.one_of(st.none(), st.integers(0, 20)),
            "exposure": st.integers(0, 12),
        }
    ),
    max_size=12,
)
profiles = st.builds(
    Profile,
    currency=st.sampled_from(VALUES),
    amount_minor=st.integers(0, 9),
    tenor_months=st.integers(0, 9),
    rate_bps=st.integers(0, 9),
    size=st.sampled_from(VALUES),
    grade=st.sampled_from(VALUES),
    sector=st.sampled_from(VALUES),
    region=st.sampled_from(VALUES),
    mode=st.sampled_from(VALUES),
    least_minor=st.integers(0, 9),
)


def encoded(rows):
    def ints(values):
        return np.array(values, dtype=np.int64)

    def filters(name):
        return RangeFilter(
            ints([r[name][0] for r in rows]), ints([r[name][1] for r in rows])
        )

    return Mandates(
        **{
            name: SetFilter.of([r[name] for r in rows])
            for name in ("currency", "size", "grade", "sector", "region", "mode")
        },
        amount=filters("amount"),
        tenor=filters("tenor"),
        rate=filters("rate"),
        cap_minor=ints([NO_LIMIT if r["cap"] is None else r["cap"] for r in rows]),
    )


def naive(row, profile):
    """One mandate, one criterion after the other, as a person would check them."""

    def within(bounds, value):
        return bounds[0] <= value <= bounds[1]

    def listed(names, value):
        return not names or value in names

    room = None if row["cap"] is None else row["cap"] - row["exposure"]
    return {
        Criterion.CURRENCY: profile.currency in row["currency"],
        Criterion.AMOUNT: within(row["amount"], profile.amount_minor),
        Criterion.SIZE: listed(row["size"], profile.size),
        Criterion.GRADE: listed(row["grade"], profile.grade),
        Criterion.SECTOR: listed(row["sector"], profile.sector),
        Criterion.REGION: listed(row["region"], profile.region),
        Criterion.TENOR: within(row["tenor"], profile.tenor_months),
        Criterion.YIELD: within(row["rate"], profile.rate_bps),
        Criterion.MODE: listed(row["mode"], profile.mode),
        Criterion.CONCENTRATION: room is None or profile.least_minor <= room,
    }


@settings(max_examples=150, deadline=None)
@given(mandates, profiles)
def test_equals_a_naive_loop(rows, profile):
    exposure = np.array([r["exposure"] for r in rows], dtype=np.int64)
    matrix = eligibility(encoded(rows), profile, exposure)
    expected = [[naive(r, profile)[c] for c in CRITERIA] for r in rows]
    assert matrix.shape == (len(rows), len(CRITERIA))
    assert matrix.tolist() == expected


@settings(max_examples=50, deadline=None)
@given(mandates, profiles, st.randoms(use_true_random=False))
def test_order_of_mandates_does_not_matter(rows, profile, random):
    shuffled = random.sample(range(len(rows)), len(rows))

    def matrix(some):
        exposure = np.array([r["exposure"] for r in some], dtype=np.int64)
        return eligibility(encoded(some), profile, exposure).tolist()

    straight = matrix(rows)
    assert matrix([rows[i] for i in shuffled]) == [straight[i] for i in shuffled]


@pytest.mark.parametrize("unknown", ["", "z"])
def test_a_filter_never_admits_the_unknown(unknown):
    wants, open_to_all = SetFilter.of([{"a", "b"}, set()]).passes(unknown).tolist()
    assert (wants, open_to_all) == (False, True)
