from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longtail.values.money import (
    MAX_MINOR,
    CurrencyMismatch,
    Money,
    decimals,
    parse,
    split,
)

minors = st.integers(-MAX_MINOR, MAX_MINOR)
currencies = st.sampled_from(["USD", "CNY", "JPY", "KWD"])


@given(minors, minors, currencies)
def test_sums_are_exact_and_undone_by_differences(a, b, currency):
    total = Money(a, currency) + Money(b, currency)
    assert total.minor == a + b
    assert total - Money(b, currency) == Money(a, currency)
    assert -Money(a, currency) + Money(a, currency) == Money(0, currency)


def test_currencies_do_not_mix():
    for mix in (
        lambda: Money(1, "USD") + Money(1, "CNY"),
        lambda: Money(1, "USD") - Money(1, "CNY"),
        lambda: Money(1, "USD") < Money(1, "CNY"),
        lambda: Money(1, "USD") <= Money(1, "CNY"),
    ):
        with pytest.raises(CurrencyMismatch):
            mix()


def test_order_and_truth():
    assert Money(1, "USD") < Money(2, "USD") <= Money(2, "USD")
    assert not Money(0, "USD")
    assert Money(-1, "USD")


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(123_456_789, "USD"), "USD 1,234,567.89"),
        (Money(-5, "CNY"), "CNY -0.05"),
        (Money(1_234, "JPY"), "JPY 1,234"),
        (Money(1_234, "KWD"), "KWD 1.234"),
    ],
)
def test_money_reads_in_major_units(money, text):
    assert str(money) == text


def test_decimals_by_currency():
    assert [decimals(c) for c in ("JPY", "USD", "BHD")] == [0, 2, 3]


@given(minors, currencies)
def test_what_is_written_is_read_back(minor, currency):
    money = Money(minor, currency)
    assert parse(str(money).removeprefix(f"{currency} "), currency) == money
    assert parse(money.decimal, currency) == money


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("1234.50", 123_450),
        (" 1,234.5 ", 123_450),
        ("+7", 700),
        ("-.5", -50),
        ("5.", 500),
        ("100.000", 10_000),
        (Decimal("1E+3"), 100_000),
    ],
)
def test_amounts_people_write(text, minor):
    assert parse(text, "USD") == Money(minor, "USD")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not a number"),
        (".", "not a number"),
        ("ten", "not a number"),
        ("12,34", "not a number"),
        ("1,2345", "not a number"),
        ("1_000", "not a number"),
        ("1e5", "not a number"),
        ("--5", "not a number"),
        ("٣", "not a number"),
        ("1\x00", "not a number"),
        ("\ud800", "not a number"),
        ("NaN", "finite"),
        ("-Infinity", "finite"),
        (Decimal("NaN"), "finite"),
        ("0.001", "more than 2 decimals"),
        ("100.000000000000000000000000000000000001", "more than 2 decimals"),
        ("90000000000000.01", "larger than the ledger"),
        ("-90000000000000.01", "larger than the ledger"),
        ("9" * 61, "out of range"),
        (Decimal("1E+999999"), "out of range"),
        (Decimal("1E-999999"), "out of range"),
    ],
)
def test_what_is_no_amount_says_why(text, why):
    with pytest.raises(ValueError, match=why):
        parse(text, "USD")


def test_a_currency_without_decimals_takes_none():
    assert parse("500", "JPY") == Money(500, "JPY")
    with pytest.raises(ValueError, match="more than 0 decimals"):
        parse("500.5", "JPY")


weights = st.lists(st.integers(0, 10**9), min_size=1, max_size=20).filter(any)


@given(st.integers(0, MAX_MINOR), weights)
def test_a_split_is_exact_and_fair(total, parts):
    shares = split(total, parts)
    assert sum(shares) == total
    for share, weight in zip(shares, parts, strict=True):
        # Nobody is a whole unit away from the exact share, and no weight gets no money.
        assert abs(share * sum(parts) - total * weight) < sum(parts)
        assert share == 0 or weight > 0


@given(st.integers(0, 10**12), weights, st.integers(1, 1000))
def test_a_split_depends_on_proportions_only(total, parts, factor):
    assert split(total, [w * factor for w in parts]) == split(total, parts)


def test_ties_go_to_the_earlier_weight():
    assert split(100, [1, 1, 1]) == (34, 33, 33)
    assert split(2, [1, 1, 1, 1]) == (1, 1, 0, 0)


def test_nothing_over_nobody_is_nothing():
    assert split(0, [0, 0]) == (0, 0)
    assert split(0, []) == ()


@pytest.mark.parametrize(
    ("total", "parts"), [(-1, [1]), (1, [-1, 2]), (1, [0, 0]), (1, [])]
)
def test_a_split_that_makes_no_sense_is_refused(total, parts):
    with pytest.raises(ValueError, match="cannot split"):
        split(total, parts)
