"""The tables of ``docs/worked-examples``, executed row by row."""

import math
from datetime import date
from fractions import Fraction

import numpy as np
import pytest

from longtail.kernels.cashflows.actuarial import actuarial_apr
from longtail.kernels.cashflows.allocation import allocate
from longtail.kernels.cashflows.daycount import (
    DENOMINATOR,
    DayCount,
    fraction_numerators,
    icma_fraction,
    year_fraction,
)
from longtail.kernels.cashflows.losses import split_loss
from longtail.kernels.cashflows.returns import irr_many, xirr_many
from longtail.kernels.cashflows.schedule import Amortization, schedule
from longtail.kernels.cashflows.yields import apr, ccd_years, xirr
from longtail.values.money import parse, split
from longtail.values.rates import to_bps
from tests.kernels.cashflows.tables import FOLDER, tables

SCHEDULES = tables("repayment-schedules")
RATES = tables("annual-percentage-rate")
LOSSES = tables("payments-and-losses")


def rows(found):
    return [pytest.param(row, id="-".join(row.values())[:60]) for row in found]


def minor(text):
    return parse(text, "USD").minor


def percent(text):
    return parse(text.removesuffix(" %"), "USD").minor


def flows(text):
    pairs = [pair.split(": ") for pair in text.split("; ")]
    return [date.fromisoformat(day) for day, _ in pairs], [int(a) for _, a in pairs]


def test_every_page_is_listed_with_its_number_of_examples():
    """An example is a heading with a table; life stories have tests of their own."""
    pages = {path.stem for path in FOLDER.glob("*.md")} - {"README"}
    pages = {page for page in pages if not page.startswith("servicing-")}
    listed = {row["page"]: row for row in tables("README")["Worked examples"]}
    by_link = {link.partition("](")[2].removesuffix(".md)"): link for link in listed}
    assert set(by_link) == pages
    for page, link in by_link.items():
        assert listed[link]["examples"] == str(len(tables(page))), page
    assert sum(int(row["examples"]) for row in listed.values()) >= 40


@pytest.mark.parametrize("amortization", Amortization)
def test_repayment_schedules(amortization):
    balance, expected = 10_000_00, []
    for row in SCHEDULES[amortization.value]:
        principal, interest = minor(row["principal"]), minor(row["interest"])
        balance -= principal
        assert minor(row["payment"]) == principal + interest
        assert minor(row["balance"]) == balance
        expected.append((principal, interest))
    assert tuple(expected) == schedule(
        principal_minor=10_000_00,
        rate_bps=1_200,
        numerators=(1,) * 6,
        denominator=12,
        amortization=amortization,
    )


COUNTS = tables("day-counts")
ICMA = COUNTS.pop("Actual/Actual (ICMA)")
DAY_COUNTS = [row for found in COUNTS.values() for row in found]


@pytest.mark.parametrize("row", rows(DAY_COUNTS))
def test_day_counts(row):
    start, end = (date.fromisoformat(row[side]) for side in ("start", "end"))
    for name in row.keys() - {"start", "end"}:
        exact = sum(Fraction(part) for part in row[name].split(" + "))
        assert year_fraction(start, end, DayCount(name)) == exact
        days = (np.array([day], "datetime64[D]") for day in (start, end))
        (many,) = fraction_numerators(*days, DayCount(name))
        assert Fraction(int(many), DENOMINATOR[DayCount(name)]) == exact


@pytest.mark.parametrize("row", rows(ICMA))
def test_day_counts_by_coupon_period(row):
    start, end, *period = (
        date.fromisoformat(row[name])
        for name in ("start", "end", "period start", "period end")
    )
    found = icma_fraction(start, end, tuple(period), int(row["periods a year"]))
    assert found == Fraction(row["fraction"])


@pytest.mark.parametrize("row", rows(RATES["European Union, by calendar"]))
def test_annual_percentage_rate_by_calendar(row):
    assert to_bps(xirr(*flows(row["flows"]))) == percent(row["rate"])


@pytest.mark.parametrize("row", rows(RATES["European Union, by equal months"]))
def test_annual_percentage_rate_by_equal_months(row):
    dates, amounts = flows(row["flows"])
    years = [ccd_years(dates[0], day) for day in dates]
    assert to_bps(apr(years, amounts)) == percent(row["rate"])


@pytest.mark.parametrize("row", rows(RATES["European Union, level payments"]))
def test_annual_percentage_rate_of_level_payments(row):
    n = int(row["months"])
    amounts = [-minor(row["received"]), *[minor(row["payment"])] * n]
    rate = apr([Fraction(k, 12) for k in range(n + 1)], amounts)
    assert to_bps(rate) == percent(row["rate"])


@pytest.mark.parametrize("row", rows(RATES["United States"]))
def test_annual_percentage_rate_in_the_united_states(row):
    payments = []
    for group in row["payments"].split("; "):
        times, amount = group.split(" × ")
        payments += [minor(amount)] * int(times)
    rate = actuarial_apr(
        minor(row["advance"]),
        payments,
        periods_per_year=Fraction(row["a year"]),
        odd_period=Fraction(row["odd"]),
        first_period=int(row["full"]),
    )
    assert to_bps(rate) == percent(row["rate"])


@pytest.mark.parametrize(
    "row", rows(tables("internal-rate-of-return")["Internal rate of return"])
)
def test_internal_rate_of_return(row):
    dates, amounts = flows(row["flows"])
    rate = xirr(dates, amounts)
    assert (rate is None) == (row["rate"] == "none")
    assert rate is None or to_bps(rate) == percent(row["rate"])
    (found,) = xirr_many([day.toordinal() for day in dates], [amounts])
    assert math.isnan(found) if rate is None else math.isclose(found, rate, abs_tol=1e-12)


RETURNS = tables("internal-rate-of-return")
PERIODIC = RETURNS["Flows one period apart"] + RETURNS["Yields in closed form"]


@pytest.mark.parametrize("row", rows(PERIODIC))
def test_rate_of_return_a_period(row):
    (rate,) = irr_many([[int(amount) for amount in row["flows"].split("; ")]])
    assert math.isnan(rate) == (row["rate"] == "none")
    assert math.isnan(rate) or to_bps(rate) == percent(row["rate"])


def test_what_a_payment_pays():
    found = LOSSES["What a payment pays"]
    components = ("penalty", "fee", "interest", "principal")
    due, paid = (
        [[minor(row[f"{c} {what}"]) for c in components] for row in found]
        for what in ("due", "paid")
    )
    assert allocate(250_00, due).paid_minor == tuple(map(tuple, paid))


@pytest.mark.parametrize("row", rows(LOSSES["Who bears a loss"]))
def test_who_bears_a_loss(row):
    borne = split_loss(minor(row["loss"]), [percent(row["cover"]), 10_000])
    assert borne == (minor(row["guarantor"]), minor(row["funders"]))


@pytest.mark.parametrize("row", rows(LOSSES["Splitting without dust"]))
def test_splitting_without_dust(row):
    holdings = [int(part) for part in row["holdings"].split("; ")]
    shares = [minor(part) for part in row["shares"].split("; ")]
    assert list(split(minor(row["receipt"]), holdings)) == shares
