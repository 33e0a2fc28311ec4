"""The tables of ``docs/worked-examples``, executed row by row."""

from datetime import date
from fractions import Fraction

import pytest

from longtail.kernels.cashflows.allocation import allocate
from longtail.kernels.cashflows.daycount import DayCount, year_fraction
from longtail.kernels.cashflows.losses import split_loss
from longtail.kernels.cashflows.schedule import Amortization, schedule
from longtail.kernels.cashflows.yields import apr, ccd_years, nominal_apr, xirr
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


def test_every_page_is_listed_and_read():
    pages = {path.stem for path in FOLDER.glob("*.md")} - {"README"}
    overview = (FOLDER / "README.md").read_text()
    assert all(f"({page}.md)" in overview for page in pages)
    assert all(tables(page) for page in pages)


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


DAY_COUNTS = [row for found in tables("day-counts").values() for row in found]


@pytest.mark.parametrize("row", rows(DAY_COUNTS))
def test_day_counts(row):
    start, end = (date.fromisoformat(row[side]) for side in ("start", "end"))
    for name in row.keys() - {"start", "end"}:
        exact = sum(Fraction(part) for part in row[name].split(" + "))
        assert year_fraction(start, end, DayCount(name)) == exact


@pytest.mark.parametrize("row", rows(RATES["European Union, by calendar"]))
def test_annual_percentage_rate_by_calendar(row):
    assert to_bps(xirr(*flows(row["flows"]))) == percent(row["rate"])


@pytest.mark.parametrize("row", rows(RATES["European Union, by equal months"]))
def test_annual_percentage_rate_by_equal_months(row):
    dates, amounts = flows(row["flows"])
    years = [ccd_years(dates[0], day) for day in dates]
    assert to_bps(apr(years, amounts)) == percent(row["rate"])


@pytest.mark.parametrize("row", rows(RATES["United States"]))
def test_annual_percentage_rate_in_the_united_states(row):
    n = int(row["months"])
    years = [Fraction(k, 12) for k in range(n + 1)]
    amounts = [-int(row["advance"]), *[int(row["payment"])] * n]
    assert to_bps(nominal_apr(years, amounts)) == percent(row["rate"])


@pytest.mark.parametrize(
    "row", rows(tables("internal-rate-of-return")["Internal rate of return"])
)
def test_internal_rate_of_return(row):
    rate = xirr(*flows(row["flows"]))
    assert (rate is None) == (row["rate"] == "none")
    assert rate is None or to_bps(rate) == percent(row["rate"])


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
