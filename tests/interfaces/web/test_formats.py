"""Amounts, rates and dates as people read them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from longtail.interfaces.web import formats
from longtail.interfaces.web.charts import Chart, Series, months_between
from longtail.values.money import parse


def plain(text):
    """Return a text with ordinary spaces."""
    return text.replace("\u00a0", " ")


NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (123_456, "USD", "$1,234.56"),
        (-5, "USD", "−$0.05"),
        (0, "CNY", "¥0.00"),
        (1_234, "JPY", "¥1,234"),
        (1_234_567, "KWD", "KD 1,234.567"),
        (100, "CHF", "CHF 1.00"),
        (None, "USD", "–"),
    ],
)
def test_money_has_its_currencys_decimals(minor, currency, text):
    assert formats.money(minor, currency) == text


@given(st.integers(-(10**15), 10**15), st.sampled_from(["USD", "JPY", "KWD"]))
def test_a_plain_amount_reads_back_to_the_same_minor_units(minor, currency):
    assert parse(formats.plain_amount(minor, currency), currency).minor == minor


@pytest.mark.parametrize(
    ("minor", "english", "chinese"),
    [(1_240_000_000, "$12.4 m", "$1,240.0 万"), (95_000, "$950", "$950")],
)
def test_headlines_use_the_units_of_the_language(minor, english, chinese):
    assert plain(formats.money_short(minor, "USD")) == english
    with translation.override("zh-hans"):
        assert plain(formats.money_short(minor, "USD")) == chinese


def test_dates_follow_the_language():
    assert plain(formats.day(date(2026, 3, 5))) == "5 Mar 2026"
    with translation.override("zh-hans"):
        assert formats.day(date(2026, 3, 5)) == "2026年3月5日"


@pytest.mark.parametrize(
    ("days", "text"),
    [
        (0, "today"),
        (1, "in 1 day"),
        (9, "in 9 days"),
        (-2, "2 days ago"),
        (-800, "2 years ago"),
    ],
)
def test_distances_are_in_days(days, text):
    assert formats.distance(NOON + timedelta(days=days), now=NOON) == text


def test_a_chart_and_its_table_say_the_same():
    chart = Chart(
        title="Funded",
        kind="bars",
        labels=["Jan", "Feb"],
        series=[Series(name="Funded", values=[100, 250])],
        unit="money",
        currency="USD",
    )
    assert chart.spec["series"][0]["values"] == [1.0, 2.5]
    assert chart.rows == [("Jan", ["$1.00"]), ("Feb", ["$2.50"])]
    assert not chart.is_empty


def test_months_without_a_figure_are_not_left_out():
    months = months_between(date(2025, 11, 30), date(2026, 2, 1))
    assert [m.isoformat() for m in months] == [
        "2025-11-01",
        "2025-12-01",
        "2026-01-01",
        "2026-02-01",
    ]
