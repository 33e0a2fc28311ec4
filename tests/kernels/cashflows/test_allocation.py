import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from longtail.kernels.cashflows.allocation import allocate, allocate_many

amounts = st.integers(0, 1_000)


@st.composite
def bills(draw):
    n_instalments, n_components = draw(st.integers(0, 6)), draw(st.integers(1, 4))
    row = st.lists(amounts, min_size=n_components, max_size=n_components)
    return draw(st.lists(row, min_size=n_instalments, max_size=n_instalments))


def in_order(rows):
    """Component first, then instalment."""
    return [row[c] for c in range(len(rows[0]) if rows else 0) for row in rows]


payments = st.integers(0, 12_000)


@given(payments, bills())
def test_every_unit_is_paid_once_or_left(amount, dues):
    result = allocate(amount, dues)
    paid, due = in_order(result.paid_minor), in_order(dues)
    assert sum(paid) + result.left_minor == amount
    assert all(0 <= p <= d for p, d in zip(paid, due, strict=True))
    assert result.left_minor == max(amount - sum(due), 0)


@given(payments, bills())
def test_nothing_is_paid_before_what_comes_first(amount, dues):
    paid, due = in_order(allocate(amount, dues).paid_minor), in_order(dues)
    short = [i for i, (p, d) in enumerate(zip(paid, due, strict=True)) if p < d]
    assert not short or not any(paid[short[0] + 1 :])


@given(payments, payments, bills())
def test_two_payments_pay_what_one_of_their_sum_does(first, second, dues):
    once = allocate(first + second, dues)
    earlier = allocate(first, dues)
    rest = [
        [d - p for d, p in zip(due, paid, strict=True)]
        for due, paid in zip(dues, earlier.paid_minor, strict=True)
    ]
    later = allocate(earlier.left_minor + second, rest)
    together = [
        tuple(a + b for a, b in zip(x, y, strict=True))
        for x, y in zip(earlier.paid_minor, later.paid_minor, strict=True)
    ]
    assert tuple(together) == once.paid_minor
    assert later.left_minor == once.left_minor


def test_components_come_before_due_dates():
    """Both instalments' interest is paid before the older one's principal."""
    result = allocate(25, [[10, 100], [10, 100]])
    assert result.paid_minor == ((10, 5), (10, 0))
    assert result.left_minor == 0


def test_the_oldest_instalment_is_paid_first():
    assert allocate(15, [[10], [10]]).paid_minor == ((10,), (5,))


@given(
    arrays(np.int64, 5, elements=payments), arrays(np.int64, (5, 3, 4), elements=amounts)
)
def test_many_at_once_equal_one_by_one(amount, dues):
    paid, left = allocate_many(amount, dues)
    for i in range(5):
        alone = allocate(int(amount[i]), dues[i].tolist())
        assert tuple(map(tuple, paid[i].tolist())) == alone.paid_minor
        assert left[i] == alone.left_minor


@pytest.mark.parametrize(("amount", "dues"), [(-1, [[1]]), (1, [[-1]]), (3, [[1, 2], [1]])])
def test_a_senseless_bill_is_refused(amount, dues):
    with pytest.raises(ValueError, match=r"^neither a payment nor|^every instalment needs"):
        allocate(amount, dues)


def test_senseless_bills_are_refused_together():
    one = np.ones((1, 1, 1), np.int64)
    for amount, dues in ((np.array([-1]), one), (np.array([1]), -one)):
        with pytest.raises(ValueError, match=r"^neither a payment nor"):
            allocate_many(amount, dues)
