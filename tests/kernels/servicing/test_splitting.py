from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from longtail.kernels.servicing.splitting import split_many
from longtail.values.money import split

weights = st.lists(st.one_of(st.integers(0, 9), st.integers(0, 2**44)), min_size=1)
amounts = st.tuples(st.one_of(st.integers(0, 99), st.integers(0, 2**44)), weights)


@given(st.lists(amounts.filter(lambda a: sum(a[1]) > 0 or a[0] == 0)))
def test_each_amount_is_split_as_it_would_be_alone(rows):
    totals = np.array([total for total, _ in rows], dtype=np.int64)
    counts = np.array([len(w) for _, w in rows], dtype=np.int64)
    flat = np.array([x for _, w in rows for x in w], dtype=np.int64)
    expected = [part for total, w in rows for part in split(total, w)]
    assert split_many(totals, flat, counts).tolist() == expected


@pytest.mark.parametrize(
    ("total", "weights", "why"),
    [(-1, [1], "negative"), (1, [1, -1], "negative"), (1, [0, 0], "all zero")],
)
def test_what_cannot_be_split_is_refused(total, weights, why):
    with pytest.raises(ValueError, match=why):
        split_many(np.array([total]), np.array(weights), np.array([len(weights)]))
