"""The schedules of ``docs/worked-examples``, executed: terms in, every figure compared."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from longtail.kernels.cashflows.daycount import DayCount
from longtail.kernels.cashflows.schedule import Amortization
from longtail.terms.calendars import calendar
from longtail.terms.instalments import instalments_of
from longtail.terms.primitives import Accrual, Frequency, TermLoan
from longtail.values.dates import Calendar, Roll
from longtail.values.money import parse
from longtail.values.rates import to_bps
from longtail.values.rounding import RoundingMode, RoundTo, rounding_of
from tests.kernels.cashflows.tables import tables

PAGES = ("schedules-day-counts", "schedules-roundings", "schedules-calendars")
EXAMPLES = {title: rows for page in PAGES for title, rows in tables(page).items()}
MATRIX = tables("schedule-matrix")["Every amortization, day count and rounding"]


def loan_of(terms):
    """Read the instrument from a table of terms."""
    to, mode = terms.get("rounding", "minor, half-up").split(", ")
    return TermLoan(
        Amortization(terms["amortization"]),
        DayCount(terms["day count"]),
        Frequency(terms["instalments"].split()[1]),
        Roll(terms.get("roll", "following")),
        terms.get("end of month") == "kept",
        Accrual(terms.get("accrual", "unadjusted")),
        RoundTo(to),
        RoundingMode(mode),
    )


def banks_of(name):
    """Return the calendar that a table names; without a name banks never close."""
    if name is None:
        return Calendar(weekend=frozenset())
    return calendar(name, 2023, 2026)


def owed(terms):
    currency, principal = terms["principal"].split()
    loan = loan_of(terms)
    return currency, instalments_of(
        instrument=loan,
        principal_minor=parse(principal, currency).minor,
        rate_bps=to_bps(Decimal(terms["rate"].removesuffix(" %")) / 100),
        n_periods=int(terms["instalments"].split()[0]),
        drawdown_date=date.fromisoformat(terms["drawdown"]),
        calendar=banks_of(terms.get("calendar")),
        rounding=rounding_of(loan.round_to, loan.rounding_mode, currency),
    )


@pytest.mark.parametrize("title", EXAMPLES)
def test_a_schedule_is_what_the_accountant_wrote(title):
    found = EXAMPLES[title]
    terms = {row["terms"]: row["value"] for row in found if "terms" in row}
    rows = [row for row in found if "due" in row]
    currency, instalments = owed(terms)
    balance = parse(terms["principal"].split()[1], currency).minor
    assert len(rows) == len(instalments)
    for row, instalment in zip(rows, instalments, strict=True):
        due, interest, principal, payment, left = (
            row[name] for name in ("due", "interest", "principal", "payment", "balance")
        )
        assert instalment.due_date == date.fromisoformat(due)
        assert instalment.interest_minor == parse(interest, currency).minor
        assert instalment.principal_minor == parse(principal, currency).minor
        assert instalment.total_minor == parse(payment, currency).minor
        balance -= instalment.principal_minor
        assert balance == parse(left, currency).minor


@pytest.mark.parametrize("title", EXAMPLES)
def test_the_interest_of_a_row_follows_from_the_row_itself(title):
    """Balance before it × rate × year, by the table's own figures, is within a step."""
    found = EXAMPLES[title]
    terms = {row["terms"]: row["value"] for row in found if "terms" in row}
    currency, principal = terms["principal"].split()
    balance = parse(principal, currency).minor
    step = rounding_of(loan_of(terms).round_to, RoundingMode.DOWN, currency).step_minor
    rate = Fraction(terms["rate"].removesuffix(" %")) / 100
    for row in (row for row in found if "due" in row):
        year = sum(Fraction(part) for part in row["year"].split(" + "))
        assert abs(parse(row["interest"], currency).minor - balance * rate * year) < step
        balance = parse(row["balance"], currency).minor
    assert balance == 0


@pytest.mark.parametrize(
    "row", [pytest.param(r, id="-".join([*r.values()][:3])) for r in MATRIX]
)
def test_every_amortization_day_count_and_rounding(row):
    terms = row | {
        "principal": "USD 9,000.00",
        "rate": "7.50 %",
        "instalments": "6 monthly",
        "drawdown": "2023-10-31",
    }
    _, instalments = owed(terms)
    assert [
        instalments[0].interest_minor,
        instalments[0].total_minor,
        instalments[-1].total_minor,
        sum(i.interest_minor for i in instalments),
    ] == [parse(row[name], "USD").minor for name in list(row)[3:]]


def test_the_matrix_is_complete():
    combinations = {(r["amortization"], r["day count"], r["rounding"]) for r in MATRIX}
    assert len(combinations) == len(MATRIX)
    assert len(MATRIX) == len(Amortization) * len(DayCount) * len(RoundTo) * len(
        RoundingMode
    )
