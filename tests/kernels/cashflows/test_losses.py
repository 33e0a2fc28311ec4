import pytest
from hypothesis import given
from hypothesis import strategies as st

from longtail.kernels.cashflows.losses import split_loss

losses = st.integers(0, 10**14)
shares = st.lists(st.integers(0, 10_000), max_size=4).map(lambda s: [*s, 10_000])


@given(losses, shares, st.data())
def test_every_unit_of_a_loss_is_borne_once(loss, layers, data):
    limit = st.one_of(st.none(), st.integers(0, 10**13))
    n = len(layers) - 1
    limits = [*data.draw(st.lists(limit, min_size=n, max_size=n)), None]
    borne = split_loss(loss, layers, limits)
    assert sum(borne) == loss
    assert all(part >= 0 for part in borne)
    assert all(m is None or part <= m for part, m in zip(borne, limits, strict=True))


@given(losses, losses, shares)
def test_a_larger_loss_spares_nobody(one, other, layers):
    small, large = sorted((one, other))
    # A unit of rounding may move from one layer to the next.
    for less, more in zip(
        split_loss(small, layers), split_loss(large, layers), strict=True
    ):
        assert less <= more + len(layers)


def test_a_guarantor_bears_its_cover_and_the_funders_the_rest():
    assert split_loss(1_001, [7_500, 10_000]) == (751, 250)
    assert split_loss(1_000, [0, 10_000]) == (0, 1_000)
    assert split_loss(1_000, [10_000, 10_000]) == (1_000, 0)


def test_a_layer_that_may_bear_nothing_bears_nothing():
    assert split_loss(1_000, [10_000, 10_000], [0, None]) == (0, 1_000)
    assert split_loss(1_000, [10_000, 10_000], [-5, None]) == (0, 1_000)


def test_a_first_loss_layer_ends_at_its_limit():
    assert split_loss(1_000, [10_000, 5_000, 10_000], [100, None, None]) == (100, 450, 450)


@pytest.mark.parametrize(
    ("loss", "layers", "limits"),
    [
        (-1, [10_000], None),
        (1, [], None),
        (1, [9_999], None),
        (1, [10_000], [5]),
        (1, [10_001, 10_000], None),
        (1, [-1, 10_000], None),
        (1, [10_000], [None, None]),
    ],
)
def test_layers_that_cannot_bear_a_loss_are_refused(loss, layers, limits):
    with pytest.raises(ValueError, match=r"^loss -|^the last layer|not between|limits$"):
        split_loss(loss, layers, limits)
